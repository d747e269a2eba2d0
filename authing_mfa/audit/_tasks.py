"""The tasks that an executor runs, here or on another machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from itertools import count
from typing import ClassVar, Final

import attrs

from .._values.users import UserFilter, UserSort
from ..errors import (
    AuthingMFAError,
    ForbiddenError,
    NotFoundError,
    ThrottleError,
    TransportError,
    UnauthorizedError,
)
from ._clients import TaskClient
from ._rate import TEMPORARY
from ._walk import ListedUser, Range, listed, storable

OF_EVERY_CALL: Final = (ThrottleError, UnauthorizedError)
"""Errors that any other call would meet as well."""
DOUBTFUL: Final = (*TEMPORARY, ForbiddenError, UnauthorizedError)
"""Errors that may be of one user, of the whole service, or of the key."""

_OLDEST_FIRST: Final = (UserSort("createdAt"),)
_USER_NOT_FOUND: Final = 2004
_next_serial: Final[Callable[[], int]] = count().__next__


class State(IntEnum):
    """The state of a user, stored as a number."""

    PENDING = 0
    CHECKED = 1
    FAILED = 2
    GONE = 3
    FAILED_BEFORE = 4
    """Failed in an earlier run, and not asked for again yet."""


@attrs.frozen
class Result:
    """The result of asking for one user.

    Attributes:
        number: Their row in the store.
        state: ``CHECKED``, ``FAILED`` or ``GONE``.
        factors: Kinds of factor, separated by commas.
        error: What went wrong.
        doubt: The error, where it may be no fault of this user.
    """

    number: int
    user_id: str
    state: State
    factors: str | None = None
    error: str | None = None
    doubt: AuthingMFAError | None = None

    @property
    def is_answered(self) -> bool:
        """True where the service gave an answer, which shows that it works."""
        return self.state in (State.CHECKED, State.GONE)


@attrs.frozen
class Checked:
    """The outcome of ``CheckUsers``.

    Attributes:
        results: In the order in which they came.
        remaining: Users who were not asked for.
        throttled: Why not, where the service wants a pause.
    """

    results: Sequence[Result]
    remaining: tuple[tuple[int, str], ...] = ()
    throttled: ThrottleError | None = None


@attrs.frozen(kw_only=True)
class Listed:
    """The outcome of ``ListUsers``.

    Attributes:
        total: Users in the range, as the service counts them.
        error: Why there is no page.
    """

    range: Range
    total: int = 0
    users: tuple[ListedUser, ...] = ()
    error: AuthingMFAError | None = None


@attrs.frozen(kw_only=True)
class CheckUsers:
    """Ask which factors some users have bound.

    Attributes:
        users: Row in the store, and user id.
        serial: Differs from every other task's: Dask runs equal tasks only once.
    """

    users: tuple[tuple[int, str], ...]
    client: TaskClient
    serial: int = attrs.field(factory=_next_serial)

    @property
    def calls(self) -> int:
        """The number of calls that it makes at most."""
        return len(self.users)

    def perform(self) -> Checked:
        """Ask for one user after the other, until the service wants a pause or is not reached."""
        results: list[Result] = []
        for position, (number, user_id) in enumerate(self.users):
            try:
                with self.client.call() as client:
                    info = client.get_user_mfa_info(user_id)
            except ThrottleError as error:
                return Checked(results, self.users[position:], error)
            except AuthingMFAError as error:
                results.append(_without_answer(number, user_id, error))
                # The next call might take as long to fail, or be refused as well.
                if isinstance(error, (TransportError, UnauthorizedError)):
                    return Checked(results, self.users[position + 1 :])
            else:
                factors = ",".join(kind.value for kind in info.bound)
                results.append(Result(number, user_id, State.CHECKED, factors))
        return Checked(results)


@attrs.frozen(kw_only=True)
class ListUsers:
    """Ask for one page of a range.

    Attributes:
        filters: What the users must match beside being in the range.
        calls: Calls that it makes.
        serial: As above.
    """

    calls: ClassVar[int] = 1
    range: Range
    filters: tuple[UserFilter, ...]
    client: TaskClient
    serial: int = attrs.field(factory=_next_serial)

    def perform(self) -> Listed:
        """Ask for the page."""
        filters = (*self.filters, *self.range.conditions)
        try:
            with self.client.call() as client:
                page = client.list_users(page=self.range.page, filters=filters, sort=_OLDEST_FIRST)
        except AuthingMFAError as error:
            return Listed(range=self.range, error=error)
        users = tuple(listed(user) for user in page.users)
        return Listed(range=self.range, total=page.total_count, users=users)


def says_there_is_none(error: AuthingMFAError) -> bool:
    """Return whether the service says that there is no such user."""
    # A gateway without this endpoint answers 404 too: that must not empty the pool.
    return isinstance(error, NotFoundError) and (
        error.api_code == _USER_NOT_FOUND or error.http_status == 200
    )


def _without_answer(number: int, user_id: str, error: AuthingMFAError) -> Result:
    if says_there_is_none(error):
        return Result(number, user_id, State.GONE)
    text = storable(f"{type(error).__name__}: {error}")
    doubt = error if isinstance(error, DOUBTFUL) else None
    return Result(number, user_id, State.FAILED, error=text, doubt=doubt)
