"""Tokens in the system's keyring, where a person asks for that by name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from .. import ConfigurationError
from .._secrets import conceal
from .settings import Settings

_SERVICE: Final = "authing-mfa"


def save(settings: Settings, token: str) -> None:
    """Store the token of the application's user in place of an earlier one.

    Raises:
        ConfigurationError: There is no keyring.
    """
    token = conceal(token)
    with _opened() as keyring:
        keyring.set_password(_SERVICE, _name(settings), str(token))


def find(settings: Settings) -> str | None:
    """Return the stored token, None where there is none.

    Raises:
        ConfigurationError: There is no keyring.
    """
    with _opened() as keyring:
        token: str | None = conceal(keyring.get_password(_SERVICE, _name(settings)))
    return token


def load(settings: Settings) -> str:
    """Return the stored token.

    Raises:
        ConfigurationError: There is none, or no keyring.
    """
    token = find(settings)
    if token is None:
        raise ConfigurationError(
            "the system's keyring holds no token of this application; see sign-in --keyring"
        )
    return token


def remove(settings: Settings) -> None:
    """Remove the stored token.

    Raises:
        ConfigurationError: There is none, or no keyring.
    """
    with _opened() as keyring:
        keyring.delete_password(_SERVICE, _name(settings))


def _name(settings: Settings) -> str:
    return f"{settings.required('app_id')} at {settings.required('app_host').rstrip('/')}"


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
