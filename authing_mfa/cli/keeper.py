"""Tokens in the system's keyring, where a person asks for that by name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from authing_mfa import ConfigurationError

from .._secrets import conceal

_SERVICE: Final = "authing-mfa"


def put(host: str, app_id: str, token: str) -> None:
    """Store the token of an application's user in place of an earlier one."""
    token = conceal(token)
    with _opened() as keyring:
        keyring.set_password(_SERVICE, _name(host, app_id), str(token))


def find(host: str, app_id: str) -> str | None:
    """Return the stored token, None where there is none.

    Raises:
        ConfigurationError: There is no keyring.
    """
    with _opened() as keyring:
        token: str | None = conceal(keyring.get_password(_SERVICE, _name(host, app_id)))
    return token


def remove(host: str, app_id: str) -> None:
    """Remove the stored token.

    Raises:
        ConfigurationError: There is none, or no keyring.
    """
    with _opened() as keyring:
        keyring.delete_password(_SERVICE, _name(host, app_id))


def take(host: str, app_id: str) -> str:
    """Return the stored token.

    Raises:
        ConfigurationError: There is none, or no keyring.
    """
    token = find(host, app_id)
    if token is None:
        raise ConfigurationError(
            "the system's keyring holds no token of this application; see sign-in --keyring"
        )
    return token


def _name(host: str, app_id: str) -> str:
    return f"{app_id} at {host.rstrip('/')}"


@contextlib.contextmanager
def _opened() -> Iterator[Any]:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise ConfigurationError(
            'the keyring needs an extra: pip install "authing-mfa[keyring]"'
        ) from None
    try:
        yield keyring
    except keyring.errors.KeyringError as error:
        kind = type(error).__name__
        raise ConfigurationError(f"the system's keyring cannot be used ({kind})") from None
