"""What a list of users is asked for, and its answer."""

from __future__ import annotations

from .. import conditions, userfields, userlist
from .schema import (
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

_MOMENT: Schema = {
    "type": ["string", "integer"],
    "description": "ISO 8601, or Unix milliseconds",
    "pattern": (
        "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
        r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z$"
    ),
}
_VALUE: Schema = {"type": ["string", "integer", "boolean"]}


def list_of_users() -> Schema:
    """Describe a page of users."""
    return written({"totalCount": WHOLE, "list": many(ref("User"))})


def user_query() -> Schema:
    """Describe what a page is asked for."""
    return given(
        keywords=or_null(STRING),
        advancedFilter=or_null(many(_condition())),
        options=or_null(_options()),
    )


def _options() -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": userlist.LARGEST_PAGE, "default": 10}
    page = {"type": "integer", "minimum": 1, "default": 1}
    order = given({"field": choice(userfields.SORTABLE), "order": choice(userlist.ORDERS)})
    return given(
        pagination=or_null(given(page=or_null(page), limit=or_null(limit))),
        sort=or_null(many(order)),
        fuzzySearchOn=or_null(many(choice(userfields.SEARCHABLE))),
        **dict.fromkeys(userfields.OPTIONS, or_null(FLAG)),
    )


def _condition() -> Schema:
    others = sorted(userfields.KNOWN - {*userfields.INSTANTS})
    return one_of(
        given(
            {
                "field": choice(sorted(userfields.KNOWN)),
                "operator": choice(conditions.WITHOUT_VALUE),
            }
        ),
        *_comparisons(userfields.INSTANTS, _MOMENT),
        *_comparisons(others, _VALUE),
    )


def _comparisons(fields: list[str] | tuple[str, ...], value: Schema) -> list[Schema]:
    with_one = [
        each
        for each in conditions.OPERATORS
        if each not in (*conditions.WITHOUT_VALUE, "IN", "BETWEEN")
    ]
    ways = (
        (with_one, value),
        (["IN"], many(value, minItems=1)),
        (["BETWEEN"], many(value, minItems=2, maxItems=2)),
    )
    return [
        given({"field": choice(fields), "operator": choice(operators), "value": values})
        for operators, values in ways
    ]
