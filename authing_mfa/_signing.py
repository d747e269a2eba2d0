"""Signing a management request with an access key, in place of a token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import attrs
from requests import PreparedRequest
from requests.auth import AuthBase

from ._mask import hidden
from ._version import __version__

SCHEMES: Final = {"authing": ("x-authing-", "authing"), "genauth": ("x-genauth-", "GenAuth")}
"""Variant -> prefix of the signed headers, and word of the ``Authorization`` header."""
DEFAULT_LANG: Final = "zh-CN"


@attrs.frozen(kw_only=True)
class RequestSignature(AuthBase):
    """Signs each request anew: a signature is bound to its second and good only once."""

    access_key_id: str
    access_key_secret: str = hidden()
    variant: str

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        prefix, word = SCHEMES[self.variant]
        headers = request.headers
        headers["date"] = formatdate(usegmt=True)
        headers.setdefault(f"{prefix}lang", headers.get("x-authing-lang", DEFAULT_LANG))
        headers[f"{prefix}sdk-version"] = f"authing-mfa:{__version__}"
        headers[f"{prefix}signature-method"] = "HMAC-SHA1"
        headers[f"{prefix}signature-nonce"] = secrets.token_hex(16)
        headers[f"{prefix}signature-version"] = "1.0"
        signature = sign(self.access_key_secret, string_to_sign(request, prefix))
        headers["Authorization"] = f"{word} {self.access_key_id}:{signature}"
        return request


def sign(access_key_secret: str, text: str) -> str:
    """Return the base64 HMAC-SHA1 that the protocol asks for."""
    digest = hmac.new(access_key_secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def string_to_sign(request: PreparedRequest, prefix: str) -> str:
    """Return method, signed headers and resource of a request, as one text."""
    signed = {
        name.lower(): value
        for name, value in request.headers.items()
        if name.lower() == "date" or name.lower().startswith(prefix)
    }
    lines = [f"{name}:{_one_line(signed[name])}\n" for name in sorted(signed)]
    return f"{request.method}\n{''.join(lines)}{_resource(request)}"


def _resource(request: PreparedRequest) -> str:
    parts = urlsplit(str(request.url))
    members: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if request.method != "GET" and isinstance(request.body, bytes):
        members = json.loads(request.body)
    if not members:
        return parts.path
    pairs = [f"{key}={_as_text(members[key])}" for key in sorted(members)]
    return f"{parts.path}?{'&'.join(pairs)}"


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _one_line(value: str | bytes) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return re.sub(r"[\t\n\r\f]", " ", text).strip()
