"""Walking a pool by value, so that users who come and go meanwhile shift nothing.

A range of ``createdAt`` is asked for from its lower end, oldest first. The next question begins at
the last instant seen, so a deleted user moves nobody, and a new one stands at the end. Ranges and
questions overlap by a millisecond, since whether the service's bounds are inclusive is not
documented; who comes twice is known by the id.

Only where more users than a page holds share an instant do page numbers count. Those pages are
walked until a whole pass brings nobody new, since a deletion, or an order of equals that varies,
would hide somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

import attrs

from .._pool_calls import LARGEST_PAGE
from ..errors import ConfigurationError, InvalidResponseError
from ..pool import PoolUser, UserFilter

OVERLAP: Final = 1_000
"""Microseconds by which questions overlap."""
LARGEST_RANGE: Final = 1_000
"""A range with more users is halved, so that small ones are walked side by side."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


@attrs.frozen
class ListedUser:
    """What is kept of a user.

    Attributes:
        created_at: Microseconds since 1970; None where the service did not say.
    """

    user_id: str
    status: str
    created_at: int | None


@attrs.frozen(kw_only=True)
class Range:
    """What is left of a stretch of ``createdAt``, in microseconds since 1970.

    Attributes:
        number: Its row in the store; 0 before it has one.
        walk: Which walk it is part of: 0 for the pool, n for the n-th named filter.
        cursor: Everybody before this instant is known.
        end: The last instant of the range.
        page: The page to ask for next.
        fresh: Users that the pages of this pass over one instant brought, so far.
    """

    number: int = 0
    walk: int
    cursor: int
    end: int
    page: int = 1
    fresh: int = 0

    @property
    def condition(self) -> UserFilter:
        """The range as the service takes it."""
        bounds = [to_text(self.cursor - OVERLAP), to_text(self.end + OVERLAP)]
        return UserFilter("createdAt", "BETWEEN", bounds)

    def after(
        self, users: Sequence[ListedUser], *, total: int, new: int, walk_limit: int
    ) -> tuple[Range, ...]:
        """Return what is left to walk after a page: nothing, the rest, or its two halves.

        Args:
            users: The page.
            total: Users in the range, as the service counts them.
            new: How many of the page were not known.
            walk_limit: Users that page after page can reach.

        Raises:
            InvalidResponseError: The page is not sorted.
            ConfigurationError: More users share one instant than the pages reach.
        """
        last = max(self.cursor, _newest(users))
        fresh = new if self.page == 1 else self.fresh + new
        is_over = not users or self.page * LARGEST_PAGE >= total
        if self.page > 1 and fresh and (is_over or last > self.cursor):
            return (attrs.evolve(self, page=1, fresh=0),)
        if is_over:
            return ()
        if last == self.cursor:
            return (self._turned(fresh, walk_limit),)
        rest = attrs.evolve(self, cursor=last, page=1, fresh=0)
        return rest._halves() if total > min(walk_limit, LARGEST_RANGE) else (rest,)

    def _turned(self, fresh: int, walk_limit: int) -> Range:
        if (self.page + 1) * LARGEST_PAGE > walk_limit:
            raise ConfigurationError(
                f"walk_limit: more than {walk_limit} users were created at one moment, "
                f"{to_text(self.cursor)}, and no page reaches the others; raise walk_limit if the "
                "service's pages go further"
            )
        return attrs.evolve(self, page=self.page + 1, fresh=fresh)

    def _halves(self) -> tuple[Range, ...]:
        if self.end - self.cursor <= 2 * OVERLAP:
            return (self,)
        middle = (self.cursor + self.end) // 2
        return (
            attrs.evolve(self, end=middle),
            Range(walk=self.walk, cursor=middle, end=self.end),
        )


def listed(user: PoolUser) -> ListedUser:
    """Return what is kept of a user."""
    created_at = None if user.created_at is None else to_number(user.created_at)
    return ListedUser(user.user_id, user.status, created_at)


def to_number(instant: datetime) -> int:
    """Return microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def to_instant(number: int) -> datetime:
    """Return the instant of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=number)


def to_text(number: int) -> str:
    """Return an instant as the service writes it, to the millisecond before it."""
    return to_instant(number).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _newest(users: Sequence[ListedUser]) -> int:
    instants = [user.created_at for user in users if user.created_at is not None]
    if instants != sorted(instants):
        where = "data.list"
        raise InvalidResponseError(
            f"{where}: wanted users sorted by createdAt, as asked, got another order", where=where
        )
    return instants[-1] if instants else 0
