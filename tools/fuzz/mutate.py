"""One step from an input to its neighbour, in JSON: what changing bytes would hardly find."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeAlias

from .oracle import MARK

Places: TypeAlias = "list[tuple[Any, Any]]"
Words: TypeAlias = "Sequence[str]"

_DEEP: Any = {"data": [[[[[[[[{}]]]]]]]]}
LEAVES: Sequence[Any] = (
    *(None, True, False, 0, 1, -1, 7, 60, 200, 400, 401, 403, 404, 422, 429, 500, 602),
    *(1635, 1636, 2001, 2021, 6001, 1e300, -1e300, 0.5, -0.0, 2**31, 2**63, -(2**63), 10**400),
    *(253402300799, 253402300800, -62135596800, -62135596801, 1767225600.000001),
    *("", " ", "0", "200", "1636", "true", "null", MARK, f"{MARK}@example.com", f"+{MARK}"),
    *("\ud800", "\x00", "\r\n", "é", "１２３", "\u202e", "x" * 600, "[]", "{}", "enabled"),
    *('["SMS"]', '{"factorType":"SMS"}', "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59"),
    *(f"otpauth://totp/{MARK}:b?secret={MARK}", "otpauth://[", "data:image/png;base64,AAAA"),
    *([], {}, [[]], [None], [{}], {"": ""}, _DEEP),
)


def mutated(data: bytes, head_ends: bytes, words: Words, rng: Random) -> bytes:
    """Return an input whose JSON was changed in a few places; unchanged where there is none."""
    head, end, body = data.partition(head_ends) if head_ends else (b"", b"", data)
    with contextlib.suppress(ValueError, RecursionError):
        holder = [json.loads(body)]
        for _ in range(rng.choice((1, 1, 2, 4))):
            _change(holder, words, rng)
        return head + end + json.dumps(holder[0], ensure_ascii=rng.random() < 0.8).encode()
    return data


def _change(holder: list[Any], words: Words, rng: Random) -> None:
    places = list(_places(holder))
    inside, key = rng.choice(places)
    rng.choice(_CHANGES)(inside, key, places, words, rng)
    if not holder:
        holder.append({})


def _places(holder: Any) -> Places:
    """Return each member of a document: in what it is, and under which key or number."""
    found: Places = []
    left = [holder]
    while left and len(found) < 400:
        inside = left.pop()
        keys = list(inside) if isinstance(inside, dict) else range(len(inside))
        found += [(inside, key) for key in keys]
        left += [inside[key] for key in keys if isinstance(inside[key], (dict, list))]
    return found


# Each change is given a place, all places, what may be put in, and a source of chance.
def _put_leaf(inside: Any, key: Any, places: Places, words: Words, rng: Random) -> None:
    leaf = rng.choice(words) if words and rng.random() < 0.4 else rng.choice(LEAVES)
    inside[key] = copy.deepcopy(leaf)


def _put_other(inside: Any, key: Any, places: Places, words: Words, rng: Random) -> None:
    other, there = rng.choice(places)
    inside[key] = copy.deepcopy(other[there])


def _take_out(inside: Any, key: Any, places: Places, words: Words, rng: Random) -> None:
    del inside[key]


def _put_beside(inside: Any, key: Any, places: Places, words: Words, rng: Random) -> None:
    other, there = rng.choice(places)
    value = copy.deepcopy(other[there] if rng.random() < 0.5 else rng.choice(LEAVES))
    if isinstance(inside, dict):
        inside[rng.choice(words) if words else f"{key}2"] = value
    else:
        inside.insert(key, value)


def _wrap(inside: Any, key: Any, places: Places, words: Words, rng: Random) -> None:
    inside[key] = [inside[key]]


def _rename(inside: Any, key: Any, places: Places, words: Words, rng: Random) -> None:
    if isinstance(inside, dict) and words:
        inside[rng.choice(words)] = inside.pop(key)


def _nudge(inside: Any, key: Any, places: Places, words: Words, rng: Random) -> None:
    value = inside[key]
    if isinstance(value, str):
        inside[key] = value[:-1] if value and rng.random() < 0.5 else value + value[:3]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            inside[key] = value + rng.choice((1, -1, 60, 0.5))


_CHANGES: Sequence[Callable[[Any, Any, Places, Words, Random], None]] = (
    *(_put_leaf, _put_leaf, _put_leaf, _put_other, _take_out),
    *(_put_beside, _put_beside, _wrap, _rename, _nudge),
)
