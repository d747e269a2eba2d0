"""Requests as the rules read them, and responses before their bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import attrs

from .refusals import STATUS_CODES, Refusal

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SURROGATE = re.compile("[\ud800-\udfff]")
JSON_TYPE = "application/json; charset=utf-8"

Document = dict[str, Any]


@attrs.frozen(kw_only=True)
class Request:
    """An HTTP request, read to its end; header names are lower-case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = attrs.field(default=b"", repr=False)

    @property
    def language(self) -> str:
        """``en`` or ``zh``, the default, as the ``…-lang`` header asks."""
        asked = self.headers.get("x-authing-lang") or self.headers.get("x-genauth-lang", "")
        return "en" if asked.lower().startswith("en") else "zh"


@attrs.frozen(kw_only=True)
class Response:
    """A response: a JSON document, or ``raw`` bytes."""

    document: Any = None
    http_status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    content_type: str = JSON_TYPE
    raw: bytes | None = None

    def encode(self) -> bytes:
        """Return the body."""
        if self.raw is not None:
            return self.raw
        return _JSON.encode(self.document).encode()

    def facts(self) -> Document:
        """Return what may be told of the response: its codes and its request id."""
        document = self.document if isinstance(self.document, dict) else {}
        code = document.get("statusCode", document.get("code"))
        is_api_code = isinstance(code, int) and code not in STATUS_CODES
        return {
            "http_status": self.http_status,
            "status_code": None if is_api_code else code,
            "api_code": code if is_api_code else document.get("apiCode"),
            "request_id": document.get("requestId", ""),
        }


class Fields:
    """The members of a request's object, read one by one with their checks.

    Null counts as absent, as clients send it for parameters that were not given.
    """

    def __init__(self, values: Mapping[str, Any], where: str = "") -> None:
        self._values = values
        self._where = where

    def has(self, name: str) -> bool:
        """Return whether a member is there."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a string that must be there and not be empty."""
        value = self.optional_text(name)
        if not value:
            raise self.wrong(name, "wanted a non-empty string")
        return value

    def optional_text(self, name: str) -> str | None:
        """Return a string, or None."""
        value: str | None = self._optional(name, str, "a string")
        return value

    def optional_flag(self, name: str) -> bool:
        """Return a boolean, False where it is absent."""
        return bool(self._optional(name, bool, "a boolean"))

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of some strings."""
        value = self._values.get(name)
        if value not in choices:
            raise self.wrong(name, f"wanted one of {', '.join(choices)}")
        return str(value)

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number, or the default if there is one."""
        value = default if self._values.get(name) is None else self._values[name]
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(name, "wanted a whole number")
        return value

    def value(self, name: str) -> Any:
        """Return a member of any type, None where it is absent."""
        value = self._values.get(name)
        if not all(_is_unicode(each) for each in (value if isinstance(value, list) else [value])):
            raise self.wrong(name, "wanted Unicode")
        return value

    def choices(self, name: str, choices: tuple[str, ...]) -> list[str]:
        """Return a list of some strings that must be there, each of them once."""
        values = self._list(name)
        if any(value not in choices for value in values):
            raise self.wrong(name, f"wanted a list of {', '.join(choices)}")
        return list(dict.fromkeys(values))

    def each_fields(self, name: str) -> list[Fields]:
        """Return the members of each object of a list that must be there."""
        where = f"{self._where}{name}"
        found = []
        for place, value in enumerate(self._list(name)):
            if not isinstance(value, dict):
                raise self.wrong(name, "wanted a list of objects")
            found.append(Fields(value, f"{where}[{place}]."))
        return found

    def fields(self, name: str) -> Fields:
        """Return the members of an object that must be there."""
        found = self.optional_fields(name)
        if found is None:
            raise self.wrong(name, "wanted an object")
        return found

    def optional_fields(self, name: str) -> Fields | None:
        """Return the members of an object, or None."""
        value: dict[str, Any] | None = self._optional(name, dict, "an object")
        return None if value is None else Fields(value, f"{self._where}{name}.")

    def wrong(self, name: str, wanted: str) -> Refusal:
        """Return the refusal of a member."""
        return Refusal("bad_argument", f"{self._where}{name}: {wanted}")

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name)
        if not isinstance(value, list):
            raise self.wrong(name, "wanted a list")
        return value

    def _optional(self, name: str, kind: type, wanted: str) -> Any:
        value = self._values.get(name)
        if value is None or (isinstance(value, kind) and _is_unicode(value)):
            return value
        raise self.wrong(name, f"wanted {wanted}")


def _is_unicode(value: object) -> bool:
    """Detect a half of a surrogate pair, which JSON can spell and nothing can encode."""
    return not isinstance(value, str) or value.isascii() or not _SURROGATE.search(value)


def json_fields(request: Request) -> Fields:
    """Read a JSON object out of the body."""
    try:
        values = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Refusal("bad_argument", "the body is not JSON") from None
    if not isinstance(values, dict):
        raise Refusal("bad_argument", "the body is not an object")
    return Fields(values)


def form_fields(request: Request) -> Fields:
    """Read a form out of the body."""
    return _pairs(request.body.decode("utf-8", "replace"))


def query_fields(request: Request) -> Fields:
    """Read the query."""
    return _pairs(request.query)


def is_form(request: Request) -> bool:
    """Return whether the body says that it is a form."""
    kind = request.headers.get("content-type", "")
    return kind.lower().startswith("application/x-www-form-urlencoded")


def _pairs(text: str) -> Fields:
    try:
        return Fields(dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100)))
    except ValueError:
        raise Refusal("bad_argument", "too many fields") from None
