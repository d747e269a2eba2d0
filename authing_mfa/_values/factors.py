"""The frozen values of a user's factors, and of enrolling one."""

from __future__ import annotations

from enum import StrEnum

import attrs

from .._secrets import hide, mask_email, mask_phone, repr_email, repr_phone
from .base import WireValue, checked, html_table
from .codec import read_filled, wire
from .otp import OTPSetup


class FactorType(StrEnum):
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
        member._value_ = value
        # The name stands bare in the repr, which is to show no control character of the service.
        member._name_ = value if value.isprintable() else ascii(value)[1:-1]
        return member


class Channel(StrEnum):
    """A purpose for which a code is sent; each kind of message has channels of its own."""

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
class FactorProfile(WireValue):
    """The target of a factor's codes; all None for OTP and FACE. The service may mask both."""

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
class Factor(WireValue):
    """One bound factor of a user.

    Attributes:
        factor_id: Opaque; may hold ``|``.
        factor_type: Compare with ``is FactorType.SMS`` or ``== "SMS"``.
        profile: Where its codes go.
    """

    factor_id: str = wire("factorId", read=read_filled)
    factor_type: FactorType
    profile: FactorProfile

    @property
    def masked_target(self) -> str:
        """The masked target of codes, such as ``+86 188****8888``; empty for OTP and FACE."""
        return self.profile.masked


class Factors(tuple[Factor, ...]):
    """A tuple of factors that a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        rows = [(str(one.factor_type), one.masked_target, one.factor_id) for one in self]
        return html_table(("type", "target", "id"), rows)


@attrs.frozen(kw_only=True)
class FactorToEnroll(WireValue):
    """A kind of factor that the application offers and the user has not bound."""

    factor_type: FactorType


@checked
@attrs.frozen(kw_only=True)
class EnrollmentRequest(WireValue):
    """The response that begins an enrollment.

    Attributes:
        enrollment_token: For ``enroll_factor``; valid for one minute.
        otp_data: For OTP only.
    """

    enrollment_token: str = wire("enrollmentToken", read=read_filled, repr=hide)
    otp_data: OTPSetup | None = None
