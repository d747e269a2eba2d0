"""Checking a code of somebody who is signed in, and checking an mfaToken."""

from __future__ import annotations

from . import codes, otp, tries
from .people import Factor, User
from .refusals import Refusal
from .wire import Document, Fields
from .world import World, holder


def totp(world: World, user: User, code: str) -> bool:
    """Check a code of the user's authenticator.

    Raises:
        Refusal: there is no authenticator or no code, or too many codes were wrong in a row.
    """
    factor = user.factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    if not code:
        raise Refusal("totp_missing")
    tries.check(world, user.totp_tries, "too_many_attempts")
    if take_totp(world, factor, code):
        tries.passed(user.totp_tries)
        user.verified_at = world.clock.now()
        return True
    tries.failed(world, user.totp_tries, world.settings.totp_max_failures)
    return False


def take_totp(world: World, factor: Factor, code: str) -> bool:
    """Check a code against an authenticator and, where no replay is allowed, use it up."""
    settings = world.settings
    step = otp.matching_step(str(factor.secret), code, world.clock.now(), settings.totp_window)
    if step is None or (step <= factor.last_step and not settings.totp_replay):
        return False
    factor.last_step = max(step, factor.last_step)
    return True


def introspect(world: World, value: str) -> Document:
    """Write what an mfaToken is good for; anything else is just not active."""
    found = holder(world, value, *world.settings.introspection_accepts)
    if found is None or (found[0].used and not world.settings.introspection_knows_used):
        return {"active": False}
    token, user = found
    return {
        "active": True,
        "userPoolId": world.state.pool_id,
        "userId": user.user_id,
        "exp": int(token.expires_at),
        "iat": int(token.issued_at),
    }


def pre_check(world: World, body: Fields) -> bool:
    """Tell whether an SMS or e-mail code is right, and leave it alive."""
    if body.choice("codeType", ("SMS", "EMAIL")) == "SMS":
        payload = body.fields("smsCodePayload")
        address = codes.phone_address(world, payload, "phone")
        channel = payload.choice("channel", codes.SMS_CHANNELS)
    else:
        payload = body.fields("emailCodePayload")
        address = codes.email_address(payload)
        channel = payload.choice("channel", codes.EMAIL_CHANNELS)
    return codes.matches(world, address, channel, payload.text("passCode"))
