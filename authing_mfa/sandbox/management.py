"""The rules of the management API: MFA settings, users' factors and imports."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable

from . import factors, otp, records, signin, signing
from .context import Context, access_key_secret, bearer
from .refusals import Refusal
from .state import Application, Token
from .user_directory import Directory
from .users import DEFAULT_COUNTRY_CODE, FACTOR_TYPES, User
from .wire import Document, Fields, Request

USER_ID_TYPES = (
    "user_id",
    "external_id",
    "phone",
    "email",
    "username",
    "identity",
    "sync_relation",
    "custom_field",
)
_STATUS_KEYS = {
    "totpStatus": "OTP",
    "faceMfaStatus": "FACE",
    "smsMfaStatus": "SMS",
    "emailMfaStatus": "EMAIL",
}
SECRET = re.compile("[A-Za-z2-7]{16,128}")


def give_token(context: Context, key_id: str, key_secret: str) -> Document:
    """Issue a management token to the holder of an access key of the pool."""
    state, now = context.state, context.clock.now()
    expected = access_key_secret(context, key_id)
    if expected is None or not hmac.compare_digest(key_secret.encode(), expected.encode()):
        raise Refusal("wrong_access_key")
    lifetime = context.settings.management_token_lifetime
    value = records.signed(context, {"scoped_userpool_id": state.pool_id}, lifetime)
    token = Token(
        value=value, kind="management", user_id="", issued_at=now, expires_at=now + lifetime
    )
    state.tokens.put(value, token, now)
    return {"access_token": value, "expires_in": int(lifetime)}


def check_management(context: Context, request: Request) -> None:
    """Refuse a request that neither has a live management token nor is signed with a key."""
    if signing.is_signed(request):
        signing.check(context, request)
        return
    token = context.state.tokens.get(bearer(context, request), context.clock.now())
    if token is None or token.kind != "management":
        raise Refusal("not_signed_in")
    for prefix in context.settings.header_prefixes:
        if (
            request.headers.get(f"{prefix}userpool-id", context.state.pool_id)
            != context.state.pool_id
        ):
            raise Refusal("bad_argument", "the user pool of the headers is not the token's")


def find_user(context: Context, who: Fields, *, to_change: bool = False) -> User:
    """Return the user whom ``userId`` and ``userIdType`` name."""
    kind = who.choice("userIdType", USER_ID_TYPES) if who.has("userIdType") else "user_id"
    name, users = who.text("userId"), context.state.users
    if kind == "custom_field":
        user = _by_custom_field(users, name)
    else:
        if kind == "phone" and not name.startswith("+"):
            name = f"{DEFAULT_COUNTRY_CODE} {name}"
        user = users.get(kind, name) if to_change else users.peek(kind, name)
    if user is None:
        raise Refusal("user_not_found")
    return user


def mfa_trigger(context: Context, app_id: str, user: User) -> Document:
    """Write the trigger of a step-up that this application asks of a user."""
    _application(context, app_id)
    own = signin.personal_trigger(context, user)
    return own or records.trigger(context, user, records.application_methods(context))


def mfa_info(context: Context, user: User) -> Document:
    """Write a user's bound factor types."""
    as_flag = context.settings.mfa_info_values == "flag"
    bound = {each.factor_type for each in factors.enrolled(context, user)}
    return {
        name: kind in bound if as_flag else "enabled" if kind in bound else "disabled"
        for name, kind in _STATUS_KEYS.items()
    }


def mfa_status(context: Context, user: User) -> Document:
    """Write the trigger object that was set for a user, or the one of a step-up now."""
    if user.mfa_status is not None:
        return user.mfa_status
    return records.trigger(context, user, records.application_methods(context))


def set_mfa_status(context: Context, user: User, trigger: Fields) -> Document:
    """Store a trigger object for a user; it switches nothing on or off."""
    success = context.settings.mfa_status_success
    document = _trigger(trigger)
    if success:
        user.mfa_status = document
    return {"success": success}


def global_settings(context: Context) -> Document:
    """Write the factors that the pool's administrator has enabled."""
    return _written(context, context.state.enabled_factors)


