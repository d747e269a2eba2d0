"""``python -m authing_mfa.sandbox``: serve the sandbox and show what it sends."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence

from . import Message, Sandbox, SandboxUser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; the exit code is 0, or 2 for a port or seed that will not do."""
    options = _parser().parse_args(arguments)
    try:
        sandbox = Sandbox(port=options.port, seed=options.seed)
        sandbox.start()
    except (OSError, ValueError, OverflowError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    try:
        sandbox.outbox.listen(_show)
        _introduce(sandbox)
        _wait()
    except KeyboardInterrupt:
        print("\nsandbox: stopped", flush=True)
    finally:
        sandbox.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m authing_mfa.sandbox",
        description="Serve a sandbox of the Authing / GenAuth MFA API on this machine.",
    )
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--seed", metavar="FILE", help="JSON with users to begin with")
    return parser


def _introduce(sandbox: Sandbox) -> None:
    user = _first_user(sandbox)
    lines = (
        f"AUTHING_APP_HOST={sandbox.url}",
        f"AUTHING_APP_ID={sandbox.app_id}",
        f"AUTHING_APP_SECRET={sandbox.app_secret}",
        f"AUTHING_ACCESS_TOKEN={user.access_token}",
        f"AUTHING_API_HOST={sandbox.url}",
        f"AUTHING_ACCESS_KEY_ID={sandbox.access_key_id}",
        f"AUTHING_ACCESS_KEY_SECRET={sandbox.access_key_secret}",
        f"# user {user.user_id}: username {user.username}, password {user.password}",
        f"# open {sandbox.url} in a browser to see all that happens, and to make it happen",
        f"# {sandbox.url}/openapi.json describes it to tools and generators",
        "# every code that the sandbox sends shows below; Ctrl-C ends it",
    )
    print(*lines, sep="\n", flush=True)


def _first_user(sandbox: Sandbox) -> SandboxUser:
    users = sandbox.users
    if users:
        return users[0]
    return sandbox.add_user(phone="13800000000", email="user@example.com", username="user")


def _show(message: Message) -> None:
    kind = "E-mail" if message.email else "SMS"
    print(f"{kind} to {message.address} ({message.channel}): {message.code}", flush=True)


def _wait() -> None:
    forever = threading.Event()
    while not forever.wait(1):  # a wait without an end cannot be interrupted on Windows
        pass


if __name__ == "__main__":
    sys.exit(main())
