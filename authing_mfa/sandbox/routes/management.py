"""The management endpoints."""

from __future__ import annotations

from .. import management, userlist, wire
from ..people import FACTOR_TYPES
from ..refusals import Refusal
from ..wire import Document, Fields, Request
from ..world import World
from .route import Handler, Route, Table


def get_management_token(world: World, request: Request) -> Document:
    """Answer POST /api/v3/get-management-token."""
    body = wire.json_fields(request)
    key_id, key_secret = body.text("accessKeyId"), body.text("accessKeySecret")
    return management.give_token(world, key_id, key_secret)


def get_mfa_trigger_data(world: World, request: Request) -> Document:
    """Answer GET /api/v3/get-mfa-trigger-data."""
    query = _query(world, request)
    app_id, user = query.text("appId"), management.find_user(world, query)
    return management.mfa_trigger(world, app_id, user)


def get_user_mfa_info(world: World, request: Request) -> Document:
    """Answer GET /api/v3/get-user-mfa-info."""
    return management.mfa_info(world, management.find_user(world, _query(world, request)))


def get_mfa_status(world: World, request: Request) -> Document:
    """Answer GET /api/v3/get-mfa-status."""
    return management.mfa_status(world, management.find_user(world, _query(world, request)))


def set_mfa_status(world: World, request: Request) -> Document:
    """Answer POST /api/v3/set-mfa-status."""
    body = _body(world, request)
    trigger = body.fields("mfaTriggerData")
    return management.set_mfa_status(
        world, management.find_user(world, body, to_change=True), trigger
    )


def get_global_mfa_settings(world: World, request: Request) -> Document:
    """Answer GET /api/v3/get-global-mfa-settings."""
    management.check_management(world, request)
    return management.global_settings(world)


def update_global_mfa_settings(world: World, request: Request) -> Document:
    """Answer POST /api/v3/update-global-mfa-settings."""
    body = _body(world, request)
    return management.update_global(world, body.choices("enabledFactors", FACTOR_TYPES))


def disable_global_mfa_settings(world: World, request: Request) -> Document:
    """Answer POST /api/v3/disable-global-mfa-settings, where there is one."""
    if not world.settings.global_mfa_disable:
        raise Refusal("unknown_route", http_status=404)
    body = _body(world, request)
    return management.disable_global(world, body.choices("disableFactors", FACTOR_TYPES))


def update_application_mfa_settings(world: World, request: Request) -> Document:
    """Answer POST /api/v3/update-application-mfa-settings."""
    body = _body(world, request)
    enabled, disabled = (
        body.choices(name, FACTOR_TYPES) if body.has(name) else []
        for name in ("enabledFactors", "disabledFactors")
    )
    return management.update_application(world, body.text("appId"), enabled, disabled)


def import_otp(world: World, request: Request) -> None:
    """Answer POST /api/v3/import-otp."""
    management.import_otp(world, _body(world, request).each_fields("list"))


def get_otp_secret_by_user(world: World, request: Request) -> Document:
    """Answer GET /api/v3/get-otp-secret-by-user."""
    return management.otp_secret(management.find_user(world, _query(world, request)))


def list_users(world: World, request: Request) -> Document:
    """Answer POST /api/v3/list-users."""
    return userlist.page(world, _body(world, request))


def _query(world: World, request: Request) -> Fields:
    management.check_management(world, request)
    return wire.query_fields(request)


def _body(world: World, request: Request) -> Fields:
    management.check_management(world, request)
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
