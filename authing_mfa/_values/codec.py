"""Read JSON as attrs classes, with the path of what does not fit; write them as JSON.

A class is read by a plan that is compiled once from its annotations, and made by calling it: its
validators, converters and factories are attrs' own. No value is made into another type, but for
what the service is seen to write in two ways (one object where a list belongs; see ``wire``);
unknown keys are ignored. A field is optional where it has a default; null is then as if missing.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import types
import typing
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar, cast

import attrs

from ..errors import InvalidResponseError

T = TypeVar("T")
_Reader = Callable[[Any], Any]
_EXACT: Final = (str, int, bool, dict, dict[str, Any])
_SWITCHES: Final = {True: True, "enabled": True, False: False, "disabled": False}


class _MismatchError(Exception):
    """A value that does not fit; gathers its path while it rises."""

    def __init__(self, wanted: str, got: object) -> None:
        told = "nothing" if got is attrs.NOTHING else type(got).__name__
        super().__init__(f"wanted {wanted}, got {'null' if got is None else told}")
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

    A class refuses what its fields hold by a ``ValueError`` or ``TypeError``; where that is of the
    form ``field: wanted ...``, the path leads to the field.

    Args:
        shape: What is wanted.
        data: JSON types.
        where: What the path begins with.

    Raises:
        InvalidResponseError: With the path and the two types, never the value.
        TypeError: The class has a field of a type that no JSON is read as.
    """
    try:
        return cast(T, _reader(cast(Any, shape))(data))
    except _MismatchError as mismatch:
        where += mismatch.path
        wanted = str(mismatch)
    del data  # it may be secret, and tools show the variables of a frame that raises
    raise misfit(where, wanted)


def misfit(where: str, wanted: str) -> InvalidResponseError:
    """Return the error of a response in which a place does not hold what is wanted."""
    return InvalidResponseError(f"{where}: {wanted}", where=where)


def to_wire(value: Any) -> Any:
    """Return ``value`` as JSON types, spelled as on the wire; None fields are left out."""
    if attrs.has(type(value)):
        members = ((field, getattr(value, field.name)) for field in _plan(cast(Any, type(value))))
        return {
            field.keys[0]: field.write(member) for field, member in members if member is not None
        }
    if isinstance(value, tuple):
        return [to_wire(item) for item in value]
    if isinstance(value, datetime):
        return _write_instant(value)
    return value.value if isinstance(value, StrEnum) else value


@attrs.frozen
class _Field:
    """One field of a class.

    Attributes:
        name: Its attribute.
        argument: By which the class takes it.
        keys: Its names on the wire.
        missing: What is read where none of them is there; None where a default stands for it.
    """

    name: str
    argument: str
    keys: Sequence[str]
    missing: object
    read: _Reader
    write: _Reader

    def spelling(self, data: dict[str, Any]) -> str:
        """Return the first of its names that is there, else its first."""
        return next((key for key in self.keys if key in data), self.keys[0])


@functools.cache
def _plan(cls: type) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(
        _Field(
            name=field.name,
            argument=field.alias,
            keys=field.metadata.get("keys") or (_camel_case(field.name),),
            missing=attrs.NOTHING if field.default is attrs.NOTHING else None,
            read=field.metadata.get("read")
            or _reader(hints.get(field.name, field.type), of=f"{cls.__name__}.{field.name}"),
            write=field.metadata.get("write") or to_wire,
        )
        for field in attrs.fields(cls)
        if field.init
    )


