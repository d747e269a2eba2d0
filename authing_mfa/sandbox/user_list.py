"""Lists of users: filtered, sorted and cut into pages."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

import attrs

from . import user_fields, user_filters
from .context import Context
from .generated_pool import GeneratedPool, Rows
from .records import millis
from .refusals import Refusal
from .user_directory import Directory
from .user_filters import Condition
from .users import STATUSES, User
from .wire import Document, Fields

LARGEST_PAGE = 50
ORDERS = ("asc", "desc")
_OLDEST_FIRST = ("createdAt", "asc")


@attrs.frozen(kw_only=True)
class Query:
    """The query of a list: filters, sort and page.

    Args:
        keywords: Text that one of the ``searched`` fields must hold, in any case.
        sort: Fields and their orders, the first counts most.
        skip: Users before the page.
    """

    conditions: tuple[Condition, ...] = ()
    keywords: str = ""
    searched: tuple[str, ...] = user_fields.SEARCHED
    sort: tuple[tuple[str, str], ...] = (_OLDEST_FIRST,)
    skip: int = 0
    limit: int = 10

    def meets(self, user: User) -> bool:
        """Return whether a user is one of the list."""
        return all(each.holds(user) for each in self.conditions) and self._is_found(user)

    def _is_found(self, user: User) -> bool:
        if not self.keywords:
            return True
        found = (user_fields.read(user, field) for field in self.searched)
        return any(self.keywords in str(each).lower() for each in found if each is not None)


Aged = tuple[tuple[int, int], User]
"""A user after the instant of creation in milliseconds, and the place at that instant."""


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
    def of(cls, users: Directory, conditions: Iterable[Condition], held: Sequence[Aged]) -> Merge:
        """Merge the generated users that meet the conditions with those that are held."""
        pool = users.generated
        span, statuses = _span(pool, conditions), _statuses(conditions)
        first, last = (bisect.bisect_left(users.gone, end) for end in (span.start, span.stop))
        gone = [index for index in users.gone[first:last] if pool.status(index) in statuses]
        merge = cls(pool, span, pool.of_status(statuses), gone)
        places = [merge._before(age) + place for place, (age, _) in enumerate(held)]
        return attrs.evolve(merge, held=[user for _, user in held], places=places)

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


def page(context: Context, body: Fields) -> Document:
    """Write the page of users that a request asks for."""
    options = body.optional_fields("options") or Fields({})
    query, wanted = _query(context, body, options), user_fields.wanted(options)
    total, found = choose(context.state.users, query)
    return {"totalCount": total, "list": [user_fields.written(each, wanted) for each in found]}


def choose(users: Directory, query: Query) -> tuple[int, list[User]]:
    """Return how many users a list has, and those on its page."""
    return _computed(users, query) if users.generated.size else _held(users, query)


def _query(context: Context, body: Fields, options: Fields) -> Query:
    if body.has("searchQuery"):
        raise Refusal("unsupported", "searchQuery")
    pagination = options.optional_fields("pagination") or Fields({})
    number = pagination.whole("page", 1)
    limit = pagination.whole("limit", 10)
    if not 1 <= limit <= LARGEST_PAGE:
        raise pagination.wrong("limit", f"wanted 1 to {LARGEST_PAGE}")
    if number < 1:
        raise pagination.wrong("page", "wanted 1 or more")
    reach = context.settings.list_users_reach
    if reach is not None and number * limit > reach:
        raise pagination.wrong("page", f"no page goes beyond {reach} users")
    searched = tuple(user_fields.SEARCHED)
    if options.has("fuzzySearchOn"):
        searched = tuple(options.choices("fuzzySearchOn", user_fields.SEARCHABLE))
    return Query(
        conditions=tuple(user_filters.read_all(body, context.settings.filter_bounds)),
        keywords=(body.optional_text("keywords") or "").lower(),
        searched=searched,
        sort=_sort(options),
        skip=(number - 1) * limit,
        limit=limit,
    )


def _sort(options: Fields) -> tuple[tuple[str, str], ...]:
    if not options.has("sort"):
        return (_OLDEST_FIRST,)
    found = options.each_fields("sort")
    orders = [(e.choice("field", user_fields.SORTABLE), e.choice("order", ORDERS)) for e in found]
    return tuple(orders) or (_OLDEST_FIRST,)


def _computed(users: Directory, query: Query) -> tuple[int, list[User]]:
    """Answer for a generated pool, without computing every user."""
    fields = {each.field for each in query.conditions}
    if query.keywords or not fields <= {"createdAt", "status"}:
        raise Refusal("bad_argument", "a generated pool is filtered by createdAt and status alone")
    if [field for field, _ in query.sort] != ["createdAt"]:
        raise Refusal("bad_argument", "a generated pool is sorted by createdAt alone")
    held = sorted((each for each in users.held if query.meets(each)), key=_age)
    merge = Merge.of(users, query.conditions, [(_age(each), each) for each in held])
    is_descending = query.sort[0][1] == "desc"
    return len(merge), merge.page(query.skip, query.limit, is_descending=is_descending)


def _held(users: Directory, query: Query) -> tuple[int, list[User]]:
    found = sorted((each for each in users.held if query.meets(each)), key=_age)
    for field, order in reversed(query.sort):
        _sort_by(found, field, is_descending=order == "desc")
    return len(found), found[query.skip : query.skip + query.limit]


def _sort_by(found: list[User], field: str, *, is_descending: bool) -> None:
    """Sort by one field, in place; who lacks it comes last."""
    values = [(user_fields.read(user, field), user) for user in found]
    there = [each for each in values if each[0] is not None]
    there.sort(key=lambda each: each[0], reverse=is_descending)
    found[:] = [user for _, user in there] + [user for value, user in values if value is None]


def _age(user: User) -> tuple[int, int]:
    return millis(user.created_at), user.number or 0


def _statuses(conditions: Iterable[Condition]) -> frozenset[str]:
    asked = [each for each in conditions if each.field == "status"]
    return frozenset(
        status for status in STATUSES if all(each.is_met_by(status) for each in asked)
    )


def _span(pool: GeneratedPool, conditions: Iterable[Condition]) -> range:
    everyone, low, high = range(pool.size), 0, pool.size
    for each in conditions:
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
