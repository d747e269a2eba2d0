"""Build the parts of request bodies from arguments, and refuse what cannot work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from .._secrets import Sealed, conceal, conceal_all
from .._values import arguments
from .._values.factors import Channel, FactorType
from .._values.signin import SignInOptions
from ..errors import ConfigurationError
from .request import to_json

TOTP_DIGITS: Final = 6
DIRECTORIES: Final = ("LDAP", "AD")
SMS_CHANNELS: Final = frozenset(Channel) - {
    Channel.VERIFY_EMAIL_LINK,
    Channel.UPDATE_EMAIL,
    Channel.BIND_EMAIL,
    Channel.UNLOCK_ACCOUNT,
    Channel.COMPLETE_EMAIL,
    Channel.UNBIND_EMAIL,
}
EMAIL_CHANNELS: Final = frozenset(Channel) - {
    Channel.BIND_PHONE,
    Channel.UNBIND_PHONE,
    Channel.BIND_MFA,
    Channel.UNBIND_MFA,
    Channel.COMPLETE_PHONE,
    Channel.IDENTITY_VERIFICATION,
}

_TARGETS: Final = {
    FactorType.SMS: ("phone_number", "phone_country_code"),
    FactorType.EMAIL: ("email",),
}
"""The arguments that say where the codes of a kind of factor go."""
_SECRET_OPTIONS: Final = ("context", "customData", "captchaCode")

# The form of a text, and how an error describes it.
_PHONE: Final = r"[0-9]{4,20}", "digits without the country code, which goes in phone_country_code"
_COUNTRY_CODE: Final = r"\+[0-9]{1,4}", "a plus sign and digits: +86"
_EMAIL: Final = r"[^@\s]+@[^@\s]+", "an address such as test@example.com"


def factor_type(value: object) -> FactorType:
    """Return the kind; an unknown one is let through, a misspelt known one is not."""
    kind = FactorType(arguments.text("factor_type", value))
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
    for name in given.keys() - set(_TARGETS.get(kind, ())):
        if given[name] is not None:
            raise ConfigurationError(f"{name}: a factor of type {kind} does not take it")
    if kind is FactorType.SMS:
        return phone(phone_number, phone_country_code)
    return {"email": email_address(email)} if kind is FactorType.EMAIL else {}


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
    return {"passCode": arguments.code("pass_code", pass_code, length)}


def _photo(pass_code: object, photo: object, is_external: object) -> dict[str, Any]:
    if pass_code is not None:
        raise ConfigurationError("pass_code: a factor of type FACE takes a photo")
    data: dict[str, Any] = {"photo": arguments.text("photo", photo)}
    if is_external is not None:
        data["isExternalPhoto"] = arguments.flag("is_external_photo", is_external)
    return data


def email_address(value: object) -> str:
    """Return an e-mail address."""
    return _matching("email", value, *_EMAIL)


def phone(number: object, country_code: object) -> dict[str, str]:
    """Return the wire's ``phoneNumber`` and, where there is one, ``phoneCountryCode``; tidied."""
    data = {"phoneNumber": _number("phone_number", number, *_PHONE)}
    if country_code is not None:
        code = _number("phone_country_code", country_code, *_COUNTRY_CODE)
        data["phoneCountryCode"] = code
    return data


def _number(name: str, value: object, pattern: str, wanted: str) -> str:
    tidy = re.sub(r"[()]", "", arguments.tidied(arguments.text(name, value)))
    return _matching(name, tidy, pattern, wanted)


def _matching(name: str, value: object, pattern: str, wanted: str) -> str:
    checked = arguments.text(name, value)
    if not re.fullmatch(pattern, checked):
        raise ConfigurationError(f"{name}: wanted {wanted}")
    return checked


def channel(value: Channel, channels: frozenset[Channel]) -> dict[str, str]:
    """Return the wire's ``channel``: what a code is sent for.

    Raises:
        ConfigurationError: No such code is sent in this way.
    """
    if value not in list(channels):
        names = ", ".join(sorted(one.name for one in channels))
        raise ConfigurationError(f"channel: wanted one of {names}")
    return {"channel": Channel(value).value}


def credentials(
    accounts: Mapping[str, object],
    *,
    password: str | None,
    pass_code: str | None,
    phone_country_code: str | None,
    directory: str | None,
) -> tuple[str, str, dict[str, Any]]:
    """Return the wire's ``connection`` of a sign-in, the key of its payload, and the payload.

    Args:
        accounts: The ways in which a user is named; one of them is not None.
        password: Of the user; or else
        pass_code: A code that was sent to them.
        phone_country_code: Beside a phone and a code.
        directory: Checks the password, in place of the service.

    Raises:
        ConfigurationError: The user is not named in one way; password and code are both there, or
            neither; or they do not go with the account or the directory.
    """
    name, value = _account(accounts)
    if (password is None) == (pass_code is None):
        raise ConfigurationError("sign_in: wanted either a password or a pass_code")
    if phone_country_code is not None and (pass_code is None or name != "phone"):
        raise ConfigurationError("phone_country_code: it goes with a phone and a pass_code")
    if pass_code is not None:
        if directory is not None:
            raise ConfigurationError("directory: it goes with a password, not with a pass_code")
        return "PASSCODE", "passCodePayload", _by_code(name, value, pass_code, phone_country_code)
    payload = {"password": arguments.text("password", password)}
    if directory is None:
        return "PASSWORD", "passwordPayload", {**payload, name: value}
    if directory not in DIRECTORIES or name not in ("account", "username"):
        raise ConfigurationError(
            f"directory: wanted one of {', '.join(DIRECTORIES)}, with an account or a username"
        )
    return directory, f"{directory.lower()}Payload", {**payload, "sAMAccountName": value}


def _account(given: Mapping[str, object]) -> tuple[str, str]:
    named = [(name, value) for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise ConfigurationError(
            f"sign_in: wanted one of {', '.join(given)}; got {len(named)} of them"
        )
    name, value = named[0]
    checked = arguments.text(name, value)
    return name, phone(checked, None)["phoneNumber"] if name == "phone" else checked


def _by_code(name: str, value: str, code: str, country_code: str | None) -> dict[str, Any]:
    payload = {"passCode": conceal(arguments.code("pass_code", code))}
    if name == "email":
        return {**payload, "email": email_address(value)}
    if name == "phone":
        target = phone(value, country_code)
        return {**payload, "phone": target.pop("phoneNumber"), **target}
    raise ConfigurationError(f"{name}: a pass_code goes with a phone or an email")


def options(given: SignInOptions | None) -> dict[str, Any]:
    """Return the wire's ``options``.

    Raises:
        ConfigurationError: The scope lacks ``openid``, ``client_ip`` is no address, or ``context``
            or ``custom_data`` hold what JSON cannot.
    """
    if given is None:
        return {}
    if not isinstance(given, SignInOptions):
        raise ConfigurationError("options: wanted SignInOptions")
    if given.scope is not None and "openid" not in given.scope.split():
        raise ConfigurationError("options.scope: wanted openid among the scopes")
    arguments.optional(arguments.ip_address, "options.client_ip", given.client_ip)
    wanted = Sealed(given.to_dict())
    to_json(wanted)  # refused now, before a key is asked for
    return {
        key: conceal_all(value) if key in _SECRET_OPTIONS else value
        for key, value in wanted.open().items()
    }
