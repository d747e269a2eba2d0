"""The OAuth endpoints: forms in, bare objects out."""

from __future__ import annotations

import functools
from typing import Any

from .. import oidc, wire
from ..context import Context
from ..json_schema import TEXT, const, given, ref
from ..refusals import Refusal
from ..wire import Document, Fields, Request
from .route import CLIENT, FORM, NOTHING, Table, endpoint, take

_AGAIN = {
    "token": {
        "requestBody": {"grant_type": "refresh_token", "refresh_token": take("refresh_token")}
    },
    "revocation": {"requestBody": {"token": take("refresh_token")}},
}

ROUTES: Table = {}
_route = functools.partial(
    endpoint,
    ROUTES,
    "POST",
    write=wire.bare,
    refuse=wire.oauth_refused,
    plain_http=True,
    media=(FORM,),
)


@_route(
    "/oidc/token",
    CLIENT,
    body=given({"grant_type": const("refresh_token"), "refresh_token": TEXT}),
    data=ref("RefreshedTokens"),
    refusals=("invalid_grant", "unsupported_grant_type"),
    links=_AGAIN,
)
def token(context: Context, request: Request) -> Document:
    """Exchange a refresh token for a new token set."""
    form = _form(context, request)
    if form.text("grant_type") != "refresh_token":
        raise Refusal("unsupported_grant_type")
    return oidc.refresh(context, form.text("refresh_token"))


@_route("/oidc/token/revocation", CLIENT, body=given({"token": TEXT}))
def revocation(context: Context, request: Request) -> Any:
    """End a token; a refresh token ends its whole sign-in."""
    oidc.revoke(context, _form(context, request).text("token"))
    return NOTHING


def _form(context: Context, request: Request) -> Fields:
    if not wire.is_form(request):
        raise Refusal("bad_argument", "wanted a form")
    form = wire.form_fields(request)
    oidc.check_client(context, request, form)
    return form
