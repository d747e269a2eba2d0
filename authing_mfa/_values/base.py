"""Bases of the frozen values that callers receive."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, Final, Self

import attrs

from .._secrets import Sealed
from ..errors import ConfigurationError, InvalidResponseError
from . import codec

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
