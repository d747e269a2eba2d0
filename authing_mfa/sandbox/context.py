"""The context of a request: state, settings, clock, outbox, and who asks."""

from __future__ import annotations

import secrets

import attrs

from .clock import Clock
from .outbox import Outbox
from .refusals import Refusal
from .settings import Settings
from .state import State, Token
from .users import User
from .wire import Request


@attrs.define
class RateLimit:
    """Counts the calls of each second by the sandbox's clock."""

    _second: int = 0
    _calls: int = 0

    def allows(self, now: float, limit: int | None) -> bool:
        """Count a call; return whether it is within the limit of its second."""
        second = int(now)
        if second != self._second:
            self._second, self._calls = second, 0
        self._calls += 1
        return limit is None or self._calls <= limit


@attrs.define
class Context:
    """The state, the settings, the clock, the outbox and the rate limit."""

    state: State
    settings: Settings
    clock: Clock = attrs.field(factory=Clock)
    outbox: Outbox = attrs.field(factory=Outbox)
    rate: RateLimit = attrs.field(factory=RateLimit)


def access_key_secret(context: Context, key_id: str) -> str | None:
    """Return the secret of an access key of the pool."""
    state = context.state
    return {**state.access_keys, state.pool_id: state.access_key_secret}.get(key_id)


def new_id() -> str:
    """Return 24 hexadecimal digits, the form of the service's ids."""
    return secrets.token_hex(12)


def give_token(
    context: Context,
    user: User,
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
        user_id=user.user_id,
        issued_at=now,
        expires_at=now + lifetime,
        scope=scope,
        family=family,
    )
    context.state.tokens.put(token.value, token, now)
    return token


def check_app_id(context: Context, request: Request, *, required: bool = False) -> None:
    """Refuse an application id that is not the sandbox's; ``required`` refuses none as well."""
    prefixes = context.settings.header_prefixes
    found = (request.headers.get(f"{prefix}app-id") for prefix in prefixes)
    app_id = next((each for each in found if each), None)
    if app_id is None:
        if required or context.settings.app_id_required:
            raise Refusal("bad_argument", "no application id in the headers")
    elif app_id != context.state.application.app_id:
        raise Refusal("application_not_found")


def bearer(context: Context, request: Request) -> str:
    """Return the token in ``authorization``, or an empty string."""
    header = request.headers.get("authorization", "").strip()
    scheme, _, rest = header.partition(" ")
    form, token = ("bearer", rest.strip()) if scheme.lower() == "bearer" else ("raw", header)
    return token if form in context.settings.authorization_schemes else ""


def holder(context: Context, value: str, *kinds: str) -> tuple[Token, User] | None:
    """Return a live token of one of some kinds, and its user."""
    token = context.state.tokens.get(value, context.clock.now())
    if token is None or token.kind not in kinds:
        return None
    user = context.state.users.get("user_id", token.user_id)
    return None if user is None else (token, user)


def signed_in(context: Context, request: Request) -> User:
    """Return the user whose token came with a request."""
    check_app_id(context, request)
    found = holder(context, bearer(context, request), *context.settings.user_token_kinds)
    if found is None:
        raise Refusal("not_signed_in")
    token, user = found
    scope = context.settings.factor_scope
    if scope is not None and scope not in token.scope.split():
        raise Refusal("scope_missing", scope)
    return user
