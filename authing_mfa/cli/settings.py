"""Options that many commands share, and the environment behind them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import attrs
import click
from click.core import ParameterSource

from authing_mfa import ConfigurationError

from .._secrets import conceal
from . import ask, output
from .output import Output

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]

VARIABLES: Final = {
    "app_host": "AUTHING_APP_HOST",
    "app_id": "AUTHING_APP_ID",
    "app_secret": "AUTHING_APP_SECRET",
    "access_token": "AUTHING_ACCESS_TOKEN",
    "api_host": "AUTHING_API_HOST",
    "access_key_id": "AUTHING_ACCESS_KEY_ID",
    "access_key_secret": "AUTHING_ACCESS_KEY_SECRET",
}
API_HOST: Final = "https://api.authing.cn"
"""Where the management API is, unless something else is said."""
SANDBOX: Final = "sandbox"


@attrs.define(kw_only=True)
class Settings:
    """What the shared options say; None where one was not given."""

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
        """What writes the command's result."""
        return Output(self.as_json)

    @property
    def wants_sandbox(self) -> bool:
        """Whether the command is to run on an embedded sandbox."""
        return self.value("app_host") == SANDBOX

    def value(self, name: str) -> str | None:
        """Return what an option says, or else its environment variable."""
        option = self.host if name.endswith("_host") else conceal(getattr(self, name))
        return option or conceal(os.environ.get(VARIABLES[name])) or None

    def required(self, name: str) -> str:
        """Return a value that must be there.

        Raises:
            ConfigurationError: It is not.
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
        """The language of messages and hints: as asked for, or as the environment's locale."""
        names = ("LC_ALL", "LC_MESSAGES", "LANG")
        locale = next((found for name in names if (found := os.environ.get(name))), "")
        return self.lang or ("zh-CN" if locale.lower().startswith("zh") else "en-US")


def warned(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return a secret option's value, or a line of standard input for ``-``; warn of the first."""
    value = conceal(value)
    if value == "-":
        return ask.next_line(option.opts[0])
    if value and context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE:
        output.note(
            f"warning: {option.opts[0]} on the command line shows in the process list and stays "
            "in the shell's history",
            "yellow",
        )
    return value


def secret_option(flag: str, text: str) -> Decorator[Any]:
    """Declare an option of one command whose value is a secret."""
    return click.option(flag, metavar="VALUE", callback=warned, help=f"{text} {_HOW}")


def _remember(context: click.Context, option: click.Parameter, value: Any) -> None:
    """Keep an option where every command below finds it; the innermost one given counts."""
    settings = context.ensure_object(Settings)
    if context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE:
        setattr(settings, str(option.name), value)


def _remember_secret(context: click.Context, option: click.Parameter, value: str | None) -> None:
    value = conceal(value)
    _remember(context, option, warned(context, option, value))


def _shared(*flags: str, secret: bool = False, text: str, **kind: Any) -> Decorator[Any]:
    if secret:
        text, kind = f"{text} {_HOW}", {**kind, "metavar": "VALUE"}
    callback = _remember_secret if secret else _remember
    return click.option(*flags, callback=callback, expose_value=False, help=text, **kind)


def _all(*options: Decorator[Any]) -> Decorator[Any]:
    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_HOW: Final = "`-` reads it from standard input."

common: Decorator[Any] = _all(
    _shared("--json", "as_json", is_flag=True, text="Write JSON, errors included."),
    _shared(
        "--host",
        metavar="URL",
        text="Where the service is (AUTHING_APP_HOST; for admin AUTHING_API_HOST), or `sandbox` "
        "for a fresh one in this process.",
    ),
    _shared("--lang", metavar="TAG", text="Language of messages, such as en-US or zh-CN."),
    _shared(
        "--ca-bundle",
        type=click.Path(exists=True),
        text="Certificates of your own authority, a PEM file.",
    ),
    _shared(
        "--deadline", type=float, metavar="SECONDS", text="Longest time for one call; default 30."
    ),
    _shared(
        "--genauth-headers", is_flag=True, text="Send x-genauth- headers beside x-authing- ones."
    ),
)
"""Options of every command and group."""

application: Decorator[Any] = _all(
    _shared("--app-id", metavar="ID", text="The application's id (AUTHING_APP_ID)."),
    _shared("--app-secret", secret=True, text="Its secret, if it has one (AUTHING_APP_SECRET)."),
    _shared(
        "--client-auth",
        type=click.Choice(["client_secret_post", "client_secret_basic", "none"]),
        text="How the application proves itself, as its settings say.",
    ),
)
"""Options of commands that speak for an application."""

user: Decorator[Any] = _all(
    application,
    _shared(
        "--access-token",
        secret=True,
        text="The user's token (AUTHING_ACCESS_TOKEN); asked for where there is none.",
    ),
    _shared(
        "--keyring",
        is_flag=True,
        text="Take the token that `sign-in --keyring` put into the system's keyring.",
    ),
)
"""Options of commands that act for a signed-in user."""

key: Decorator[Any] = _all(
    _shared(
        "--access-key-id", metavar="ID", text="The administrator's key (AUTHING_ACCESS_KEY_ID)."
    ),
    _shared(
        "--access-key-secret",
        secret=True,
        text="Its secret (AUTHING_ACCESS_KEY_SECRET); asked for where there is none.",
    ),
)
"""Options of an administrator's commands."""
