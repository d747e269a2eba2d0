"""Sign calls with a token, with refreshed ones, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeAlias

import attrs
from requests import PreparedRequest
from requests.auth import AuthBase

from .._http.fork import LazyLock, reset_in_child
from .._protocol.deadline import Deadline
from .._secrets import hide
from .._values.signin import TokenSet
from ..errors import (
    APIError,
    ConfigurationError,
    InvalidResponseError,
    TransportError,
    UnauthorizedError,
)

LEEWAY: Final = timedelta(seconds=60)
"""A refresh is due this long before a token expires, or at half of a shorter life."""
ADVISORY_PAUSE: Final = timedelta(seconds=5)
"""Time until the next advisory refresh after one that failed."""
_FETCHING: Final = "fetching the tokens"
_STORING: Final = "storing the tokens"


@attrs.frozen(eq=False)
class Bearer(AuthBase):
    """Signs a request with a token, and with the headers that belong to it.

    Attributes:
        expires_at: When the token ends; None where that is not known.
    """

    token: str = attrs.field(repr=hide)
    headers: Mapping[str, str] = attrs.field(factory=dict)
    expires_at: datetime | None = None

    @property
    def expired(self) -> bool:
        """Return whether the token is known to have ended, by this machine's clock."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the token into a request."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        request.headers.update(self.headers)
        return request


class TokenSource(Protocol):
    """Signs the calls of a client."""

    def auth(self, deadline: Deadline) -> AuthBase | None:
        """Return the signature of a request, fetching a token for it by ``deadline`` if needed."""

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        """Note that a signature was refused; return whether the next ``auth`` is another one."""
        return False


@attrs.frozen(eq=False, repr=False)
class FixedAuth(TokenSource):
    """Signs every request alike, or not at all: for calls that belong to no user."""

    _auth: AuthBase | None = None

    def auth(self, deadline: Deadline) -> AuthBase | None:
        """Return what was given."""
        return self._auth


ANONYMOUS: Final = FixedAuth()


@attrs.define(eq=False)
class StaticToken(TokenSource):
    """Signs with the token that the caller gave, which may be None yet."""

    held: str | None = attrs.field(repr=hide)
    ended: bool = False

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the token's signature.

        Raises:
            ConfigurationError: There is no token.
            UnauthorizedError: The user has signed out.
        """
        if self.ended:
            raise _signed_out()
        if self.held is None:
            raise ConfigurationError(
                "no access token: pass access_token=, call set_access_token(), or use as_user()"
            )
        return Bearer(self.held)

    def end(self, deadline: Deadline, revoke: Callable[[TokenSet | str | None], None]) -> None:
        """Have the token revoked, and sign with it no more."""
        revoke(self.held)
        self.ended = self.held is not None


@attrs.define(eq=False, repr=False)
class RefreshingToken(TokenSource):
    """Signs with the tokens of one sign-in, and refreshes them.

    The set that is held decides what a call does:

    - valid, and not due: it signs.
    - valid, and due, since its end is near: the refresh is advisory. One thread fetches; the
      others sign with the old set, and so does the first where the fetch fails.
    - none, expired, or refused by a 401: the refresh is mandatory. One thread fetches; the others
      wait for it.
    - ended, since the user has signed out: nothing is sent.

    Attributes:
        fetch: Gets a set in place of the one that is held, by the deadline.
        sign: Makes a request's signature of a set.
        held: The latest set; None before the first fetch.
        ended: Whether the user has signed out.
        notifying: Held while a handle is notified, so that none is notified of an older set later.
    """

    fetch: Callable[[TokenSet | None, Deadline], TokenSet]
    sign: Callable[[TokenSet], Bearer]
    held: TokenSet | None = None
    ended: bool = attrs.field(default=False, init=False)
    notifying: LazyLock = attrs.field(factory=lambda: LazyLock("RLock"), init=False)
    _fetching: LazyLock = attrs.field(factory=lambda: LazyLock("Lock"), init=False)
    _refused: TokenSet | None = attrs.field(default=None, init=False)
    _due_at: datetime | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        if self.held is not None and not self.held.expired:  # else the refresh is mandatory
            self._due_at = self.held.expires_at - LEEWAY

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the signature of a valid set.

        Raises:
            UnauthorizedError: The user has signed out.
            AuthingMFAError: The mandatory refresh failed.
        """
        if self.ended:
            raise _signed_out()
        held = self.held
        if held is None or held is self._refused or held.expired:
            with self._fetching.hold(deadline, _FETCHING):
                held = self._fetch(held, deadline)
        elif self._due_at is not None and self._due_at <= datetime.now(UTC):
            held = self._advisory_refresh(held, deadline)
        return self.sign(held)

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        """Make the next refresh mandatory, if the held set signed the refused request."""
        held = self.held
        if held is not None and isinstance(auth, Bearer) and auth.token == held.access_token:
            self._refused = held
        return True

    def end(self, deadline: Deadline, revoke: Callable[[TokenSet | str | None], None]) -> None:
        """Have the latest tokens revoked, and sign with none of this sign-in afterwards.

        A running refresh is waited for, and no handle is notified of its set.
        """
        with self.notifying.hold(deadline, _STORING), self._fetching.hold(deadline, _FETCHING):
            revoke(self.held)
            self.ended = True

    def _advisory_refresh(self, held: TokenSet, deadline: Deadline) -> TokenSet:
        """Return a new set, or the held one where another thread fetches or the fetch fails."""
        lock = self._fetching.get()
        if not lock.acquire(blocking=False):
            return held
        try:
            # Half of the time is kept for the call itself, which does not need the new set.
            return self._fetch(held, Deadline.after(deadline.remaining / 2))
        except (TransportError, InvalidResponseError, APIError):
            self._due_at = datetime.now(UTC) + ADVISORY_PAUSE
            return held
        finally:
            lock.release()

    def _fetch(self, held: TokenSet | None, deadline: Deadline) -> TokenSet:
        """Return a new set, fetched now unless another thread has done so."""
        if self.held is not None and self.held is not held:
            return self.held
        fresh = self.fetch(held, deadline)
        life = fresh.expires_at - datetime.now(UTC)
        self.held, self._due_at = fresh, fresh.expires_at - min(LEEWAY, life / 2)
        return fresh


