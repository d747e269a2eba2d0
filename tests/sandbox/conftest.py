"""One server for all these tests; fresh state, and a clock that stands, for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.browser import browser  # noqa: F401

from .calls import EMAIL, PHONE, Caller, management_token


@pytest.fixture(scope="session")
def served() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    served.reset()
    served.clock.freeze()
    return served


@pytest.fixture
def user(sandbox: Sandbox) -> SandboxUser:
    return sandbox.add_user(phone=PHONE, email=EMAIL)


@pytest.fixture
def caller(sandbox: Sandbox, user: SandboxUser) -> Iterator[Caller]:
    with Caller(sandbox, user.access_token) as caller:
        yield caller


@pytest.fixture
def stranger(sandbox: Sandbox) -> Iterator[Caller]:
    with Caller(sandbox) as caller:
        yield caller


@pytest.fixture
def back_end(stranger: Caller) -> Caller:
    """A caller with a management token."""
    token = management_token(stranger)["data"]["access_token"]
    stranger.session.headers["authorization"] = f"Bearer {token}"
    return stranger
