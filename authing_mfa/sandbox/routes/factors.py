"""The endpoints of a user's own factors."""

from __future__ import annotations

import functools

from .. import codes, enrollment, factors, verification, wire
from ..context import Context, check_app_id, signed_in
from ..json_schema import (
    EMAIL,
    FACTOR_TYPE,
    FLAG,
    PHONE,
    TEXT,
    Schema,
    choice,
    const,
    given,
    many,
    one_of,
    or_null,
    ref,
    with_area,
    written,
)
from ..refusals import Refusal
from ..users import FACTOR_TYPES
from ..wire import Document, Request
from .route import APPLICATION, FORM, INTROSPECTION, JSON, USER, Table, endpoint, take

_ENROLLING = ("factor_not_enabled", "already_enrolled")
_PHOTO = ("photo_missing", "face_needs_contact", "face_rejected")
_TOTP = ("totp_missing", "wrong_totp")
_TO_FACTOR = {
    "get_factor": {"parameters": {"query.factorId": take("data/0/factorId")}},
    "reset_factor": {"requestBody": {"factorId": take("data/0/factorId")}},
}
_TO_ENROLLMENT = {
    "enroll_factor": {
        "requestBody": {
            "factorType": "$request.body#/factorType",
            "enrollmentToken": take("data/enrollmentToken"),
        }
    }
}
_TO_RESET = {"reset_factor": {"requestBody": {"factorId": take("data/factorId")}}}
_TO_ONE = {"get_factor": {"parameters": {"query.factorId": "$request.body#/factorId"}}}
_AGAIN = {"list_enrolled_factors": {"description": "The factors as they are now."}}


def _enrollment(context: Context) -> Schema:
    profile: Schema = {"type": "object"}
    others = {"factorType": choice(("OTP", "FACE"))}
    return one_of(
        given({"factorType": const("SMS"), "profile": with_area({"phoneNumber": PHONE})}),
        given({"factorType": const("EMAIL"), "profile": given({"email": EMAIL})}),
        given(others, profile=or_null(profile))
        if context.settings.profile_optional
        else given({**others, "profile": profile}),
    )


def _proof(kinds: tuple[str, ...], proof: Schema) -> Schema:
    return given({"factorType": choice(kinds), "enrollmentToken": TEXT, "enrollmentData": proof})


def _sent_code(kind: str, payload: str, members: Schema, channels: tuple[str, ...]) -> Schema:
    members = {**members, "passCode": TEXT, "channel": choice(channels)}
    described = with_area(members) if kind == "SMS" else given(members)
    return given({"codeType": const(kind), payload: described})


def _introspection_media(context: Context) -> tuple[str, ...]:
    return (FORM, JSON) if context.settings.introspection_takes_json else (FORM,)


ROUTES: Table = {}
_route = functools.partial(endpoint, ROUTES)


@_route(
    "POST",
    "/api/v3/send-enroll-factor-request",
    USER,
    body=_enrollment,
    data=one_of(
        written({"enrollmentToken": TEXT}),
        written({"enrollmentToken": TEXT, "otpData": ref("OtpData")}),
    ),
    refusals=(*_ENROLLING, "too_frequent", "international_sms_off"),
    links=_TO_ENROLLMENT,
)
def send_enroll_factor_request(context: Context, request: Request) -> Document:
    """Begin an enrolment; an SMS or e-mail code is sent."""
    user = signed_in(context, request)
    body = wire.json_fields(request)
    factor_type = body.choice("factorType", FACTOR_TYPES)
    pending = enrollment.request(context, user, factor_type, body)
    data: Document = {"enrollmentToken": pending.token}
    if factor_type == "OTP":
        data["otpData"] = enrollment.otp_data(context, user, pending)
    return data


@_route(
    "POST",
    "/api/v3/enroll-factor",
    USER,
    body=one_of(
        _proof(("SMS", "EMAIL", "OTP"), given({"passCode": TEXT})),
        _proof(("FACE",), given({"photo": TEXT}, isExternalPhoto=or_null(FLAG))),
    ),
    refusals=(*_ENROLLING, "enrollment_token_rejected", "wrong_code", *_TOTP, *_PHOTO),
    links=_AGAIN,
)
def enroll_factor(context: Context, request: Request) -> None:
    """Finish an enrolment by its code or photo."""
    user = signed_in(context, request)
    body = wire.json_fields(request)
    factor_type = body.choice("factorType", FACTOR_TYPES)
    token, proof = body.text("enrollmentToken"), body.fields("enrollmentData")
    enrollment.finish(context, user, factor_type, token, proof)


