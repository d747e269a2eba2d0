"""Compare a bound factor's phone or address, perhaps masked, with that of an enrollment."""

from __future__ import annotations

import fnmatch
import glob
import re
from collections.abc import Mapping
from typing import Final

from .._values.factors import FactorProfile

DEFAULT_COUNTRY_CODE: Final = "+86"
"""The country code that the service assumes where none is given, as the API reference states."""

_MASKED_DIGITS: Final = re.compile(r"[^0-9]+")  # ``188****8888`` and ``188xxxx8888`` are seen
_MASKED_LETTERS: Final = re.compile(r"[*\N{BULLET}]+")
_SEPARATORS: Final = re.compile(r"[\s()-]")


def matches(profile: FactorProfile, target: Mapping[str, str]) -> bool | None:
    """Return whether a profile matches a target; None where it shows too little.

    Args:
        profile: Of the factor, perhaps masked.
        target: The ``profile`` of an enrollment request; empty for a kind that has none.
    """
    if "phoneNumber" in target:
        return _matches_phone(profile, target)
    if "email" in target:
        return _compare((profile.email or "").lower(), target["email"].lower(), _MASKED_LETTERS)
    return None


def _matches_phone(profile: FactorProfile, target: Mapping[str, str]) -> bool | None:
    wanted = target.get("phoneCountryCode", DEFAULT_COUNTRY_CODE)
    country = profile.phone_country_code
    if country and country.lstrip("+") != wanted.lstrip("+"):
        return False
    number = _SEPARATORS.sub("", profile.phone_number or "").removeprefix(wanted)
    same = _compare(number, target["phoneNumber"], _MASKED_DIGITS)
    return None if same and not country else same


def _compare(shown: str, wanted: str, mask: re.Pattern[str]) -> bool | None:
    if not shown:
        return None
    parts = mask.split(shown)
    if len(parts) == 1:
        return shown == wanted
    fits = fnmatch.fnmatchcase(wanted, "*".join(glob.escape(part) for part in parts))
    return None if fits else False
