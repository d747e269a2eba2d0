"""The setup of an authenticator app, and its QR code; drawing it needs ``authing-mfa[qr]``."""

from __future__ import annotations

import base64
import contextlib
import io
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from .._secrets import hide
from ..errors import ConfigurationError
from .base import WireValue, checked
from .codec import misfit, wire

T = TypeVar("T")

QUIET_ZONE: Final = 4
"""Modules of white around the code, as the standard wants."""
LEAST_SCALE: Final = 0.01
LARGEST_SCALE: Final = 100
"""Pixels a module at most: a PNG of more would be hundreds of megabytes while it is drawn."""
# White ink on black from the fixed part of the palette, since themes change the rest of it.
_WHITE_ON_BLACK: Final = "\x1b[38;5;231;48;5;16m"
_AS_BEFORE: Final = "\x1b[0m"


@checked
@attrs.frozen
class QRCode:
    """A text to be scanned; the text is secret and so is every picture of it.

    Every method raises ``ConfigurationError`` where the extra is not installed or the scale cannot
    be drawn (``svg``: 0.01 to 100; ``png``: a whole number, 1 to 100), and
    ``InvalidResponseError`` where no QR code can hold the text: some 2,300 bytes are the most.
    """

    text: str = attrs.field(repr=hide)

    def svg(self, *, scale: float = 4) -> str:
        """Return an SVG element, ``scale`` pixels a module, dark on white; a page may hold it."""
        scale = _scale(scale, (int, float))
        picture = io.BytesIO()
        self._draw().save(
            picture, kind="svg", scale=scale, border=QUIET_ZONE, light="white", xmldecl=False
        )
        return picture.getvalue().decode()

    def png(self, *, scale: int = 6) -> bytes:
        """Return a PNG picture, ``scale`` pixels a module, dark on white."""
        scale = _scale(scale, (int,))
        picture = io.BytesIO()
        self._draw().save(picture, kind="png", scale=scale, border=QUIET_ZONE)
        return picture.getvalue()

    def terminal(self) -> str:
        """Return lines of block characters that any terminal theme shows dark on white.

        Escape codes set the colours, two modules stand in a character.
        """
        blocks = io.StringIO()
        self._draw().terminal(out=blocks, border=QUIET_ZONE, compact=True)
        lines = blocks.getvalue().splitlines()
        return "".join(f"{_WHITE_ON_BLACK}{line}{_AS_BEFORE}\n" for line in lines)

    def _draw(self) -> Any:
        try:
            import segno
        except ImportError:
            raise ConfigurationError(
                'drawing a QR code needs an extra: pip install "authing-mfa[qr]"'
            ) from None
        try:
            return segno.make(self.text, error="m", micro=False)
        except ValueError:
            too_long = misfit("otpData.qrCodeUri", "wanted what a QR code can hold")
        raise too_long


def _scale(scale: T, kinds: tuple[type, ...]) -> T:
    """Return a scale that is a number of these kinds, within its bounds."""
    least = 1 if kinds == (int,) else LEAST_SCALE
    if type(scale) not in kinds or not least <= scale <= LARGEST_SCALE:  # type: ignore[operator]
        wanted = "a whole number" if kinds == (int,) else "a number"
        raise ConfigurationError(f"scale: wanted {wanted}, {least} to {LARGEST_SCALE}")
    return scale


@checked
@attrs.frozen(kw_only=True)
class OTPSetup(WireValue):
    """The setup of an authenticator app; nearly all of it is secret.

    Attributes:
        qr_code_uri: The ``otpauth://`` URI to show as a QR code.
        qr_code_data_url: The service's own picture of it, a ``data:image/png`` URL.
        recovery_code: The one code that replaces a lost authenticator; shown only this once.
        secret: The shared secret in base32, taken from the URI, like all below.
        issuer: Who issued it: the user pool's name.
        account: The user's name with the issuer.
        digits: Length of a code, mostly 6.
        period: Seconds that a code stands, mostly 30.
        algorithm: Hash of the code, mostly ``SHA1``.

    Raises:
        ConfigurationError: The URI is none that can be scanned.
    """

    qr_code_uri: str = wire("qrCodeUri", "qrcode_uri", repr=hide)
    qr_code_data_url: str = wire("qrCodeDataUrl", "qrcode_data_url", repr=hide)
    recovery_code: str = wire("recoveryCode", "recovery_code", repr=hide)
    secret: str = attrs.field(init=False, repr=hide)
    issuer: str = attrs.field(init=False)
    account: str = attrs.field(init=False, repr=hide)
    digits: int = attrs.field(init=False)
    period: int = attrs.field(init=False)
    algorithm: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        for name, value in _parse_otpauth(self.qr_code_uri).items():
            object.__setattr__(self, name, value)

    @property
    def manual_key(self) -> str:
        """The secret in groups of four, for typing into an app."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))

    @property
    def qr(self) -> QRCode:
        """The QR code, drawn on this machine: ``svg()``, ``png()``, ``terminal()``."""
        return QRCode(self.qr_code_uri)

    @property
    def png(self) -> bytes:
        """The service's picture of the QR code.

        Raises:
            InvalidResponseError: The data URL holds no base64.
        """
        with contextlib.suppress(ValueError):
            picture = base64.b64decode(
                self.qr_code_data_url.partition(";base64,")[2], validate=True
            )
            if picture:
                return picture
        raise misfit("otpData.qrCodeDataUrl", "wanted a base64 data URL")


def _parse_otpauth(uri: object) -> dict[str, str | int]:
    """Return the fields that a TOTP URI holds, with the defaults of the key-URI format.

    Raises:
        ConfigurationError: Says what is missing, never the URI.
    """
    try:
        parts = urlsplit(uri if isinstance(uri, str) else "")
    except ValueError:
        parts = urlsplit("")
    query = dict(parse_qsl(parts.query))
    if (parts.scheme, parts.netloc) != ("otpauth", "totp") or not query.get("secret"):
        raise ConfigurationError("qr_code_uri: wanted an otpauth://totp/ URI with a secret")
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
        raise ConfigurationError(
            "qr_code_uri: wanted an otpauth URI whose digits and period are whole numbers"
        )
    return int(text)
