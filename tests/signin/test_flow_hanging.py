"""Calls within a call that hang, over HTTP against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from authing_mfa import PasswordEncryption, RequestTimeoutError, TokenSet
from authing_mfa.sandbox import Sandbox, SandboxUser

from .conftest import Connect
from .flows import THREADS, all_at_once, ending_in

pytestmark = pytest.mark.slow

_REFRESH = "/oidc/token"
_FACTORS = "/api/v3/list-enrolled-factors"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Give one of its own: what it answers too late would stand in another test's journal."""
    with Sandbox() as sandbox:
        yield sandbox


def test_threads_end_with_their_deadline_where_the_refresh_hangs(
    sandbox: Sandbox, connect: Connect, tokens: TokenSet
) -> None:
    sandbox.faults.latency(2, path=_REFRESH, times=None)
    client = connect(access_token=ending_in(tokens, -1), deadline=0.5)

    def call() -> RequestTimeoutError:
        with pytest.raises(RequestTimeoutError) as caught:
            client.list_enrolled_factors()
        return caught.value

    errors = all_at_once(call)
    assert {error.path for error in errors} <= {_REFRESH, _FACTORS}
    assert not any(error.outcome_unknown for error in errors if error.path == _FACTORS)


def test_early_refresh_that_hangs_leaves_time_for_the_call(
    sandbox: Sandbox, connect: Connect, tokens: TokenSet
) -> None:
    sandbox.faults.latency(5, path=_REFRESH)
    client = connect(access_token=ending_in(tokens, 30), deadline=2)
    assert len(client.list_enrolled_factors()) == 4


def test_threads_do_not_wait_for_a_refresh_while_the_old_token_stands(
    sandbox: Sandbox, connect: Connect, tokens: TokenSet
) -> None:
    sandbox.faults.latency(2, path=_REFRESH, times=None)
    client = connect(access_token=ending_in(tokens, 30), timeout=0.5, deadline=1)
    found = all_at_once(client.list_enrolled_factors)
    assert [len(factors) for factors in found] == [4] * THREADS


def test_one_deadline_bounds_the_key_and_the_sign_in(
    sandbox: Sandbox, connect: Connect, user: SandboxUser
) -> None:
    sandbox.faults.latency(0.7, path="/api/v3/system")
    sandbox.faults.latency(0.7, path="/api/v3/signin")
    with pytest.raises(RequestTimeoutError):
        connect(deadline=1).sign_in(
            "example-user", password=user.password, encryption=PasswordEncryption()
        )
