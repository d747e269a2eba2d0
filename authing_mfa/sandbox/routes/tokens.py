"""The OAuth endpoints: forms in, bare objects out."""

from __future__ import annotations

from typing import Any

from .. import oidc, wire
from ..refusals import Refusal
from ..wire import Document, Fields, Request
from ..world import World
from .route import NOTHING, Route, Table


def token(world: World, request: Request) -> Document:
    """Answer POST /oidc/token; of the grants, the sandbox knows refresh_token."""
    form = _form(world, request)
    if form.text("grant_type") != "refresh_token":
        raise Refusal("unsupported_grant_type")
    return oidc.refresh(world, form.text("refresh_token"))


def revocation(world: World, request: Request) -> Any:
    """Answer POST /oidc/token/revocation with an empty body."""
    oidc.revoke(world, _form(world, request).text("token"))
    return NOTHING


def _form(world: World, request: Request) -> Fields:
    if not wire.is_form(request):
        raise Refusal("bad_argument", "wanted a form")
    form = wire.form_fields(request)
    oidc.check_client(world, request, form)
    return form


ROUTES: Table = {
    ("POST", "/oidc/token"): Route(token, wire.bare, wire.oauth_refused, plain_http=True),
    ("POST", "/oidc/token/revocation"): Route(
        revocation, wire.bare, wire.oauth_refused, plain_http=True
    ),
}
