"""Users and their factors, as plain values."""

from __future__ import annotations

import secrets
from typing import Any

import attrs
from attrs.validators import in_, optional

from .refusals import SIGN_IN_BLOCKS, Refusal

FACTOR_TYPES = ("OTP", "SMS", "EMAIL", "FACE")
DEFAULT_COUNTRY_CODE = "+86"
ACTIVATED, SUSPENDED = "Activated", "Suspended"
STATUSES = (ACTIVATED, SUSPENDED, "Deactivated", "Resigned", "Archived")
_SUFFIXES = {"SMS": "phone", "EMAIL": "email", "OTP": "otp", "FACE": "face"}


def check_factor_type(factor_type: str) -> None:
    """Refuse what is no factor type: ValueError."""
    if factor_type not in FACTOR_TYPES:
        raise ValueError(f"no factor type {factor_type!r}, only {', '.join(FACTOR_TYPES)}")


def factor_id(user_id: str, factor_type: str) -> str:
    """Return the id of a user's first factor of a type."""
    return f"{user_id}|{_SUFFIXES[factor_type]}"


@attrs.frozen
class Address:
    """A phone or an e-mail, whichever is set."""

    phone: str | None = None
    phone_country_code: str = DEFAULT_COUNTRY_CODE
    email: str | None = None

    @property
    def text(self) -> str:
        """The e-mail as it was written, or the phone after its area code."""
        if self.email is not None:
            return self.email
        return f"{self.phone_country_code} {self.phone}"

    @property
    def key(self) -> str:
        """One spelling for all ways to write this address."""
        return self.text.lower()


@attrs.define(kw_only=True)
class Factor:
    """A bound factor; which fields are set depends on its type."""

    factor_id: str
    factor_type: str
    phone: str | None = None
    phone_country_code: str | None = None
    email: str | None = None
    secret: str | None = attrs.field(default=None, repr=False)
    recovery_code: str | None = attrs.field(default=None, repr=False)
    last_step: int = -1
    photo: str | None = attrs.field(default=None, repr=False)

    @property
    def address(self) -> Address | None:
        """The phone or e-mail, where the factor has one."""
        if self.email is not None:
            return Address(email=self.email)
        if self.phone is None:
            return None
        return Address(phone=self.phone, phone_country_code=self.phone_country_code or "")

    def is_at(self, address: Address) -> bool:
        """Return whether this is the factor's phone or e-mail."""
        return self.address is not None and self.address.key == address.key


@attrs.define(kw_only=True)
class Lockout:
    """Failures in a row, and until when too many of them lock."""

    failures: int = 0
    locked_until: float = 0.0

    def check(self, now: float, refusal: str) -> None:
        """Refuse while it is locked."""
        if now < self.locked_until:
            raise Refusal(refusal)

    def count_failure(self, now: float, limit: int | None, seconds: float) -> None:
        """Count a failure; the last one that the limit allows locks for some seconds."""
        self.failures += 1
        if limit is not None and self.failures >= limit:
            self.failures = 0
            self.locked_until = now + seconds


@attrs.define(kw_only=True)
class User:
    """A user of the pool; ``factors`` is keyed by factor id, oldest first.

    Args:
        number: The user's place among those who were created at the same instant.
        identities: The user's id at an identity provider, by the provider's id.
        sync_relations: The user's id at a directory that is synchronised, by its name.
        source: How the user came: ``adminCreated`` or ``register``.
        sign_in_block: A refusal that a sign-in meets although its password is right.
        mfa_status: The trigger object that an administrator has set.
    """

    user_id: str
    created_at: float
    number: int | None = None
    username: str | None = None
    phone: str | None = None
    phone_country_code: str = DEFAULT_COUNTRY_CODE
    email: str | None = None
    nickname: str | None = None
    external_id: str | None = None
    identities: dict[str, str] = attrs.field(factory=dict)
    sync_relations: dict[str, str] = attrs.field(factory=dict)
    custom_data: dict[str, Any] = attrs.field(factory=dict)
    status: str = attrs.field(default=ACTIVATED, validator=in_(STATUSES))
    source: str = "adminCreated"
    password: str | None = attrs.field(default=None, repr=False)
    salt: str = attrs.field(factory=lambda: f"sandbox_salt_{secrets.token_hex(6)}", repr=False)
    factors: dict[str, Factor] = attrs.field(factory=dict)
    sign_in_block: str | None = attrs.field(default=None, validator=optional(in_(SIGN_IN_BLOCKS)))
    mfa_status: dict[str, Any] | None = attrs.field(default=None, repr=False)
    logins: int = 0
    last_login_at: float | None = None
    verified_at: float | None = None
    password_tries: Lockout = attrs.field(factory=Lockout)
    code_tries: Lockout = attrs.field(factory=Lockout)
    totp_tries: Lockout = attrs.field(factory=Lockout)

    @property
    def shown_status(self) -> str:
        """The status in records; somebody whose sign-in is blocked as suspended is that."""
        return SUSPENDED if self.sign_in_block == "user_suspended" else self.status

    def factor_of(self, factor_type: str) -> Factor | None:
        """Return the first factor of a type."""
        of_type = (each for each in self.factors.values() if each.factor_type == factor_type)
        return next(of_type, None)