@_route(
    "POST",
    "/api/v3/reset-factor",
    USER,
    body=given({"factorId": TEXT}),
    refusals=("factor_not_found", "factor_of_account", "step_up_needed"),
    links=_TO_ONE,
)
def reset_factor(context: Context, request: Request) -> None:
    """Unbind a factor."""
    user = signed_in(context, request)
    factors.reset(context, user, wire.json_fields(request).text("factorId"))


@_route("GET", "/api/v3/list-enrolled-factors", USER, data=many(ref("Factor")), links=_TO_FACTOR)
def list_enrolled_factors(context: Context, request: Request) -> list[Document]:
    """List the user's factors."""
    user = signed_in(context, request)
    return [factors.written(context, each) for each in factors.enrolled(context, user)]


@_route(
    "GET",
    "/api/v3/get-factor",
    USER,
    query=given({"factorId": TEXT}),
    data=ref("Factor"),
    refusals=("factor_not_found",),
    links=_TO_RESET,
)
def get_factor(context: Context, request: Request) -> Document:
    """Show one factor."""
    user = signed_in(context, request)
    factor_id = wire.query_fields(request).text("factorId")
    return factors.written(context, factors.find(context, user, factor_id))


@_route(
    "GET",
    "/api/v3/list-factors-to-enroll",
    USER,
    data=many(written({"factorType": FACTOR_TYPE})),
)
def list_factors_to_enroll(context: Context, request: Request) -> list[Document]:
    """List the types that the application offers and the user has not bound."""
    user = signed_in(context, request)
    return [{"factorType": each} for each in factors.to_enroll(context, user)]


@_route(
    "POST",
    "/api/v3/mfa-totp-verify",
    USER,
    body=given({"totp": TEXT}),
    data=written({"verified": FLAG}),
    refusals=("totp_not_enrolled", *_TOTP, "too_many_attempts"),
)
def mfa_totp_verify(context: Context, request: Request) -> Document:
    """Check a code of the user's authenticator."""
    user = signed_in(context, request)
    code = wire.json_fields(request).optional_text("totp") or ""
    verified = verification.totp(context, user, code)
    if not verified and context.settings.wrong_totp == "6001":
        raise Refusal("wrong_totp")
    return {"verified": verified}


@_route(
    "POST",
    "/mfa/token/introspection",
    INTROSPECTION,
    write=wire.bare,
    body=given({"token": TEXT}),
    media=_introspection_media,
    data=ref("MfaTokenInspection"),
)
def introspect_mfa_token(context: Context, request: Request) -> Document:
    """Show what an mfaToken is good for."""
    check_app_id(context, request, required=context.settings.introspection_needs_app_id)
    if wire.is_form(request):
        token = wire.form_fields(request).text("token")
    elif context.settings.introspection_takes_json:
        token = wire.json_fields(request).text("token")
    else:
        raise Refusal("bad_argument", "wanted a form with a token")
    return verification.introspect(context, token)


@_route("GET", "/api/v3/get-security-info", USER, data=ref("SecurityInfo"))
def get_security_info(context: Context, request: Request) -> Document:
    """Show how well the account is secured."""
    return factors.security_info(context, signed_in(context, request))


@_route(
    "POST",
    "/api/v3/pre-check-code",
    APPLICATION,
    body=one_of(
        _sent_code("SMS", "smsCodePayload", {"phone": PHONE}, codes.SMS_CHANNELS),
        _sent_code("EMAIL", "emailCodePayload", {"email": EMAIL}, codes.EMAIL_CHANNELS),
    ),
    data=written({"isValid": FLAG}),
    refusals=("international_sms_off",),
)
def pre_check_code(context: Context, request: Request) -> Document:
    """Check a sent code, and leave it alive."""
    check_app_id(context, request)
    is_valid = verification.pre_check(context, wire.json_fields(request))
    return {"isValid": is_valid}
