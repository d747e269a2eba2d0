"""The frozen values of a user pool: its users, their MFA, and the terms of a search for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import attrs

from .._secrets import hide, repr_account, repr_email, repr_phone
from .base import WireValue, checked
from .codec import read_instant_text, read_json_text, read_switch, wire
from .factors import FactorType


class UserIdType(StrEnum):
    """A kind of name by which a user is looked up."""

    USER_ID = "user_id"
    EXTERNAL_ID = "external_id"
    PHONE = "phone"
    EMAIL = "email"
    USERNAME = "username"
    IDENTITY = "identity"
    """``<external identity provider's id>:<user's id there>``."""
    SYNC_RELATION = "sync_relation"
    """``<provider>:<user's id there>``."""
    CUSTOM_FIELD = "custom_field"


@attrs.frozen(kw_only=True)
class UserMFAInfo(WireValue):
    """The factors that one user has bound."""

    totp: bool = wire("totpStatus", read=read_switch)
    face: bool = wire("faceMfaStatus", read=read_switch)
    sms: bool = wire("smsMfaStatus", read=read_switch)
    email: bool = wire("emailMfaStatus", read=read_switch)

    @property
    def bound(self) -> tuple[FactorType, ...]:
        """The kinds of factor that are bound."""
        have = {
            FactorType.OTP: self.totp,
            FactorType.SMS: self.sms,
            FactorType.EMAIL: self.email,
            FactorType.FACE: self.face,
        }
        return tuple(kind for kind, bound in have.items() if bound)


@attrs.frozen(kw_only=True)
class MFASettings(WireValue):
    """The factors that a user pool or an application has switched on."""

    enabled_factors: tuple[FactorType, ...] = wire(
        "enabledFactors", read=read_json_text(tuple[FactorType, ...])
    )


@checked
@attrs.frozen(kw_only=True)
class OTPImport(WireValue):
    """An authenticator's secret to give to a user who has it elsewhere.

    Attributes:
        user_id: Whose.
        secret: The shared secret, base32.
        recovery_code: Where there is one.
    """

    user_id: str
    secret: str = attrs.field(repr=hide)
    recovery_code: str | None = attrs.field(default=None, repr=hide)


@attrs.frozen(kw_only=True)
class OTPSecret(WireValue):
    """A user's TOTP secret."""

    secret: str = attrs.field(repr=hide)


@attrs.frozen(kw_only=True)
class SetResult(WireValue):
    """The outcome of a change."""

    success: bool


def _instant(key: str) -> Any:
    return wire(key, read=read_instant_text, write=datetime.isoformat, default=None)


@attrs.frozen(kw_only=True)
class PoolUser(WireValue):
    """One user of the pool. Of their MFA the record tells only ``last_mfa_at``.

    Attributes:
        user_id: Empty where the service lists somebody without one; no call can name them.
        status: ``Activated``, ``Suspended``, ``Deactivated``, ``Resigned`` or ``Archived``.
    """

    user_id: str
    status: str
    created_at: datetime | None = _instant("createdAt")
    updated_at: datetime | None = _instant("updatedAt")
    work_status: str | None = None
    email: str | None = attrs.field(default=None, repr=repr_email)
    phone: str | None = attrs.field(default=None, repr=repr_phone)
    phone_country_code: str | None = None
    username: str | None = attrs.field(default=None, repr=repr_account)
    name: str | None = attrs.field(default=None, repr=repr_account)
    nickname: str | None = attrs.field(default=None, repr=repr_account)
    external_id: str | None = attrs.field(default=None, repr=repr_account)
    last_login_at: datetime | None = _instant("lastLogin")
    last_mfa_at: datetime | None = _instant("lastMfaTime")


@attrs.frozen(kw_only=True)
class UserPage(WireValue):
    """One page of users.

    Attributes:
        total_count: Users that match, on all pages.
        users: Those on this page.
    """

    total_count: int
    users: tuple[PoolUser, ...] = wire("list")


Operator = Literal[
    "EQUAL",
    "NOT_EQUAL",
    "CONTAINS",
    "NOT_CONTAINS",
    "IS_NULL",
    "NOT_NULL",
    "IN",
    "GREATER",
    "LESSER",
    "BETWEEN",
]


@checked
@attrs.frozen
class UserFilter:
    """One condition on users; all of a list's must hold.

    Attributes:
        field: A field of the user's record as the service spells it, such as ``status``.
        operator: How it compares.
        value: With what; None for ``IS_NULL`` and ``NOT_NULL``, a list for ``IN`` and ``BETWEEN``.
    """

    field: str
    operator: Operator
    value: Any = attrs.field(default=None, repr=repr_account, hash=False)

    def to_wire(self) -> dict[str, Any]:
        """Return the condition as the service takes it."""
        condition = {"field": self.field, "operator": self.operator}
        return condition if self.value is None else {**condition, "value": self.value}


@checked
@attrs.frozen
class UserSort:
    """One order of users.

    Attributes:
        field: Such as ``createdAt``.
        order: ``asc`` or ``desc``.
    """

    field: str
    order: Literal["asc", "desc"] = "asc"

    def to_wire(self) -> dict[str, str]:
        """Return the order as the service takes it."""
        return {"field": self.field, "order": self.order}
