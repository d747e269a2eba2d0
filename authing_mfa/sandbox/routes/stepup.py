"""The v2 endpoints that finish a sign-in which asked for MFA, and bind a factor on the way."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from .. import codes, factors, otp, records, tokens
from ..access import STEP_UP, USER, USER_IN_STEP_UP
from ..context import Context
from ..envelopes import V2, Beside
from ..json_schema import (
    EMAIL,
    FLAG,
    NULL,
    PHONE,
    TEXT,
    given,
    many,
    one_of,
    ref,
    with_area,
)
from ..refusals import Refusal
from ..state import Token
from ..users import Address, Factor, User
from ..wire import Document, Fields
from .route import Handler, Routes

_LOCKED = ("factor_not_enabled", "too_many_attempts")
_SENT = (*_LOCKED, "contact_not_bound", "wrong_code")
_FACE = ("photo_missing", "face_rejected")
_BINDING = ("factor_not_enabled", "already_enrolled")
_WRONG = {"wrong_code", "wrong_totp", "wrong_recovery_code", "face_rejected", "contact_not_bound"}
_RECORD = ref("UserRecord")
_PLAIN, _APPLICATIONS = "/api/v2/mfa/", "/api/v2/applications/mfa/"

Caller = tuple[Token, User]
"""The mfaToken that came with a request, and its user."""

routes: Routes = Routes(tag="stepup", envelope=V2())


def _both_forms(path: str, **facts: Any) -> Callable[[Handler], Handler]:
    def register(handle: Handler) -> Handler:
        for form, root in (("plain", _PLAIN), ("applications", _APPLICATIONS)):
            routes.post(root + path, STEP_UP, form=form, data=_RECORD, **facts)(handle)
        return handle

    return register


@routes.post(
    f"{_APPLICATIONS}sms/verify",
    STEP_UP,
    body=with_area({"phone": PHONE, "code": TEXT}),
    data=_RECORD,
    refusals=(*_SENT, "international_sms_off"),
)
def verify_sms(context: Context, caller: Caller, body: Fields) -> Document:
    """Finish by the code of an SMS; where no phone is bound, this binds it."""
    address = codes.phone_address(context, body, "phone")
    return _verify_sent_code(context, caller, "SMS", address, body.text("code"))


@routes.post(
    f"{_APPLICATIONS}email/verify",
    STEP_UP,
    body=given({"email": EMAIL, "code": TEXT}),
    data=_RECORD,
    refusals=_SENT,
)
def verify_email(context: Context, caller: Caller, body: Fields) -> Document:
    """Finish by the code of an e-mail; where none is bound, this binds it."""
    address = codes.email_address(body)
    return _verify_sent_code(context, caller, "EMAIL", address, body.text("code"))


@_both_forms(
    "totp/verify",
    body=given({"totp": TEXT}),
    refusals=(*_LOCKED, "totp_not_enrolled", "totp_missing", "wrong_totp"),
)
def verify_totp(context: Context, caller: Caller, body: Fields) -> Document:
    """Finish by a code of the authenticator."""
    _, user = caller
    code = body.optional_text("totp")

    def check() -> None:
        factor = _authenticator(user)
        if not code:
            raise Refusal("totp_missing")
        if not factors.take_totp(context, factor, code):
            raise Refusal("wrong_totp")

    return _verify(context, caller, "OTP", check)


@_both_forms(
    "totp/recovery",
    body=given({"recoveryCode": TEXT}),
    beside={"recoveryCode": TEXT},
    refusals=(*_LOCKED, "totp_not_enrolled", "recovery_code_missing", "wrong_recovery_code"),
)
def recover(context: Context, caller: Caller, body: Fields) -> Beside:
    """Finish by the recovery code, in whose place a new one comes."""
    _, user = caller
    code = body.optional_text("recoveryCode")
    factor = _authenticator(user)

    def check() -> None:
        if not code:
            raise Refusal("recovery_code_missing")
        expected = str(factor.recovery_code).encode()
        if not hmac.compare_digest(expected, code.strip().lower().encode()):
            raise Refusal("wrong_recovery_code")
        factor.recovery_code = otp.new_recovery_code()

    record = _verify(context, caller, "OTP", check)
    return Beside(record, {"recoveryCode": factor.recovery_code})


@_both_forms(
    "face/verify",
    body=given({"photo": TEXT}),
    refusals=(*_LOCKED, *_FACE, "comparison_photo_missing"),
)
def verify_face(context: Context, caller: Caller, body: Fields) -> Document:
    """Finish by a face."""
    _, user = caller
    photo = body.optional_text("photo")

    def check() -> None:
        if user.factor_of("FACE") is None:
            raise Refusal("photo_missing")
        if not photo:
            raise Refusal("comparison_photo_missing")
        if not context.settings.face_matches:
            raise Refusal("face_rejected")

    return _verify(context, caller, "FACE", check)


@routes.post(
    f"{_APPLICATIONS}check",
    STEP_UP,
    body=one_of(with_area({"phone": PHONE}, email=NULL), given({"email": EMAIL}, phone=NULL)),
    data=FLAG,
    refusals=("international_sms_off",),
)
def check(context: Context, caller: Caller, body: Fields) -> bool:
    """Check whether a phone or e-mail can be bound."""
    _, user = caller
    users, address = context.state.users, codes.address(context, body)
    found = users.peek("phone" if address.email is None else "email", address.key)
    is_taken = found is not None and found.user_id != user.user_id
    others = (each for other in users.held if other is not user for each in other.factors.values())
    return not is_taken and not any(each.is_at(address) for each in others)


@routes.get(
    f"{_PLAIN}authenticator",
    USER_IN_STEP_UP,
    data=many(ref("Authenticator"), maxItems=1),
)
def list_authenticators(_context: Context, user: User, _: Fields) -> list[Document]:
    """List the user's authenticator, its secret included."""
    factor = user.factor_of("OTP")
    if factor is None:
        return []
    created = records.written_time(user.created_at)
    authenticator = {
        "id": factor.factor_id,
        "createdAt": created,
        "updatedAt": created,
        "userId": user.user_id,
        "enable": True,
        "secret": factor.secret,
        "authenticatorType": "totp",
        "recoveryCode": factor.recovery_code,
        "source": "SELF",
    }
    return [authenticator]


