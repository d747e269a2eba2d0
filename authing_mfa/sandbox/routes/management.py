"""The management endpoints."""

from __future__ import annotations

import functools

from .. import management, user_list, wire
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
from ..records import TRIGGER_TEXTS
from ..refusals import Refusal
from ..users import FACTOR_TYPES
from ..wire import Document, Fields, Request
from .route import ANYBODY, MANAGEMENT, Table, endpoint, take
from .user_query import list_of_users, user_query

_USER_ID_TYPE = choice(management.USER_ID_TYPES)
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
_TO_FIRST = {
    "parameters": {"query.userId": take("data/list/0/userId"), "query.userIdType": "user_id"}
}
_FROM_LIST = dict.fromkeys(
    ("get_user_mfa_info", "get_mfa_status", "get_otp_secret_by_user", "get_mfa_trigger_data"),
    _TO_FIRST,
)
_SETTINGS = ref("MfaSettings")
_METHOD = given({"mfaPolicy": TEXT, "status": WHOLE, "sort": WHOLE})
_TRIGGER = given(
    {"mfaToken": TEXT, "applicationMfa": many(_METHOD)},
    **dict.fromkeys(TRIGGER_TEXTS, or_null(STRING)),
    **dict.fromkeys(("totpMfaEnabled", "faceMfaEnabled"), or_null(FLAG)),
)
_OTP = given(
    {"secret": {"type": "string", "pattern": f"^{management.SECRET.pattern}$"}},
    recoveryCode=or_null(STRING),
)


def _app_id(context: Context) -> dict[str, Schema]:
    return {"appId": choice((context.state.application.app_id,))}


def _whom_and_app_id(context: Context) -> Schema:
    return given({"userId": TEXT, **_app_id(context)}, userIdType=_USER_ID_TYPE)


def _application_factors(context: Context) -> Schema:
    factors = or_null(many(FACTOR_TYPE))
    return given(_app_id(context), enabledFactors=factors, disabledFactors=factors)


ROUTES: Table = {}
_route = functools.partial(endpoint, ROUTES, limited=True)


@_route(
    "POST",
    "/api/v3/get-management-token",
    ANYBODY,
    body=given({"accessKeyId": TEXT, "accessKeySecret": TEXT}),
    data=ref("ManagementToken"),
    refusals=("bad_argument", "wrong_access_key"),
)
def get_management_token(context: Context, request: Request) -> Document:
    """Exchange an access key for a management token."""
    body = wire.json_fields(request)
    key_id, key_secret = body.text("accessKeyId"), body.text("accessKeySecret")
    return management.give_token(context, key_id, key_secret)


@_route(
    "GET",
    "/api/v3/get-mfa-trigger-data",
    MANAGEMENT,
    query=_whom_and_app_id,
    data=ref("MfaTrigger"),
    refusals=("user_not_found", "application_not_found"),
    links=_TO_INTROSPECTION,
)
def get_mfa_trigger_data(context: Context, request: Request) -> Document:
    """Show what the application would ask of a user's sign-in, with an mfaToken for it."""
    query = _query(context, request)
    app_id, user = query.text("appId"), management.find_user(context, query)
    return management.mfa_trigger(context, app_id, user)


@_route(
    "GET",
    "/api/v3/get-user-mfa-info",
    MANAGEMENT,
    query=_WHOM,
    data=ref("MfaInfo"),
    refusals=("user_not_found",),
)
def get_user_mfa_info(context: Context, request: Request) -> Document:
    """Show which factors a user has."""
    return management.mfa_info(context, management.find_user(context, _query(context, request)))


@_route(
    "GET",
    "/api/v3/get-mfa-status",
    MANAGEMENT,
    query=_WHOM,
    data=ref("MfaTrigger"),
    refusals=("user_not_found",),
)
def get_mfa_status(context: Context, request: Request) -> Document:
    """Show the trigger that was set for a user."""
    return management.mfa_status(context, management.find_user(context, _query(context, request)))


