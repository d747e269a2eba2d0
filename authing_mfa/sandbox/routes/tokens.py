"""The OAuth endpoints: forms in, bare objects out."""

from __future__ import annotations

from .. import tokens, wire
from ..access import CLIENT
from ..context import Context
from ..json_schema import TEXT, const, given, ref
from ..refusals import Refusal
from ..wire import Document, Fields
from .route import FORM, Routes, take

_AGAIN = {
    "token": {
        "requestBody": {"grant_type": "refresh_token", "refresh_token": take("refresh_token")}
    },
    "revocation": {"requestBody": {"token": take("refresh_token")}},
}

routes = Routes(
    tag="tokens",
    write=wire.bare,
    refuse=wire.oauth_refused,
    plain_http=True,
    media=(FORM,),
)


@routes.post(
    "/oidc/token",
    CLIENT,
    body=given({"grant_type": const("refresh_token"), "refresh_token": TEXT}),
    data=ref("RefreshedTokens"),
    refusals=("invalid_grant", "unsupported_grant_type"),
    links=_AGAIN,
)
def token(context: Context, _: None, form: Fields) -> Document:
    """Exchange a refresh token for a new token set."""
    if form.text("grant_type") != "refresh_token":
        raise Refusal("unsupported_grant_type")
    return tokens.refresh(context, form.text("refresh_token"))


@routes.post("/oidc/token/revocation", CLIENT, body=given({"token": TEXT}))
def revocation(context: Context, _: None, form: Fields) -> None:
    """End a token; a refresh token ends its whole sign-in."""
    tokens.revoke(context, form.text("token"))
