"""`authing-mfa sandbox`: serve a sandbox and show what it sends."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import click

from authing_mfa import ConfigurationError

from . import embedded, output
from .settings import Settings, common

if TYPE_CHECKING:
    from authing_mfa.sandbox import Message, Sandbox, SandboxUser


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
@click.option("--seed", type=click.Path(exists=True), help="JSON with users to begin with.")
@common
@click.pass_context
def sandbox(context: click.Context, port: int, seed: str | None) -> None:
    """Serve a sandbox until Ctrl-C, and show what it sends.

    With --json: a line that says how to reach it, then a line a message.
    """
    settings = context.find_object(Settings) or Settings()
    if settings.as_json:
        _serve_json(port, seed)
    else:
        context.exit(_serve(port, seed))


def _serve(port: int, seed: str | None) -> int:
    try:
        from authing_mfa.sandbox.__main__ import main
    except ImportError as error:
        raise ConfigurationError(str(error)) from None
    return main(["--port", str(port), *(["--seed", seed] if seed else [])])


def _serve_json(port: int, seed: str | None) -> None:
    with embedded.running((), port=port, seed=seed) as (sandbox, person):
        output.write_json(_introduction(sandbox, person), indent=None)
        sandbox.outbox.listen(_write)
        with contextlib.suppress(KeyboardInterrupt):
            _wait()


def _introduction(sandbox: Sandbox, person: SandboxUser) -> dict[str, str | None]:
    return {
        "app_host": sandbox.url,
        "app_id": sandbox.app_id,
        "app_secret": sandbox.app_secret,
        "access_key_id": sandbox.access_key_id,
        "access_key_secret": sandbox.access_key_secret,
        "access_token": person.access_token,
        "username": person.username,
        "password": person.password,
    }


def _write(message: Message) -> None:
    facts = {
        "kind": embedded.kind(message),
        "to": message.address,
        "channel": message.channel,
        "code": message.code,
    }
    output.write_json(facts, indent=None)


def _wait() -> None:
    forever = threading.Event()
    while not forever.wait(1):  # a wait without an end cannot be interrupted on Windows
        pass
