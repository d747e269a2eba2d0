"""The frozen values that callers receive."""

from __future__ import annotations

import base64
import contextlib
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs

from ._mapper import wire
from ._mask import hidden, hide, mask_email, mask_phone, repr_email, repr_phone
from ._notebook import Shown, table
from ._otpauth import parse_otpauth
from ._value import Value
from .errors import InvalidResponseError

if TYPE_CHECKING:
    from .qr import QRCode


class FactorType(str, Enum):
    """A kind of factor. Open: a kind that the service adds later is a member made on the fly.

    ``FactorType("PASSKEY") == "PASSKEY"`` holds, although it is not listed here.
    """

    SMS = "SMS"
    EMAIL = "EMAIL"
    OTP = "OTP"
    FACE = "FACE"

    @classmethod
    def _missing_(cls, value: object) -> FactorType | None:
        if not isinstance(value, str) or not value:
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        return member

    def __str__(self) -> str:
        return str(self.value)


class Channel(str, Enum):
    """What a code is sent for; each kind of message has channels of its own."""

    LOGIN = "CHANNEL_LOGIN"
    REGISTER = "CHANNEL_REGISTER"
    RESET_PASSWORD = "CHANNEL_RESET_PASSWORD"  # noqa: S105  a channel's name
    VERIFY_EMAIL_LINK = "CHANNEL_VERIFY_EMAIL_LINK"
    UPDATE_EMAIL = "CHANNEL_UPDATE_EMAIL"
    BIND_EMAIL = "CHANNEL_BIND_EMAIL"
    UNBIND_EMAIL = "CHANNEL_UNBIND_EMAIL"
    BIND_PHONE = "CHANNEL_BIND_PHONE"
    UNBIND_PHONE = "CHANNEL_UNBIND_PHONE"
    BIND_MFA = "CHANNEL_BIND_MFA"
    VERIFY_MFA = "CHANNEL_VERIFY_MFA"
    UNBIND_MFA = "CHANNEL_UNBIND_MFA"
    UNLOCK_ACCOUNT = "CHANNEL_UNLOCK_ACCOUNT"
    COMPLETE_PHONE = "CHANNEL_COMPLETE_PHONE"
    COMPLETE_EMAIL = "CHANNEL_COMPLETE_EMAIL"
    IDENTITY_VERIFICATION = "CHANNEL_IDENTITY_VERIFICATION"
    DELETE_ACCOUNT = "CHANNEL_DELETE_ACCOUNT"


@attrs.frozen(kw_only=True)
class FactorProfile(Value):
    """Where a factor's codes go; all None for OTP and FACE. The service may mask both."""

    phone_number: str | None = attrs.field(default=None, repr=repr_phone)
    phone_country_code: str | None = None
    email: str | None = attrs.field(default=None, repr=repr_email)

    @property
    def masked(self) -> str:
        """The phone or e-mail, masked for showing; empty where there is none."""
        if self.phone_number:
            return f"{self.phone_country_code or ''} {mask_phone(self.phone_number)}".strip()
        return mask_email(self.email) if self.email else ""


@attrs.frozen(kw_only=True)
class Factor(Value):
    """One bound factor of a user.

    Attributes:
        factor_id: Opaque; may hold ``|``.
        factor_type: Compare with ``is FactorType.SMS`` or ``== "SMS"``.
        profile: Where its codes go.
    """

    factor_id: str
    factor_type: FactorType
    profile: FactorProfile

    @property
    def masked_target(self) -> str:
        """Where codes go, such as ``+86 188****8888``; empty for OTP and FACE."""
        return self.profile.masked


class Factors(tuple[Factor, ...]):
    """A tuple of factors that a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        rows = [(str(one.factor_type), one.masked_target, one.factor_id) for one in self]
        return table(("type", "target", "id"), rows)


@attrs.frozen(kw_only=True)
class FactorToEnroll(Value):
    """A kind of factor that the application offers and the user has not bound."""

    factor_type: FactorType


@attrs.frozen(kw_only=True)
class OTPSetup(Value):
    """What an authenticator app needs; nearly all of it is secret.

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
    """

    qr_code_uri: str = wire("qrCodeUri", "qrcode_uri", repr=hide)
    qr_code_data_url: str = wire("qrCodeDataUrl", "qrcode_data_url", repr=hide)
    recovery_code: str = wire("recoveryCode", "recovery_code", repr=hide)
    secret: str = hidden(init=False)
    issuer: str = attrs.field(init=False)
    account: str = attrs.field(init=False, repr=hide)
    digits: int = attrs.field(init=False)
    period: int = attrs.field(init=False)
    algorithm: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        for name, value in parse_otpauth(self.qr_code_uri).items():
            object.__setattr__(self, name, value)

    @property
    def manual_key(self) -> str:
        """The secret in groups of four, for typing into an app."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))

    @property
    def qr(self) -> QRCode:
        """The QR code, drawn on this machine: ``svg()``, ``png()``, ``terminal()``."""
        from .qr import QRCode

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
        where = "otpData.qrCodeDataUrl"
        raise InvalidResponseError(f"{where}: wanted a base64 data URL", where=where)


@attrs.frozen(kw_only=True)
class EnrollmentRequest(Value):
    """What the service answers when an enrollment begins.

    Attributes:
        enrollment_token: Stands one minute; ``enroll_factor`` wants it.
        otp_data: For OTP only.
    """

    enrollment_token: str = hidden()
    otp_data: OTPSetup | None = None


@attrs.frozen(kw_only=True)
class MFATokenInspection(Value):
    """What the service knows of an mfaToken; all but ``active`` is None for a dead one."""

    active: bool
    user_pool_id: str | None = None
    user_id: str | None = None
    issued_at: datetime | None = wire("iat", default=None)
    expires_at: datetime | None = wire("exp", default=None)


@attrs.frozen(kw_only=True)
class Envelope(Shown):
    """An answer of the service, opened.

    Attributes:
        status_code: 200.
        message: The service's words, in the language asked for.
        data: JSON types, untouched; never shown in a ``repr``.
    """

    status_code: int
    message: str
    api_code: int | None = None
    request_id: str | None = None
    data: Any = attrs.field(default=None, repr=hide)


@attrs.frozen(kw_only=True)
class CallRecord(Shown):
    """One finished call, for metrics and support tickets; holds no secret.

    Attributes:
        http_status: None where no answer came.
        status_code: The envelope's; for a refusal without one, its HTTP status.
        tries: How often the request was tried.
        seconds: How long the whole call took, waits included.
    """

    method: str
    path: str
    http_status: int | None
    status_code: int | None
    api_code: int | None
    request_id: str | None
    tries: int
    seconds: float
