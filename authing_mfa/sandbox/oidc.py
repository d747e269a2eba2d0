"""Token sets: issued, refreshed and revoked; and the proof of an application."""

from __future__ import annotations

import base64
import binascii
import hmac

from .context import Context, give_token, holder, new_id
from .records import signed
from .refusals import Refusal
from .state import Token
from .users import User
from .wire import Document, Fields, Request


def give_tokens(
    context: Context, user: User, scope: str, lifetime_key: str, *, family: str = ""
) -> Document:
    """Issue and write a token set; a new sign-in with ``offline_access`` has a refresh token."""
    settings = context.settings
    with_refresh = "offline_access" in scope.split() and (
        not family or settings.rotate_refresh_token
    )
    family = family or new_id()
    lifetime = settings.access_token_lifetime
    access = give_token(context, user, "access", lifetime, scope=scope, family=family)
    claims = {"sub": user.user_id, "aud": context.state.application.app_id, "iss": "sandbox"}
    id_token = give_token(
        context, user, "id", lifetime, value=signed(context, claims, lifetime), family=family
    )
    document: Document = {
        "access_token": access.value,
        "id_token": id_token.value,
        "scope": scope,
        "token_type": "bearer",
        lifetime_key: int(lifetime),
    }
    if with_refresh:
        document["refresh_token"] = _give_refresh_token(context, user, scope, family).value
    return document


def refresh(context: Context, value: str) -> Document:
    """Exchange a refresh token for a new token set."""
    found = holder(context, value, "refresh")
    if found is None:
        raise Refusal("invalid_grant")
    token, user = found
    if token.used:
        if context.settings.refresh_reuse_revokes:
            _end_family(context, token.family)
        raise Refusal("invalid_grant")
    token.used = context.settings.rotate_refresh_token
    key = context.settings.oidc_lifetime_key
    return give_tokens(context, user, token.scope, key, family=token.family)


def revoke(context: Context, value: str) -> None:
    """End a token; a refresh token ends its whole sign-in. An unknown one is no error."""
    token = context.state.tokens.get(value, context.clock.now())
    if token is None:
        return
    context.state.tokens.drop(value)
    if token.kind == "refresh":
        _end_family(context, token.family)


def check_client(context: Context, request: Request, given: Fields) -> None:
    """Refuse an application that does not prove itself in the way that it is set to."""
    application = context.state.application
    mode = application.client_auth
    if mode == "client_secret_basic":
        client_id, secret = _basic(request)
    else:
        client_id = given.optional_text("client_id") or ""
        secret = given.optional_text("client_secret") or ""
    if mode == "none":
        secret = application.secret
        client_id = client_id or application.app_id
    proven = hmac.compare_digest(secret.encode(), application.secret.encode())
    if client_id != application.app_id or not proven:
        raise Refusal("invalid_client")


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _give_refresh_token(context: Context, user: User, scope: str, family: str) -> Token:
    lifetime = context.settings.refresh_token_lifetime
    return give_token(context, user, "refresh", lifetime, scope=scope, family=family)


def _end_family(context: Context, family: str) -> None:
    context.state.tokens.drop_where(lambda token: token.family == family)
