"""A call whose token is refused: a read goes out once more, at once, with another token."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from responses import registries

from authing_mfa import AuthenticationClient, TokenSet, UnauthorizedError
from tests.support.wire import Wire, make_client, sent_headers

_TOKEN = "/oidc/token"
_NEW = {
    "access_token": "example-new-token",
    "refresh_token": "example-new-refresh-token",
    "token_type": "Bearer",
    "expires_in": 7200,
}


@pytest.fixture
def wire() -> Any:
    """Give a mocked wire that answers strictly in the order planned."""
    with Wire(registry=registries.OrderedRegistry) as wire:
        yield wire


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the seconds that were slept, which take none."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def client() -> AuthenticationClient:
    """Return a client whose token stands for an hour, as far as it knows."""
    tokens = TokenSet(
        access_token="example-old-token",
        refresh_token="example-refresh-token",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    return make_client(access_token=tokens, max_retries=5)


def signatures(wire: Wire) -> list[str | None]:
    """Return what signed each call, the refreshes left out."""
    return [
        sent_headers(request).get("authorization")
        for request in wire.requests
        if not (request.url or "").endswith(_TOKEN)
    ]


def test_read_goes_out_once_more_with_the_new_token(wire: Wire, slept: list[float]) -> None:
    wire.plan("get-factor", payload="failure_401")
    wire.plan(_TOKEN, _NEW, verb="POST")
    wire.plan("get-factor", payload="get_factor")
    client().get_factor("f_1")
    assert signatures(wire) == ["Bearer example-old-token", "Bearer example-new-token"]
    assert slept == [0.0]


def test_read_is_not_signed_a_third_time(wire: Wire, slept: list[float]) -> None:
    wire.plan("get-factor", payload="failure_401")
    wire.plan(_TOKEN, _NEW, verb="POST")
    wire.plan("get-factor", payload="failure_401")
    with pytest.raises(UnauthorizedError):
        client().get_factor("f_1")
    assert slept == [0.0]


def test_write_goes_out_once(wire: Wire, slept: list[float]) -> None:
    wire.plan("reset-factor", payload="failure_401")
    with pytest.raises(UnauthorizedError):
        client().reset_factor("f_1")
    assert slept == []
