"""The endpoint that lists users: filtered, sorted and cut into pages."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import attrs

from .. import records
from ..access import MANAGEMENT
from ..context import Context
from ..generated_pool import GeneratedPool, Merge
from ..json_schema import (
    FLAG,
    STRING,
    WHOLE,
    Schema,
    choice,
    given,
    many,
    one_of,
    or_null,
    ref,
    written,
)
from ..records import INSTANTS, millis
from ..refusals import Refusal
from ..user_directory import Directory
from ..users import STATUSES, User
from ..wire import Document, Fields
from .route import Routes, take

_SORTABLE = (
    "createdAt",
    "updatedAt",
    "email",
    "username",
    "externalId",
    "phone",
    "status",
    "statusChangedAt",
    "passwordLastSetAt",
    "loginsCount",
    "gender",
    "lastLogin",
    "userSourceType",
    "lastMfaTime",
    "passwordSecurityLevel",
    "phoneCountryCode",
    "lastIp",
)
_SEARCHABLE = (
    "id",
    "phone",
    "email",
    "name",
    "username",
    "externalId",
    "nickname",
    "company",
    "givenName",
    "familyName",
    "middleName",
    "profile",
    "preferredUsername",
    "website",
    "address",
    "formatted",
    "streetAddress",
    "postalCode",
    "identityNumber",
)
_SEARCHED = ("phone", "email", "name", "username", "nickname", "identityNumber")
_OPTIONS = (
    "withCustomData",
    "flatCustomData",
    "withIdentities",
    "withDepartmentIds",
    "withPost",
)
_KNOWN = frozenset({*records.NAMES, *_SORTABLE, *_SEARCHABLE})
_OPERATORS = (
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
_WITHOUT_VALUE = ("IS_NULL", "NOT_NULL")
_BOUNDS = {
    "natural": {"GREATER": False, "LESSER": False, "BETWEEN": True},
    "inclusive": {"GREATER": True, "LESSER": True, "BETWEEN": True},
    "exclusive": {"GREATER": False, "LESSER": False, "BETWEEN": False},
}
_LARGEST_PAGE = 50
_ORDERS = ("asc", "desc")
_OLDEST_FIRST = ("createdAt", "asc")
_TO_FIRST = {
    "parameters": {"query.userId": take("data/list/0/userId"), "query.userIdType": "user_id"}
}
_FROM_LIST = dict.fromkeys(
    ("get_user_mfa_info", "get_mfa_status", "get_otp_secret_by_user", "get_mfa_trigger_data"),
    _TO_FIRST,
)
_MOMENT: Schema = {
    "type": ["string", "integer"],
    "description": "ISO 8601, or Unix milliseconds",
    "pattern": (
        "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
        r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z$"
    ),
}
_VALUE: Schema = {"type": ["string", "integer", "boolean"]}


def _options_schema() -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": _LARGEST_PAGE, "default": 10}
    page = {"type": "integer", "minimum": 1, "default": 1}
    order = given({"field": choice(_SORTABLE), "order": choice(_ORDERS)})
    return given(
        pagination=or_null(given(page=or_null(page), limit=or_null(limit))),
        sort=or_null(many(order)),
        fuzzySearchOn=or_null(many(choice(_SEARCHABLE))),
        **dict.fromkeys(_OPTIONS, or_null(FLAG)),
    )


def _condition_schema() -> Schema:
    others = sorted(_KNOWN - {*INSTANTS})
    return one_of(
        given(
            {
                "field": choice(sorted(_KNOWN)),
                "operator": choice(_WITHOUT_VALUE),
            }
        ),
        *_comparisons(INSTANTS, _MOMENT),
        *_comparisons(others, _VALUE),
    )


def _comparisons(fields: list[str] | tuple[str, ...], value: Schema) -> list[Schema]:
    with_one = [each for each in _OPERATORS if each not in (*_WITHOUT_VALUE, "IN", "BETWEEN")]
    ways = (
        (with_one, value),
        (["IN"], many(value, minItems=1)),
        (["BETWEEN"], many(value, minItems=2, maxItems=2)),
    )
    return [
        given({"field": choice(fields), "operator": choice(operators), "value": values})
        for operators, values in ways
    ]


@attrs.frozen
class Condition:
    """One condition on one field.

    Args:
        values: What the field is compared with; instants in milliseconds.
        inclusive: Whether the ends of a range belong to it.
    """

    field: str
    operator: str
    values: tuple[Any, ...]
    inclusive: bool = True

    def holds(self, user: User) -> bool:
        """Return whether a user meets the condition."""
        return self.is_met_by(records.read(user, self.field))

    def is_met_by(self, found: Any) -> bool:
        """Return whether a value of the field meets the condition."""
        if self.operator in _WITHOUT_VALUE:
            return (found is None) == (self.operator == "IS_NULL")
        if self.operator.startswith("NOT_"):
            return not self._agrees(found, self.operator.removeprefix("NOT_"))
        return self._agrees(found, self.operator)

    def is_range(self) -> bool:
        """Return whether the condition is on an order, an equal value included."""
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

    conditions: tuple[Condition, ...] = ()
    keywords: str = ""
    searched: tuple[str, ...] = _SEARCHED
    sort: tuple[tuple[str, str], ...] = (_OLDEST_FIRST,)
    skip: int = 0
    limit: int = 10

    def meets(self, user: User) -> bool:
        """Return whether a user is one of the list."""
        return all(each.holds(user) for each in self.conditions) and self._is_found(user)

    def _is_found(self, user: User) -> bool:
        if not self.keywords:
            return True
        found = (records.read(user, field) for field in self.searched)
        return any(self.keywords in str(each).lower() for each in found if each is not None)


routes = Routes(tag="management", limited=True)


@routes.post(
    "/api/v3/list-users",
    MANAGEMENT,
    body=given(
        keywords=or_null(STRING),
        advancedFilter=or_null(many(_condition_schema())),
        options=or_null(_options_schema()),
    ),
    data=written({"totalCount": WHOLE, "list": many(ref("User"))}),
    refusals=("unsupported",),
    links=_FROM_LIST,
)
def list_users(context: Context, _: None, body: Fields) -> Document:
    """List users, filtered, sorted and cut into pages."""
    options = body.optional_fields("options") or Fields({})
    query = _query(context, body, options)
    asked = frozenset(name for name in _OPTIONS if options.optional_flag(name))
    total, found = choose(context.state.users, query)
    return {"totalCount": total, "list": [records.written(each, asked) for each in found]}


def choose(users: Directory, query: Query) -> tuple[int, list[User]]:
    """Return how many users a list has, and those on its page."""
    return _computed(users, query) if users.generated.size else _held(users, query)


def _query(context: Context, body: Fields, options: Fields) -> Query:
    if body.has("searchQuery"):
        raise Refusal("unsupported", "searchQuery")
    pagination = options.optional_fields("pagination") or Fields({})
    number = pagination.whole("page", 1)
    limit = pagination.whole("limit", 10)
    if not 1 <= limit <= _LARGEST_PAGE:
        raise pagination.wrong("limit", f"wanted 1 to {_LARGEST_PAGE}")
    if number < 1:
        raise pagination.wrong("page", "wanted 1 or more")
    reach = context.settings.list_users_reach
    if reach is not None and number * limit > reach:
        raise pagination.wrong("page", f"no page goes beyond {reach} users")
    is_chosen = options.has("fuzzySearchOn")
    return Query(
        conditions=_conditions(body, context.settings.filter_bounds),
        keywords=(body.optional_text("keywords") or "").lower(),
        searched=(
            tuple(options.choices("fuzzySearchOn", _SEARCHABLE)) if is_chosen else _SEARCHED
        ),
        sort=_sort(options),
        skip=(number - 1) * limit,
        limit=limit,
    )


def _sort(options: Fields) -> tuple[tuple[str, str], ...]:
    if not options.has("sort"):
        return (_OLDEST_FIRST,)
    found = options.each_fields("sort")
    orders = [(e.choice("field", _SORTABLE), e.choice("order", _ORDERS)) for e in found]
    return tuple(orders) or (_OLDEST_FIRST,)


def _computed(users: Directory, query: Query) -> tuple[int, list[User]]:
    """Answer for a generated pool, without computing every user."""
    fields = {each.field for each in query.conditions}
    if query.keywords or not fields <= {"createdAt", "status"}:
        raise Refusal("bad_argument", "a generated pool is filtered by createdAt and status alone")
    if [field for field, _ in query.sort] != ["createdAt"]:
        raise Refusal("bad_argument", "a generated pool is sorted by createdAt alone")
    held = sorted((each for each in users.held if query.meets(each)), key=_age)
    merge = Merge.of(
        users.generated,
        _span(users.generated, query.conditions),
        _statuses(query.conditions),
        users.gone,
        [(_age(each), each) for each in held],
    )
    is_descending = query.sort[0][1] == "desc"
    return len(merge), merge.page(query.skip, query.limit, is_descending=is_descending)


def _held(users: Directory, query: Query) -> tuple[int, list[User]]:
    found = sorted((each for each in users.held if query.meets(each)), key=_age)
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


def _conditions(body: Fields, bounds: str) -> tuple[Condition, ...]:
    if not body.has("advancedFilter"):
        return ()
    return tuple(_condition(each, bounds) for each in body.each_fields("advancedFilter"))


def _condition(fields: Fields, bounds: str) -> Condition:
    """Read a condition; ``bounds`` is ``settings.filter_bounds``."""
    field, operator = fields.text("field"), fields.choice("operator", _OPERATORS)
    if field not in _KNOWN:
        raise fields.wrong("field", "wanted a field of a user")
    if operator in _WITHOUT_VALUE:
        return Condition(field, operator, ())
    values = _values(fields, operator)
    if field in INSTANTS:
        values = tuple(_instant(fields, each) for each in values)
    return Condition(field, operator, values, _BOUNDS[bounds].get(operator, True))


def _values(fields: Fields, operator: str) -> tuple[Any, ...]:
    value = fields.value("value")
    if operator in ("IN", "BETWEEN"):
        found = tuple(value) if isinstance(value, list) else ()
        if not found or (operator == "BETWEEN" and len(found) != 2):
            raise fields.wrong("value", f"wanted a list for {operator}")
    else:
        found = (value,)
    if any(type(each) not in (str, int, bool) for each in found):
        raise fields.wrong("value", f"wanted text, a number or a boolean for {operator}")
    return found


def _instant(fields: Fields, value: Any) -> int:
    """Read an instant: ISO 8601, or Unix milliseconds."""
    if type(value) is int:
        return int(value)
    try:
        moment = datetime.fromisoformat(str(value))
        in_zone = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return millis(in_zone.timestamp())
    except (ValueError, OverflowError):
        raise fields.wrong("value", "wanted an instant") from None
