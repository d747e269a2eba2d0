"""The management endpoints: tokens, settings of MFA, and the factors of single users."""

from __future__ import annotations

import hmac
import json
import re

from .. import factors, otp, tokens, triggers
from ..access import ANYBODY, MANAGEMENT
from ..context import Context
from ..json_schema import (
    FACTOR_TYPE,
    FLAG,
    STRING,
    TEXT,
    WHOLE,
    Schema,
    choice,
    given,
    many,
    or_null,
    ref,
    written,
)
from ..refusals import Refusal
from ..state import in_order
from ..user_directory import Directory
from ..users import DEFAULT_COUNTRY_CODE, FACTOR_TYPES, User
from ..wire import Document, Fields
from .route import Routes, take

_USER_ID_TYPES = (
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
_SECRET = re.compile("[A-Za-z2-7]{16,128}")
_USER_ID_TYPE = choice(_USER_ID_TYPES)
_WHOM = given({"userId": TEXT}, userIdType=_USER_ID_TYPE)
_TO_STATUS = {
    "get_mfa_status": {
        "parameters": {
            "query.userId": "$request.body#/userId",
            "query.userIdType": "$request.body#/userIdType",
        }
    }
}
_TO_INTROSPECTION = {"introspect_mfa_token": {"requestBody": {"token": take("data/mfaToken")}}}
_SETTINGS = ref("MfaSettings")
_METHOD = given({"mfaPolicy": TEXT, "status": WHOLE, "sort": WHOLE})
_TRIGGER = given(
    {"mfaToken": TEXT, "applicationMfa": many(_METHOD)},
    **dict.fromkeys(triggers.TEXTS, or_null(STRING)),
    **dict.fromkeys(("totpMfaEnabled", "faceMfaEnabled"), or_null(FLAG)),
)
_OTP = given(
    {"secret": {"type": "string", "pattern": f"^{_SECRET.pattern}$"}},
    recoveryCode=or_null(STRING),
)


def _app_id(context: Context) -> dict[str, Schema]:
    return {"appId": choice((context.state.application.app_id,))}


def _whom_and_app_id(context: Context) -> Schema:
    return given({"userId": TEXT, **_app_id(context)}, userIdType=_USER_ID_TYPE)


def _application_factors(context: Context) -> Schema:
    some = or_null(many(FACTOR_TYPE))
    return given(_app_id(context), enabledFactors=some, disabledFactors=some)


routes: Routes = Routes(tag="management", limited=True)


@routes.post(
    "/api/v3/get-management-token",
    ANYBODY,
    body=given({"accessKeyId": TEXT, "accessKeySecret": TEXT}),
    data=ref("ManagementToken"),
    refusals=("bad_argument", "wrong_access_key"),
)
def get_management_token(context: Context, _: None, body: Fields) -> Document:
    """Exchange an access key for a management token."""
    key_id, key_secret = body.text("accessKeyId"), body.text("accessKeySecret")
    expected = context.state.key_secret(key_id)
    if expected is None or not hmac.compare_digest(key_secret.encode(), expected.encode()):
        raise Refusal("wrong_access_key")
    lifetime = context.settings.management_token_lifetime
    value = tokens.jwt(context, {"scoped_userpool_id": context.state.pool_id}, lifetime)
    tokens.give_token(context, None, "management", lifetime, value=value)
    return {"access_token": value, "expires_in": int(lifetime)}


@routes.get(
    "/api/v3/get-mfa-trigger-data",
    MANAGEMENT,
    query=_whom_and_app_id,
    data=ref("MfaTrigger"),
    refusals=("user_not_found", "application_not_found"),
    links=_TO_INTROSPECTION,
)
def get_mfa_trigger_data(context: Context, _: None, query: Fields) -> Document:
    """Show what the application would ask of a user's sign-in, with an mfaToken for it."""
    app_id, user = query.text("appId"), _find_user(context, query)
    if app_id != context.state.application.app_id:
        raise Refusal("application_not_found")
    own = triggers.personal_trigger(context, user)
    return own or triggers.application_trigger(context, user)


@routes.get(
    "/api/v3/get-user-mfa-info",
    MANAGEMENT,
    query=_WHOM,
    data=ref("MfaInfo"),
    refusals=("user_not_found",),
)
def get_user_mfa_info(context: Context, _: None, query: Fields) -> Document:
    """Show which factors a user has."""
    as_flag = context.settings.mfa_info_values == "flag"
    enrolled = factors.enrolled(context, _find_user(context, query))
    bound = {each.factor_type for each in enrolled}
    return {
        name: kind in bound if as_flag else "enabled" if kind in bound else "disabled"
        for name, kind in _STATUS_KEYS.items()
    }


@routes.get(
    "/api/v3/get-mfa-status",
    MANAGEMENT,
    query=_WHOM,
    data=ref("MfaTrigger"),
    refusals=("user_not_found",),
)
def get_mfa_status(context: Context, _: None, query: Fields) -> Document:
    """Show the trigger that was set for a user.

    Where none was set, it is the one of a step-up now.
    """
    user = _find_user(context, query)
    if user.mfa_status is not None:
        return user.mfa_status
    return triggers.application_trigger(context, user)


@routes.post(
    "/api/v3/set-mfa-status",
    MANAGEMENT,
    body=given({"userId": TEXT, "mfaTriggerData": _TRIGGER}, userIdType=or_null(_USER_ID_TYPE)),
    data=written({"success": FLAG}),
    refusals=("user_not_found",),
    links=_TO_STATUS,
)
def set_mfa_status(context: Context, _: None, body: Fields) -> Document:
    """Keep a trigger for a user.

    It switches nothing on or off.
    """
    trigger = body.fields("mfaTriggerData")
    user = _find_user(context, body, to_change=True)
    document = _trigger(trigger)
    success = context.settings.mfa_status_success
    if success:
        user.mfa_status = document
    return {"success": success}


@routes.get("/api/v3/get-global-mfa-settings", MANAGEMENT, data=_SETTINGS)
def get_global_mfa_settings(context: Context, _: None, _given: Fields) -> Document:
    """Show the pool's factors."""
    return _mfa_settings(context, context.state.enabled_factors)


@routes.post(
    "/api/v3/update-global-mfa-settings",
    MANAGEMENT,
    body=given({"enabledFactors": many(FACTOR_TYPE)}),
    data=_SETTINGS,
)
def update_global_mfa_settings(context: Context, _: None, body: Fields) -> Document:
    """Switch factors of the pool on.

    They come in place of the others or beside them, as ``settings.global_mfa_update`` says.
    """
    enabled = body.choices("enabledFactors", FACTOR_TYPES)
    kept = context.state.enabled_factors if context.settings.global_mfa_update == "add" else []
    return _set_global(context, {*kept, *enabled})


@routes.post(
    "/api/v3/disable-global-mfa-settings",
    MANAGEMENT,
    setting="global_mfa_disable",
    body=given({"disableFactors": many(FACTOR_TYPE)}),
    data=_SETTINGS,
)
def disable_global_mfa_settings(context: Context, _: None, body: Fields) -> Document:
    """Switch factors of the pool off."""
    disabled = body.choices("disableFactors", FACTOR_TYPES)
    return _set_global(context, {*context.state.enabled_factors} - {*disabled})


@routes.post(
    "/api/v3/update-application-mfa-settings",
    MANAGEMENT,
    body=_application_factors,
    data=_SETTINGS,
    refusals=("application_not_found",),
)
def update_application_mfa_settings(context: Context, _: None, body: Fields) -> Document:
    """Switch factors of the application on and off.

    From then on the application has its own, whatever the pool does.
    """
    enabled, disabled = (
        body.choices(name, FACTOR_TYPES) if body.has(name) else []
        for name in ("enabledFactors", "disabledFactors")
    )
    application = context.state.application
    if body.text("appId") != application.app_id:
        raise Refusal("application_not_found")
    application.enable({*application.enabled_factors, *enabled} - {*disabled})
    return _mfa_settings(context, application.enabled_factors)


@routes.post(
    "/api/v3/import-otp",
    MANAGEMENT,
    body=given({"list": many(given({"userId": TEXT, "otp": _OTP}))}),
    refusals=("user_not_found", "already_enrolled"),
)
def import_otp(context: Context, _: None, body: Fields) -> None:
    """Bind authenticators that users have elsewhere, all of them or none."""
    read = [_import(context, item) for item in body.each_fields("list")]
    for user, secret, recovery_code in read:
        for factor in [each for each in user.factors.values() if each.factor_type == "OTP"]:
            del user.factors[factor.factor_id]
        factors.bind(context, user, "OTP", secret=secret, recovery_code=recovery_code)


@routes.get(
    "/api/v3/get-otp-secret-by-user",
    MANAGEMENT,
    query=_WHOM,
    data=written({"secret": TEXT}),
    refusals=("user_not_found", "totp_not_enrolled"),
)
def get_otp_secret_by_user(context: Context, _: None, query: Fields) -> Document:
    """Show the secret of a user's authenticator."""
    factor = _find_user(context, query).factor_of("OTP")
    if factor is None:
        raise Refusal("totp_not_enrolled")
    return {"secret": factor.secret}


def _find_user(context: Context, who: Fields, *, to_change: bool = False) -> User:
    """Return the user whom ``userId`` and ``userIdType`` name."""
    kind = who.choice("userIdType", _USER_ID_TYPES) if who.has("userIdType") else "user_id"
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


def _by_custom_field(users: Directory, name: str) -> User | None:
    """Return the first of the held users whose custom data have ``<key>:<value>``."""
    key, _, value = name.partition(":")
    found = (each for each in users.held if str(each.custom_data.get(key, "")) == value != "")
    return next(found, None)


def _import(context: Context, item: Fields) -> tuple[User, str, str]:
    secret_fields = item.fields("otp")
    secret = secret_fields.text("secret")
    recovery_code = secret_fields.optional_text("recoveryCode") or otp.new_recovery_code()
    if not _SECRET.fullmatch(secret):
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
    for name in triggers.TEXTS:
        if trigger.has(name):
            document[name] = trigger.optional_text(name)
    for name in ("totpMfaEnabled", "faceMfaEnabled"):
        document[name] = trigger.optional_flag(name)
    return document


def _set_global(context: Context, enabled: set[str]) -> Document:
    state = context.state
    state.enabled_factors = in_order(enabled)
    if state.application.follows_pool:
        state.application.enabled_factors = list(state.enabled_factors)
    return _mfa_settings(context, state.enabled_factors)


def _mfa_settings(context: Context, enabled: list[str]) -> Document:
    as_text = context.settings.enabled_factors_form == "text"
    return {"enabledFactors": json.dumps(enabled) if as_text else list(enabled)}
