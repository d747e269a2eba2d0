from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from authing_mfa import (
    AuthenticationClient,
    ManagementClient,
    MFAChallenge,
    SignInOptions,
    TokenSet,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .answers import EMAIL, PHONE
from .flows import challenged

Connect: TypeAlias = Callable[..., AuthenticationClient]


@pytest.fixture(scope="session")
def served() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """Give a sandbox of fresh state; its clock runs with this machine's until it is moved."""
    served.reset()
    return served


@pytest.fixture
def user(sandbox: Sandbox) -> SandboxUser:
    """Give a user with a phone, an e-mail, an authenticator and a face, each bound."""
    return sandbox.add_user(
        username="example-user", phone=PHONE, email=EMAIL, factors=["SMS", "EMAIL", "OTP", "FACE"]
    )


@pytest.fixture
def newcomer(sandbox: Sandbox) -> SandboxUser:
    """Give a user without a factor."""
    return sandbox.add_user(username="example-newcomer")


@pytest.fixture
def connect(sandbox: Sandbox) -> Iterator[Connect]:
    """Give a maker of clients of the sandbox that nobody is signed in to, closed afterwards."""
    with contextlib.ExitStack() as stack:

        def make(**options: Any) -> AuthenticationClient:
            usual = {"app_id": sandbox.app_id, "app_host": sandbox.url, "lang": "en-US"}
            return stack.enter_context(AuthenticationClient(**{**usual, **options}))

        yield make


@pytest.fixture
def client(connect: Connect) -> AuthenticationClient:
    return connect()


@pytest.fixture
def challenge(sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser) -> MFAChallenge:
    return challenged(sandbox, client, user)


@pytest.fixture
def administrator(sandbox: Sandbox) -> Iterator[ManagementClient]:
    with ManagementClient(
        access_key_id=sandbox.access_key_id,
        access_key_secret=sandbox.access_key_secret,
        host=sandbox.url,
    ) as client:
        yield client


@pytest.fixture
def tokens(client: AuthenticationClient, user: SandboxUser) -> TokenSet:
    options = SignInOptions(scope="openid offline_access")
    return client.sign_in("example-user", password=user.password, options=options)


def arrivals(sandbox: Sandbox, path: str) -> int:
    """Return how many requests for a path the sandbox has had."""
    return sum(entry.path == path for entry in sandbox.journal)
