"""Define the bases of the values, the check of what callers make, and where classes are named."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final, Literal, Self, TypeVar

import attrs

from .._secrets import Sealed
from ..errors import ConfigurationError, InvalidResponseError
from . import codec

T = TypeVar("T")

# The notebook's own colours, so that a table reads on light and on dark.
_CELL: Final = "border:1px solid currentColor;padding:.2em .6em;text-align:left"
_TABLE: Final = "border-collapse:collapse;background:transparent;color:inherit"


class Value:
    """A frozen value, which a notebook shows as a small table, masked like its ``repr``.

    ``match`` takes its fields by name, or by position in the order of the documentation; a type
    checker knows the names only.
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # attrs makes a class with slots twice, the second time with its fields; it leaves those
        # out of __match_args__ that are keywords, and here all are.
        fields = vars(cls).get("__attrs_attrs__", ())
        names = tuple(field.name for field in fields if field.init)
        setattr(cls, "__match_args__", names)  # noqa: B010  a type checker lets none be assigned

    def _repr_html_(self) -> str:
        return html_table([], _masked(self))


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table; all text is escaped."""
    lines = [_row("th", head)] if head else []
    lines += [_row("td", row) for row in rows]
    return f'<table style="{_TABLE}">{"".join(lines)}</table>'


def _row(tag: str, cells: Sequence[str]) -> str:
    body = "".join(f'<{tag} style="{_CELL}">{escape(cell)}</{tag}>' for cell in cells)
    return f"<tr>{body}</tr>"


def _masked(value: Any) -> Iterable[tuple[str, str]]:
    for field in attrs.fields(type(value)):
        if field.repr:
            show = field.repr if callable(field.repr) else str
            yield field.name, show(getattr(value, field.name))


class WireValue(Value):
    """A value that is read from JSON and written as JSON, spelled as on the wire.

    It can be the field of a pydantic model, which reads and writes it as ``from_dict`` and
    ``to_dict`` do.
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types, spelled as on the wire, **secrets included**."""
        data: dict[str, Any] = codec.to_wire(self)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the value that ``to_dict`` stored.

        Args:
            data: Any mapping, with any mappings, lists and tuples in it.

        Raises:
            ConfigurationError: ``data`` does not fit; the message names the place and the types.
        """
        stored = Sealed(data)
        del data  # it may be secret, and tools show the variables of a frame that raises
        try:
            return codec.build(cls, _plain(stored.open()), where=cls.__name__)
        except InvalidResponseError as error:
            message = error.message
        except RecursionError:
            message = f"{cls.__name__}: wanted JSON types, got what holds itself, or is too deep"
        raise ConfigurationError(message)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # pydantic is there, since it asks

        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.from_dict(value),
            serialization=core_schema.plain_serializer_function_ser_schema(cls.to_dict),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "object", "title": cls.__name__}


def checked(cls: type[T]) -> type[T]:
    """Refuse arguments of a wrong type, for a class that callers make.

    Keep them out of every frame that the error passes: attrs writes an ``__init__`` whose
    variables tools show as they are.
    """
    make: Any = cls.__init__

    @functools.wraps(make)
    def init(self: T, *values: Any, **facts: Any) -> None:
        try:
            make(self, *values, **facts)
            _refuse_other_types(self, cls)
        except (TypeError, ValueError) as error:
            refusal = error.with_traceback(None)
        else:
            return
        del self, values, facts
        raise refusal

    cls.__init__ = init  # type: ignore[method-assign,assignment]
    return cls


def _refuse_other_types(value: Any, cls: type) -> None:
    for name, kind in _kinds(cls).items():
        member = getattr(value, name)
        if not _is_of(member, kind):
            wanted = kind.__name__ if isinstance(kind, type) else kind
            got = type(member).__name__
            raise ConfigurationError(f"{name}: wanted {wanted}, got {got}")


@functools.cache
def _kinds(cls: type) -> Mapping[str, Any]:
    """Return the type of each field; a subclass of yours answers for those that it adds."""
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in attrs.fields(cls)}


def _is_of(value: Any, kind: Any) -> bool:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return any(_is_of(value, one) for one in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and all(_is_of(member, arguments[0]) for member in value)
    if kind is Any:
        return True
    wanted = str if origin is Literal else origin or kind
    return isinstance(value, wanted) and isinstance(value, bool) == (wanted is bool)


def _plain(value: Any) -> Any:
    """Return JSON types in place of any mapping, list, tuple and str; the rest is unchanged."""
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return str.__str__(value) if isinstance(value, str) else value


def publish(names: dict[str, Any]) -> None:
    """Make a package the module of its public classes, so that pickles survive a move of one.

    Annotations of values are resolved first: they name what a class's own module imports.

    Args:
        names: What the package holds.
    """
    for public in (names[name] for name in names["__all__"]):
        if attrs.has(public) and public.__annotations__:  # of its own: most errors have none
            hints = typing.get_type_hints(public, localns=names)
            for annotated in (public, public.__init__):
                told = annotated.__annotations__
                annotated.__annotations__ = {name: hints.get(name, told[name]) for name in told}
        if isinstance(public, type):
            public.__module__ = names["__name__"]
