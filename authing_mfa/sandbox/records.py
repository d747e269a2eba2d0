"""The v2 records of users, authenticators and step-up triggers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from . import jwt, passwords
from .context import Context, give_token
from .factors import enrolled
from .state import Token
from .users import FACTOR_TYPES, Factor, User
from .wire import Document

TRIGGER_TEXTS = (
    "mfaPhone",
    "mfaPhoneCountryCode",
    "mfaEmail",
    "phone",
    "phoneCountryCode",
    "email",
    "username",
    "nickname",
    "avatar",
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def arn(context: Context, user: User) -> str:
    """Return a user's resource name."""
    return f"arn:cn:authing:{context.state.pool_id}:user:{user.user_id}"


def give_mfa_token(context: Context, user: User, methods: list[str]) -> Token:
    """Issue an mfaToken that may be used with these factor types."""
    claims = {
        "userPoolId": context.state.pool_id,
        "userId": user.user_id,
        "arn": arn(context, user),
    }
    lifetime = context.settings.mfa_token_lifetime
    value = signed(context, {"data": claims | {"stage": 1}}, lifetime)
    return give_token(context, user, "mfa", lifetime, value=value, scope=" ".join(methods))


def signed(context: Context, claims: dict[str, Any], lifetime: float) -> str:
    """Return a JWT that begins now."""
    now = int(context.clock.now())
    times = {"iat": now, "exp": now + int(lifetime)}
    return jwt.sign({**claims, **times}, context.state.application.secret)


def application_methods(context: Context) -> list[str]:
    """Return the factor types that the application's own MFA offers, the preferred one first."""
    application = context.state.application
    if application.mfa_policy != "application":
        return []
    return [each for each in application.mfa_methods if each in application.enabled_factors]


def trigger(context: Context, user: User, methods: list[str]) -> Document:
    """Write the trigger of a step-up by these methods."""
    unbound = context.settings.unbound_contact
    bound = {each.factor_type: each for each in reversed(enrolled(context, user))}
    sms, email = bound.get("SMS"), bound.get("EMAIL")
    return {
        "mfaToken": give_mfa_token(context, user, methods).value,
        "applicationMfa": _application_mfa(context, methods),
        "mfaPhone": sms.phone if sms else unbound,
        "mfaPhoneCountryCode": sms.phone_country_code if sms else unbound,
        "mfaEmail": email.email if email else unbound,
        "phone": user.phone,
        "phoneCountryCode": user.phone_country_code if user.phone else None,
        "email": user.email,
        "username": user.username,
        "nickname": user.nickname,
        "avatar": None,
        "totpMfaEnabled": "OTP" in bound,
        "faceMfaEnabled": "FACE" in bound,
    }


def user_record(context: Context, user: User, token: Token | None = None) -> Document:
    """Write the whole record of a user, secrets included as the v2 endpoints do."""
    return {
        "id": user.user_id,
        "userPoolId": context.state.pool_id,
        "arn": arn(context, user),
        "username": user.username,
        "nickname": user.nickname,
        "email": user.email,
        "emailVerified": bool(user.email),
        "phone": user.phone,
        "phoneCountryCode": user.phone_country_code if user.phone else None,
        "phoneVerified": bool(user.phone),
        "photo": None,
        "token": token.value if token else None,
        "tokenExpiredAt": written_time(token.expires_at) if token else None,
        "loginsCount": user.logins,
        "lastLogin": written_time(user.last_login_at),
        "lastMfaTime": written_time(user.verified_at),
        "createdAt": written_time(user.created_at),
        "updatedAt": written_time(user.created_at),
        "status": user.shown_status,
        "blocked": False,
        "identities": [],
        "registerSource": ["basic:email"],
        "password": passwords.hashed(user),
        "salt": user.salt,
        "encryptedPassword": None,
        "secretInfo": None,
    }


def authenticator(user: User, factor: Factor) -> Document:
    """Write an authenticator as the v2 list does, its secret and recovery code included."""
    created = written_time(user.created_at)
    return {
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


def millis(moment: float) -> int:
    """Return an instant in the milliseconds that records show, from Unix seconds."""
    return round(moment * 1_000_000) // 1000


def written_time(moment: float | None) -> str | None:
    """Write an instant, to the millisecond and in UTC."""
    if moment is None:
        return None
    shown = _EPOCH + timedelta(milliseconds=millis(moment))  # what lists are sorted by
    return shown.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _application_mfa(context: Context, methods: list[str]) -> list[Document]:
    """List the methods in a fixed order: ``sort`` alone tells which comes first."""
    listed = FACTOR_TYPES if context.settings.trigger_lists_off else tuple(methods)
    order = {each: place for place, each in enumerate(methods, start=1)}
    return [
        {"mfaPolicy": each, "status": int(each in order), "sort": order.get(each, 0)}
        for each in sorted(listed)
    ]
