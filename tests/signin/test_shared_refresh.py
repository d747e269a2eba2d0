"""Handles of one user, in requests that run side by side, renew their tokens once."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from authing_mfa import AuthenticationClient, TokenSet
from authing_mfa.sandbox import Sandbox

from .conftest import arrivals
from .flows import THREADS, all_at_once, ending_in

_REFRESH = "/oidc/token"


def test_handles_of_one_set_refresh_it_once(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
) -> None:
    stored = ending_in(tokens, -1).to_dict()

    def request() -> int:
        return len(client.as_user(TokenSet.from_dict(stored)).list_enrolled_factors())

    keeper = client.as_user(TokenSet.from_dict(stored))
    assert all_at_once(request) == [4] * THREADS
    assert arrivals(sandbox, _REFRESH) == 1
    assert len(keeper.list_enrolled_factors()) == 4


def test_each_handle_hears_of_the_new_set(client: AuthenticationClient, tokens: TokenSet) -> None:
    expired = ending_in(tokens, -1)
    first: list[TokenSet] = []
    second: list[TokenSet] = []
    one = client.as_user(expired, on_new_tokens=first.append)
    other = client.as_user(expired, on_new_tokens=second.append)
    for handle in (one, other, one, other):
        handle.list_enrolled_factors()
    assert len(first) == 1
    assert second == first


def test_nothing_is_kept_of_handles_that_are_gone(
    client: AuthenticationClient, tokens: TokenSet
) -> None:
    given = TokenSet.from_dict(tokens.to_dict())
    handle, kept = client.as_user(given), weakref.ref(given)
    del given
    assert kept() == tokens
    del handle
    assert kept() is None


@pytest.fixture
def _without_cycle_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_without_cycle_collector")
def test_sign_in_keeps_no_handle_alive(client: AuthenticationClient, tokens: TokenSet) -> None:
    keeper = client.as_user(ending_in(tokens, -1), on_new_tokens=lambda _: None)
    keeper_gone, stored = weakref.ref(keeper), Stored()
    first = client.for_visitor().as_user(ending_in(tokens, -1), on_new_tokens=stored.append)
    first.list_enrolled_factors()
    gone = weakref.ref(first), weakref.ref(stored)
    assert len(stored) == 1
    del first, stored, keeper
    assert (*(it() for it in gone), keeper_gone()) == (None, None, None)


class Stored(list[TokenSet]):
    """A store that can be watched."""


def test_request_that_comes_late_with_the_old_set_gets_the_new_one(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
) -> None:
    expired = ending_in(tokens, -1)
    stored: list[TokenSet] = []
    for _ in range(2):
        request = client.as_user(expired, on_new_tokens=stored.append)
        assert len(request.list_enrolled_factors()) == 4
        del request
    assert arrivals(sandbox, _REFRESH) == 1
    assert stored == [stored[0]] * 2


def test_handles_of_the_old_and_of_the_new_set_refresh_the_new_one_once(
    sandbox: Sandbox, client: AuthenticationClient, tokens: TokenSet
) -> None:
    stored: list[TokenSet] = []
    old = client.as_user(ending_in(tokens, -1), on_new_tokens=stored.append)
    old.list_enrolled_factors()
    new = client.as_user(stored[0])
    sandbox.clock.advance(3 * 3600)  # the service refuses both handles' access token
    for handle in (old, new):
        assert len(handle.list_enrolled_factors()) == 4
    assert arrivals(sandbox, _REFRESH) == 2