def update_global(context: Context, enabled: Iterable[str]) -> Document:
    """Switch factors on for the pool, in place of the others or beside them."""
    kept = context.state.enabled_factors if context.settings.global_mfa_update == "add" else []
    return _set_global(context, {*kept, *enabled})


def disable_global(context: Context, disabled: Iterable[str]) -> Document:
    """Switch factors off for the pool."""
    return _set_global(context, {*context.state.enabled_factors} - {*disabled})


def update_application(
    context: Context, app_id: str, enabled: Iterable[str], disabled: Iterable[str]
) -> Document:
    """Switch factors of an application on and off; from then on it has its own."""
    application = _application(context, app_id)
    set_factors(application, {*application.enabled_factors, *enabled} - {*disabled})
    return _written(context, application.enabled_factors)


def set_factors(application: Application, enabled: Iterable[str]) -> None:
    """Let an application offer these factors, whatever the pool does."""
    application.enabled_factors[:] = _in_order(enabled)
    application.follows_pool = False


def import_otp(context: Context, items: list[Fields]) -> None:
    """Bind authenticators that users have elsewhere: all of them, or on a refusal none."""
    read = [_import(context, item) for item in items]
    for user, secret, recovery_code in read:
        for factor in [each for each in user.factors.values() if each.factor_type == "OTP"]:
            del user.factors[factor.factor_id]
        factors.bind(context, user, "OTP", secret=secret, recovery_code=recovery_code)


def otp_secret(user: User) -> Document:
    """Write the secret of a user's authenticator."""
    factor = user.factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    return {"secret": factor.secret}


def _import(context: Context, item: Fields) -> tuple[User, str, str]:
    secret_fields = item.fields("otp")
    secret = secret_fields.text("secret")
    recovery_code = secret_fields.optional_text("recoveryCode") or otp.new_recovery_code()
    if not SECRET.fullmatch(secret):
        raise secret_fields.wrong("secret", "wanted base32 of 16 characters or more")
    user = context.state.users.get("user_id", item.text("userId"))
    if user is None:
        raise Refusal("user_not_found")
    if user.factor_of("OTP") is not None and not context.settings.import_otp_replaces:
        raise Refusal("already_enrolled")
    return user, secret.upper(), recovery_code


def _trigger(trigger: Fields) -> Document:
    """Read a trigger object; what it must have is there, the rest is kept as it came."""
    methods = [
        {
            "mfaPolicy": each.text("mfaPolicy"),
            "status": each.whole("status"),
            "sort": each.whole("sort"),
        }
        for each in trigger.each_fields("applicationMfa")
    ]
    document: Document = {"mfaToken": trigger.text("mfaToken"), "applicationMfa": methods}
    for name in records.TRIGGER_TEXTS:
        if trigger.has(name):
            document[name] = trigger.optional_text(name)
    for name in ("totpMfaEnabled", "faceMfaEnabled"):
        document[name] = trigger.optional_flag(name)
    return document


def _by_custom_field(users: Directory, name: str) -> User | None:
    """Return the first of the held users whose custom data have ``<key>:<value>``."""
    key, _, value = name.partition(":")
    found = (each for each in users.held if str(each.custom_data.get(key, "")) == value != "")
    return next(found, None)


def _application(context: Context, app_id: str) -> Application:
    if app_id != context.state.application.app_id:
        raise Refusal("application_not_found")
    return context.state.application


def _set_global(context: Context, enabled: Iterable[str]) -> Document:
    state = context.state
    state.enabled_factors = _in_order(enabled)
    if state.application.follows_pool:
        state.application.enabled_factors = list(state.enabled_factors)
    return global_settings(context)


def _in_order(enabled: Iterable[str]) -> list[str]:
    return [each for each in FACTOR_TYPES if each in set(enabled)]


def _written(context: Context, enabled: list[str]) -> Document:
    if context.settings.enabled_factors_form == "text":
        return {"enabledFactors": json.dumps(enabled)}
    return {"enabledFactors": list(enabled)}
