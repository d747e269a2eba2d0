"""Checking requests that are signed with an access key in place of a token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl

from .context import Context
from .refusals import Refusal
from .state import Nonce
from .wire import Request

METHOD = "HMAC-SHA1"
VERSION = "1.0"
REFUSALS = (
    "signature_wrong",
    "signature_method",
    "signature_version",
    "signature_date",
    "signature_date_missing",
    "signature_clock",
    "signature_replayed",
)
_PREFIXES = {"authing": "x-authing-", "GenAuth": "x-genauth-"}
_BLANKS = re.compile(r"[\t\n\r\f]")


def is_signed(request: Request) -> bool:
    """Return whether a request comes with a signature."""
    return _scheme(request) in _PREFIXES


def check(context: Context, request: Request) -> None:
    """Refuse a request whose signature is not right, not of this time, or not new.

    Raises:
        Refusal: ``signature_…``, or ``wrong_access_key``.
    """
    prefix = _PREFIXES[_scheme(request)]
    if request.headers.get(f"{prefix}signature-method") != METHOD:
        raise Refusal("signature_method", METHOD)
    if request.headers.get(f"{prefix}signature-version") != VERSION:
        raise Refusal("signature_version", VERSION)
    moment = _moment(context, request)
    _check_signature(context, request, prefix)
    now, settings = context.clock.now(), context.settings
    if abs(now - moment) > settings.signature_skew:
        raise Refusal("signature_clock")
    _use_nonce(context, request.headers.get(f"{prefix}signature-nonce", ""))


def signature(secret: str, request: Request, prefix: str) -> str:
    """Return the signature that a request must have."""
    digest = hmac.digest(secret.encode(), _signed_text(request, prefix).encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def _scheme(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[0]


def _moment(context: Context, request: Request) -> float:
    """Read the date: as HTTP writes it, or in Unix milliseconds."""
    text = request.headers.get("date", "")
    if not text:
        raise Refusal("signature_date_missing")
    forms = context.settings.signature_dates
    if text.isascii() and text.isdigit() and len(text) == 13 and "millis" in forms:
        return int(text) / 1000
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        raise Refusal("signature_date") from None
    if "http" not in forms or moment.tzinfo is None:
        raise Refusal("signature_date")
    return moment.timestamp()


def _check_signature(context: Context, request: Request, prefix: str) -> None:
    credentials = request.headers["authorization"].partition(" ")[2]
    key_id, _, given = credentials.partition(":")
    secret = context.state.key_secret(key_id)
    if secret is None:
        raise Refusal("wrong_access_key")
    expected = signature(secret, request, prefix)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape")):
        raise Refusal("signature_wrong")


def _use_nonce(context: Context, nonce: str) -> None:
    nonces, now = context.state.nonces, context.clock.now()
    if not nonce:
        raise Refusal("signature_wrong", "no nonce")
    if nonces.get(nonce, now) is not None:
        raise Refusal("signature_replayed")
    # Later, the date that is signed beside it is too old.
    end = now + 2 * context.settings.signature_skew + 1
    nonces.put(nonce, Nonce(expires_at=end), now)


def _signed_text(request: Request, prefix: str) -> str:
    signed = {
        name: _BLANKS.sub(" ", value).strip()
        for name, value in request.headers.items()
        if name == "date" or name.startswith(prefix)
    }
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    return f"{request.method}\n{lines}{_resource(request)}"


def _resource(request: Request) -> str:
    members = _members(request)
    if not members:
        return request.path
    pairs = "&".join(f"{name}={_written(members[name])}" for name in sorted(members))
    return f"{request.path}?{pairs}"


def _members(request: Request) -> Mapping[str, Any]:
    if request.method == "GET":
        return dict(parse_qsl(request.query, keep_blank_values=True))
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
