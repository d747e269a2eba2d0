"""Where a token comes from: given, or fetched and kept fresh."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeGuard

import attrs
from requests import PreparedRequest
from requests.auth import AuthBase

from ._wire import Deadline
from .errors import (
    ConfigurationError,
    InvalidResponseError,
    RequestTimeoutError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    TransportError,
)

if TYPE_CHECKING:
    from .signin import TokenSet

_PASSING: Final = (
    TransportError,
    InvalidResponseError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
)

LEEWAY: Final = timedelta(seconds=60)
"""A token is replaced this long before it expires."""
PATIENCE: Final = timedelta(seconds=5)
"""After an early replacement failed, the next one waits so long."""


@attrs.define(eq=False, repr=False)
class Bearer(AuthBase):
    """Signs one request with a token, and with the headers that belong to it."""

    token: str
    headers: dict[str, str] = attrs.field(factory=dict)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        request.headers.update(self.headers)
        return request


class TokenSource(Protocol):
    """What signs the calls of a client."""

    def auth(self, deadline: Deadline) -> AuthBase | None:
        """Return what signs a request; fetching a token for it ends by ``deadline``."""

    def refused(self, auth: AuthBase | None) -> bool:
        """Hear of a 401; tell whether the next ``auth`` will be another one."""

    @property
    def held(self) -> TokenSet | str | None:
        """What it holds of a user's, if anything."""


class Fixed:
    """Signs every request alike, or not at all: for calls that belong to no user."""

    def __init__(self, auth: AuthBase | None = None) -> None:
        self._auth: AuthBase | None = auth

    def auth(self, deadline: Deadline) -> AuthBase | None:
        """Return what was given."""
        return self._auth

    def refused(self, auth: AuthBase | None) -> bool:
        """Return False."""
        return False

    @property
    def held(self) -> None:
        """None."""


ANONYMOUS: Final = Fixed()


class GivenToken:
    """A token that the caller brought; None until there is one."""

    def __init__(self, held: str | None) -> None:
        self.held: str | None = held

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the token's signature.

        Raises:
            ConfigurationError: There is no token.
        """
        if self.held is None:
            raise ConfigurationError(
                "no access token: pass access_token=, call set_access_token(), or use as_user()"
            )
        return Bearer(self.held)

    def refused(self, auth: AuthBase | None) -> bool:
        """Return False: only the caller has another one."""
        return False


@attrs.define(eq=False, repr=False)
class FreshToken:
    """A token that is fetched when it is needed, shortly before it expires, or after a 401.

    Threads that need one wait for a single fetch; while the old one stands they go on with it.

    Attributes:
        fetch: Gets tokens in place of those held, by the deadline.
        sign: Makes a request's signature of them.
        held: The latest tokens; None before the first fetch.
    """

    fetch: Callable[[TokenSet | None, Deadline], TokenSet]
    sign: Callable[[TokenSet], Bearer]
    held: TokenSet | None = None
    _dead: TokenSet | None = attrs.field(default=None, init=False)
    _due_at: datetime = attrs.field(init=False)
    _lock: Any = attrs.field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._due_at = self.held.expires_at - LEEWAY if self.held else datetime.now(timezone.utc)
        _lock_holders.add(self)

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the signature of tokens that stand.

        Raises:
            AuthingMFAError: They could not be had.
        """
        held = self.held
        if not self._stands(held):
            held = self._replace(held, deadline)
        elif self._due_at <= datetime.now(timezone.utc):
            held = self._replace_early(held, deadline)
        return self.sign(held)

    def refused(self, auth: AuthBase | None) -> bool:
        """Drop the tokens that signed a refused request."""
        held = self.held
        if held is not None and isinstance(auth, Bearer) and auth.token == held.access_token:
            self._dead = held
        return True

    def _stands(self, held: TokenSet | None) -> TypeGuard[TokenSet]:
        return held is not None and held is not self._dead and not held.expired

    def _replace(self, held: TokenSet | None, deadline: Deadline) -> TokenSet:
        lock = self._lock
        if not lock.acquire(timeout=max(0.0, deadline.left)):
            raise RequestTimeoutError("another thread was still fetching the token")
        try:
            return self._fetch(held, deadline)
        finally:
            lock.release()

    def _replace_early(self, held: TokenSet, deadline: Deadline) -> TokenSet:
        """Return new tokens, or those that stand where others cannot be had at once."""
        lock = self._lock
        if not lock.acquire(blocking=False):
            return held
        try:
            return self._fetch(held, Deadline.after(deadline.left / 2), stand_in=held)
        finally:
            lock.release()

    def _fetch(
        self, held: TokenSet | None, deadline: Deadline, stand_in: TokenSet | None = None
    ) -> TokenSet:
        if self.held is not None and self.held is not held:
            return self.held  # another thread was quicker
        try:
            fresh = self.fetch(held, deadline)
        except _PASSING:
            if stand_in is None:
                raise
            self._due_at = datetime.now(timezone.utc) + PATIENCE
            return stand_in
        self.held, self._due_at = fresh, _due_at(fresh)
        return fresh


@attrs.define(eq=False, repr=False)
class Announced:
    """Tokens that others may share, of whose renewal one holder wants to hear.

    Attributes:
        source: What renews them.
        tell: Called with each new set, once, when this holder next signs with it.
        known: The set that was last told, or given.
    """

    source: FreshToken
    tell: Callable[[TokenSet], object]
    known: TokenSet
    _lock: Any = attrs.field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        _lock_holders.add(self)

    @property
    def held(self) -> TokenSet | None:
        """The latest tokens."""
        return self.source.held

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the signature of tokens that stand, and tell of them where they are new."""
        auth = self.source.auth(deadline)
        held = self.source.held
        with self._lock:
            is_new = held is not None and held is not self.known
            self.known = held or self.known
        if held and is_new:
            self.tell(held)
        return auth

    def refused(self, auth: AuthBase | None) -> bool:
        """Drop the tokens that signed a refused request."""
        return self.source.refused(auth)


class Refreshers:
    """What renews each set in use, by its refresh token: handles of one user renew it once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_token: weakref.WeakValueDictionary[str, FreshToken] = (
            weakref.WeakValueDictionary()
        )
        _lock_holders.add(self)

    def get(self, refresh_token: str, make: Callable[[], FreshToken]) -> FreshToken:
        """Return what renews that token's set, made now where there is none."""
        with self._lock:
            source = self._by_token.get(refresh_token)
            if source is None:
                source = self._by_token[refresh_token] = make()
            return source


def _due_at(fresh: TokenSet) -> datetime:
    """Return when to replace new tokens: some time before their end, at half of a short life."""
    life = fresh.expires_at - datetime.now(timezone.utc)
    return fresh.expires_at - min(LEEWAY, life / 2)


_lock_holders: weakref.WeakSet[Any] = weakref.WeakSet()


def _unlock_after_fork() -> None:
    """Free the locks whose holders did not come along into the child."""
    for holder in list(_lock_holders):
        holder._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_after_fork)
