"""The trigger of a step-up: what a sign-in that asks for a second factor answers."""

from __future__ import annotations

from .context import Context
from .factors import enrolled
from .records import arn
from .state import Token
from .tokens import give_token, jwt
from .users import FACTOR_TYPES, User
from .wire import Document

TEXTS = (
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


def give_mfa_token(context: Context, user: User, methods: list[str]) -> Token:
    """Issue an mfaToken that may be used with these factor types."""
    claims = {
        "userPoolId": context.state.pool_id,
        "userId": user.user_id,
        "arn": arn(context, user),
        "stage": 1,
    }
    lifetime = context.settings.mfa_token_lifetime
    value = jwt(context, {"data": claims}, lifetime)
    return give_token(context, user, "mfa", lifetime, value=value, scope=" ".join(methods))


def application_methods(context: Context) -> list[str]:
    """Return the factor types that the application's own MFA offers, the preferred one first."""
    application = context.state.application
    if application.mfa_policy != "application":
        return []
    return [each for each in application.mfa_methods if each in application.enabled_factors]


def application_trigger(context: Context, user: User) -> Document:
    """Write the trigger by the methods that the application offers."""
    return _trigger(context, user, application_methods(context))


def personal_trigger(context: Context, user: User) -> Document | None:
    """Write the trigger of a user's own MFA; None where the user has none."""
    personal = context.state.application.mfa_policy == "personal"
    if not personal or user.factor_of("OTP") is None:
        return None
    data = _trigger(context, user, ["OTP"])
    form = context.settings.personal_trigger_methods
    if form == "absent":
        del data["applicationMfa"]
    elif form == "empty":
        data["applicationMfa"] = []
    return data


def _trigger(context: Context, user: User, methods: list[str]) -> Document:
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


def _application_mfa(context: Context, methods: list[str]) -> list[Document]:
    """List the methods in a fixed order: ``sort`` alone tells which comes first."""
    listed = FACTOR_TYPES if context.settings.trigger_lists_off else tuple(methods)
    order = {each: place for place, each in enumerate(methods, start=1)}
    return [
        {"mfaPolicy": each, "status": int(each in order), "sort": order.get(each, 0)}
        for each in sorted(listed)
    ]
