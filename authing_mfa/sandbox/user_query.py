"""Queries for users: filtered, sorted and cut into a page."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from . import records
from .generated_pool import GeneratedPool, Rows
from .records import millis
from .refusals import Refusal
from .user_directory import Directory
from .users import STATUSES, User

OPERATORS = (
    "EQUAL",
    "NOT_EQUAL",
    "CONTAINS",
    "NOT_CONTAINS",
    "IS_NULL",
    "NOT_NULL",
    "IN",
    "GREATER",
    "LESSER",
    "BETWEEN",
)
WITHOUT_VALUE = ("IS_NULL", "NOT_NULL")
SEARCHED = ("phone", "email", "name", "username", "nickname", "identityNumber")
OLDEST_FIRST = ("createdAt", "asc")


@attrs.frozen
class Filter:
    """One filter on one field.

    Args:
        values: What the field is compared with; instants in milliseconds.
        inclusive: Whether the ends of a range belong to it.
    """

    field: str
    operator: str
    values: tuple[Any, ...]
    inclusive: bool = True

    def holds(self, user: User) -> bool:
        """Return whether a user meets the filter."""
        return self.is_met_by(records.read(user, self.field))

    def is_met_by(self, found: Any) -> bool:
        """Return whether a value of the field meets the filter."""
        if self.operator in WITHOUT_VALUE:
            return (found is None) == (self.operator == "IS_NULL")
        if self.operator.startswith("NOT_"):
            return not self._agrees(found, self.operator.removeprefix("NOT_"))
        return self._agrees(found, self.operator)

    def is_range(self) -> bool:
        """Return whether the filter is on an order, an equal value included."""
        return self.operator in ("GREATER", "LESSER", "BETWEEN", "EQUAL")

    def ends(self) -> tuple[Any, Any]:
        """Return the lower and the upper end of a range, None where it is open."""
        low = None if self.operator == "LESSER" else self.values[0]
        return low, None if self.operator == "GREATER" else self.values[-1]

    def _agrees(self, found: Any, operator: str) -> bool:
        if operator == "CONTAINS":
            return isinstance(found, str) and str(self.values[0]) in found
        alike = [each for each in self.values if type(each) is type(found)]
        if operator in ("EQUAL", "IN"):
            return found in alike
        if len(alike) < len(self.values):
            return False
        low, high = self.ends()
        if self.inclusive:
            return (low is None or found >= low) and (high is None or found <= high)
        return (low is None or found > low) and (high is None or found < high)


@attrs.frozen(kw_only=True)
class Query:
    """The query of a list: filters, sort and page.

    Args:
        keywords: Text that one of the ``searched`` fields must hold, in any case.
        sort: Fields and their orders, the first counts most.
        skip: Users before the page.
    """

    filters: tuple[Filter, ...] = ()
    keywords: str = ""
    searched: tuple[str, ...] = SEARCHED
    sort: tuple[tuple[str, str], ...] = (OLDEST_FIRST,)
    skip: int = 0
    limit: int = 10

    def meets(self, user: User) -> bool:
        """Return whether a user is one of the list."""
        return all(each.holds(user) for each in self.filters) and self._is_found(user)

    def _is_found(self, user: User) -> bool:
        if not self.keywords:
            return True
        found = (records.read(user, field) for field in self.searched)
        return any(self.keywords in str(each).lower() for each in found if each is not None)


def choose(users: Directory, query: Query) -> tuple[int, list[User]]:
    """Return how many users a list has, and those on its page."""
    return _computed(users, query) if users.generated.size else _held(users, query)


def _computed(users: Directory, query: Query) -> tuple[int, list[User]]:
    """Answer for a generated pool, without computing every user."""
    fields = {each.field for each in query.filters}
    if query.keywords or not fields <= {"createdAt", "status"}:
        raise Refusal("bad_argument", "a generated pool is filtered by createdAt and status alone")
    if [field for field, _ in query.sort] != ["createdAt"]:
        raise Refusal("bad_argument", "a generated pool is sorted by createdAt alone")
    merge = Merge.of(users, query.filters, filter(query.meets, users.held))
    is_descending = query.sort[0][1] == "desc"
    return len(merge), merge.page(query.skip, query.limit, is_descending=is_descending)


def _held(users: Directory, query: Query) -> tuple[int, list[User]]:
    found = sorted(filter(query.meets, users.held), key=_age)
    for field, order in reversed(query.sort):
        _sort_by(found, field, is_descending=order == "desc")
    return len(found), found[query.skip : query.skip + query.limit]


def _sort_by(found: list[User], field: str, *, is_descending: bool) -> None:
    """Sort by one field, in place; who lacks it comes last."""
    values = [(records.read(user, field), user) for user in found]
    there = [each for each in values if each[0] is not None]
    there.sort(key=lambda each: each[0], reverse=is_descending)
    found[:] = [user for _, user in there] + [user for value, user in values if value is None]


def _age(user: User) -> tuple[int, int]:
    return millis(user.created_at), user.number or 0


def _statuses(filters: Iterable[Filter]) -> frozenset[str]:
    asked = [each for each in filters if each.field == "status"]
    return frozenset(
        status for status in STATUSES if all(each.is_met_by(status) for each in asked)
    )


def _span(pool: GeneratedPool, filters: Iterable[Filter]) -> range:
    everyone, low, high = range(pool.size), 0, pool.size
    for each in filters:
        if each.field != "createdAt":
            continue
        if not each.is_range():
            raise Refusal("bad_argument", f"a generated pool has no {each.operator} of createdAt")
        lower, upper = each.ends()
        below = bisect.bisect_left if each.inclusive else bisect.bisect_right
        above = bisect.bisect_right if each.inclusive else bisect.bisect_left
        if lower is not None:
            low = max(low, below(everyone, lower, key=pool.created_at))
        if upper is not None:
            high = min(high, above(everyone, upper, key=pool.created_at))
    return range(low, max(low, high))


@attrs.frozen
class Merge:
    """Generated users and those that are held, as one list in the order of their creation.

    No list is made: the place of each user is computed, so that a page of a million costs as much
    as one of a hundred.

    Args:
        pool: Where the generated ones come from.
        span: Their indexes.
        rows: The indexes that count, for their status.
        gone: Those of them that do not count, in order.
        held: Users beside, oldest first.
        places: Their places in the whole list.
    """

    pool: GeneratedPool
    span: range
    rows: Rows
    gone: Sequence[int]
    held: Sequence[User] = ()
    places: Sequence[int] = ()

    @classmethod
    def of(cls, users: Directory, filters: Iterable[Filter], held: Iterable[User]) -> Merge:
        """Merge the generated users that meet the filters with those that are held."""
        pool, gone = users.generated, users.gone
        span, statuses = _span(pool, filters), _statuses(filters)
        first, last = (bisect.bisect_left(gone, end) for end in (span.start, span.stop))
        gone = [index for index in gone[first:last] if pool.status(index) in statuses]
        merge = cls(pool, span, pool.of_status(statuses), gone)
        held = sorted(held, key=_age)
        places = [merge._before(_age(user)) + place for place, user in enumerate(held)]
        return attrs.evolve(merge, held=held, places=places)

    def __len__(self) -> int:
        return self._count(self.span.stop) + len(self.held)

    def page(self, skip: int, limit: int, *, is_descending: bool) -> list[User]:
        """Return some users, oldest or newest first."""
        total = len(self)
        places = range(min(skip, total), min(skip + limit, total))
        return [self._at(total - 1 - place if is_descending else place) for place in places]

    def _at(self, place: int) -> User:
        before = bisect.bisect_left(self.places, place)
        if before < len(self.places) and self.places[before] == place:
            return self.held[before]
        return self.pool.user(self._nth(place - before))

    def _nth(self, position: int) -> int:
        """Return the index of a generated user by its position among those that count."""
        if not self.gone:
            return self.rows.nth(position + self.rows.count(self.span.start))
        found = bisect.bisect_right(self.span, position, key=self._count)
        return self.span[found - 1]

    def _before(self, age: tuple[int, int]) -> int:
        """Count the generated users who are older than somebody who is held."""
        created_at, number = age
        if number < self.pool.size:
            return self._count(number)
        everyone = range(self.pool.size)
        return self._count(bisect.bisect_right(everyone, created_at, key=self.pool.created_at))

    def _count(self, index: int) -> int:
        """Count the generated users below an index who count."""
        index = min(max(index, self.span.start), self.span.stop)
        passed = self.rows.count(index) - self.rows.count(self.span.start)
        return passed - bisect.bisect_left(self.gone, index)
