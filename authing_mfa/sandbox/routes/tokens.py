"""The OAuth endpoints: forms in, bare objects out."""

from __future__ import annotations

from typing import Any

from .. import oidc, wire
from ..context import Context
from ..refusals import Refusal
from ..wire import Document, Fields, Request
from .route import NOTHING, Route, Table


def token(context: Context, request: Request) -> Document:
    """Answer POST /oidc/token; of the grants, the sandbox knows refresh_token."""
    form = _form(context, request)
    if form.text("grant_type") != "refresh_token":
        raise Refusal("unsupported_grant_type")
    return oidc.refresh(context, form.text("refresh_token"))


def revocation(context: Context, request: Request) -> Any:
    """Answer POST /oidc/token/revocation with an empty body."""
    oidc.revoke(context, _form(context, request).text("token"))
    return NOTHING


def _form(context: Context, request: Request) -> Fields:
    if not wire.is_form(request):
        raise Refusal("bad_argument", "wanted a form")
    form = wire.form_fields(request)
    oidc.check_client(context, request, form)
    return form


ROUTES: Table = {
    ("POST", "/oidc/token"): Route(token, wire.bare, wire.oauth_refused, plain_http=True),
    ("POST", "/oidc/token/revocation"): Route(
        revocation, wire.bare, wire.oauth_refused, plain_http=True
    ),
}
