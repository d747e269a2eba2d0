"""Sign a management request with an access key, in place of a token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import attrs
from requests import PreparedRequest
from requests.auth import AuthBase

from .._protocol.headers import __version__
from .._secrets import hide

SCHEMES: Final = {"authing": ("x-authing-", "authing"), "genauth": ("x-genauth-", "GenAuth")}
"""Variant -> prefix of the signed headers, and word of the ``Authorization`` header."""
DEFAULT_LANG: Final = "zh-CN"
_INDEX: Final = re.compile("0|[1-9][0-9]{0,9}")
_LAST_INDEX: Final = 2**32 - 1
_SMALLEST_PLAIN: Final = 1e-6  # ECMA-262 writes numbers between these two without an exponent
_FIRST_NOT_PLAIN: Final = 1e21


@attrs.frozen(kw_only=True)
class RequestSignature(AuthBase):
    """Signs each request anew: a signature is bound to its second and good only once.

    Attributes:
        host_path: What the path begins with that is the host's and not signed.
    """

    access_key_id: str
    access_key_secret: str = attrs.field(repr=hide)
    variant: str
    host_path: str = ""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        prefix, word = SCHEMES[self.variant]
        headers = request.headers
        headers["date"] = formatdate(usegmt=True)
        headers.setdefault(f"{prefix}lang", headers.get("x-authing-lang", DEFAULT_LANG))
        headers[f"{prefix}sdk-version"] = f"authing-mfa:{__version__}"
        headers[f"{prefix}signature-method"] = "HMAC-SHA1"
        headers[f"{prefix}signature-nonce"] = secrets.token_hex(16)
        headers[f"{prefix}signature-version"] = "1.0"
        signature = sign(self.access_key_secret, string_to_sign(request, prefix, self.host_path))
        headers["Authorization"] = f"{word} {self.access_key_id}:{signature}"
        return request


def sign(access_key_secret: str, text: str) -> str:
    """Return the base64 HMAC-SHA1 that the protocol asks for."""
    digest = hmac.new(access_key_secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def string_to_sign(request: PreparedRequest, prefix: str, host_path: str = "") -> str:
    """Return method, signed headers and resource of a request, as one text."""
    signed = {
        name.lower(): value
        for name, value in request.headers.items()
        if name.lower() == "date" or name.lower().startswith(prefix)
    }
    lines = [f"{name}:{_one_line(signed[name])}\n" for name in sorted(signed)]
    return f"{request.method}\n{''.join(lines)}{_resource(request, host_path)}"


def _resource(request: PreparedRequest, host_path: str) -> str:
    parts = urlsplit(str(request.url))
    path = parts.path.removeprefix(host_path)
    members: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if request.method != "GET" and isinstance(request.body, bytes):
        members = json.loads(request.body)
    if not members:
        return path
    pairs = [f"{key}={_as_text(members[key])}" for key in sorted(members, key=_in_utf_16)]
    return f"{path}?{'&'.join(pairs)}"


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else stringify(value)


def stringify(value: object) -> str:
    """Write JSON as ``JSON.stringify`` does what it has parsed, which is what the service signs.

    Its numbers are doubles, and it puts keys that are whole numbers first, in their order.
    """
    if isinstance(value, dict):
        members = (f"{_quoted(key)}:{stringify(value[key])}" for key in _in_order(value))
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(stringify, value))}]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value)
    return _quoted(value)


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _in_order(keys: Iterable[str]) -> list[str]:
    whole = {int(key): key for key in keys if _INDEX.fullmatch(key) and int(key) < _LAST_INDEX}
    first = [whole[index] for index in sorted(whole)]
    return [*first, *(key for key in keys if key not in set(first))]


def _in_utf_16(key: str) -> bytes:
    return key.encode("utf-16-be")


def _number(value: float) -> str:
    """Write a double as ECMA-262 does (Number::toString), in as few digits as tell it."""
    from decimal import Decimal  # only signing needs it

    try:
        double = float(value)
    except OverflowError:
        return "null"
    if not double:
        return "0"
    shortest = Decimal(repr(double)).normalize()
    is_plain = _SMALLEST_PLAIN <= abs(double) < _FIRST_NOT_PLAIN
    return f"{shortest:f}" if is_plain else f"{shortest:e}"


def _one_line(value: str | bytes) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return re.sub(r"[\t\n\r\f]", " ", text).strip()
