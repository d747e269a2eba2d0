"""What every rule is given, and who is asking."""

from __future__ import annotations

import secrets

import attrs

from .clock import Clock
from .outbox import Outbox
from .people import User
from .rate import Rate
from .refusals import Refusal
from .settings import Settings
from .state import State, Token
from .wire import Request


@attrs.define
class World:
    """The state and what moves it: settings, time and the messages that go out."""

    state: State
    settings: Settings
    clock: Clock = attrs.field(factory=Clock)
    outbox: Outbox = attrs.field(factory=Outbox)
    rate: Rate = attrs.field(factory=Rate)


def access_key_secret(world: World, key_id: str) -> str | None:
    """Return the secret of an access key of the pool."""
    state = world.state
    return {**state.access_keys, state.pool_id: state.access_key_secret}.get(key_id)


def new_id() -> str:
    """Return 24 hexadecimal digits, the form of the service's ids."""
    return secrets.token_hex(12)


def give_token(
    world: World,
    user: User,
    kind: str,
    lifetime: float,
    *,
    value: str = "",
    scope: str = "",
    family: str = "",
) -> Token:
    """Issue a token of a kind (`access`, `mfa`…) to a user; its value is made up if not given."""
    now = world.clock.now()
    token = Token(
        value=value or f"sandbox_{secrets.token_urlsafe(32)}",
        kind=kind,
        user_id=user.user_id,
        issued_at=now,
        expires_at=now + lifetime,
        scope=scope,
        family=family,
    )
    world.state.tokens.put(token.value, token, now)
    return token


def check_app_id(world: World, request: Request, *, required: bool = False) -> None:
    """Refuse an application id that is not the sandbox's; `required` refuses none as well."""
    prefixes = world.settings.header_prefixes
    found = (request.headers.get(f"{prefix}app-id") for prefix in prefixes)
    app_id = next((each for each in found if each), None)
    if app_id is None:
        if required or world.settings.app_id_required:
            raise Refusal("bad_argument", "no application id in the headers")
    elif app_id != world.state.application.app_id:
        raise Refusal("application_not_found")


def bearer(world: World, request: Request) -> str:
    """Return the token in `authorization`, or an empty string."""
    header = request.headers.get("authorization", "").strip()
    scheme, _, rest = header.partition(" ")
    form, token = ("bearer", rest.strip()) if scheme.lower() == "bearer" else ("raw", header)
    return token if form in world.settings.authorization_schemes else ""


def holder(world: World, value: str, *kinds: str) -> tuple[Token, User] | None:
    """Return a live token of one of some kinds, and its user."""
    token = world.state.tokens.get(value, world.clock.now())
    if token is None or token.kind not in kinds:
        return None
    user = world.state.users.get("user_id", token.user_id)
    return None if user is None else (token, user)


def signed_in(world: World, request: Request) -> User:
    """Return the user whose token came with a request."""
    check_app_id(world, request)
    found = holder(world, bearer(world, request), *world.settings.user_token_kinds)
    if found is None:
        raise Refusal("not_signed_in")
    token, user = found
    scope = world.settings.factor_scope
    if scope is not None and scope not in token.scope.split():
        raise Refusal("scope_missing", scope)
    return user
