"""Tokens kept fresh over HTTP against the sandbox."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    ConnectionFailedError,
    ServerError,
    TokenSet,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .conftest import Connect, arrivals
from .flows import THREADS, all_at_once, ending_in

_REFRESH = "/oidc/token"
_FACTORS = "/api/v3/list-enrolled-factors"


def test_are_refreshed_before_they_end(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
) -> None:
    signed_in = client.as_user(ending_in(tokens, 30))
    for _ in range(3):
        assert len(signed_in.list_enrolled_factors()) == 4
    assert arrivals(sandbox, _REFRESH) == 1


@pytest.mark.parametrize("key", ["expire_in", "expires_in"])
def test_are_refreshed_under_either_name_of_the_lifetime(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet, key: str
) -> None:
    sandbox.settings.oidc_lifetime_key = key
    stored: list[TokenSet] = []
    client.as_user(ending_in(tokens, -1), on_new_tokens=stored.append).list_enrolled_factors()
    left = stored[0].expires_at - datetime.now(UTC)
    assert timedelta(hours=1) < left <= timedelta(hours=2)


def test_rotated_ones_are_stored_and_go_on_in_another_process(
    connect: Connect, tokens: TokenSet
) -> None:
    stored: list[TokenSet] = []
    held = tokens
    for _ in range(3):
        elsewhere = connect()  # no client of another process knows who has renewed what
        elsewhere.as_user(ending_in(held, -1), on_new_tokens=stored.append).list_enrolled_factors()
        held = TokenSet.from_dict(stored[-1].to_dict())
    assert len({it.refresh_token for it in stored} - {tokens.refresh_token}) == 3


def test_refresh_token_is_kept_where_the_service_does_not_rotate(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
) -> None:
    sandbox.settings.rotate_refresh_token = False
    stored: list[TokenSet] = []
    client.as_user(ending_in(tokens, -1), on_new_tokens=stored.append).list_enrolled_factors()
    assert stored[0].refresh_token == tokens.refresh_token
    assert tokens.access_token != stored[0].access_token


def test_read_after_a_401_is_made_once_more(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
) -> None:
    signed_in = client.as_user(ending_in(tokens, 20_000))
    sandbox.clock.advance(7201)
    assert len(signed_in.list_enrolled_factors()) == 4
    assert (arrivals(sandbox, _FACTORS), arrivals(sandbox, _REFRESH)) == (2, 1)


def test_write_after_a_401_is_not(
    sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser, tokens: TokenSet
) -> None:
    signed_in = client.as_user(ending_in(tokens, 20_000))
    sandbox.clock.advance(7201)
    with pytest.raises(UnauthorizedError):
        signed_in.verify_totp(user.totp_code())
    assert (
        arrivals(sandbox, "/api/v3/mfa-totp-verify"),
        arrivals(sandbox, _REFRESH),
    ) == (1, 0)
    signed_in.verify_totp(user.totp_code())
    assert arrivals(sandbox, _REFRESH) == 1


def test_refused_refresh_means_signing_in_again(
    sandbox: Sandbox, connect: Connect, tokens: TokenSet
) -> None:
    connect().as_user(ending_in(tokens, -1)).list_enrolled_factors()
    with pytest.raises(UnauthorizedError, match="sign in again") as caught:
        connect().as_user(ending_in(tokens, -1)).list_enrolled_factors()
    assert caught.value.path == _REFRESH
    assert (arrivals(sandbox, _FACTORS), arrivals(sandbox, _REFRESH)) == (1, 2)


@pytest.mark.parametrize("fault", ["reset", "drop", "html", "status", "throttle"])
def test_old_token_stands_in_while_the_refresh_fails(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet, fault: str
) -> None:
    getattr(sandbox.faults, fault)(path=_REFRESH)
    signed_in = client.as_user(ending_in(tokens, 30))
    assert len(signed_in.list_enrolled_factors()) == 4
    assert arrivals(sandbox, _REFRESH) == 1


def test_refresh_that_failed_is_made_a_little_later(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
) -> None:
    sandbox.faults.reset(path=_REFRESH)
    stored: list[TokenSet] = []
    signed_in = client.as_user(ending_in(tokens, 30), on_new_tokens=stored.append)
    signed_in.list_enrolled_factors()
    with time_machine.travel(time.time() + 10):
        for _ in range(2):
            signed_in.list_enrolled_factors()
    assert (arrivals(sandbox, _REFRESH), len(stored)) == (2, 1)


_FAILURES: dict[str, tuple[Callable[[Sandbox], Any], type[AuthingMFAError]]] = {
    "reset": (
        lambda sandbox: sandbox.faults.reset(path=_REFRESH, times=None),
        ConnectionFailedError,
    ),
    "dropped": (
        lambda sandbox: sandbox.faults.drop(path=_REFRESH, times=None),
        ConnectionFailedError,
    ),
    "503": (lambda sandbox: sandbox.faults.status(503, path=_REFRESH, times=None), ServerError),
    "page": (lambda sandbox: sandbox.faults.html(502, path=_REFRESH, times=None), ServerError),
}


@pytest.mark.parametrize(("fail", "cls"), _FAILURES.values(), ids=_FAILURES)
def test_failed_refresh_is_not_repeated_by_the_calls_own_retries(
    sandbox: Sandbox, connect: Connect, tokens: TokenSet, fail: Any, cls: type[AuthingMFAError]
) -> None:
    fail(sandbox)
    client = connect(access_token=ending_in(tokens, -1), max_retries=5)
    with pytest.raises(cls) as caught:
        client.list_enrolled_factors()
    assert (caught.value.method, caught.value.path) == ("POST", _REFRESH)
    assert (arrivals(sandbox, _REFRESH), arrivals(sandbox, _FACTORS)) == (1, 0)


def test_call_whose_answer_was_lost_does_not_refresh_again(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
) -> None:
    sandbox.faults.drop(path=_FACTORS)
    assert len(client.as_user(ending_in(tokens, -1)).list_enrolled_factors()) == 4
    assert (arrivals(sandbox, _REFRESH), arrivals(sandbox, _FACTORS)) == (1, 2)


def test_tokens_of_a_pickled_client_stay_fresh(
    sandbox: Sandbox, connect: Connect, tokens: TokenSet
) -> None:
    client = connect(access_token=ending_in(tokens, -1), pickle_secrets=True)
    with pickle.loads(pickle.dumps(client)) as again:
        assert len(again.list_enrolled_factors()) == 4
    assert arrivals(sandbox, _REFRESH) == 1


class TestThreads:
    def test_on_an_expired_token_make_one_refresh(
        self, sandbox: Sandbox, connect: Connect, tokens: TokenSet
    ) -> None:
        stored: list[TokenSet] = []
        sandbox.faults.latency(0.1, path=_REFRESH)
        client = connect(access_token=ending_in(tokens, -1), on_new_tokens=stored.append)
        found = all_at_once(client.list_enrolled_factors)
        assert [len(factors) for factors in found] == [4] * THREADS
        assert (arrivals(sandbox, _REFRESH), len(stored)) == (1, 1)

    def test_whose_token_is_refused_make_one_refresh(
        self, sandbox: Sandbox, connect: Connect, tokens: TokenSet
    ) -> None:
        client = connect(access_token=ending_in(tokens, 20_000))
        sandbox.clock.advance(7201)
        found = all_at_once(client.list_enrolled_factors)
        assert [len(factors) for factors in found] == [4] * THREADS
        assert arrivals(sandbox, _REFRESH) == 1
