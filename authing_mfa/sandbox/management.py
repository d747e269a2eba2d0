"""What a back end with an access key may ask."""

from __future__ import annotations

import hmac

from authing_mfa.sandbox import records
from authing_mfa.sandbox.refusals import Refusal
from authing_mfa.sandbox.state import DEFAULT_COUNTRY_CODE, Token, User
from authing_mfa.sandbox.wire import Document, Request
from authing_mfa.sandbox.world import World, bearer

USER_ID_TYPES = (
    "user_id",
    "external_id",
    "phone",
    "email",
    "username",
    "identity",
    "sync_relation",
    "custom_field",
)
_FINDABLE = ("phone", "email", "username")


def give_token(world: World, key_id: str, key_secret: str) -> Document:
    """Issue a management token to the holder of the pool's access key."""
    state, now = world.state, world.clock.now()
    known = hmac.compare_digest(key_secret.encode(), state.access_key_secret.encode())
    if key_id != state.pool_id or not known:
        raise Refusal("wrong_access_key")
    lifetime = world.settings.management_token_lifetime
    value = records.signed(world, {"scoped_userpool_id": state.pool_id}, lifetime)
    token = Token(
        value=value, kind="management", user_id="", issued_at=now, expires_at=now + lifetime
    )
    state.tokens.put(value, token, now)
    return {"access_token": value, "expires_in": int(lifetime)}


def check_management(world: World, request: Request) -> None:
    """Refuse a request without a live management token."""
    token = world.state.tokens.get(bearer(world, request), world.clock.now())
    if token is None or token.kind != "management":
        raise Refusal("not_signed_in")
    for prefix in world.settings.header_prefixes:
        if request.headers.get(f"{prefix}userpool-id", world.state.pool_id) != world.state.pool_id:
            raise Refusal("bad_argument", "the user pool of the headers is not the token's")


def find_user(world: World, user_id: str, kind: str) -> User:
    """Return a user by an id of some type."""
    if kind == "phone" and not user_id.startswith("+"):
        user_id = f"{DEFAULT_COUNTRY_CODE} {user_id}"
    state = world.state
    user = state.users.get(user_id) if kind == "user_id" else None
    if kind in _FINDABLE:
        user = state.find_user(kind, user_id)
    if user is None:
        raise Refusal("user_not_found")
    return user


def mfa_trigger(world: World, app_id: str, user: User) -> Document:
    """Write the trigger of a step-up that this application asks of a user."""
    if app_id != world.state.application.app_id:
        raise Refusal("application_not_found")
    return records.trigger(world, user, records.application_methods(world))
