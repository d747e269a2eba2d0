"""The ranges of a walk: a pool is listed by value, so that changes meanwhile shift nobody.

A range of ``createdAt`` is listed from its lower end, oldest first. The next request begins at the
last instant seen, so a deleted user moves nobody, and a new one comes at the end. Ranges and
requests overlap by a millisecond, since whether the service's bounds are inclusive is not
documented; a user who comes twice is known by the id.

Page numbers are used only where more users than a page holds share an instant. Those pages are
listed until a whole pass brings nobody new, since a deletion, or an order of equals that varies,
would hide somebody. Users without ``createdAt`` are listed like users of one instant.

A full page is never taken for the last one: the service's count may lag.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from .._values.users import PoolUser, UserFilter
from ..errors import ConfigurationError, InvalidResponseError
from ..management import LARGEST_PAGE

OVERLAP: Final = 1_000
"""Microseconds by which requests overlap."""
LARGEST_RANGE: Final = 1_000
"""A range with more users is halved, so that small ones are walked side by side."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
EARLIEST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
LATEST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""The first and the last instant that can be written, in the years 1 and 9999."""


@attrs.frozen
class ListedUser:
    """The facts of a user that are stored.

    Attributes:
        created_at: Microseconds since 1970; None where the service did not say.
    """

    user_id: str
    status: str
    created_at: int | None


@attrs.frozen(kw_only=True)
class Range:
    """The part of a range of ``createdAt`` that is not listed yet, in microseconds since 1970.

    Attributes:
        number: Its row in the store; 0 before it has one.
        walk: Which walk it is part of: 0 for the pool, n for the n-th named filter.
        cursor: Everybody before this instant is known.
        end: The last instant of the range.
        page: The page to ask for next.
        fresh: Users that the pages of this pass over one instant brought, so far.
        planned_at: When it was begun, by this machine's clock.
        is_undated: Whether it is of the users without ``createdAt`` instead.
    """

    number: int = 0
    walk: int
    cursor: int
    end: int
    page: int = 1
    fresh: int = 0
    planned_at: int = 0
    is_undated: bool = attrs.field(default=False, converter=bool)

    @property
    def conditions(self) -> tuple[UserFilter, ...]:
        """The range as filters; open where a bound cannot be written."""
        if self.is_undated:
            return (UserFilter("createdAt", "IS_NULL"),)
        low, high = self.cursor - OVERLAP, self.end + OVERLAP
        if low >= EARLIEST and high <= LATEST:
            return (UserFilter("createdAt", "BETWEEN", [to_text(low), to_text(high)]),)
        if low >= EARLIEST:
            return (UserFilter("createdAt", "GREATER", to_text(low)),)
        return (UserFilter("createdAt", "LESSER", to_text(high)),) if high <= LATEST else ()

    def after(
        self, users: Sequence[ListedUser], *, total: int, new: int, walk_limit: int
    ) -> tuple[Range, ...]:
        """Return the ranges that remain after a page: none, the rest, or its two halves.

        Args:
            users: The page.
            total: Users in the range, as the service counts them.
            new: How many of the page were not known.
            walk_limit: Users that page after page can reach.

        Raises:
            InvalidResponseError: The page is not sorted.
            ConfigurationError: More users share one instant than the pages reach.
        """
        newest = _newest(users)
        if self.is_undated and newest is not None:
            return ()  # the service does not heed the condition
        last = self.cursor if newest is None else max(self.cursor, newest)
        fresh = new if self.page == 1 else self.fresh + new
        is_over = last > self.end + OVERLAP or self._is_last(len(users), total, walk_limit)
        if self.page > 1 and fresh and (is_over or last > self.cursor):
            return (attrs.evolve(self, page=1, fresh=0),)
        if is_over:
            return ()
        if last == self.cursor:
            return (self._turned(fresh, walk_limit),)
        rest = attrs.evolve(self, cursor=last, page=1, fresh=0)
        return rest._halves() if total > min(walk_limit, LARGEST_RANGE) else (rest,)

    def _is_last(self, users: int, total: int, walk_limit: int) -> bool:
        """Return whether no page follows; the count alone does not say so, since it may lag."""
        seen = (self.page - 1) * LARGEST_PAGE + users
        can_turn = (self.page + 1) * LARGEST_PAGE <= walk_limit
        return not users or (seen >= total and (users < LARGEST_PAGE or not can_turn))

    def _turned(self, fresh: int, walk_limit: int) -> Range:
        if (self.page + 1) * LARGEST_PAGE > walk_limit:
            moment = "without createdAt" if self.is_undated else to_text(self.cursor)
            raise ConfigurationError(
                f"walk_limit: more than {walk_limit} users were created at one moment, "
                f"{moment}, and no page reaches the others; raise walk_limit if the "
                "service's pages go further"
            )
        return attrs.evolve(self, page=self.page + 1, fresh=fresh)

    def _halves(self) -> tuple[Range, ...]:
        if self.end - self.cursor <= 2 * OVERLAP:
            return (self,)
        middle = (self.cursor + self.end) // 2
        return (
            attrs.evolve(self, end=middle),
            attrs.evolve(self, number=0, cursor=middle),
        )


def listed(user: PoolUser) -> ListedUser:
    """Return the facts of a user that are stored."""
    created_at = None if user.created_at is None else to_number(user.created_at)
    return ListedUser(storable(user.user_id), storable(user.status), created_at)


def to_number(instant: datetime) -> int:
    """Return microseconds since 1970."""
    number = (instant - _EPOCH) // _MICROSECOND
    return max(EARLIEST, min(number, LATEST))  # its zone may put it a day beyond


def to_instant(number: int) -> datetime:
    """Return the instant of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=number)


def to_text(number: int) -> str:
    """Return an instant as the service writes it, to the millisecond before it."""
    return to_instant(number).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _newest(users: Sequence[ListedUser]) -> int | None:
    """Return the last instant of a page; None where no user has one."""
    instants = [user.created_at for user in users if user.created_at is not None]
    if instants != sorted(instants):
        where = "data.list"
        raise InvalidResponseError(
            f"{where}: wanted users sorted by createdAt, as asked, got another order", where=where
        )
    return instants[-1] if instants else None


def storable(text: str) -> str:
    """Return a text without half surrogates, which JSON can hold and a file cannot."""
    return text.encode(errors="backslashreplace").decode()
