"""What signs a call, and which user's tokens it signs with."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final, Protocol, TypeVar, cast

from requests import PreparedRequest
from requests.auth import AuthBase

from ._fork import renew_in_child
from ._wire import Deadline
from .errors import ConfigurationError, UnauthorizedError

if TYPE_CHECKING:
    from .signin import TokenSet


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
        return self.expires_at is not None and self.expires_at <= datetime.now(timezone.utc)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
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


S = TypeVar("S", bound=UserTokens)


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


REMEMBERED: Final = 1024
"""Refreshes that a client remembers: a late request may still bring the set before one of them."""


class SignIns:
    """The sign-ins that a client signs calls of: handles of one refresh it once, and end together.

    A sign-in is known by its token sets, whole: what was given first, and each set that a refresh
    made of it. A part of a set proves nothing, since the service chooses it: two users may have
    the same refresh token, or an empty one. A sign-in is known as long as a handle holds it, and
    for some time after it was refreshed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_set: weakref.WeakValueDictionary[TokenSet, UserTokens] = (
            weakref.WeakValueDictionary()
        )
        self._refreshed: deque[tuple[TokenSet, UserTokens]] = deque()
        renew_in_child(self)

    def renew(self) -> None:
        """Take a new lock."""
        self._lock = threading.Lock()

    def get(self, tokens: TokenSet, make: Callable[[], S]) -> S:
        """Return the source of the sign-in that a set belongs to, made now where none is known."""
        with self._lock:
            source = self._by_set.get(tokens)
            if source is None:
                source = self._by_set[tokens] = make()
            return cast("S", source)  # a set makes one kind of source only

    def refreshed(self, old: TokenSet, new: TokenSet) -> None:
        """Know a sign-in by the set that a refresh made of its old one, too."""
        with self._lock:
            source = self._by_set.get(old)
            if source is None:
                return
            self._by_set[new] = source
            self._refreshed.append((old, source))
            if len(self._refreshed) > REMEMBERED:
                forgotten, _ = self._refreshed.popleft()
                self._by_set.pop(forgotten, None)
