"""The v2 endpoints that finish a sign-in which asked for MFA."""

from __future__ import annotations

from .. import codes, factors, records, stepup, wire
from ..context import Context, bearer, check_app_id, holder, signed_in
from ..refusals import Refusal
from ..users import Address
from ..wire import Beside, Document, Fields, Request
from .route import Handler, Route, Table


def verify_sms(context: Context, request: Request) -> Document:
    """Answer POST …/mfa/sms/verify."""
    token, user = stepup.asking(context, request)
    body = wire.json_fields(request)
    address = codes.phone_address(context, body, "phone")
    return stepup.verify_sent_code(context, token, user, address, body.text("code"))


def verify_email(context: Context, request: Request) -> Document:
    """Answer POST …/mfa/email/verify."""
    token, user = stepup.asking(context, request)
    body = wire.json_fields(request)
    address = codes.email_address(body)
    return stepup.verify_sent_code(context, token, user, address, body.text("code"))


def verify_totp(context: Context, request: Request) -> Document:
    """Answer POST …/mfa/totp/verify."""
    token, user = stepup.asking(context, request)
    code = wire.json_fields(request).optional_text("totp") or ""
    return stepup.verify_totp(context, token, user, code)


def recover(context: Context, request: Request) -> Beside:
    """Answer POST …/mfa/totp/recovery; the new recovery code stands beside the data."""
    token, user = stepup.asking(context, request)
    code = wire.json_fields(request).optional_text("recoveryCode") or ""
    record, new_code = stepup.recover(context, token, user, code)
    return Beside(record, {"recoveryCode": new_code})


def verify_face(context: Context, request: Request) -> Document:
    """Answer POST …/mfa/face/verify."""
    token, user = stepup.asking(context, request)
    photo = wire.json_fields(request).optional_text("photo") or ""
    return stepup.verify_face(context, token, user, photo)


def check(context: Context, request: Request) -> bool:
    """Answer POST …/mfa/check: whether a phone or e-mail can be bound."""
    _, user = stepup.asking(context, request)
    return stepup.is_bindable(context, user, _address(context, wire.json_fields(request)))


def list_authenticators(context: Context, request: Request) -> list[Document]:
    """Answer GET …/mfa/authenticator, with an mfaToken or a user's token."""
    check_app_id(context, request)
    found = holder(context, bearer(context, request), "mfa")
    user = found[1] if found else signed_in(context, request)
    factor = user.factor_of("OTP")
    return [] if factor is None else [records.authenticator(user, factor)]


def associate_totp(context: Context, request: Request) -> Document:
    """Answer POST …/mfa/totp/associate."""
    token, user = stepup.asking(context, request)
    return stepup.associate_totp(context, token, user)


def confirm_totp(context: Context, request: Request) -> None:
    """Answer POST …/mfa/totp/associate/confirm."""
    _, user = stepup.asking(context, request)
    stepup.confirm_totp(context, user, wire.json_fields(request).text("totp"))


def dissociate_totp(context: Context, request: Request) -> None:
    """Answer DELETE …/mfa/totp/associate, with a user's token."""
    user = signed_in(context, request)
    factor = user.factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    factors.reset(context, user, factor.factor_id)


def associate_face(context: Context, request: Request) -> Document:
    """Answer POST …/mfa/face/associate."""
    token, user = stepup.asking(context, request)
    body = wire.json_fields(request)
    photos = [body.optional_text(name) or "" for name in ("photoA", "photoB")]
    return stepup.associate_face(context, token, user, photos)


def _address(context: Context, body: Fields) -> Address:
    if body.has("phone") == body.has("email"):
        raise body.wrong("phone", "wanted a phone or an email")
    if body.has("phone"):
        return codes.phone_address(context, body, "phone")
    return codes.email_address(body)


def _v2(handle: Handler, form: str | None = None) -> Route:
    return Route(handle, wire.v2, wire.v2_refused, form)


_BOTH_FORMS = {
    ("POST", "totp/verify"): verify_totp,
    ("POST", "totp/recovery"): recover,
    ("POST", "face/verify"): verify_face,
}
_PLAIN = {
    ("GET", "authenticator"): list_authenticators,
    ("POST", "totp/associate"): associate_totp,
    ("POST", "totp/associate/confirm"): confirm_totp,
    ("DELETE", "totp/associate"): dissociate_totp,
    ("POST", "face/associate"): associate_face,
}
_APPLICATIONS = {
    ("POST", "sms/verify"): verify_sms,
    ("POST", "email/verify"): verify_email,
    ("POST", "check"): check,
}
_PLAIN_ROOT = "/api/v2/mfa/"
_APPLICATIONS_ROOT = "/api/v2/applications/mfa/"

ROUTES: Table = {
    **{(m, _PLAIN_ROOT + p): _v2(handle, "plain") for (m, p), handle in _BOTH_FORMS.items()},
    **{
        (m, _APPLICATIONS_ROOT + p): _v2(handle, "applications")
        for (m, p), handle in _BOTH_FORMS.items()
    },
    **{(m, _PLAIN_ROOT + p): _v2(handle) for (m, p), handle in _PLAIN.items()},
    **{(m, _APPLICATIONS_ROOT + p): _v2(handle) for (m, p), handle in _APPLICATIONS.items()},
}
