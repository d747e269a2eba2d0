"""What every value that mirrors the wire can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from .._notebook.show import Shown
from .._secrets import Sealed
from .._values import codec
from ..errors import ConfigurationError, InvalidResponseError

V = TypeVar("V", bound="Value")


class Value(Shown):
    """What every value that mirrors the wire can do.

    It can be the field of a pydantic model, which reads and writes it as ``from_dict`` and
    ``to_dict`` do.
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types, spelled as on the wire, **secrets included**."""
        data: dict[str, Any] = codec.to_wire(self)
        return data

    @classmethod
    def from_dict(cls: type[V], data: Mapping[str, Any]) -> V:
        """Return the value that ``to_dict`` stored.

        Args:
            data: Any mapping, with any mappings, lists and tuples in it.

        Raises:
            ConfigurationError: ``data`` is not such a one; names the place and the types.
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
    """Return JSON types for what works like them; what does not is left, to be refused later."""
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return str.__str__(value) if isinstance(value, str) else value
