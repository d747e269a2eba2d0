"""What each call carries: a label of its own, and secrets that must never show."""

from __future__ import annotations

import re
from typing import Final

TOKEN: Final = "example-token-marked"
FACTOR: Final = "marked0factor"
PHONE: Final = "13800138000"
CODE: Final = "246813"
ENROLLMENT: Final = "example-enrollment-marked"
ANSWER: Final = "marked-in-the-answer"

SECRETS: Final = (TOKEN, FACTOR, PHONE, CODE, ENROLLMENT, ANSWER)


def label(number: int) -> str:
    """Name a call; what names it stands in its token, or in the token that it asks about."""
    return f"call-{number:06d}"


def factor_id(number: int) -> str:
    return f"{FACTOR}-{label(number)}|phone"


def numbers_in(request: bytes) -> set[int]:
    """Return the numbers of the calls that a request names, or its beginning; one is right."""
    return set(map(int, re.findall(rb"call-(\d{6})", request)))
