"""How secrets and personal data look in a ``repr``."""

from __future__ import annotations

from typing import Any, Final

import attrs

HIDDEN: Final = "<hidden>"


def hidden(**options: Any) -> Any:
    """Declare a field whose value never shows in a ``repr``; None does."""
    return attrs.field(repr=hide, **options)


def hide(value: object) -> str:
    """Return what stands for a secret."""
    return repr(value) if value is None else HIDDEN


def mask_phone(phone: str) -> str:
    """Return ``188****8888`` for ``18812348888``."""
    if len(phone) < 8:
        return "*" * len(phone)
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 10 else f"****{phone[-4:]}"


def mask_email(email: str) -> str:
    """Return ``t***@example.com`` for ``test@example.com``."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"


def repr_phone(phone: str | None) -> str:
    """Mask a phone number as an attrs ``repr`` function."""
    return repr(phone and mask_phone(phone))


def repr_email(email: str | None) -> str:
    """Mask an e-mail address as an attrs ``repr`` function."""
    return repr(email and mask_email(email))
