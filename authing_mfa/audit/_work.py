"""The units of work: what an executor runs, here or on another machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

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
from ._desk import Desk
from ._patience import TROUBLE, pause_of
from ._walk import ListedUser, Range, listed

PENDING: Final = 0
CHECKED: Final = 1
FAILED: Final = 2
GONE: Final = 3
FAILED_BEFORE: Final = 4
"""Failed in an earlier run, and not asked for again yet."""

OLDEST_FIRST: Final = (UserSort("createdAt"),)

DOUBTFUL: Final = (*TROUBLE, ForbiddenError, UnauthorizedError)
"""What may be the fault of one user, of the whole service, or of the key."""

_USER_NOT_FOUND: Final = 2004


@attrs.frozen(kw_only=True)
class CheckUsers:
    """Ask which factors some users have bound.

    Attributes:
        serial: Tells it from every other unit: Dask answers the same question only once.
        users: Row in the store, and user id.
    """

    serial: int
    users: tuple[tuple[int, str], ...]
    desk: Desk

    @property
    def calls(self) -> int:
        """How many calls it makes at most."""
        return len(self.users)

    def perform(self) -> Checked:
        """Ask for one user after the other, until the service wants a pause or is not reached."""
        results: list[Result] = []
        halt: AuthingMFAError | None = None
        for position, (number, user_id) in enumerate(self.users):
            if not self.desk.take():
                return Checked(results=results, remaining=self.users[position:])
            try:
                info = self.desk.client().get_user_mfa_info(user_id)
            except ThrottleError as error:
                _pass_on(error, self.desk)
                return Checked(results=results, remaining=self.users[position:], halt=error)
            except AuthingMFAError as error:
                results.append(_unknown(number, user_id, error))
                halt = error
            else:
                factors = ",".join(kind.value for kind in info.bound)
                results.append(Result(number, user_id, CHECKED, factors=factors))
            # After these the next call might take as long to fail, or be refused as well.
            if isinstance(halt, (TransportError, UnauthorizedError)):
                return Checked(results=results, remaining=self.users[position + 1 :])
        return Checked(results=results)


@attrs.frozen(kw_only=True)
class ListUsers:
    """Ask for one page of a range.

    Attributes:
        serial: As above.
        filters: What the users must match beside being in the range.
    """

    serial: int
    range: Range
    filters: tuple[UserFilter, ...]
    desk: Desk

    @property
    def calls(self) -> int:
        """How many calls it makes at most."""
        return 1

    def perform(self) -> Listed:
        """Ask for the page."""
        if not self.desk.take():
            return Listed(range=self.range)
        try:
            page = self.desk.client().list_users(
                page=self.range.page,
                filters=(*self.filters, *self.range.conditions),
                sort=OLDEST_FIRST,
            )
        except AuthingMFAError as error:
            _pass_on(error, self.desk)
            return Listed(range=self.range, halt=error)
        users = tuple(listed(user) for user in page.users)
        return Listed(range=self.range, total=page.total_count, users=users)


@attrs.frozen
class Result:
    """What became of one user.

    Attributes:
        number: Their row in the store.
        state: ``CHECKED``, ``FAILED`` or ``GONE``.
        factors: Kinds of factor, separated by commas.
        error: What went wrong.
        doubt: The error, where it may be no fault of this user.
    """

    number: int
    user_id: str
    state: int
    factors: str | None = None
    error: str | None = None
    doubt: AuthingMFAError | None = None


@attrs.frozen(kw_only=True)
class Checked:
    """What came of asking for some users.

    Attributes:
        results: In the order in which they were had.
        remaining: Those who were not asked for.
        halt: Why not: the service wants a pause.
    """

    results: Sequence[Result] = ()
    remaining: tuple[tuple[int, str], ...] = ()
    halt: AuthingMFAError | None = None


@attrs.frozen(kw_only=True)
class Listed:
    """What came of asking for a page.

    Attributes:
        total: Users in the range; None where the page was not had.
        halt: Why not.
    """

    range: Range
    total: int | None = None
    users: tuple[ListedUser, ...] = ()
    halt: AuthingMFAError | None = None


Unit: TypeAlias = CheckUsers | ListUsers
Outcome: TypeAlias = Checked | Listed


def perform(unit: Unit) -> Outcome:
    """Do a unit's work; what an executor is given."""
    return unit.perform()


def _pass_on(error: AuthingMFAError, desk: Desk) -> None:
    if isinstance(error, ThrottleError):
        desk.pause(pause_of(error))


def _unknown(number: int, user_id: str, error: AuthingMFAError) -> Result:
    if says_there_is_none(error):
        return Result(number, user_id, GONE)
    told = f"{type(error).__name__}: {error}".encode(errors="backslashreplace").decode()
    doubt = error if isinstance(error, DOUBTFUL) else None
    return Result(number, user_id, FAILED, error=told, doubt=doubt)


def says_there_is_none(error: AuthingMFAError) -> bool:
    """Tell whether the service knows of no such user."""
    # A gateway without this endpoint answers 404 too: that must not empty the pool.
    return isinstance(error, NotFoundError) and (
        error.api_code == _USER_NOT_FOUND or error.http_status == 200
    )
