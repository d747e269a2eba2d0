"""What a sign-in sends; what cannot work is refused here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from . import _checks, _factors
from ._mask import Sealed, conceal, conceal_all
from ._wire import to_json
from .errors import ConfigurationError

if TYPE_CHECKING:
    from ._passwords import PasswordEncryption
    from .signin import SignInOptions

_SECRET: Final = ("context", "customData", "captchaCode")
DIRECTORIES: Final = ("LDAP", "AD")


def account(given: Mapping[str, object]) -> tuple[str, str]:
    """Return the one way in which the user is named, and the name.

    Raises:
        ConfigurationError: There is none, or more than one.
    """
    named = [(name, value) for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise ConfigurationError(
            f"sign_in: wanted one of {', '.join(given)}; got {len(named)} of them"
        )
    name, value = named[0]
    checked = _checks.text(name, value)
    return name, _factors.phone(checked, None)["phoneNumber"] if name == "phone" else checked


def credentials(
    name: str,
    value: str,
    *,
    password: str | None,
    pass_code: str | None,
    phone_country_code: str | None,
    directory: str | None,
) -> tuple[str, dict[str, Any]]:
    """Return the wire's ``connection`` and what its payload holds.

    Raises:
        ConfigurationError: Password and code are both there, or neither; or they do not go with
            the account or the directory.
    """
    if (password is None) == (pass_code is None):
        raise ConfigurationError("sign_in: wanted either a password or a pass_code")
    if phone_country_code is not None and (pass_code is None or name != "phone"):
        raise ConfigurationError("phone_country_code: it goes with a phone and a pass_code")
    if pass_code is not None:
        _refuse_directory(directory)
        return "PASSCODE", _by_code(name, value, pass_code, phone_country_code)
    payload = {"password": _checks.text("password", password)}
    if directory is None:
        return "PASSWORD", {**payload, name: value}
    if directory not in DIRECTORIES or name not in ("account", "username"):
        raise ConfigurationError(
            f"directory: wanted one of {', '.join(DIRECTORIES)}, with an account or a username"
        )
    return directory, {**payload, "sAMAccountName": value}


def payload_key(connection: str) -> str:
    """Return the key under which a connection's payload stands."""
    return {"PASSWORD": "passwordPayload", "PASSCODE": "passCodePayload"}.get(
        connection, f"{connection.lower()}Payload"
    )


def options(given: SignInOptions | None) -> dict[str, Any]:
    """Return the wire's ``options``.

    Raises:
        ConfigurationError: The scope lacks ``openid``, ``client_ip`` is no address, or ``context``
            or ``custom_data`` hold what JSON cannot.
    """
    if given is None:
        return {}
    from .signin import SignInOptions

    if not isinstance(given, SignInOptions):
        raise ConfigurationError("options: wanted SignInOptions")
    if given.scope is not None and "openid" not in str(given.scope).split():
        raise ConfigurationError("options.scope: wanted openid among the scopes")
    _checks.optional(_checks.ip_address, "options.client_ip", given.client_ip)
    wanted = given.to_dict()
    to_json(Sealed(wanted))  # refused now, before a key is asked for
    return {key: conceal_all(value) if key in _SECRET else value for key, value in wanted.items()}


def encryption(given: PasswordEncryption | None) -> PasswordEncryption | None:
    """Return None, or how the password is encrypted."""
    if given is None:
        return None
    from ._passwords import PasswordEncryption

    if not isinstance(given, PasswordEncryption):
        raise ConfigurationError("encryption: wanted PasswordEncryption")
    return given


def _by_code(name: str, value: str, code: str, country_code: str | None) -> dict[str, Any]:
    payload = {"passCode": conceal(_checks.code("pass_code", code))}
    if name == "email":
        return {**payload, "email": _factors.email_address(value)}
    if name == "phone":
        target = _factors.phone(value, country_code)
        return {**payload, "phone": target.pop("phoneNumber"), **target}
    raise ConfigurationError(f"{name}: a pass_code goes with a phone or an email")


def _refuse_directory(directory: str | None) -> None:
    if directory is not None:
        raise ConfigurationError("directory: it goes with a password, not with a pass_code")
