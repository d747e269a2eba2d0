"""JSON -> attrs class, with the path on failure.

A class is read by a plan that is compiled once from its annotations. No value is made into another
type, but for what the service is seen to write in two ways (one object where a list belongs; see
``wire``); unknown keys are ignored. A field is optional where it has a default; null is then as if
missing.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TypeVar, cast

import attrs

from ..errors import ConfigurationError, InvalidResponseError

T = TypeVar("T")
_Reader = Callable[[Any], Any]
_NOTHING: Final = object()
_EXACT: Final = (str, int, bool)


class _MismatchError(Exception):
    """A value that does not fit; gathers its path while it rises."""

    def __init__(self, wanted: str, got: object) -> None:
        self.wanted = wanted
        self.got = "nothing" if got is _NOTHING else _type_name(got)
        self.path = ""

    def under(self, step: str) -> _MismatchError:
        self.path = step + self.path
        return self


def wire(
    *keys: str, read: _Reader | None = None, write: _Reader | None = None, **options: Any
) -> Any:
    """Declare a field that the wire writes differently from what its name and type say.

    Args:
        keys: Its names on the wire; the first is written, all are read.
        read: Reads its value, in place of what the annotation says.
        write: Writes its value back.
        options: What ``attrs.field`` takes.
    """
    return attrs.field(metadata={"keys": keys, "read": read, "write": write}, **options)


def build(shape: type[T], data: object, where: str = "data") -> T:
    """Read ``data`` as ``shape``: an attrs class, or a tuple of one.

    A class may have an ``__attrs_post_init__``, which sets what follows from its fields and raises
    ``ConfigurationError`` of the form ``field: wanted ...`` where one of them will not do.

    Args:
        shape: What is wanted.
        data: JSON types.
        where: What the path begins with.

    Raises:
        InvalidResponseError: With the path and the two types, never the value.
    """
    try:
        return cast(T, _reader(cast(Any, shape))(data))
    except _MismatchError as mismatch:
        where += mismatch.path
        message = f"{where}: wanted {mismatch.wanted}, got {mismatch.got}"
    del data  # it may be secret, and tools show the variables of a frame that raises
    raise InvalidResponseError(message, where=where)


def read_filled(value: Any) -> str:
    """Read a text that names somebody or something: an empty one names nobody and nothing."""
    if type(value) is not str:
        raise _MismatchError("str", value)
    if not value:
        raise _MismatchError("str that is not empty", value)
    return value


def to_wire(value: Any) -> Any:
    """Return ``value`` as JSON types, spelled as on the wire; None fields are left out."""
    if attrs.has(type(value)):
        plan = _plan(cast(Any, type(value)))
        members = ((field, getattr(value, field.name)) for field in plan)
        return {
            field.keys[0]: field.write(member) for field, member in members if member is not None
        }
    if isinstance(value, tuple):
        return [to_wire(item) for item in value]
    if isinstance(value, datetime):
        seconds = value.timestamp()
        return int(seconds) if seconds.is_integer() else seconds
    return value.value if isinstance(value, Enum) else value


class _Field:
    """How one field of a class is read, stored and written.

    Attributes:
        keys: Its names on the wire.
        absent: What stands for it where no key is there.
        exact: The type whose values need no ``read``; None where all do.
        store: Puts a value into an instance, frozen as it is.
    """

    def __init__(self, cls: type, field: attrs.Attribute[Any], hint: Any) -> None:
        given = field.metadata.get("read")
        kind = _without_none(hint)
        required = field.default is attrs.NOTHING
        read: _Reader = given or _reader(hint)
        self.name = field.name
        self.keys: tuple[str, ...] = field.metadata.get("keys") or (_camel_case(field.name),)
        self.absent = _NOTHING if required else None
        self.exact: type | None = kind if given is None and kind in _EXACT else None
        self.read = read if required else _defaulting(field.default, read)
        self.store: Callable[[Any, Any], None] = getattr(cls, field.name).__set__
        self.write: _Reader = field.metadata.get("write") or to_wire


@functools.cache
def _plan(cls: type) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        _Field(cls, field, hints[field.name]) for field in attrs.fields(cls) if field.init
    )


def _defaulting(default: object, read: _Reader) -> _Reader:
    return lambda value: default if value is None else read(value)


@functools.cache
def _reader(kind: Any) -> _Reader:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return _tuple_reader(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return _defaulting(None, _reader(_without_none(kind)))
    if kind is datetime:
        return _read_instant
    if kind is float:
        return _read_number
    if attrs.has(kind):
        return _object_reader(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_reader(kind)
    return _exact_reader(origin or kind)


def _without_none(kind: Any) -> Any:
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return kind
    (some,) = (argument for argument in typing.get_args(kind) if argument is not types.NoneType)
    return some


def read_switch(value: Any) -> bool:
    """Read a bool that documents write as ``enabled`` or ``disabled``, too."""
    for meaning, spellings in ((True, (True, "enabled")), (False, (False, "disabled"))):
        if type(value) in (bool, str) and value in spellings:
            return meaning
    raise _MismatchError("bool, enabled or disabled", value)


def read_json_text(kind: Any) -> _Reader:
    """Return what reads ``kind``, or a JSON text of it, which a document shows."""

    def read(value: Any) -> Any:
        if isinstance(value, str):
            with contextlib.suppress(ValueError, RecursionError):
                value = json.loads(value)
        return _reader(kind)(value)

    return read


def read_instant_text(value: Any) -> datetime | None:
    """Read an instant in ISO 8601; without a zone it is UTC."""
    if value is None:
        return None
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            instant = datetime.fromisoformat(value)
            return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    raise _MismatchError("an instant in ISO 8601", value)


def write_instant_text(instant: datetime) -> str:
    """Write an instant in ISO 8601."""
    return instant.isoformat()


def _exact_reader(kind: type) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is kind:
            return value
        raise _MismatchError(kind.__name__, value)

    return read


def _enum_reader(kind: type[Enum]) -> _Reader:
    known = {member.value: member for member in kind}

    def read(value: Any) -> Any:
        if type(value) is str and value:
            return known.get(value) or kind(value)
        raise _MismatchError(f"{kind.__name__} (a non-empty str)", value)

    return read


def _read_number(value: Any) -> float:
    with contextlib.suppress(OverflowError):
        if type(value) in (int, float) and math.isfinite(value):
            return float(value)
    raise _MismatchError("number", value)


def _read_instant(value: Any) -> datetime:
    with contextlib.suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(_read_number(value), UTC)
    raise _MismatchError("unix seconds", value)


def _tuple_reader(kind: Any) -> _Reader:
    read_item = _reader(kind)

    def read(value: Any) -> Any:
        if type(value) is dict:  # documented samples show one object where a list belongs
            value = [value]
        if type(value) is not list:
            raise _MismatchError("list", value)
        items: list[Any] = []
        try:
            items.extend(map(read_item, value))
        except _MismatchError as mismatch:
            raise mismatch.under(f"[{len(items)}]") from None
        return tuple(items)

    return read


def _object_reader(cls: type) -> _Reader:
    plan = _plan(cls)
    steps = [(field.keys[0], field.absent, field.exact, field.read, field.store) for field in plan]
    others = {other: field.keys[0] for field in plan for other in field.keys[1:]}
    complete = getattr(cls, "__attrs_post_init__", None)
    new = object.__new__

    def read(data: Any) -> Any:
        if type(data) is not dict:
            raise _MismatchError(f"object ({cls.__name__})", data)
        members = _first_names(data, others) if others else data
        value: Any = new(cls)  # filled here: __init__ would take as long as all the rest
        key = ""
        try:
            for key, absent, exact, read_member, store in steps:
                member = members.get(key, absent)
                store(value, member if type(member) is exact else read_member(member))
        except _MismatchError as mismatch:
            raise mismatch.under(f".{_spelling(plan, key, data)}") from None
        if complete is not None:
            _finish(plan, complete, value)
        return value

    return read


def _first_names(data: dict[str, Any], others: dict[str, str]) -> dict[str, Any]:
    return {**{first: data[other] for other, first in others.items() if other in data}, **data}


def _spelling(plan: tuple[_Field, ...], key: str, data: dict[str, Any]) -> str:
    """Return the name by which ``data`` has a field, or its first."""
    keys = next(field.keys for field in plan if field.keys[0] == key)
    return next((spelt for spelt in keys if spelt in data), key)


def _finish(plan: tuple[_Field, ...], complete: Callable[[Any], None], value: object) -> None:
    try:
        complete(value)
    except ConfigurationError as error:
        name, _, wanted = error.message.partition(": wanted ")
    else:
        return
    key = next(field.keys[0] for field in plan if field.name == name)
    raise _MismatchError(wanted, getattr(value, name)).under(f".{key}")


def _type_name(value: object) -> str:
    return "null" if value is None else type(value).__name__


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
