"""Whether what was read from JSON is what an annotation says."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value is of a type, all the way down; nothing is coerced."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, each) for each in arguments)
    if origin in (list, tuple):
        return type(value) is origin and all(fits(each, arguments[0]) for each in value)
    if origin in (dict, Mapping):
        pairs = value.items() if isinstance(value, Mapping) else [(None, None)]
        return all(fits(key, arguments[0]) and fits(each, arguments[1]) for key, each in pairs)
    return _PLAIN.get(hint, lambda value: isinstance(value, hint))(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and not math.isnan(value)


_PLAIN: dict[Any, Callable[[Any], bool]] = {
    str: _is_text,
    float: _is_number,
    int: lambda value: type(value) is int,
    bool: lambda value: type(value) is bool,
    type(None): lambda value: value is None,
}


def wanted(hint: Any) -> str:
    """Return a type as people write it."""
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)
