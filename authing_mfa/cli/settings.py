"""Options that many commands share, and the environment variables behind them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

import attrs
import click
from click.core import ParameterSource

from .. import ConfigurationError
from .._auth.application import CLIENT_AUTH_MODES
from .._http.options import DEADLINE
from .._secrets import conceal
from ..management import PUBLIC_HOST
from . import ask
from .output import Output, note

Decorator = Callable[[Any], Any]

VARIABLES: Final = {
    "app_host": "AUTHING_APP_HOST",
    "app_id": "AUTHING_APP_ID",
    "app_secret": "AUTHING_APP_SECRET",
    "access_token": "AUTHING_ACCESS_TOKEN",
    "api_host": "AUTHING_API_HOST",
    "access_key_id": "AUTHING_ACCESS_KEY_ID",
    "access_key_secret": "AUTHING_ACCESS_KEY_SECRET",
}


@attrs.define(kw_only=True)
class Settings:
    """Values of the shared options; None where one was not given."""

    as_json: bool = False
    host: str | None = None
    lang: str | None = None
    ca_bundle: str | None = None
    deadline: float | None = None
    genauth_headers: bool = False
    app_id: str | None = None
    app_secret: str | None = attrs.field(default=None, repr=False)
    client_auth: str | None = None
    access_token: str | None = attrs.field(default=None, repr=False)
    keyring: bool = False
    access_key_id: str | None = None
    access_key_secret: str | None = attrs.field(default=None, repr=False)

    @property
    def output(self) -> Output:
        """The writer of the command's result."""
        return Output(self.as_json)

    @property
    def management_host(self) -> str:
        """The host of the management API: as given, or the public one."""
        return self.value("api_host") or PUBLIC_HOST

    def value(self, name: str) -> str | None:
        """Return an option's value, or else its environment variable's."""
        option = self.host if name.endswith("_host") else conceal(getattr(self, name))
        return option or conceal(os.environ.get(VARIABLES[name])) or None

    def required(self, name: str) -> str:
        """Return an option's value, or else its environment variable's.

        Raises:
            ConfigurationError: Neither is given.
        """
        value = self.value(name)
        if value is None:
            flag = "host" if name.endswith("_host") else name.replace("_", "-")
            raise ConfigurationError(
                f"{name}: pass --{flag}, or set {VARIABLES[name]}; to try without an account, use "
                "--host sandbox"
            )
        return value

    @property
    def language(self) -> str:
        """The language of messages and hints: as given, or as the environment's locale."""
        names = ("LC_ALL", "LC_MESSAGES", "LANG")
        locale = next((found for name in names if (found := os.environ.get(name))), "")
        return self.lang or ("zh-CN" if locale.lower().startswith("zh") else "en-US")


class _Secret(click.ParamType):  # type: ignore[type-arg]  # generic in new releases only
    """A secret given as an option, with a warning, or for ``-`` as a line of standard input."""

    name = "value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        value = conceal(value)
        flag = param.opts[0] if param is not None else "secret"
        if value == "-":
            return ask.next_line(flag)
        if value:
            note(
                f"warning: {flag} on the command line shows in the process list and stays in the "
                "shell's history",
                "yellow",
            )
        return value


def secret_option(
    flag: str, text: str, declare: Callable[..., Decorator] = click.option
) -> Decorator:
    """Declare an option whose value is a secret."""
    text = f"{text} `-` reads it from standard input."
    return declare(flag, type=_Secret(), help=text)


def _shared(*flags: str, **more: Any) -> Decorator:
    """Declare an option that is stored in the settings."""
    return click.option(*flags, callback=_store, expose_value=False, **more)


def _store(context: click.Context, option: click.Parameter, value: Any) -> None:
    """Store an option for every command below; the innermost one given counts."""
    settings = context.ensure_object(Settings)
    if context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE:
        setattr(settings, str(option.name), value)


def _combined(*decorators: Decorator) -> Decorator:
    """Combine decorators into one that applies them as if written below each other."""

    def decorate(command: Any) -> Any:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


_COMMON: Final = (
    _shared("--json", "as_json", is_flag=True, help="Write JSON, errors included."),
    _shared(
        "--host",
        metavar="URL",
        help="Where the service is (AUTHING_APP_HOST; for admin AUTHING_API_HOST), or `sandbox` "
        "for a fresh one in this process.",
    ),
    _shared("--lang", metavar="TAG", help="Language of messages, such as en-US or zh-CN."),
    _shared(
        "--ca-bundle",
        type=click.Path(exists=True),
        help="Certificates of your own authority, a PEM file.",
    ),
    _shared(
        "--deadline",
        type=float,
        metavar="SECONDS",
        help=f"Longest time for one call; default {DEADLINE}.",
    ),
    _shared(
        "--genauth-headers", is_flag=True, help="Send x-genauth- headers beside x-authing- ones."
    ),
)
_APPLICATION: Final = (
    _shared("--app-id", metavar="ID", help="The application's id (AUTHING_APP_ID)."),
    secret_option("--app-secret", "Its secret, if it has one (AUTHING_APP_SECRET).", _shared),
    _shared(
        "--client-auth",
        type=click.Choice(CLIENT_AUTH_MODES),
        help="How the application proves itself, as its settings say.",
    ),
)
_USER: Final = (
    *_APPLICATION,
    secret_option(
        "--access-token",
        "The user's token (AUTHING_ACCESS_TOKEN); asked for where there is none.",
        _shared,
    ),
    _shared(
        "--keyring",
        is_flag=True,
        help="Take the token that `sign-in --keyring` put into the system's keyring.",
    ),
)
_KEY: Final = (
    _shared(
        "--access-key-id", metavar="ID", help="The administrator's key (AUTHING_ACCESS_KEY_ID)."
    ),
    secret_option(
        "--access-key-secret",
        "Its secret (AUTHING_ACCESS_KEY_SECRET); asked for where there is none.",
        _shared,
    ),
)

for_group: Final = _combined(*_COMMON)
"""Give a group the options that all of its commands have."""
for_command: Final = _combined(*_COMMON, click.pass_obj)
"""Give a command the options of every command, and the settings as its first argument."""
for_application: Final = _combined(*_COMMON, *_APPLICATION, click.pass_obj)
"""Likewise, and the options of a call that an application makes."""
for_user: Final = _combined(*_COMMON, *_USER, click.pass_obj)
"""Likewise, and the options of a call that a signed-in user makes."""
for_administrator: Final = _combined(*_COMMON, *_KEY, click.pass_obj)
"""Likewise, and the options of a call that an administrator makes."""
for_all_callers: Final = _combined(*_COMMON, *_USER, *_KEY, click.pass_obj)
"""Likewise, and the options of users and administrators."""
