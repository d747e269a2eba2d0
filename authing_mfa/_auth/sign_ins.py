"""Keep the sign-ins of a client's users."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar, cast

from .._http.fork import LazyLock
from .._protocol.deadline import Deadline
from .._secrets import conceal, secret_of
from .._values import arguments
from .._values.signin import TokenSet
from ..errors import ConfigurationError
from .tokens import Bearer, NotifyingToken, RefreshingToken, StaticToken, UserTokens

S = TypeVar("S", bound=UserTokens)

REMEMBERED: Final = 1024
"""Refreshes that a client remembers: a late request may still bring the set before one of them."""


class SignIns:
    """The sign-ins of a client's users: all handles of one share its refreshes and its end.

    A sign-in is identified by its whole token sets: the one given first, and each one that a
    refresh returned. A part of a set proves nothing, since the service chooses it: two users may
    have the same refresh token, or an empty one. A sign-in is kept as long as a handle holds it,
    and for some time after it was refreshed.

    Args:
        refresh: Asks for the set that takes the place of another, by a deadline.
    """

    def __init__(self, refresh: Callable[[TokenSet, Deadline], TokenSet]) -> None:
        self._refresh = refresh
        self._lock = LazyLock("Lock")
        self._by_set = weakref.WeakValueDictionary[TokenSet, UserTokens]()
        self._refreshed = deque[tuple[TokenSet, UserTokens]]()

    def source(
        self, tokens: str | TokenSet, on_new_tokens: Callable[[TokenSet], object] | None
    ) -> UserTokens:
        """Return the source that signs with these tokens, and refreshes them where it can.

        Raises:
            ConfigurationError: They are none, or could not stand in a header.
        """
        if isinstance(tokens, str):
            return StaticToken(arguments.header_text("access_token", tokens))
        if not isinstance(tokens, TokenSet):
            raise ConfigurationError("access_token: wanted a str or a TokenSet, got another type")
        arguments.header_text("access_token", secret_of(tokens, "access_token"))
        if tokens.refresh_token in (None, ""):  # an empty one refreshes nothing
            return self._known(tokens, StaticToken(conceal(tokens.access_token)))
        arguments.header_text("refresh_token", secret_of(tokens, "refresh_token"))

        def fetch(held: TokenSet | None, deadline: Deadline) -> TokenSet:
            old = tokens if held is None else held
            fresh = self._refresh(old, deadline)
            self._remember(old, fresh)
            return fresh

        source = self._known(tokens, RefreshingToken(fetch, _bearer, tokens))
        return source if on_new_tokens is None else NotifyingToken(source, on_new_tokens, tokens)

    def _known(self, tokens: TokenSet, new: S) -> S:
        """Return the source of a set's sign-in, which is the new one where none is known."""
        with self._lock.get():
            # A set makes one kind of source only.
            return cast("S", self._by_set.setdefault(tokens, new))

    def _remember(self, old: TokenSet, new: TokenSet) -> None:
        """Identify a sign-in by the set that a refresh returned in place of its old one, too."""
        with self._lock.get():
            source = self._by_set.get(old)
            if source is None:
                return
            self._by_set[new] = source
            self._refreshed.append((old, source))
            if len(self._refreshed) > REMEMBERED:
                forgotten, _ = self._refreshed.popleft()
                self._by_set.pop(forgotten, None)


def _bearer(held: TokenSet) -> Bearer:
    return Bearer(held.access_token, expires_at=held.expires_at)
