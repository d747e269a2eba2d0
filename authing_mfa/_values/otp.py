"""The setup of an authenticator app, as the service hands it out."""

from __future__ import annotations

import base64
import contextlib
from urllib.parse import parse_qsl, unquote, urlsplit

import attrs

from .._secrets import guarded, hide
from ..errors import ConfigurationError
from .base import WireValue
from .codec import misfit, wire
from .qr import QRCode


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


@guarded
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
        for name in ("qr_code_data_url", "recovery_code"):
            if not isinstance(getattr(self, name), str):
                raise ConfigurationError(f"{name}: wanted a str")
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
