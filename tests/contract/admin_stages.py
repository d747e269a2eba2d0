"""Two places for the scenarios of an administrator: the mocked wire, and the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest

from authing_mfa import ManagementClient
from authing_mfa.sandbox import Sandbox

each_signing = pytest.mark.parametrize("signing", [None, "authing", "genauth"], indirect=True)


class AdminStage(Protocol):
    """A service with a pool of users, one application, and a client of its administrator."""

    client: ManagementClient
    app_id: str

    def add_user(self, *factors: str, **facts: str) -> str:
        """Let there be a user with these factors and facts; return its id."""

    def require_mfa(self, *kinds: str) -> None:
        """Let the application ask for one of these kinds."""

    def turn(self, habit: str) -> None:
        """Let the deployment have a habit that others have not."""

    def expire_token(self) -> None:
        """Let the client's token be good no longer."""

    def reject_key(self) -> None:
        """Let the client's key be good no longer."""

    def misbehave(self, fault: str, name: str) -> None:
        """Let the next answer of an endpoint be spoilt, or come in place of the service's."""


class SandboxAdminStage:
    """The sandbox, over HTTP."""

    def __init__(self, sandbox: Sandbox, signing: str | None) -> None:
        self._sandbox = sandbox
        self._key = sandbox.add_access_key()
        self._signing = signing
        self.app_id = sandbox.app_id
        self.client = ManagementClient(**self._key, signing=signing, max_retries=0)

    def add_user(self, *factors: str, **facts: str) -> str:
        return self._sandbox.add_user(factors=factors, **facts).user_id

    def require_mfa(self, *kinds: str) -> None:
        self._sandbox.require_mfa("application", methods=list(kinds))

    def turn(self, habit: str) -> None:
        name, value = {
            "text": ("enabled_factors_form", "text"),
            "adds": ("global_mfa_update", "add"),
            "no disabling": ("global_mfa_disable", False),
            "flags": ("mfa_info_values", "flag"),
            "sets nothing": ("mfa_status_success", False),
            "no replacing": ("import_otp_replaces", False),
        }[habit]
        setattr(self._sandbox.settings, name, value)

    def expire_token(self) -> None:
        self._sandbox.clock.advance(self._sandbox.settings.management_token_lifetime + 1)

    def reject_key(self) -> None:
        self.client.close()
        wrong = {**self._key, "access_key_secret": "example-other-secret"}
        self.client = ManagementClient(**wrong, signing=self._signing, max_retries=0)

    def misbehave(self, fault: str, name: str) -> None:
        faults = self._sandbox.faults
        plans: dict[str, Callable[[], object]] = {
            "throttled": lambda: faults.throttle(retry_after=7, path=name),
            "unavailable": lambda: faults.status(503, path=name),
            "third party": lambda: faults.status(601, path=name),
            "gateway page": lambda: faults.html(502, path=name),
            "page": lambda: faults.html(200, path=name),
            "cut": lambda: faults.truncate(path=name),
            "dropped": lambda: faults.drop(path=name),
            "extra keys": lambda: faults.extra_fields(path=name),
            "null data": lambda: faults.null_fields("data", path=name),
        }
        plans[fault]()
