"""Tokens: issued and found."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from .context import Context, new_id
from .state import Token
from .users import User
from .wire import Document

SCOPE = "openid profile username email phone offline_access"


def give_token(
    context: Context,
    user: User | None,
    kind: str,
    lifetime: float,
    *,
    value: str = "",
    scope: str = "",
    family: str = "",
) -> Token:
    """Issue a token of a kind (``access``, ``mfa``…); its value is made up if not given."""
    now = context.clock.now()
    token = Token(
        value=value or f"sandbox_{secrets.token_urlsafe(32)}",
        kind=kind,
        user_id="" if user is None else user.user_id,
        issued_at=now,
        expires_at=now + lifetime,
        scope=scope,
        family=family,
    )
    context.state.tokens.put(token.value, token, now)
    return token


def give_access_token(
    context: Context, user: User, scope: str = SCOPE, *, family: str = ""
) -> Token:
    """Issue an access token."""
    lifetime = context.settings.access_token_lifetime
    return give_token(context, user, "access", lifetime, scope=scope, family=family)


def holder(context: Context, value: str, *kinds: str) -> tuple[Token, User] | None:
    """Return a live token of one of some kinds, and its user."""
    token = context.state.tokens.get(value, context.clock.now())
    if token is None or token.kind not in kinds:
        return None
    user = context.state.users.get("user_id", token.user_id)
    return None if user is None else (token, user)


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
    access = give_access_token(context, user, scope, family=family)
    claims = {"sub": user.user_id, "aud": context.state.application.app_id, "iss": "sandbox"}
    id_value = jwt(context, claims, lifetime)
    id_token = give_token(context, user, "id", lifetime, value=id_value, family=family)
    document: Document = {
        "access_token": access.value,
        "id_token": id_token.value,
        "scope": scope,
        "token_type": "bearer",
        lifetime_key: int(lifetime),
    }
    if with_refresh:
        lifetime = settings.refresh_token_lifetime
        refresh_token = give_token(context, user, "refresh", lifetime, scope=scope, family=family)
        document["refresh_token"] = refresh_token.value
    return document


def jwt(context: Context, claims: dict[str, Any], lifetime: float) -> str:
    """Sign a JSON Web Token (HS256) that begins now; its ``kid`` makes it one of its kind."""
    now = int(context.clock.now())
    header = {"alg": "HS256", "typ": "JWT", "kid": f"sandbox_{secrets.token_hex(8)}"}
    text = f"{_encoded(header)}.{_encoded({**claims, 'iat': now, 'exp': now + int(lifetime)})}"
    key = context.state.application.secret.encode()
    return f"{text}.{_base64url(hmac.digest(key, text.encode(), hashlib.sha256))}"


def _encoded(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
