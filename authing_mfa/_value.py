"""What every value that mirrors the wire can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from . import _mapper
from ._mask import Sealed
from ._notebook import Shown
from .errors import ConfigurationError, InvalidResponseError

V = TypeVar("V", bound="Value")


class Value(Shown):
    """What every value that mirrors the wire can do."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the value as JSON types, spelled as on the wire, **secrets included**."""
        data: dict[str, Any] = _mapper.to_wire(self)
        return data

    @classmethod
    def from_dict(cls: type[V], data: Mapping[str, Any]) -> V:
        """Return the value that ``to_dict`` stored.

        Raises:
            ConfigurationError: ``data`` is not such a dict; names the place and the types.
        """
        stored = Sealed(data)
        del data
        try:
            return _mapper.build(cls, stored.value, where=cls.__name__)
        except InvalidResponseError as error:
            message = error.message
        raise ConfigurationError(message)