@routes.post(
    f"{_PLAIN}totp/associate",
    STEP_UP,
    data=ref("TotpAssociation"),
    refusals=_BINDING,
    links={"confirm_totp": {"description": "A code made with `secret` confirms it."}},
)
def associate_totp(context: Context, caller: Caller, _: Fields) -> Document:
    """Begin to bind an authenticator during a step-up."""
    token, user = caller
    _check_bindable(caller, "OTP")
    pending = factors.begin_enrollment(
        context, user, "OTP", token=_association(user), expires_at=token.expires_at
    )
    uri = factors.key_uri(context, user, pending)
    return {
        "authenticator_type": "totp",
        "secret": pending.secret,
        "qrcode_uri": uri,
        "qrcode_data_url": otp.qr_data_url(uri),
        "recovery_code": pending.recovery_code,
    }


@routes.post(
    f"{_PLAIN}totp/associate/confirm",
    STEP_UP,
    body=given({"totp": TEXT}),
    data=NULL,
    refusals=("confirmation_rejected",),
)
def confirm_totp(context: Context, caller: Caller, body: Fields) -> None:
    """Bind the authenticator by a first code.

    The code stays good for the verification that follows.
    """
    _, user = caller
    code = body.text("totp")
    pending = context.state.pending.get(_association(user), context.clock.now())
    if pending is None or factors.matching_step(context, pending.secret, code) is None:
        http_status = context.settings.confirm_http_status
        raise Refusal("confirmation_rejected", http_status=http_status)
    factors.finish_enrollment(context, user, pending)


@routes.add(
    "DELETE",
    f"{_PLAIN}totp/associate",
    USER,
    data=NULL,
    refusals=("totp_not_enrolled", "step_up_needed"),
)
def dissociate_totp(context: Context, user: User, _: Fields) -> None:
    """Unbind the authenticator."""
    factors.reset(context, user, _authenticator(user).factor_id)


@routes.post(
    f"{_PLAIN}face/associate",
    STEP_UP,
    body=given(dict.fromkeys(("photoA", "photoB"), TEXT)),
    data=_RECORD,
    refusals=(*_BINDING, *_FACE),
)
def associate_face(context: Context, caller: Caller, body: Fields) -> Document:
    """Bind a face by two photos during a step-up."""
    _, user = caller
    photos = [body.optional_text(name) for name in ("photoA", "photoB")]
    _check_bindable(caller, "FACE")
    if not all(photos):
        raise Refusal("photo_missing")
    if not context.settings.face_matches:
        raise Refusal("face_rejected")
    factors.bind(context, user, "FACE", photo=photos[0])
    return records.user_record(context, user)


def _verify_sent_code(
    context: Context, caller: Caller, factor_type: str, address: Address, code: str
) -> Document:
    _, user = caller
    of_type = (each for each in factors.enrolled(context, user) if each.factor_type == factor_type)
    bound = next(of_type, None)

    def check() -> None:
        if bound is not None and not bound.is_at(address):
            raise Refusal("contact_not_bound")
        codes.use(context, address, codes.VERIFY_MFA, code)
        if bound is None:
            factors.bind(context, user, factor_type, address=address)

    return _verify(context, caller, factor_type, check)


def _verify(
    context: Context, caller: Caller, factor_type: str, check: Callable[[], None]
) -> Document:
    """Finish the step-up if the check does not refuse; a wrong code counts."""
    token, user = caller
    _check_offered(token, factor_type)
    now, settings = context.clock.now(), context.settings
    user.code_tries.check(now, "too_many_attempts")
    try:
        check()
    except Refusal as refusal:
        if refusal.name in _WRONG:
            token.failures += 1
            user.code_tries.count_failure(now, settings.max_code_failures, settings.lockout_time)
        raise
    user.code_tries.failures = 0
    token.used = True
    user.verified_at = user.last_login_at = now
    user.logins += 1
    return records.user_record(context, user, _give_verified_token(context, user))


def _give_verified_token(context: Context, user: User) -> Token:
    lifetime = context.settings.verified_token_lifetime
    claims = {"data": {"id": user.user_id, "userPoolId": context.state.pool_id}}
    value = tokens.jwt(context, claims, lifetime)
    scope = "openid profile"
    return tokens.give_token(context, user, "verified", lifetime, value=value, scope=scope)


def _check_offered(token: Token, factor_type: str) -> None:
    if factor_type not in token.scope.split():
        raise Refusal("factor_not_enabled")


def _check_bindable(caller: Caller, factor_type: str) -> None:
    token, user = caller
    _check_offered(token, factor_type)
    if user.factor_of(factor_type) is not None:
        raise Refusal("already_enrolled")


def _authenticator(user: User) -> Factor:
    factor = user.factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    return factor


def _association(user: User) -> str:
    return f"association {user.user_id}"