@attrs.define(eq=False, repr=False)
class NotifyingToken(TokenSource):
    """Signs as the source does, and notifies one handle of each new set.

    Each handle of a sign-in has its own, even where two notify the same function: what that does
    may depend on the web request that the handle serves, such as whose session it stores into.

    Attributes:
        source: Holds and refreshes the tokens.
        notify: Called with each new set, once, before a call is signed with it.
        notified: The latest set that was given to ``notify``, or by the caller.
    """

    source: RefreshingToken
    notify: Callable[[TokenSet], object]
    notified: TokenSet
    _is_notifying: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Forget that a thread was notifying: it stayed in the parent."""
        self._is_notifying = False

    @property
    def held(self) -> TokenSet | None:
        """Return the latest tokens."""
        return self.source.held

    @property
    def ended(self) -> bool:
        """Return whether the user has signed out."""
        return self.source.ended

    def auth(self, deadline: Deadline) -> Bearer:
        """Return the signature of a valid set, and notify the handle where the set is new."""
        auth = self.source.auth(deadline)
        if self.source.held != self.notified:
            with self.source.notifying.hold(deadline, _STORING):
                self._notify()
        return auth

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        """Make the next refresh mandatory, if the held set signed the refused request."""
        return self.source.on_unauthorized(auth)

    def end(self, deadline: Deadline, revoke: Callable[[TokenSet | str | None], None]) -> None:
        """Have the latest tokens revoked, and sign with none of this sign-in afterwards."""
        self.source.end(deadline, revoke)

    def _notify(self) -> None:
        if self._is_notifying:  # by a call that ``notify`` made: the loop below goes on after it
            return
        self._is_notifying = True
        try:
            while (held := self.source.held) and held != self.notified and not self.source.ended:
                self.notified = held
                self.notify(held)
        finally:
            self._is_notifying = False


UserTokens: TypeAlias = StaticToken | RefreshingToken | NotifyingToken
"""Sources that sign with the tokens of one sign-in of one user: ``held``, until they ``end``."""


def _signed_out() -> UnauthorizedError:
    return UnauthorizedError("signed out here; nothing was sent: sign in again")
