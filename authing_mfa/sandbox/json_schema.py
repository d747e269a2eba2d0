"""Builders of JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import codes
from .users import FACTOR_TYPES

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
TEXT: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}
WHOLE: Schema = {"type": "integer"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
NULL: Schema = {"type": "null"}

PHONE: Schema = {"type": "string", "pattern": f"^{codes.PHONE.pattern}$"}
COUNTRY_CODE: Schema = {
    "type": "string",
    "pattern": f"^({codes.COUNTRY_CODE.pattern})?$",
    "default": "+86",
}
EMAIL: Schema = {"type": "string", "pattern": f"^{codes.EMAIL.pattern}$"}
FACTOR_TYPE: Schema = {"type": "string", "enum": list(FACTOR_TYPES)}


def ref(name: str) -> Schema:
    """Point to a schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def const(value: Any) -> Schema:
    """Allow one value."""
    return {"const": value}


def choice(values: Iterable[Any]) -> Schema:
    """Allow one of some strings."""
    return {"type": "string", "enum": list(values)}


def or_null(schema: Schema) -> Schema:
    """Allow null beside what a schema allows."""
    if "enum" in schema:
        return {"enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


def many(schema: Schema, **limits: int) -> Schema:
    """Allow a list."""
    return {"type": "array", "items": schema, **limits}


def given(required: Mapping[str, Schema] | None = None, **optional: Schema) -> Schema:
    """Describe an object of a request: what is not named is ignored."""
    return {
        "type": "object",
        "properties": {**(required or {}), **optional},
        "required": list(required or {}),
    }


def written(required: Mapping[str, Schema] | None = None, **optional: Schema) -> Schema:
    """Describe an object of a response: there is nothing else in it."""
    return {**given(required, **optional), "additionalProperties": False}


def one_of(*schemas: Schema) -> Schema:
    """Allow what exactly one of some schemas allows."""
    return schemas[0] if len(schemas) == 1 else {"oneOf": list(schemas)}


def with_area(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """Describe an object of a request that has a phone, and may have its area code."""
    return given(required, phoneCountryCode=or_null(COUNTRY_CODE), **optional)
