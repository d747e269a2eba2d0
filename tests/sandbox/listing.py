"""Asking for lists of users."""

from __future__ import annotations

from typing import Any

from .calls import Caller, Json


def ask(caller: Caller, *conditions: tuple[Any, ...], **body: Any) -> Json:
    """POST list-users; a condition is a field, an operator and, if it has one, a value."""
    if conditions:
        names = ("field", "operator", "value")
        body["advancedFilter"] = [dict(zip(names, each, strict=False)) for each in conditions]
    return caller.post("list-users", **body)


def options(page: int = 1, limit: int = 50, **rest: Any) -> Json:
    """Return options with a page."""
    return {"pagination": {"page": page, "limit": limit}, **rest}


def names(answer: Json) -> list[str]:
    """Return the usernames of a page."""
    return [each["username"] for each in answer["data"]["list"]]