@functools.cache
def _reader(kind: Any, of: str = "data") -> _Reader:
    """Return what reads a type; ``of`` names the field for the error where nothing does."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and arguments[1:] == (...,):
        return _tuple_reader(_reader(arguments[0], of))
    is_union = origin in (typing.Union, types.UnionType)
    if is_union and len(arguments) == 2 and types.NoneType in arguments:
        read = _reader(arguments[arguments[0] is types.NoneType], of)
        return lambda value: None if value is None else read(value)
    if kind in _EXACT:
        return _exact_reader(origin or kind)
    if kind is datetime:
        return _read_instant
    if kind is float:
        return _read_number
    if isinstance(kind, type) and attrs.has(kind):
        return _object_reader(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _enum_reader(kind)
    raise TypeError(f"{of}: no JSON is read as {kind}")


def read_filled(value: Any) -> str:
    """Read a text that names somebody or something: an empty one names nobody and nothing."""
    if type(value) is not str:
        raise _MismatchError("str", value)
    if not value:
        raise _MismatchError("str that is not empty", value)
    return value


def read_switch(value: Any) -> bool:
    """Read a bool that documents write as ``enabled`` or ``disabled``, too."""
    if type(value) in (bool, str) and value in _SWITCHES:
        return _SWITCHES[value]
    raise _MismatchError("bool, enabled or disabled", value)


def read_json_text(kind: Any) -> _Reader:
    """Return what reads ``kind``, or a JSON text of it, which a document shows."""
    read_kind = _reader(kind)

    def read(value: Any) -> Any:
        if isinstance(value, str):
            with contextlib.suppress(ValueError, RecursionError):
                value = json.loads(value)
        return read_kind(value)

    return read


def read_instant_text(value: Any) -> datetime:
    """Read an instant in ISO 8601; without a zone it is UTC."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            instant = datetime.fromisoformat(value)
            return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    raise _MismatchError("an instant in ISO 8601", value)


def _read_number(value: Any) -> float:
    with contextlib.suppress(OverflowError):
        if type(value) in (int, float) and math.isfinite(value):
            return float(value)
    raise _MismatchError("number", value)


def _read_instant(value: Any) -> datetime:
    with contextlib.suppress(OverflowError, ValueError, OSError):
        if not isinstance(value, str):
            return datetime.fromtimestamp(_read_number(value), UTC)
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not None and _write_instant(instant) == value:
            return instant
    raise _MismatchError("unix seconds", value)


def _write_instant(value: datetime) -> float | str:
    """Write unix seconds; ISO 8601 where no float is that instant, which some after 2255 are."""
    seconds = value.timestamp()
    with contextlib.suppress(OverflowError, ValueError):
        if datetime.fromtimestamp(seconds, UTC) == value:
            return int(seconds) if seconds.is_integer() else seconds
    return value.isoformat()


def _exact_reader(kind: type) -> _Reader:
    def read(value: Any) -> Any:
        if type(value) is kind:
            return value
        raise _MismatchError(kind.__name__, value)

    return read


def _enum_reader(kind: type[StrEnum]) -> _Reader:
    known = {member.value: member for member in kind}

    def read(value: Any) -> Any:
        if type(value) is str and value:
            return known.get(value) or kind(value)
        raise _MismatchError(f"{kind.__name__} (a non-empty str)", value)

    return read


def _tuple_reader(read_item: _Reader) -> _Reader:
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
    steps = [
        (
            one.keys[0],
            one.spelling if one.keys[1:] else None,
            one.argument,
            one.missing,
            one.read,
        )
        for one in _plan(cls)
    ]

    def read(data: Any) -> Any:
        if type(data) is not dict:
            raise _MismatchError(f"object ({cls.__name__})", data)
        arguments = {}
        key = ""
        try:
            for key, spelling, argument, missing, read_member in steps:
                if spelling is not None:
                    key = spelling(data)
                member = data.get(key, missing)
                if member is not None or missing is not None:
                    arguments[argument] = read_member(member)
        except _MismatchError as mismatch:
            raise mismatch.under(f".{key}") from None
        try:
            return cls(**arguments)
        except (TypeError, ValueError) as error:
            refusal = str(error)
        raise _refused(cls, refusal, arguments, data)

    return read


def _refused(
    cls: type, refusal: str, arguments: dict[str, Any], data: dict[str, Any]
) -> _MismatchError:
    """Return the mismatch for what a class itself refused: of a field, if it names one."""
    name, _, wanted = refusal.partition(": wanted ")
    for field in _plan(cls):
        if field.name == name:
            mismatch = _MismatchError(wanted, arguments.get(field.argument))
            return mismatch.under(f".{field.spelling(data)}")
    return _MismatchError(f"what {cls.__name__} accepts", data)


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
