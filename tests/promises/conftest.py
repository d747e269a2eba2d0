"""The same trials for every promise: two people, lost answers, odd values, a second process."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from authing_mfa import AuthenticationClient, ManagementClient
from authing_mfa.sandbox import Sandbox, SandboxUser

from .people import Lost, Person, Program, run_program, sign_in


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    """Serve the sandbox of a module's tests."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """Give a service in its first state."""
    served.reset()
    return served


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[AuthenticationClient]:
    """Give the application's client, without a user."""
    with AuthenticationClient(
        app_id=sandbox.app_id, app_host=sandbox.url, lang="en-US", timeout=5, deadline=10
    ) as app:
        yield app


@pytest.fixture
def admin(sandbox: Sandbox) -> Iterator[ManagementClient]:
    """Give the administrator's client."""
    with ManagementClient(**sandbox.management_credentials, timeout=5, deadline=10) as admin:
        yield admin


@pytest.fixture
def anna_user(sandbox: Sandbox) -> SandboxUser:
    """Give a user with an authenticator and a bound phone."""
    return sandbox.add_user(
        username="anna",
        phone="13800000000",
        email="anna@example.com",
        password="anna's example password",
        factors=["OTP", "SMS"],
    )


@pytest.fixture
def ben_user(sandbox: Sandbox) -> SandboxUser:
    """Give a user with a bound address."""
    return sandbox.add_user(
        username="ben",
        phone="13900000000",
        email="ben@example.com",
        password="ben's example password",
        factors=["EMAIL"],
    )


@pytest.fixture
def anna(app: AuthenticationClient, anna_user: SandboxUser) -> Person:
    """Give Anna, signed in."""
    return sign_in(app, anna_user)


@pytest.fixture
def ben(app: AuthenticationClient, ben_user: SandboxUser) -> Person:
    """Give Ben, signed in beside Anna on the same client."""
    return sign_in(app, ben_user)


@pytest.fixture
def lost_before(sandbox: Sandbox) -> Lost:
    """Lose an answer before the service has done anything."""
    return Lost(sandbox, "reset")


@pytest.fixture
def lost_after(sandbox: Sandbox) -> Lost:
    """Lose an answer after the service has done what it was asked."""
    return Lost(sandbox, "drop")


@pytest.fixture
def second_process() -> Program:
    """Give what runs a program in another process and returns its JSON."""
    return run_program


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Give all that the package logs."""
    caplog.set_level(logging.DEBUG)
    return caplog
