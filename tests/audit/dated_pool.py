"""A pool whose users were created at given instants, listed as a database would list them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .pool_server import Pool, _envelope


class Dated(Pool):
    """Users with instants of their own; None for a user without one.

    Args:
        instants: As the service writes them, one for each user.
        count: What the service's count differs by from the truth.
        nulls_first: Where a descending order puts users without an instant.
        knows_null: Whether IS_NULL is a question that the service answers.
    """

    def __init__(
        self,
        instants: Sequence[str | None],
        *,
        count: int = 0,
        nulls_first: bool = False,
        knows_null: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(len(instants), **options)
        self.instants = list(instants)
        self.count = count
        self.nulls_first = nulls_first
        self.knows_null = knows_null
        self.conditions: list[Any] = []

    def add(self, instant: str | None) -> None:
        self.instants.append(instant)
        self.users += 1

    def _list(self, body: dict[str, Any]) -> tuple[int, Any]:
        conditions = body.get("advancedFilter", [])
        self.conditions.append(conditions)
        if not self.knows_null and any(each["operator"] == "IS_NULL" for each in conditions):
            return 200, {"statusCode": 400, "message": "No such operator"}
        found = [
            index
            for index in range(self.users)
            if self.is_member(index) and all(self._meets(index, each) for each in conditions)
        ]
        dated = sorted((i for i in found if self.instants[i]), key=self._instant)
        undated = [index for index in found if self.instants[index] is None]
        is_descending = body["options"]["sort"][0]["order"] == "desc"
        ordered = dated[::-1] if is_descending else dated
        ordered = undated + ordered if is_descending and self.nulls_first else ordered + undated
        page, limit = body["options"]["pagination"]["page"], body["options"]["pagination"]["limit"]
        if page * limit > self.walk_limit:
            return 200, {"statusCode": 400, "message": "No page goes that far"}
        users = [
            {
                "userId": self.user_id(index),
                "status": self.status(index),
                **({"createdAt": self.instants[index]} if self.instants[index] else {}),
            }
            for index in ordered[(page - 1) * limit : page * limit]
        ]
        return 200, _envelope({"totalCount": max(0, len(found) + self.count), "list": users})

    def _instant(self, index: int) -> datetime:
        return _read(self.instants[index] or "")

    def _meets(self, index: int, condition: dict[str, Any]) -> bool:
        operator, value = condition["operator"], condition.get("value")
        if condition["field"] == "status":
            return bool(self.status(index) == value)
        if operator == "IS_NULL":
            return self.instants[index] is None
        if self.instants[index] is None:
            return False
        bounds = [_read(str(text)) for text in (value if isinstance(value, list) else [value])]
        low = bounds[0] if operator in ("GREATER", "BETWEEN") else None
        high = bounds[-1] if operator in ("LESSER", "BETWEEN") else None
        instant = self._instant(index)
        if self.inclusive:
            return (low is None or instant >= low) and (high is None or instant <= high)
        return (low is None or instant > low) and (high is None or instant < high)


def _read(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
