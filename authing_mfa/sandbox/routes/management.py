"""The management endpoints."""

from __future__ import annotations

from .. import management, user_list, wire
from ..context import Context
from ..refusals import Refusal
from ..users import FACTOR_TYPES
from ..wire import Document, Fields, Request
from .route import Handler, Route, Table


def get_management_token(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/get-management-token."""
    body = wire.json_fields(request)
    key_id, key_secret = body.text("accessKeyId"), body.text("accessKeySecret")
    return management.give_token(context, key_id, key_secret)


def get_mfa_trigger_data(context: Context, request: Request) -> Document:
    """Answer GET /api/v3/get-mfa-trigger-data."""
    query = _query(context, request)
    app_id, user = query.text("appId"), management.find_user(context, query)
    return management.mfa_trigger(context, app_id, user)


def get_user_mfa_info(context: Context, request: Request) -> Document:
    """Answer GET /api/v3/get-user-mfa-info."""
    return management.mfa_info(context, management.find_user(context, _query(context, request)))


def get_mfa_status(context: Context, request: Request) -> Document:
    """Answer GET /api/v3/get-mfa-status."""
    return management.mfa_status(context, management.find_user(context, _query(context, request)))


def set_mfa_status(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/set-mfa-status."""
    body = _body(context, request)
    trigger = body.fields("mfaTriggerData")
    return management.set_mfa_status(
        context, management.find_user(context, body, to_change=True), trigger
    )


def get_global_mfa_settings(context: Context, request: Request) -> Document:
    """Answer GET /api/v3/get-global-mfa-settings."""
    management.check_management(context, request)
    return management.global_settings(context)


def update_global_mfa_settings(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/update-global-mfa-settings."""
    body = _body(context, request)
    return management.update_global(context, body.choices("enabledFactors", FACTOR_TYPES))


def disable_global_mfa_settings(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/disable-global-mfa-settings, where there is one."""
    if not context.settings.global_mfa_disable:
        raise Refusal("unknown_route", http_status=404)
    body = _body(context, request)
    return management.disable_global(context, body.choices("disableFactors", FACTOR_TYPES))


def update_application_mfa_settings(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/update-application-mfa-settings."""
    body = _body(context, request)
    enabled, disabled = (
        body.choices(name, FACTOR_TYPES) if body.has(name) else []
        for name in ("enabledFactors", "disabledFactors")
    )
    return management.update_application(context, body.text("appId"), enabled, disabled)


def import_otp(context: Context, request: Request) -> None:
    """Answer POST /api/v3/import-otp."""
    management.import_otp(context, _body(context, request).each_fields("list"))


def get_otp_secret_by_user(context: Context, request: Request) -> Document:
    """Answer GET /api/v3/get-otp-secret-by-user."""
    return management.otp_secret(management.find_user(context, _query(context, request)))


def list_users(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/list-users."""
    return user_list.page(context, _body(context, request))


def _query(context: Context, request: Request) -> Fields:
    management.check_management(context, request)
    return wire.query_fields(request)


def _body(context: Context, request: Request) -> Fields:
    management.check_management(context, request)
    return wire.json_fields(request)


_GET: dict[str, Handler] = {
    "get-mfa-trigger-data": get_mfa_trigger_data,
    "get-user-mfa-info": get_user_mfa_info,
    "get-mfa-status": get_mfa_status,
    "get-global-mfa-settings": get_global_mfa_settings,
    "get-otp-secret-by-user": get_otp_secret_by_user,
}
_POST: dict[str, Handler] = {
    "get-management-token": get_management_token,
    "set-mfa-status": set_mfa_status,
    "update-global-mfa-settings": update_global_mfa_settings,
    "disable-global-mfa-settings": disable_global_mfa_settings,
    "update-application-mfa-settings": update_application_mfa_settings,
    "import-otp": import_otp,
    "list-users": list_users,
}

ROUTES: Table = {
    (method, f"/api/v3/{name}"): Route(handle, limited=True)
    for method, handlers in (("GET", _GET), ("POST", _POST))
    for name, handle in handlers.items()
}
