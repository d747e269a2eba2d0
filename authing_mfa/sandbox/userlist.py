"""Lists of users: filtered, sorted and cut into pages."""

from __future__ import annotations

import attrs

from . import conditions, userfields
from .conditions import Condition
from .directory import Directory
from .merge import Merge
from .people import User
from .records import millis
from .refusals import Refusal
from .wire import Document, Fields
from .world import World

LARGEST_PAGE = 50
ORDERS = ("asc", "desc")
_OLDEST_FIRST = ("createdAt", "asc")


@attrs.frozen(kw_only=True)
class Query:
    """What a list is asked for.

    Args:
        keywords: text that one of the `searched` fields must hold, in any case.
        sort: fields and their orders, the first counts most.
        skip: users before the page.
    """

    conditions: tuple[Condition, ...] = ()
    keywords: str = ""
    searched: tuple[str, ...] = userfields.SEARCHED
    sort: tuple[tuple[str, str], ...] = (_OLDEST_FIRST,)
    skip: int = 0
    limit: int = 10

    def meets(self, user: User) -> bool:
        """Tell whether a user is one of the list."""
        return all(each.holds(user) for each in self.conditions) and self._is_found(user)

    def _is_found(self, user: User) -> bool:
        if not self.keywords:
            return True
        found = (userfields.read(user, field) for field in self.searched)
        return any(self.keywords in str(each).lower() for each in found if each is not None)


def page(world: World, body: Fields) -> Document:
    """Write the page of users that a request asks for."""
    options = body.optional_fields("options") or Fields({})
    query, wanted = _query(world, body, options), userfields.wanted(options)
    total, found = choose(world.state.users, query)
    return {"totalCount": total, "list": [userfields.written(each, wanted) for each in found]}


def choose(users: Directory, query: Query) -> tuple[int, list[User]]:
    """Return how many users a list has, and those on its page."""
    return _computed(users, query) if users.generated.size else _held(users, query)


def _query(world: World, body: Fields, options: Fields) -> Query:
    if body.has("searchQuery"):
        raise Refusal("unsupported", "searchQuery")
    pagination = options.optional_fields("pagination") or Fields({})
    number = pagination.whole("page", 1)
    limit = pagination.whole("limit", 10)
    if not 1 <= limit <= LARGEST_PAGE:
        raise pagination.wrong("limit", f"wanted 1 to {LARGEST_PAGE}")
    if number < 1:
        raise pagination.wrong("page", "wanted 1 or more")
    reach = world.settings.list_users_reach
    if reach is not None and number * limit > reach:
        raise pagination.wrong("page", f"no page goes beyond {reach} users")
    searched = tuple(userfields.SEARCHED)
    if options.has("fuzzySearchOn"):
        searched = tuple(options.choices("fuzzySearchOn", userfields.SEARCHABLE))
    return Query(
        conditions=tuple(conditions.read_all(body, world.settings.filter_bounds)),
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
    orders = [(e.choice("field", userfields.SORTABLE), e.choice("order", ORDERS)) for e in found]
    return tuple(orders) or (_OLDEST_FIRST,)


def _computed(users: Directory, query: Query) -> tuple[int, list[User]]:
    """Answer for a generated pool, in which nobody can look at every user."""
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
    values = [(userfields.read(user, field), user) for user in found]
    there = [each for each in values if each[0] is not None]
    there.sort(key=lambda each: each[0], reverse=is_descending)
    found[:] = [user for _, user in there] + [user for value, user in values if value is None]


def _age(user: User) -> tuple[int, int]:
    return millis(user.created_at), user.number or 0
