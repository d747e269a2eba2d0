"""The endpoint that lists users: filtered, sorted and cut into pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .. import records
from ..access import MANAGEMENT
from ..context import Context
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
from ..user_query import OLDEST_FIRST, OPERATORS, SEARCHED, WITHOUT_VALUE, Filter, Query, choose
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
_OPTIONS = (
    "withCustomData",
    "flatCustomData",
    "withIdentities",
    "withDepartmentIds",
    "withPost",
)
_KNOWN = frozenset({*records.NAMES, *_SORTABLE, *_SEARCHABLE})
_BOUNDS = {
    "natural": {"GREATER": False, "LESSER": False, "BETWEEN": True},
    "inclusive": {"GREATER": True, "LESSER": True, "BETWEEN": True},
    "exclusive": {"GREATER": False, "LESSER": False, "BETWEEN": False},
}
_LARGEST_PAGE = 50
_ORDERS = ("asc", "desc")
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


def _filter_schema() -> Schema:
    others = sorted(_KNOWN - {*INSTANTS})
    return one_of(
        given(
            {
                "field": choice(sorted(_KNOWN)),
                "operator": choice(WITHOUT_VALUE),
            }
        ),
        *_comparisons(INSTANTS, _MOMENT),
        *_comparisons(others, _VALUE),
    )


def _comparisons(fields: list[str] | tuple[str, ...], value: Schema) -> list[Schema]:
    with_one = [each for each in OPERATORS if each not in (*WITHOUT_VALUE, "IN", "BETWEEN")]
    ways = (
        (with_one, value),
        (["IN"], many(value, minItems=1)),
        (["BETWEEN"], many(value, minItems=2, maxItems=2)),
    )
    return [
        given({"field": choice(fields), "operator": choice(operators), "value": values})
        for operators, values in ways
    ]


routes: Routes = Routes(tag="management", limited=True)


@routes.post(
    "/api/v3/list-users",
    MANAGEMENT,
    body=given(
        keywords=or_null(STRING),
        advancedFilter=or_null(many(_filter_schema())),
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
        filters=_filters(body, context.settings.filter_bounds),
        keywords=(body.optional_text("keywords") or "").lower(),
        searched=(tuple(options.choices("fuzzySearchOn", _SEARCHABLE)) if is_chosen else SEARCHED),
        sort=_sort(options),
        skip=(number - 1) * limit,
        limit=limit,
    )


def _sort(options: Fields) -> tuple[tuple[str, str], ...]:
    if not options.has("sort"):
        return (OLDEST_FIRST,)
    found = options.each_fields("sort")
    orders = [(e.choice("field", _SORTABLE), e.choice("order", _ORDERS)) for e in found]
    return tuple(orders) or (OLDEST_FIRST,)


def _filters(body: Fields, bounds: str) -> tuple[Filter, ...]:
    if not body.has("advancedFilter"):
        return ()
    return tuple(_filter(each, bounds) for each in body.each_fields("advancedFilter"))


def _filter(fields: Fields, bounds: str) -> Filter:
    """Read a filter; ``bounds`` is ``settings.filter_bounds``."""
    field, operator = fields.text("field"), fields.choice("operator", OPERATORS)
    if field not in _KNOWN:
        raise fields.wrong("field", "wanted a field of a user")
    if operator in WITHOUT_VALUE:
        return Filter(field, operator, ())
    values = _values(fields, operator)
    if field in INSTANTS:
        values = tuple(_instant(fields, each) for each in values)
    return Filter(field, operator, values, _BOUNDS[bounds].get(operator, True))


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
