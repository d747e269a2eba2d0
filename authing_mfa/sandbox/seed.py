"""The state as a JSON document, and back; also a seed written by hand."""

from __future__ import annotations

import json
import math
import os
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import attrs

from . import accounts
from .context import Context
from .generated_pool import GeneratedPool
from .refusals import MESSAGES, RefusalCode
from .settings import Settings
from .state import ExpiringTable, Nonce, PendingEnrollment, SentCode, State, Token
from .users import FACTOR_TYPES, Address, Factor, Lockout, User

Seed = Mapping[str, Any]
T = TypeVar("T")

_LATEST = 253_402_300_799.0  # the end of the year 9999

_TABLES: dict[str, type] = {
    "tokens": Token,
    "pending": PendingEnrollment,
    "sent": SentCode,
    "nonces": Nonce,
}
_PLAIN = ("pool_id", "pool_name", "access_key_secret", "access_keys", "enabled_factors")
_PARTS = {*_PLAIN, "application", "settings", "generated", "gone", "users", *_TABLES}


def snapshot(context: Context) -> dict[str, Any]:
    """Write the whole state, secrets included: they are the sandbox's own."""
    state = context.state
    settings = attrs.asdict(context.settings)
    tables = {
        name: {key: attrs.asdict(item) for key, item in getattr(state, name)} for name in _TABLES
    }
    written = {
        **{name: getattr(state, name) for name in _PLAIN},
        "application": attrs.asdict(state.application),
        "settings": settings,
        "generated": attrs.asdict(state.users.generated, filter=lambda field, _: field.init),
        "gone": state.users.gone,
        "users": [
            attrs.asdict(user) | {"factors": [attrs.asdict(f) for f in user.factors.values()]}
            for user in state.users.held
        ],
        **tables,
    }
    # Tuples become lists, as they will be when the document is read again.
    return dict(json.loads(json.dumps(written)))


def read(seed: Seed | str | os.PathLike[str]) -> Seed:
    """Return a seed, out of its file where a path is given."""
    if isinstance(seed, Mapping):
        return seed
    try:
        path = Path(seed)
    except TypeError:
        raise ValueError("seed: wanted an object, or a path of one") from None
    try:
        return _object(json.loads(path.read_text(encoding="utf-8")), "seed")
    except RecursionError:
        raise ValueError("seed: wanted an object, got what is nested too deep") from None


def load(context: Context, seed: Seed) -> None:
    """Load a seed into a fresh state.

    A seed is a snapshot or any part of one. By hand, a user needs no more than the names that it
    signs in with, and a factor no more than its type:
    ``{"users": [{"phone": "13800000000", "factors": ["SMS", "OTP"]}]}``.

    Raises:
        ValueError: The seed has a part that nobody knows, or one that does not fit.
    """
    _known(_object(seed, "seed"), _PARTS, "seed")
    state = context.state
    for name in _PLAIN:
        if name in seed:
            _set(state, name, seed[name], "seed")
    if "generated" in seed:
        state.users.generated = _build(GeneratedPool, seed["generated"], "seed.generated")
    _set(state.users, "gone", _list(seed.get("gone", []), "seed.gone"), "seed")
    state.users.gone.sort()
    for name, value in _object(seed.get("application", {}), "seed.application").items():
        _set(state.application, name, value, "seed.application")
    for name, value in _object(seed.get("settings", {}), "seed.settings").items():
        _set(context.settings, name, _setting(name, value), "seed.settings")
    for number, user in enumerate(_list(seed.get("users", []), "seed.users")):
        _load_user(context, user, f"seed.users[{number}]")
    for name, cls in _TABLES.items():
        _load_table(state, name, cls, seed.get(name, {}), context.clock.now())


