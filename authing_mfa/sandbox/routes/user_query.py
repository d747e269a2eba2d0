"""The schemas of a request for a list of users, and of its response."""

from __future__ import annotations

from .. import user_fields, user_filters, user_list
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
    """Describe a request for a page."""
    return given(
        keywords=or_null(STRING),
        advancedFilter=or_null(many(_condition())),
        options=or_null(_options()),
    )


def _options() -> Schema:
    limit = {"type": "integer", "minimum": 1, "maximum": user_list.LARGEST_PAGE, "default": 10}
    page = {"type": "integer", "minimum": 1, "default": 1}
    order = given({"field": choice(user_fields.SORTABLE), "order": choice(user_list.ORDERS)})
    return given(
        pagination=or_null(given(page=or_null(page), limit=or_null(limit))),
        sort=or_null(many(order)),
        fuzzySearchOn=or_null(many(choice(user_fields.SEARCHABLE))),
        **dict.fromkeys(user_fields.OPTIONS, or_null(FLAG)),
    )


def _condition() -> Schema:
    others = sorted(user_fields.KNOWN - {*user_fields.INSTANTS})
    return one_of(
        given(
            {
                "field": choice(sorted(user_fields.KNOWN)),
                "operator": choice(user_filters.WITHOUT_VALUE),
            }
        ),
        *_comparisons(user_fields.INSTANTS, _MOMENT),
        *_comparisons(others, _VALUE),
    )


def _comparisons(fields: list[str] | tuple[str, ...], value: Schema) -> list[Schema]:
    with_one = [
        each
        for each in user_filters.OPERATORS
        if each not in (*user_filters.WITHOUT_VALUE, "IN", "BETWEEN")
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
