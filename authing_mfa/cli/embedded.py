"""The sandbox that runs in the command's own process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from authing_mfa import ConfigurationError

from . import output

if TYPE_CHECKING:
    from authing_mfa.sandbox import Message, Sandbox, SandboxUser


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
        ConfigurationError: The extra is missing, or port or seed will not do.
    """
    try:
        from authing_mfa.sandbox import Sandbox

        sandbox = Sandbox(port=port, seed=seed)
        sandbox.start()
    except (ImportError, OSError, ValueError, OverflowError) as error:
        raise ConfigurationError(f"sandbox: {error}") from None
    try:
        if asks_mfa:
            sandbox.require_mfa("application")
        yield sandbox, sandbox.users[0] if sandbox.users else _person(sandbox, factors)
    finally:
        sandbox.stop()


def kind(message: Message) -> str:
    """Return how a message was sent."""
    return "E-mail" if message.email else "SMS"


def show(message: Message) -> None:
    """Show on standard error what the sandbox has sent."""
    text = f"{kind(message)} to {message.address} ({message.channel}): {message.code}"
    output.note(f"sandbox: {text}", "magenta")


def _person(sandbox: Sandbox, factors: Sequence[str]) -> SandboxUser:
    return sandbox.add_user(
        username="user", phone="13800000000", email="user@example.com", factors=factors
    )
