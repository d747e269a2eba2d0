"""Tokens that are fetched when they are needed, and refreshed before they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeGuard

import attrs
from requests import PreparedRequest
from requests.auth import AuthBase

from .._http.fork import LazyLock, reset_in_child
from .._protocol.clock import Deadline
from .._values.signin import TokenSet
from ..errors import (
    APIError,
    ConfigurationError,
    InvalidResponseError,
    TransportError,
    UnauthorizedError,
)


class Bearer(AuthBase):
    """Signs one request with a token, and with the headers that belong to it.

    Attributes:
        expires_at: When the token ends; None where that is not known.
    """

    def __init__(
        self,
        token: str,
        headers: Mapping[str, str] | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        self.token: str = token
        self.headers: Mapping[str, str] = headers or {}
        self.expires_at: datetime | None = expires_at

    @property
    def expired(self) -> bool:
        """Whether the token is known to have ended, by this machine's clock."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the token into a request."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        request.headers.update(self.headers)
        return request


class TokenSource(Protocol):
    """What signs the calls of a client."""

    def auth(self, deadline: Deadline) -> AuthBase | None:
        """Return what signs a request; fetching a token for it ends by ``deadline``."""

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        """Take note of a 401; tell whether the next ``auth`` will be another one."""


class UserTokens(TokenSource, Protocol):
    """A source that signs with the tokens of one user's one sign-in."""

    @property
    def held(self) -> TokenSet | str | None:
        """The latest tokens, if any."""

    @property
    def ended(self) -> bool:
        """Whether the user has signed out."""

    def end(self, deadline: Deadline, revoke: Callable[[TokenSet | str | None], None]) -> None:
        """Call ``revoke`` with the latest tokens, and sign with none of them afterwards."""


class Fixed:
    """Signs every request alike, or not at all: for calls that belong to no user."""

    def __init__(self, auth: AuthBase | None = None) -> None:
        self._auth: AuthBase | None = auth

    def auth(self, deadline: Deadline) -> AuthBase | None:
        """Return what was given."""
        return self._auth

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        """Return False."""
        return False


ANONYMOUS: Final = Fixed()


