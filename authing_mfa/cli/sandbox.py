"""The sandbox in the command's own process, and ``authing-mfa sandbox``, which serves one."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from .. import ConfigurationError
from . import output
from .settings import Settings, for_command

if TYPE_CHECKING:
    from ..sandbox import Message, Sandbox, SandboxUser


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
@click.option("--seed", type=click.Path(exists=True), help="JSON with users to begin with.")
@for_command
def sandbox(settings: Settings, port: int, seed: str | None) -> int:
    """Serve a sandbox until Ctrl-C, and show what it sends.

    With --json: a line that says how to reach it, then a line a message.
    """
    if settings.as_json:
        return _serve_json(port, seed)
    try:
        from ..sandbox.__main__ import main
    except ImportError as error:
        raise ConfigurationError(str(error)) from None
    return main(["--port", str(port), *(["--seed", seed] if seed else [])])


@contextlib.contextmanager
def running(
    factors: Sequence[str], *, asks_mfa: bool = False, port: int = 0, seed: str | None = None
) -> Iterator[tuple[Sandbox, SandboxUser]]:
    """Serve a sandbox, and give it with its first user.

    Args:
        factors: What the user has bound; not for a seed's user.
        asks_mfa: Whether a sign-in needs a second factor.
        port: 0 for a free one.
        seed: A JSON file with users to begin with.

    Raises:
        ConfigurationError: The extra is missing, or port or seed cannot be used.
    """
    try:
        from ..sandbox import Sandbox

        server = Sandbox(port=port, seed=seed)
        server.start()
    except (ImportError, OSError, ValueError, OverflowError) as error:
        raise ConfigurationError(f"sandbox: {error}") from None
    try:
        if asks_mfa:
            server.require_mfa("application")
        yield server, server.users[0] if server.users else _new_user(server, factors)
    finally:
        server.stop()


def credentials(server: Sandbox, user: SandboxUser) -> dict[str, Any]:
    """Return what the application, an administrator and a user are known by."""
    return {
        "app_id": server.app_id,
        "app_secret": server.app_secret,
        "access_key_id": server.access_key_id,
        "access_key_secret": server.access_key_secret,
        "access_token": user.access_token,
    }


def show(message: Message) -> None:
    """Show on standard error a message that the sandbox has sent."""
    text = f"{_kind(message)} to {message.address} ({message.channel}): {message.code}"
    output.note(f"sandbox: {text}", "magenta")


def _kind(message: Message) -> str:
    return "E-mail" if message.email else "SMS"


def _new_user(server: Sandbox, factors: Sequence[str]) -> SandboxUser:
    return server.add_user(
        username="user", phone="13800000000", email="user@example.com", factors=factors
    )


def _serve_json(port: int, seed: str | None) -> int:
    with running((), port=port, seed=seed) as (server, user):
        introduction = {
            "app_host": server.url,
            **credentials(server, user),
            "username": user.username,
            "password": user.password,
        }
        output.write_json(introduction, indent=None)
        server.outbox.listen(_write)
        forever = threading.Event()
        with contextlib.suppress(KeyboardInterrupt):
            while not forever.wait(1):  # a wait without an end cannot be interrupted on Windows
                pass
    return 0


def _write(message: Message) -> None:
    facts = {
        "kind": _kind(message),
        "to": message.address,
        "channel": message.channel,
        "code": message.code,
    }
    output.write_json(facts, indent=None)
