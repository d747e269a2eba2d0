"""The management endpoints."""

from __future__ import annotations

from authing_mfa.sandbox import management, wire
from authing_mfa.sandbox.routes.route import Route, Table
from authing_mfa.sandbox.wire import Document, Request
from authing_mfa.sandbox.world import World


def get_management_token(world: World, request: Request) -> Document:
    """Answer POST /api/v3/get-management-token."""
    body = wire.json_fields(request)
    key_id, key_secret = body.text("accessKeyId"), body.text("accessKeySecret")
    return management.give_token(world, key_id, key_secret)


def get_mfa_trigger_data(world: World, request: Request) -> Document:
    """Answer GET /api/v3/get-mfa-trigger-data."""
    management.check_management(world, request)
    query = wire.query_fields(request)
    kind = "user_id"
    if query.has("userIdType"):
        kind = query.choice("userIdType", management.USER_ID_TYPES)
    app_id, user_id = query.text("appId"), query.text("userId")
    return management.mfa_trigger(world, app_id, management.find_user(world, user_id, kind))


ROUTES: Table = {
    ("POST", "/api/v3/get-management-token"): Route(get_management_token),
    ("GET", "/api/v3/get-mfa-trigger-data"): Route(get_mfa_trigger_data),
}
