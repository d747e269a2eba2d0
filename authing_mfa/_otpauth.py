"""Reading an ``otpauth://`` URI: what an authenticator app takes from the QR code."""

from __future__ import annotations

from typing import TypedDict
from urllib.parse import parse_qsl, unquote, urlsplit


class OTPParameters(TypedDict):
    """The parts of the URI, defaults of the key-URI format filled in."""

    secret: str
    issuer: str
    account: str
    digits: int
    period: int
    algorithm: str


def parse_otpauth(uri: object) -> OTPParameters:
    """Take a TOTP URI apart.

    Raises:
        ValueError: Says what is missing, never the URI.
    """
    try:
        parts = urlsplit(uri if isinstance(uri, str) else "")
    except ValueError:
        parts = urlsplit("")
    query = dict(parse_qsl(parts.query))
    if (parts.scheme, parts.netloc) != ("otpauth", "totp") or not query.get("secret"):
        raise ValueError("an otpauth://totp/ URI with a secret")
    issuer, _, account = unquote(parts.path.lstrip("/")).rpartition(":")
    return {
        "secret": query["secret"],
        "issuer": query.get("issuer", issuer),
        "account": account.strip(),
        "digits": _positive(query.get("digits", "6")),
        "period": _positive(query.get("period", "30")),
        "algorithm": query.get("algorithm", "SHA1"),
    }


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5 and int(text)):
        raise ValueError("an otpauth URI whose digits and period are whole numbers")
    return int(text)
