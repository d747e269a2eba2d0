"""The units of work: what an executor runs, here or on another machine."""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from ..errors import (
    AuthingMFAError,
    ForbiddenError,
    NotFoundError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    TransportError,
    UnauthorizedError,
)
from ..pool import UserFilter, UserSort
from ._desk import Desk
from ._walk import ListedUser, Range, listed

PENDING: Final = 0
CHECKED: Final = 1
FAILED: Final = 2
GONE: Final = 3

DEFAULT_PAUSE: Final = 1.0
"""Seconds to wait after a 429 that does not say how long."""
OLDEST_FIRST: Final = (UserSort("createdAt"),)

SERVICE_TROUBLE: Final = (ThrottleError, TransportError, ServerError, ThirdPartyError)
"""What passes by itself, and says nothing of one user."""

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
        """Ask for one user after the other, until the service wants a pause or rejects the key."""
        results: list[Result] = []
        answered, halt = False, None
        for position, (number, user_id) in enumerate(self.users):
            if not self.desk.take():
                return Checked(results=results, left=self.users[position:], answered=answered)
            try:
                info = self.desk.client().get_user_mfa_info(user_id)
            except (ThrottleError, UnauthorizedError) as error:
                _pass_on(error, self.desk)
                left = self.users[position:]
                return Checked(results=results, left=left, answered=answered, halt=error)
            except AuthingMFAError as error:
                results.append(_unknown(number, error))
                if isinstance(error, (*SERVICE_TROUBLE, ForbiddenError)):
                    halt = error
                    continue
            else:
                factors = ",".join(kind.value for kind in info.bound)
                results.append(Result(number, CHECKED, factors=factors))
            answered = True
        return Checked(results=results, answered=answered, halt=None if answered else halt)


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
                filters=(*self.filters, self.range.condition),
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
    """

    number: int
    state: int
    factors: str | None = None
    error: str | None = None


@attrs.frozen(kw_only=True)
class Checked:
    """What came of asking for some users.

    Attributes:
        left: Those who were not asked for.
        answered: Whether one of them met no trouble of the service.
        halt: Why not: the service wants a pause, rejects the key, or fails for everybody.
    """

    results: list[Result]
    left: tuple[tuple[int, str], ...] = ()
    answered: bool
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


def pause_of(error: ThrottleError) -> float:
    """Return the seconds that the service wants."""
    return DEFAULT_PAUSE if error.retry_after is None else error.retry_after


def _pass_on(error: AuthingMFAError, desk: Desk) -> None:
    if isinstance(error, ThrottleError):
        desk.pause(pause_of(error))


def _unknown(number: int, error: AuthingMFAError) -> Result:
    if _says_there_is_none(error):
        return Result(number, GONE)
    return Result(number, FAILED, error=f"{type(error).__name__}: {error}")


def _says_there_is_none(error: AuthingMFAError) -> bool:
    # A gateway without this endpoint answers 404 too: that must not empty the pool.
    return isinstance(error, NotFoundError) and (
        error.api_code == _USER_NOT_FOUND or error.http_status == 200
    )
