"""Time-based one-time passwords (RFC 6238), their QR code and recovery codes."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import quote

import pyotp

PERIOD = 30
DIGITS = 6


def new_secret(length: int) -> str:
    """Return a fresh base32 secret of so many characters, 5 bits each."""
    return pyotp.random_base32()[:length]


def new_recovery_code() -> str:
    """Return a fresh recovery code: six groups of four hexadecimal digits."""
    return "-".join(secrets.token_hex(2) for _ in range(6))


def code_at(secret: str, moment: float, *, step: int = 0, digits: int = DIGITS) -> str:
    """Return the code of a moment in Unix seconds, or of the step so many after it."""
    return _generator(secret, digits).at(step_of(moment) + step)


def step_of(moment: float) -> int:
    """Return the number of the 30-second step that a moment lies in."""
    return int(moment // PERIOD)


def matching_step(secret: str, code: str, moment: float, window: int) -> int | None:
    """Return the step, at most ``window`` away from a moment's, whose code this is."""
    now = step_of(moment)
    generator = _generator(secret, DIGITS)
    for step in range(max(now - window, 0), now + window + 1):
        if hmac.compare_digest(generator.at(step).encode(), code.encode()):
            return step
    return None


def key_uri(secret: str, issuer: str, account: str) -> str:
    """Return the ``otpauth://`` URI that an authenticator app reads."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return (
        f"otpauth://totp/{label}?secret={secret}&period={PERIOD}&digits={DIGITS}"
        f"&algorithm=SHA1&issuer={quote(issuer, safe='')}"
    )


def qr_data_url(uri: str) -> str:
    """Draw a QR code as the data URL of a PNG."""
    import segno

    return segno.make(uri, error="m", micro=False).png_data_uri(scale=4)


def _generator(secret: str, digits: int) -> pyotp.HOTP:
    # pyotp refuses keys as short as the service's. HMAC fills a short key with zeros, and "A" is
    # base32's zero, so that the longer spelling gives the same codes.
    return pyotp.HOTP(secret.rstrip("=").ljust(32, "A"), digits=digits)
