"""What each kind of factor takes to enrol; what cannot work is refused here."""

from __future__ import annotations

import re
from typing import Any, Final

from . import _checks
from ._mask import conceal
from .errors import ConfigurationError
from .models import FactorType

TOTP_DIGITS: Final = 6

_PHONE: Final = r"[0-9]{4,20}"
_COUNTRY_CODE: Final = r"\+[0-9]{1,4}"
_EMAIL: Final = r"[^@\s]+@[^@\s]+"


def factor_type(value: object) -> FactorType:
    """Return the kind; an unknown one is let through, a misspelt known one is not."""
    kind = FactorType(_checks.text("factor_type", value))
    if kind not in list(FactorType) and kind.upper() in list(FactorType):
        raise ConfigurationError("factor_type: write it in capitals, as FactorType does")
    return kind


def profile(
    kind: FactorType,
    phone_number: object = None,
    phone_country_code: object = None,
    email: object = None,
) -> dict[str, str]:
    """Return the wire's ``profile``: where the codes of the new factor go.

    Raises:
        ConfigurationError: SMS without a phone, EMAIL without an address, or what the kind does
            not take.
    """
    given = {
        "phone_number": phone_number,
        "phone_country_code": phone_country_code,
        "email": email,
    }
    wanted = {FactorType.SMS: ("phone_number", "phone_country_code"), FactorType.EMAIL: ("email",)}
    for name in set(given) - set(wanted.get(kind, ())):
        if given[name] is not None:
            raise ConfigurationError(f"{name}: a factor of type {kind} does not take it")
    if kind is FactorType.SMS:
        return phone(phone_number, phone_country_code)
    if kind is FactorType.EMAIL:
        return {"email": email_address(email)}
    return {}


def enrollment_data(
    kind: FactorType,
    pass_code: object = None,
    photo: object = None,
    is_external_photo: object = None,
    digits: int = TOTP_DIGITS,
) -> dict[str, Any]:
    """Return the wire's ``enrollmentData``: what proves the new factor.

    Raises:
        ConfigurationError: FACE without a photo, another kind without a code, or both.
    """
    pass_code, photo = conceal(pass_code), conceal(photo)
    if kind is FactorType.FACE:
        return _photo(pass_code, photo, is_external_photo)
    if photo is not None or is_external_photo is not None:
        raise ConfigurationError(f"photo: a factor of type {kind} takes a pass_code")
    length = digits if kind is FactorType.OTP else None
    return {"passCode": _checks.code("pass_code", pass_code, length)}


def _photo(pass_code: object, photo: object, is_external: object) -> dict[str, Any]:
    if pass_code is not None:
        raise ConfigurationError("pass_code: a factor of type FACE takes a photo")
    data: dict[str, Any] = {"photo": _checks.text("photo", photo)}
    if is_external is not None:
        data["isExternalPhoto"] = _checks.flag("is_external_photo", is_external)
    return data


def email_address(value: object) -> str:
    """Return an e-mail address."""
    return _matching("email", value, _EMAIL, "an address such as test@example.com")


def phone(number: object, country_code: object) -> dict[str, str]:
    """Return the wire's ``phoneNumber`` and, where there is one, ``phoneCountryCode``; tidied."""
    wanted = "digits without the country code, which goes in phone_country_code"
    data = {"phoneNumber": _number("phone_number", number, _PHONE, wanted)}
    if country_code is not None:
        data["phoneCountryCode"] = _number(
            "phone_country_code", country_code, _COUNTRY_CODE, "a plus sign and digits: +86"
        )
    return data


def _number(name: str, value: object, pattern: str, wanted: str) -> str:
    tidy = re.sub(r"[()]", "", _checks.tidied(_checks.text(name, value)))
    return _matching(name, tidy, pattern, wanted)


def _matching(name: str, value: object, pattern: str, wanted: str) -> str:
    checked = _checks.text(name, value)
    if not re.fullmatch(pattern, checked):
        raise ConfigurationError(f"{name}: wanted {wanted}")
    return checked
