"""The filters of a list of users (``advancedFilter``)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs

from . import user_fields
from .records import millis
from .users import User
from .wire import Fields

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
_BOUNDS = {
    "natural": {"GREATER": False, "LESSER": False, "BETWEEN": True},
    "inclusive": {"GREATER": True, "LESSER": True, "BETWEEN": True},
    "exclusive": {"GREATER": False, "LESSER": False, "BETWEEN": False},
}


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
        return self.is_met_by(user_fields.read(user, self.field))

    def is_met_by(self, found: Any) -> bool:
        """Return whether a value of the field meets the condition."""
        if self.operator in WITHOUT_VALUE:
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


def read_all(body: Fields, bounds: str) -> list[Condition]:
    """Read the conditions of a request; ``bounds`` is ``settings.filter_bounds``."""
    if not body.has("advancedFilter"):
        return []
    return [_read(each, bounds) for each in body.each_fields("advancedFilter")]


def _read(fields: Fields, bounds: str) -> Condition:
    field, operator = fields.text("field"), fields.choice("operator", OPERATORS)
    if field not in user_fields.KNOWN:
        raise fields.wrong("field", "wanted a field of a user")
    if operator in WITHOUT_VALUE:
        return Condition(field, operator, ())
    values = _values(fields, operator)
    if field in user_fields.INSTANTS:
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
