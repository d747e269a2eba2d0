"""pytest fixtures: a sandbox with fresh state for each test, and a client of one of its users.

The sandbox, which needs an extra, is imported when a fixture is first used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from . import AuthenticationClient

if TYPE_CHECKING:
    from .sandbox import Sandbox, SandboxUser

_SANDBOX: pytest.StashKey[Sandbox] = pytest.StashKey()


@pytest.fixture(scope="session")
def _served_sandbox() -> Iterator[Sandbox]:
    from .sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def authing_sandbox(_served_sandbox: Sandbox, request: pytest.FixtureRequest) -> Sandbox:
    """Return a running sandbox without users, messages, faults or settings of other tests.

    Their listeners hear nothing of this test, and a sandbox that they stopped runs again.
    """
    _served_sandbox.start()
    _served_sandbox.reset()
    _served_sandbox.outbox.mute()
    request.node.stash[_SANDBOX] = _served_sandbox
    return _served_sandbox


@pytest.fixture
def mfa_user(authing_sandbox: Sandbox) -> SandboxUser:
    """Return a new user of the sandbox, with a phone and an e-mail and no factors."""
    return authing_sandbox.add_user(phone="13800000000", email="user@example.com")


@pytest.fixture
def mfa_client(mfa_user: SandboxUser) -> Iterator[AuthenticationClient]:
    """Yield a client that is signed in as ``mfa_user``; it is closed afterwards."""
    with AuthenticationClient(**mfa_user.credentials) as client:
        yield client


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a failing test's last requests in its report."""
    report = yield
    sandbox = item.stash.get(_SANDBOX, None)
    if report.failed and sandbox is not None and len(sandbox.journal):
        report.sections.append(("authing sandbox journal", sandbox.journal.tail()))
    return report
