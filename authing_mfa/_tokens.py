"""What signs a call, and where a token comes from."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from requests import PreparedRequest
from requests.auth import AuthBase

from ._fork import renew_in_child
from ._wire import Deadline
from .errors import ConfigurationError

if TYPE_CHECKING:
    from ._renewal import FreshToken
    from .signin import TokenSet


class Bearer(AuthBase):
    """Signs one request with a token, and with the headers that belong to it."""

    def __init__(self, token: str, headers: Mapping[str, str] | None = None) -> None:
        self.token: str = token
        self.headers: Mapping[str, str] = headers or {}

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


REMEMBERED: Final = 1024
"""Renewals that a client keeps in mind, for requests that come late with the set of before."""


class Refreshers:
    """What renews each set, by its refresh tokens: handles of one user renew it once.

    A set is known as long as a handle holds it, and for some time after it was renewed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_token: weakref.WeakValueDictionary[str, FreshToken] = (
            weakref.WeakValueDictionary()
        )
        self._renewed: deque[FreshToken] = deque(maxlen=REMEMBERED)
        renew_in_child(self)

    def renew(self) -> None:
        """Take a new lock."""
        self._lock = threading.Lock()

    def get(self, refresh_token: str, make: Callable[[], FreshToken]) -> FreshToken:
        """Return what renews that token's set, made now where there is none."""
        with self._lock:
            source = self._by_token.get(refresh_token)
            if source is None:
                source = self._by_token[refresh_token] = make()
            return source

    def hand_on(self, old: str, new: str) -> None:
        """Know what renewed a set by its new refresh token, too."""
        with self._lock:
            source = self._by_token.get(old)
            if source is not None:  # a service may have given one token to two sets
                self._by_token[new] = source
                self._renewed.append(source)