class StaticToken:
    """A token that the caller brought; None until there is one."""

    def __init__(self, held: str | None) -> None:
        self.held: str | None = held
        self.ended: bool = False

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the token's signature.

        Raises:
            ConfigurationError: There is no token.
            UnauthorizedError: The user has signed out.
        """
        if self.ended:
            raise signed_out()
        if self.held is None:
            raise ConfigurationError(
                "no access token: pass access_token=, call set_access_token(), or use as_user()"
            )
        return Bearer(self.held)

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        """Return False: only the caller has another one."""
        return False

    def end(self, deadline: Deadline, revoke: Callable[[TokenSet | str | None], None]) -> None:
        """Have the token revoked, and sign with it no more."""
        revoke(self.held)
        self.ended = self.held is not None


def signed_out() -> UnauthorizedError:
    """Return the error of a call with the tokens of somebody who has signed out."""
    return UnauthorizedError("signed out here; nothing was sent: sign in again")


LEEWAY: Final = timedelta(seconds=60)
"""A token is refreshed this long before it expires."""
_FETCHING: Final = "fetching the tokens"
_STORING: Final = "storing the tokens"

PATIENCE: Final = timedelta(seconds=5)
"""After an early refresh failed, the next one waits so long."""


@attrs.define(eq=False, repr=False)
class RefreshingToken:
    """The tokens of one sign-in: fetched when needed, shortly before their end, or after a 401.

    Threads that need one wait for a single fetch; while the old one stands they go on with it.

    Attributes:
        fetch: Gets tokens in place of those held, by the deadline.
        sign: Makes a request's signature of them.
        held: The latest tokens; None before the first fetch.
        ended: Whether the user has signed out.
        telling: Taken while somebody is told of new tokens, so that nobody is told of older ones
            afterwards.
    """

    fetch: Callable[[TokenSet | None, Deadline], TokenSet]
    sign: Callable[[TokenSet], Bearer]
    held: TokenSet | None = None
    ended: bool = attrs.field(default=False, init=False)
    telling: LazyLock = attrs.field(factory=lambda: LazyLock("RLock"), init=False)
    _refused: TokenSet | None = attrs.field(default=None, init=False)
    _due_at: datetime = attrs.field(init=False)
    _lock: LazyLock = attrs.field(factory=lambda: LazyLock("Lock"), init=False)

    def __attrs_post_init__(self) -> None:
        self._due_at = self.held.expires_at - LEEWAY if self.held else datetime.now(UTC)

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the signature of tokens that stand.

        Raises:
            UnauthorizedError: The user has signed out.
            AuthingMFAError: They could not be had.
        """
        if self.ended:
            raise signed_out()
        held = self.held
        if not self._stands(held):
            held = self._refresh(held, deadline)
        elif self._due_at <= datetime.now(UTC):
            held = self._refresh_early(held, deadline)
        return self.sign(held)

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        """Drop the tokens that signed a refused request."""
        held = self.held
        if held is not None and isinstance(auth, Bearer) and auth.token == held.access_token:
            self._refused = held
        return True

    def end(self, deadline: Deadline, revoke: Callable[[TokenSet | str | None], None]) -> None:
        """Have the latest tokens revoked, and sign with none of this sign-in afterwards.

        A refresh that is under way is waited for, and nobody is told of its tokens any more.
        """
        with (
            self.telling.hold(deadline, _STORING),
            self._lock.hold(deadline, _FETCHING),
        ):
            revoke(self.held)
            self.ended = True

    def _stands(self, held: TokenSet | None) -> TypeGuard[TokenSet]:
        return held is not None and held is not self._refused and not held.expired

    def _refresh(self, held: TokenSet | None, deadline: Deadline) -> TokenSet:
        with self._lock.hold(deadline, _FETCHING):
            return self._fetch(held, deadline)

    def _refresh_early(self, held: TokenSet, deadline: Deadline) -> TokenSet:
        """Return new tokens, or those that stand where others cannot be had at once."""
        lock = self._lock.get()
        if not lock.acquire(blocking=False):
            return held
        try:
            # Half of the time is kept for the call itself, which can do without new tokens.
            return self._fetch(held, Deadline.after(deadline.remaining / 2))
        except (TransportError, InvalidResponseError, APIError):
            self._due_at = datetime.now(UTC) + PATIENCE
            return held
        finally:
            lock.release()

    def _fetch(self, held: TokenSet | None, deadline: Deadline) -> TokenSet:
        if self.held is not None and self.held is not held:
            return self.held  # another thread was quicker
        fresh = self.fetch(held, deadline)
        self.held, self._due_at = fresh, _due_at(fresh)
        return fresh


@attrs.define(eq=False, repr=False)
class NotifyingToken:
    """The tokens of one sign-in, of whose refreshes one handle wants to hear.

    Each handle tells for itself, even where two tell the same function: what it does may depend on
    the web request that the handle serves, such as whose session it stores into.

    Attributes:
        source: What refreshes them.
        tell: Called with each new set, once, before a call is signed with it.
        known: The set that was last told, or given.
    """

    source: RefreshingToken
    tell: Callable[[TokenSet], object]
    known: TokenSet
    _is_telling: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Forget that a thread was telling: it stayed in the parent."""
        self._is_telling = False

    @property
    def held(self) -> TokenSet | None:
        """The latest tokens."""
        return self.source.held

    @property
    def ended(self) -> bool:
        """Whether the user has signed out."""
        return self.source.ended

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the signature of tokens that stand, and tell of them where they are new."""
        auth = self.source.auth(deadline)
        if self.source.held != self.known:
            with self.source.telling.hold(deadline, _STORING):
                self._tell()
        return auth

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        """Drop the tokens that signed a refused request."""
        return self.source.on_unauthorized(auth)

    def end(self, deadline: Deadline, revoke: Callable[[TokenSet | str | None], None]) -> None:
        """Have the latest tokens revoked, and sign with none of this sign-in afterwards."""
        self.source.end(deadline, revoke)

    def _tell(self) -> None:
        if self._is_telling:  # the callback itself makes calls: what is new is told after it
            return
        self._is_telling = True
        try:
            while (held := self.source.held) and held != self.known and not self.source.ended:
                self.known = held
                self.tell(held)
        finally:
            self._is_telling = False


def _due_at(fresh: TokenSet) -> datetime:
    """Return when to refresh new tokens: some time before their end, at half of a short life."""
    life = fresh.expires_at - datetime.now(UTC)
    return fresh.expires_at - min(LEEWAY, life / 2)
