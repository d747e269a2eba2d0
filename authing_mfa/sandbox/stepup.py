"""Finishing a sign-in with a second factor, and binding one on the way."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from . import codes, otp, records
from .context import Context, bearer, check_app_id, give_token, holder
from .enrollment import account_name
from .factors import bind, enrolled
from .refusals import Refusal
from .state import PendingEnrollment, Token
from .users import Address, Factor, User
from .verification import take_totp
from .wire import Document, Request

_VERIFY = "CHANNEL_VERIFY_MFA"
_WRONG = {"wrong_code", "wrong_totp", "wrong_recovery_code", "face_rejected", "contact_not_bound"}


def asking(context: Context, request: Request) -> tuple[Token, User]:
    """Return the mfaToken that came with a request, and its user."""
    check_app_id(context, request)
    found = holder(context, bearer(context, request), "mfa")
    if found is None or _is_spent(context, found[0]):
        raise Refusal("mfa_token_rejected")
    return found


def verify_sent_code(
    context: Context, token: Token, user: User, address: Address, code: str
) -> Document:
    """Finish by SMS or e-mail; where none is bound, this binds the address."""
    factor_type = "SMS" if address.email is None else "EMAIL"
    bound = _bound(context, user, factor_type)

    def check() -> None:
        if bound is not None and _address_of(bound).key != address.key:
            raise Refusal("contact_not_bound")
        codes.use(context, address, _VERIFY, code)
        if bound is None:
            bind(context, user, factor_type, address=address)

    return _verify(context, token, user, factor_type, check)


def verify_totp(context: Context, token: Token, user: User, code: str) -> Document:
    """Finish by an authenticator's code."""

    def check() -> None:
        factor = _authenticator(user)
        if not code:
            raise Refusal("totp_missing")
        if not take_totp(context, factor, code):
            raise Refusal("wrong_totp")

    return _verify(context, token, user, "OTP", check)


def recover(context: Context, token: Token, user: User, code: str) -> tuple[Document, str]:
    """Finish by the recovery code; it is dead then, and the new one is returned beside."""
    factor = _authenticator(user)

    def check() -> None:
        if not code:
            raise Refusal("recovery_code_missing")
        expected = str(factor.recovery_code).encode()
        if not hmac.compare_digest(expected, code.strip().lower().encode()):
            raise Refusal("wrong_recovery_code")
        factor.recovery_code = otp.new_recovery_code()

    record = _verify(context, token, user, "OTP", check)
    return record, str(factor.recovery_code)


def verify_face(context: Context, token: Token, user: User, photo: str) -> Document:
    """Finish by a face."""

    def check() -> None:
        if user.factor_of("FACE") is None:
            raise Refusal("photo_missing")
        if not photo:
            raise Refusal("comparison_photo_missing")
        if not context.settings.face_matches:
            raise Refusal("face_rejected")

    return _verify(context, token, user, "FACE", check)


def is_bindable(context: Context, user: User, address: Address) -> bool:
    """Return whether nobody else has this phone or e-mail, as an account or as a factor."""
    kind = "phone" if address.email is None else "email"
    users = context.state.users
    found = users.peek(kind, address.key)
    others = (each for each in users.held if each is not user)
    taken = found is not None and found.user_id != user.user_id
    return not taken and not any(_has_factor_at(each, address) for each in others)


def associate_totp(context: Context, token: Token, user: User) -> Document:
    """Begin to bind an authenticator during a step-up."""
    _check_offered(token, "OTP")
    if user.factor_of("OTP") is not None:
        raise Refusal("already_enrolled")
    pending = PendingEnrollment(
        token=_association(user),
        user_id=user.user_id,
        factor_type="OTP",
        issued_at=context.clock.now(),
        expires_at=token.expires_at,
        secret=otp.new_secret(context.settings.totp_secret_length),
        recovery_code=otp.new_recovery_code(),
    )
    context.state.pending.drop(pending.token)
    context.state.pending.put(pending.token, pending, context.clock.now())
    uri = otp.key_uri(str(pending.secret), context.state.pool_name, account_name(user))
    return {
        "authenticator_type": "totp",
        "secret": pending.secret,
        "qrcode_uri": uri,
        "qrcode_data_url": otp.qr_data_url(uri),
        "recovery_code": pending.recovery_code,
    }


def confirm_totp(context: Context, user: User, code: str) -> None:
    """Bind the authenticator; its code stays good for the verification that follows."""
    now, settings = context.clock.now(), context.settings
    pending = context.state.pending.get(_association(user), now)
    if pending is None or (
        otp.matching_step(str(pending.secret), code, now, settings.totp_window) is None
    ):
        raise Refusal("confirmation_rejected", http_status=settings.confirm_http_status)
    factor = bind(context, user, "OTP", secret=pending.secret, recovery_code=pending.recovery_code)
    if settings.totp_enroll_uses_code:
        factor.last_step = otp.step_of(now)
    context.state.pending.drop(pending.token)


def associate_face(context: Context, token: Token, user: User, photos: list[str]) -> Document:
    """Bind a face by two photos during a step-up."""
    _check_offered(token, "FACE")
    if user.factor_of("FACE") is not None:
        raise Refusal("already_enrolled")
    if not all(photos):
        raise Refusal("photo_missing")
    if not context.settings.face_matches:
        raise Refusal("face_rejected")
    bind(context, user, "FACE", photo=photos[0])
    return records.user_record(context, user)


def _verify(
    context: Context, token: Token, user: User, factor_type: str, check: Callable[[], None]
) -> Document:
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
    return _finish(context, token, user)


def _finish(context: Context, token: Token, user: User) -> Document:
    now = context.clock.now()
    user.code_tries.failures = 0
    token.used = True
    user.verified_at = user.last_login_at = now
    user.logins += 1
    lifetime = context.settings.verified_token_lifetime
    claims = {"data": {"id": user.user_id, "userPoolId": context.state.pool_id}}
    value = records.signed(context, claims, lifetime)
    scope = "openid profile"
    verified = give_token(context, user, "verified", lifetime, value=value, scope=scope)
    return records.user_record(context, user, verified)


def _is_spent(context: Context, token: Token) -> bool:
    limit = context.settings.mfa_token_max_failures
    too_many = limit is not None and token.failures >= limit
    return too_many or (token.used and context.settings.mfa_token_single_use)


def _check_offered(token: Token, factor_type: str) -> None:
    if factor_type not in token.scope.split():
        raise Refusal("factor_not_enabled")


def _authenticator(user: User) -> Factor:
    factor = user.factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    return factor


def _bound(context: Context, user: User, factor_type: str) -> Factor | None:
    of_type = (each for each in enrolled(context, user) if each.factor_type == factor_type)
    return next(of_type, None)


def _address_of(factor: Factor) -> Address:
    if factor.email is not None:
        return Address(email=factor.email)
    return Address(phone=factor.phone, phone_country_code=factor.phone_country_code or "")


def _has_factor_at(user: User, address: Address) -> bool:
    found = (each for each in user.factors.values() if each.phone or each.email)
    return any(_address_of(each).key == address.key for each in found)


def _association(user: User) -> str:
    return f"association {user.user_id}"
