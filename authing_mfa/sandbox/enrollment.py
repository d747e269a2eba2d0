"""Requesting an enrolment and finishing it."""

from __future__ import annotations

import base64
import secrets

from . import codes, otp
from .context import Context
from .factors import bind, has_factor
from .refusals import Refusal
from .state import PendingEnrollment
from .users import Address, User
from .wire import Document, Fields


def request(context: Context, user: User, factor_type: str, body: Fields) -> PendingEnrollment:
    """Begin an enrolment: send the code, or make the authenticator's secret."""
    _check_allowed(context, user, factor_type)
    address = _address(context, factor_type, body)
    if address is not None:
        codes.send(context, address, codes.BIND_MFA)
    is_otp = factor_type == "OTP"
    now = context.clock.now()
    pending = PendingEnrollment(
        token=_new_token(),
        user_id=user.user_id,
        factor_type=factor_type,
        issued_at=now,
        expires_at=now + context.settings.enrollment_lifetime,
        address=address,
        secret=otp.new_secret(context.settings.totp_secret_length) if is_otp else None,
        recovery_code=otp.new_recovery_code() if is_otp else None,
    )
    context.state.pending.put(pending.token, pending, now)
    return pending


def otp_data(context: Context, user: User, pending: PendingEnrollment) -> Document:
    """Write the QR code and the recovery code for an authenticator app."""
    uri = otp.key_uri(str(pending.secret), context.state.pool_name, account_name(user))
    return {
        "qrCodeUri": uri,
        "qrCodeDataUrl": otp.qr_data_url(uri),
        "recoveryCode": pending.recovery_code,
    }


def finish(context: Context, user: User, factor_type: str, token: str, proof: Fields) -> None:
    """Bind the factor of a pending enrolment, against its code or photo."""
    pending = context.state.pending.get(token, context.clock.now())
    if pending is None or (pending.user_id, pending.factor_type) != (user.user_id, factor_type):
        raise Refusal("enrollment_token_rejected")
    _check_allowed(context, user, factor_type)
    _CHECKS[factor_type](context, user, pending, proof)
    factor = bind(
        context,
        user,
        factor_type,
        address=pending.address,
        secret=pending.secret,
        recovery_code=pending.recovery_code,
        photo=proof.optional_text("photo") if factor_type == "FACE" else None,
    )
    if factor_type == "OTP" and context.settings.totp_enroll_uses_code:
        factor.last_step = otp.step_of(context.clock.now())
    context.state.pending.drop(token)


def account_name(user: User) -> str:
    """Return what an authenticator app shows as the account."""
    return user.email or user.phone or user.username or user.user_id


def _check_allowed(context: Context, user: User, factor_type: str) -> None:
    if factor_type not in context.state.application.enabled_factors:
        raise Refusal("factor_not_enabled")
    if has_factor(context, user, factor_type) and not context.settings.several_per_type:
        raise Refusal("already_enrolled")


def _address(context: Context, factor_type: str, body: Fields) -> Address | None:
    if factor_type == "SMS":
        return codes.phone_address(context, body.fields("profile"), "phoneNumber")
    if factor_type == "EMAIL":
        return codes.email_address(body.fields("profile"))
    read = body.optional_fields if context.settings.profile_optional else body.fields
    read("profile")
    return None


def _check_sent_code(
    context: Context, _user: User, pending: PendingEnrollment, proof: Fields
) -> None:
    code = proof.text("passCode")
    codes.use(context, pending.address or Address(), codes.BIND_MFA, code)


def _check_totp(context: Context, _user: User, pending: PendingEnrollment, proof: Fields) -> None:
    code = proof.optional_text("passCode")
    if not code:
        raise Refusal("totp_missing")
    now, window = context.clock.now(), context.settings.totp_window
    if otp.matching_step(str(pending.secret), code, now, window) is None:
        raise Refusal("wrong_totp")


def _check_photo(context: Context, user: User, _pending: PendingEnrollment, proof: Fields) -> None:
    proof.optional_flag("isExternalPhoto")
    if not proof.optional_text("photo"):
        raise Refusal("photo_missing")
    if context.settings.face_needs_contact and not (user.phone or user.email):
        raise Refusal("face_needs_contact")
    if not context.settings.face_matches:
        raise Refusal("face_rejected")


_CHECKS = {
    "SMS": _check_sent_code,
    "EMAIL": _check_sent_code,
    "OTP": _check_totp,
    "FACE": _check_photo,
}


def _new_token() -> str:
    """Return an enrollmentToken: long, opaque, with ``+`` and ``/`` as the service's have."""
    return f"sandbox_{base64.b64encode(secrets.token_bytes(123)).decode()}"
