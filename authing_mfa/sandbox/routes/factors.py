"""The endpoints of somebody's own factors."""

from __future__ import annotations

from .. import enrollment, factors, verification, wire
from ..context import Context, check_app_id, signed_in
from ..refusals import Refusal
from ..users import FACTOR_TYPES
from ..wire import Document, Request
from .route import Route, Table


def send_enroll_factor_request(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/send-enroll-factor-request."""
    user = signed_in(context, request)
    body = wire.json_fields(request)
    factor_type = body.choice("factorType", FACTOR_TYPES)
    pending = enrollment.request(context, user, factor_type, body)
    data: Document = {"enrollmentToken": pending.token}
    if factor_type == "OTP":
        data["otpData"] = enrollment.otp_data(context, user, pending)
    return data


def enroll_factor(context: Context, request: Request) -> None:
    """Answer POST /api/v3/enroll-factor."""
    user = signed_in(context, request)
    body = wire.json_fields(request)
    factor_type = body.choice("factorType", FACTOR_TYPES)
    token, proof = body.text("enrollmentToken"), body.fields("enrollmentData")
    enrollment.finish(context, user, factor_type, token, proof)


def reset_factor(context: Context, request: Request) -> None:
    """Answer POST /api/v3/reset-factor."""
    user = signed_in(context, request)
    factors.reset(context, user, wire.json_fields(request).text("factorId"))


def list_enrolled_factors(context: Context, request: Request) -> list[Document]:
    """Answer GET /api/v3/list-enrolled-factors."""
    user = signed_in(context, request)
    return [factors.written(context, each) for each in factors.enrolled(context, user)]


def get_factor(context: Context, request: Request) -> Document:
    """Answer GET /api/v3/get-factor."""
    user = signed_in(context, request)
    factor_id = wire.query_fields(request).text("factorId")
    return factors.written(context, factors.find(context, user, factor_id))


def list_factors_to_enroll(context: Context, request: Request) -> list[Document]:
    """Answer GET /api/v3/list-factors-to-enroll."""
    user = signed_in(context, request)
    return [{"factorType": each} for each in factors.to_enroll(context, user)]


def mfa_totp_verify(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/mfa-totp-verify."""
    user = signed_in(context, request)
    code = wire.json_fields(request).optional_text("totp") or ""
    verified = verification.totp(context, user, code)
    if not verified and context.settings.wrong_totp == "6001":
        raise Refusal("wrong_totp")
    return {"verified": verified}


def introspect_mfa_token(context: Context, request: Request) -> Document:
    """Answer POST /mfa/token/introspection, a form."""
    check_app_id(context, request, required=context.settings.introspection_needs_app_id)
    if wire.is_form(request):
        token = wire.form_fields(request).text("token")
    elif context.settings.introspection_takes_json:
        token = wire.json_fields(request).text("token")
    else:
        raise Refusal("bad_argument", "wanted a form with a token")
    return verification.introspect(context, token)


def get_security_info(context: Context, request: Request) -> Document:
    """Answer GET /api/v3/get-security-info."""
    return factors.security_info(context, signed_in(context, request))


def pre_check_code(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/pre-check-code."""
    check_app_id(context, request)
    is_valid = verification.pre_check(context, wire.json_fields(request))
    return {"isValid": is_valid}


ROUTES: Table = {
    ("POST", "/api/v3/send-enroll-factor-request"): Route(send_enroll_factor_request),
    ("POST", "/api/v3/enroll-factor"): Route(enroll_factor),
    ("POST", "/api/v3/reset-factor"): Route(reset_factor),
    ("GET", "/api/v3/list-enrolled-factors"): Route(list_enrolled_factors),
    ("GET", "/api/v3/get-factor"): Route(get_factor),
    ("GET", "/api/v3/list-factors-to-enroll"): Route(list_factors_to_enroll),
    ("POST", "/api/v3/mfa-totp-verify"): Route(mfa_totp_verify),
    ("POST", "/mfa/token/introspection"): Route(introspect_mfa_token, wire.bare),
    ("GET", "/api/v3/get-security-info"): Route(get_security_info),
    ("POST", "/api/v3/pre-check-code"): Route(pre_check_code),
}
