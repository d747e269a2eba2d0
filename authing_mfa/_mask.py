"""How secrets and personal data look in a ``repr``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeVar, cast

import attrs

T = TypeVar("T")

HIDDEN: Final = "<hidden>"
SHORTEST_SCRUBBED: Final = 4
"""A secret shorter than this is not looked for in what the service says: too much would match."""


class Hidden(str):
    """A secret text that works like any other but never shows in a ``repr``.

    Tools that show the variables of a failed call show ``<hidden>`` for it. What is made of it by a
    method of ``str`` is plain again, so conceal that, too, where it gets a name.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return HIDDEN

    def __getitem__(self, index: Any) -> Hidden:
        return Hidden(super().__getitem__(index))  # such tools shorten a text before they show it


class Misfit:
    """What stands for a secret argument of a wrong type, of which only the type may be told."""

    def __init__(self, value: object) -> None:
        self.type_name: str = type(value).__name__


def conceal(value: T) -> T:
    """Return a secret argument so that no frame shows it; None stays None.

    Rebind the parameter with it before anything can fail: ``code = conceal(code)``.
    """
    if value is None or isinstance(value, (Hidden, Misfit)):
        return value
    return cast(T, Hidden(value) if isinstance(value, str) else Misfit(value))


def printable(text: str) -> str:
    """Return a stranger's text without what steers a terminal, breaks a line or cannot be encoded."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def scrub(text: str, secrets: Iterable[str]) -> str:
    """Return a stranger's text with each of the secrets hidden that it repeats."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST_SCRUBBED:
            text = text.replace(secret, HIDDEN)
    return text


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