def _load_user(context: Context, facts: Any, where: str) -> None:
    rest = dict(_object(facts, where))
    factors = _list(rest.pop("factors", []), f"{where}.factors")
    hints = typing.get_type_hints(User)
    _known(rest, {field.name for field in attrs.fields(User)}, where)
    for name in (name for name in rest if name.endswith("_tries")):
        rest[name] = _build(Lockout, rest[name], f"{where}.{name}")
    for name, value in rest.items():
        _fitting(value, hints[name], f"{where}.{name}")
        if name.endswith("_at") and value is not None and not abs(value) <= _LATEST:
            raise ValueError(f"{where}.{name}: wanted an instant until the year 9999")
    types = [each for each in factors if isinstance(each, str)]
    try:
        user = accounts.add(context, types, **rest)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    for each in factors:
        if not isinstance(each, str):
            factor = _build(Factor, each, f"{where}.factors")
            if factor.factor_type not in FACTOR_TYPES:
                raise ValueError(f"{where}.factors: wanted one of {', '.join(FACTOR_TYPES)}")
            user.factors[factor.factor_id] = factor


def _load_table(state: State, name: str, cls: type, items: Any, now: float) -> None:
    table: ExpiringTable[Any] = getattr(state, name)
    for key, values in _object(items, f"seed.{name}").items():
        found = dict(_object(values, f"seed.{name}"))
        if found.get("address") is not None:
            found["address"] = _build(Address, found["address"], f"seed.{name}.address")
        table.put(_fitting(key, str, f"seed.{name}"), _build(cls, found, f"seed.{name}"), now)


def _setting(name: str, value: Any) -> Any:
    if name == "refusals":
        given = _object(value, "seed.settings.refusals")
        _known(given, set(MESSAGES), "seed.settings.refusals")
        codes = {key: _build(RefusalCode, code, name) for key, code in given.items()}
        return {**Settings().refusals, **codes}
    return tuple(value) if isinstance(value, list) else value


def _set(target: Any, name: str, value: Any, where: str) -> None:
    hints = typing.get_type_hints(type(target))
    _known([name], {field.name for field in attrs.fields(type(target))}, where)
    try:
        setattr(target, name, _fitting(value, hints[name], f"{where}.{name}"))
    except (TypeError, ValueError):
        raise ValueError(f"{where}.{name}: not a value that it may have") from None


def _build(cls: type[T], values: Any, where: str) -> T:
    hints = typing.get_type_hints(cls)
    if not set(_object(values, where)) <= set(hints):
        raise ValueError(f"{where}: not the members of a {cls.__name__}")
    for name, value in values.items():
        _fitting(value, hints[name], f"{where}.{name}")
    try:
        return cls(**values)
    except TypeError:
        raise ValueError(f"{where}: not the members of a {cls.__name__}") from None
    except ValueError as error:
        raise ValueError(f"{where}: {error.args[0]}") from None


def _fitting(value: T, hint: Any, where: str) -> T:
    if not _fits(value, hint):
        raise ValueError(f"{where}: wanted {_wanted(hint)}, got {type(value).__name__}")
    return value


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{where}: wanted an object, got {type(value).__name__}")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{where}: wanted a list, got {type(value).__name__}")  # noqa: TRY004
    return list(value)


def _known(names: Any, known: set[str], where: str) -> None:
    unknown = sorted(set(names) - known)
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(unknown)}; known: {sorted(known)}")


def _fits(value: Any, hint: Any) -> bool:
    """Return whether a value is of a type, all the way down; nothing is coerced."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, each) for each in arguments)
    if origin in (list, tuple):
        return type(value) is origin and all(_fits(each, arguments[0]) for each in value)
    if origin in (dict, Mapping):
        pairs = value.items() if isinstance(value, Mapping) else [(None, None)]
        return all(_fits(key, arguments[0]) and _fits(each, arguments[1]) for key, each in pairs)
    return _CHECKS.get(hint, lambda value: isinstance(value, hint))(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and not math.isnan(value)


_CHECKS: dict[Any, Callable[[Any], bool]] = {
    str: _is_text,
    float: _is_number,
    int: lambda value: type(value) is int,
    bool: lambda value: type(value) is bool,
    type(None): lambda value: value is None,
}


def _wanted(hint: Any) -> str:
    """Return a type as people write it."""
    return hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)
