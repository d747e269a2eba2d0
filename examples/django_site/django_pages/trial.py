"""An embedded sandbox in place of a tenant, for a first look; a deployed site does not use it."""

from __future__ import annotations

import atexit
import os

from authing_mfa.sandbox import Message, Sandbox


def play_the_tenant() -> None:
    """Serve a sandbox and put it in the environment, unless that names a tenant already."""
    if any(name in os.environ for name in ("AUTHING_APP_ID", "AUTHING_APP_HOST")):
        return
    sandbox = Sandbox()
    sandbox.start()
    atexit.register(sandbox.stop)
    sandbox.require_mfa("application", ["EMAIL", "OTP", "SMS"])
    user = sandbox.add_user(
        username="user", phone="13800000000", email="user@example.com", factors=["EMAIL"]
    )
    sandbox.outbox.listen(_show)
    os.environ["AUTHING_APP_HOST"] = sandbox.url
    os.environ["AUTHING_APP_ID"] = sandbox.app_id
    os.environ["AUTHING_APP_SECRET"] = sandbox.app_secret
    print("No tenant in the environment: an embedded sandbox plays it.")
    print(f"Sign in as {user.username} with the password {user.password}", flush=True)


def _show(message: Message) -> None:
    print(f"Code for {message.address}: {message.code}", flush=True)
