"""Tokens that are fetched when they are needed, and kept fresh."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final, TypeGuard

import attrs
from requests.auth import AuthBase

from ._fork import renew_in_child
from ._tokens import Bearer
from ._wire import Deadline
from .errors import (
    InvalidResponseError,
    RequestTimeoutError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    TransportError,
)
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
        renew_in_child(self)

    def renew(self) -> None:
        """Take a new lock."""
        self._lock = threading.Lock()

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
        renew_in_child(self)

    def renew(self) -> None:
        """Take a new lock."""
        self._lock = threading.Lock()

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


def _due_at(fresh: TokenSet) -> datetime:
    """Return when to replace new tokens: some time before their end, at half of a short life."""
    life = fresh.expires_at - datetime.now(timezone.utc)
    return fresh.expires_at - min(LEEWAY, life / 2)
