"""The OAuth endpoints: forms in, bare objects out."""

from __future__ import annotations

from .. import tokens
from ..access import CLIENT
from ..context import Context
from ..envelopes import OAuth
from ..json_schema import TEXT, const, given, ref
from ..refusals import Refusal
from ..state import Token
from ..wire import Document, Fields
from .route import FORM, Routes, take

_AGAIN = {
    "token": {
        "requestBody": {"grant_type": "refresh_token", "refresh_token": take("refresh_token")}
    },
    "revocation": {"requestBody": {"token": take("refresh_token")}},
}

routes: Routes = Routes(tag="tokens", envelope=OAuth(), media=(FORM,))


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
    found = tokens.holder(context, form.text("refresh_token"), "refresh")
    if found is None:
        raise Refusal("invalid_grant")
    old, user = found
    if old.used:
        if context.settings.refresh_reuse_revokes:
            _end_sign_in(context, old)
        raise Refusal("invalid_grant")
    old.used = context.settings.rotate_refresh_token
    key = context.settings.oidc_lifetime_key
    return tokens.give_tokens(context, user, old.scope, key, family=old.family)


@routes.post("/oidc/token/revocation", CLIENT, body=given({"token": TEXT}))
def revocation(context: Context, _: None, form: Fields) -> None:
    """End a token; a refresh token ends its whole sign-in.

    An unknown one is no error.
    """
    ended = context.state.tokens.get(form.text("token"), context.clock.now())
    if ended is None:
        return
    context.state.tokens.drop(ended.value)
    if ended.kind == "refresh":
        _end_sign_in(context, ended)


def _end_sign_in(context: Context, ended: Token) -> None:
    context.state.tokens.drop_where(lambda each: each.family == ended.family)
