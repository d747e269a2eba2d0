"""Checking a code of somebody who is signed in, and checking an mfaToken."""

from __future__ import annotations

from . import codes, otp
from .context import Context, holder
from .refusals import Refusal
from .users import Factor, User
from .wire import Document, Fields


def totp(context: Context, user: User, code: str) -> bool:
    """Check a code of the user's authenticator.

    Raises:
        Refusal: There is no authenticator or no code, or too many codes were wrong in a row.
    """
    factor = user.factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    if not code:
        raise Refusal("totp_missing")
    now, settings = context.clock.now(), context.settings
    user.totp_tries.check(now, "too_many_attempts")
    if take_totp(context, factor, code):
        user.totp_tries.failures = 0
        user.verified_at = now
        return True
    user.totp_tries.count_failure(now, settings.totp_max_failures, settings.lockout_time)
    return False


def take_totp(context: Context, factor: Factor, code: str) -> bool:
    """Check a code against an authenticator and, where no replay is allowed, use it up."""
    settings = context.settings
    step = otp.matching_step(str(factor.secret), code, context.clock.now(), settings.totp_window)
    if step is None or (step <= factor.last_step and not settings.totp_replay):
        return False
    factor.last_step = max(step, factor.last_step)
    return True


def introspect(context: Context, value: str) -> Document:
    """Write the inspection of an mfaToken; any other token is not active."""
    found = holder(context, value, *context.settings.introspection_accepts)
    if found is None or (found[0].used and not context.settings.introspection_knows_used):
        return {"active": False}
    token, user = found
    return {
        "active": True,
        "userPoolId": context.state.pool_id,
        "userId": user.user_id,
        "exp": int(token.expires_at),
        "iat": int(token.issued_at),
    }


def pre_check(context: Context, body: Fields) -> bool:
    """Return whether an SMS or e-mail code is right, and leave it alive."""
    if body.choice("codeType", ("SMS", "EMAIL")) == "SMS":
        payload = body.fields("smsCodePayload")
        address = codes.phone_address(context, payload, "phone")
        channel = payload.choice("channel", codes.SMS_CHANNELS)
    else:
        payload = body.fields("emailCodePayload")
        address = codes.email_address(payload)
        channel = payload.choice("channel", codes.EMAIL_CHANNELS)
    return codes.matches(context, address, channel, payload.text("passCode"))