@_route(
    "POST",
    "/api/v3/set-mfa-status",
    MANAGEMENT,
    body=given({"userId": TEXT, "mfaTriggerData": _TRIGGER}, userIdType=or_null(_USER_ID_TYPE)),
    data=written({"success": FLAG}),
    refusals=("user_not_found",),
    links=_TO_STATUS,
)
def set_mfa_status(context: Context, request: Request) -> Document:
    """Keep a trigger for a user."""
    body = _body(context, request)
    trigger = body.fields("mfaTriggerData")
    return management.set_mfa_status(
        context, management.find_user(context, body, to_change=True), trigger
    )


@_route("GET", "/api/v3/get-global-mfa-settings", MANAGEMENT, data=_SETTINGS)
def get_global_mfa_settings(context: Context, request: Request) -> Document:
    """Show the pool's factors."""
    management.check_management(context, request)
    return management.global_settings(context)


@_route(
    "POST",
    "/api/v3/update-global-mfa-settings",
    MANAGEMENT,
    body=given({"enabledFactors": many(FACTOR_TYPE)}),
    data=_SETTINGS,
)
def update_global_mfa_settings(context: Context, request: Request) -> Document:
    """Switch factors of the pool on."""
    body = _body(context, request)
    return management.update_global(context, body.choices("enabledFactors", FACTOR_TYPES))


@_route(
    "POST",
    "/api/v3/disable-global-mfa-settings",
    MANAGEMENT,
    body=given({"disableFactors": many(FACTOR_TYPE)}),
    data=_SETTINGS,
    refusals=("unknown_route",),
)
def disable_global_mfa_settings(context: Context, request: Request) -> Document:
    """Switch factors of the pool off."""
    if not context.settings.global_mfa_disable:
        raise Refusal("unknown_route", http_status=404)
    body = _body(context, request)
    return management.disable_global(context, body.choices("disableFactors", FACTOR_TYPES))


@_route(
    "POST",
    "/api/v3/update-application-mfa-settings",
    MANAGEMENT,
    body=_application_factors,
    data=_SETTINGS,
    refusals=("application_not_found",),
)
def update_application_mfa_settings(context: Context, request: Request) -> Document:
    """Switch factors of the application on and off."""
    body = _body(context, request)
    enabled, disabled = (
        body.choices(name, FACTOR_TYPES) if body.has(name) else []
        for name in ("enabledFactors", "disabledFactors")
    )
    return management.update_application(context, body.text("appId"), enabled, disabled)


@_route(
    "POST",
    "/api/v3/import-otp",
    MANAGEMENT,
    body=given({"list": many(given({"userId": TEXT, "otp": _OTP}))}),
    refusals=("user_not_found", "already_enrolled"),
)
def import_otp(context: Context, request: Request) -> None:
    """Bind authenticators that users have elsewhere, all of them or none."""
    management.import_otp(context, _body(context, request).each_fields("list"))


@_route(
    "GET",
    "/api/v3/get-otp-secret-by-user",
    MANAGEMENT,
    query=_WHOM,
    data=written({"secret": TEXT}),
    refusals=("user_not_found", "totp_not_enrolled"),
)
def get_otp_secret_by_user(context: Context, request: Request) -> Document:
    """Show the secret of a user's authenticator."""
    return management.otp_secret(management.find_user(context, _query(context, request)))


@_route(
    "POST",
    "/api/v3/list-users",
    MANAGEMENT,
    body=user_query(),
    data=list_of_users(),
    refusals=("unsupported",),
    links=_FROM_LIST,
)
def list_users(context: Context, request: Request) -> Document:
    """List users, filtered, sorted and cut into pages."""
    return user_list.page(context, _body(context, request))


def _query(context: Context, request: Request) -> Fields:
    management.check_management(context, request)
    return wire.query_fields(request)


def _body(context: Context, request: Request) -> Fields:
    management.check_management(context, request)
    return wire.json_fields(request)
