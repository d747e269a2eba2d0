"""JSON Web Tokens as the service signs them: HS256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any


def sign(claims: dict[str, Any], key: str) -> str:
    """Return a token with these claims; its ``kid`` makes it one of its kind."""
    header = {"alg": "HS256", "typ": "JWT", "kid": f"sandbox_{secrets.token_hex(8)}"}
    text = f"{_encoded(header)}.{_encoded(claims)}"
    signature = hmac.digest(key.encode(), text.encode(), hashlib.sha256)
    return f"{text}.{_base64url(signature)}"


def _encoded(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
