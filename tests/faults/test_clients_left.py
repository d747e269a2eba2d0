"""Thousands of clients, closed or forgotten, leave nothing behind; handles are cheap."""

from __future__ import annotations

import gc
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from authing_mfa import AuthenticationClient, TokenSet

from . import acts
from .conftest import Authority, Connect
from .programs import told
from .server import Server

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("leaving.py")
HANDLES = 10_000
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc"
)


def _left_by(server: Server, way: str, count: int, **options: Any) -> dict[str, Any]:
    server.plan(acts.echo)
    given = {"url": server.url, "way": way, "count": count, "options": options}
    left: dict[str, Any] = told(PROGRAM, given)
    assert count <= server.connections
    return left


def _assert_nothing_left(left: dict[str, Any]) -> None:
    before, after = left["before"], left["after"]
    assert before["descriptors"] >= after["descriptors"]
    assert after["threads"] == 1
    assert after["blocks"] - before["blocks"] < 2_000
    # The collector comes now and then; were it needed for each of them, there would be more.
    assert left["most_descriptors"] < 100


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("way", ["dropped", "closed"])
def test_thousand_clients_leave_nothing(server: Server, way: str) -> None:
    _assert_nothing_left(_left_by(server, way, 1000))


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize("way", ["dropped", "closed"])
def test_hundred_clients_over_tls_leave_nothing(
    secure_server: Server, authority: Authority, way: str
) -> None:
    _assert_nothing_left(_left_by(secure_server, way, 100, verify=authority.bundle))


@pytest.fixture(params=["text", "set"])
def tokens(request: pytest.FixtureRequest) -> list[str | TokenSet]:
    """Give a token for each handle, as text or as a set that can be refreshed."""
    texts = [f"example-token-{number}" for number in range(HANDLES)]
    if request.param == "text":
        return list(texts)
    end = datetime.now(UTC) + timedelta(hours=2)
    return [TokenSet(access_token=it, refresh_token=it, expires_at=end) for it in texts]


def _blocks() -> int:
    gc.collect()
    return sys.getallocatedblocks()


def test_ten_thousand_handles_take_little_and_no_connection_more(
    connect: Connect, server: Server, tokens: list[str | TokenSet]
) -> None:
    server.plan(acts.echo)
    client = connect(server.url, deadline=20)
    before = _blocks()
    handles = [client.as_user(token) for token in tokens]
    after = _blocks()
    assert (after - before) / HANDLES < 25
    used: list[AuthenticationClient] = handles[:: HANDLES // 20]
    assert ["f_1"] * len(used) == [handle.get_factor("f_1").factor_id for handle in used]
    assert (1, len(used)) == (server.connections, len({it.token for it in server.arrivals}))


def test_handles_that_are_gone_take_nothing(
    connect: Connect, server: Server, tokens: list[str | TokenSet]
) -> None:
    client = connect(server.url)
    before = _blocks()
    for token in tokens:
        client.as_user(token)
    after = _blocks()
    assert after - before < 2_000


def test_closing_a_handle_leaves_the_connection_to_its_client(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.echo)
    client = connect(server.url, deadline=20)
    for number in range(20):
        with client.as_user(f"example-token-{number}") as handle:
            handle.get_factor("f_1")
    assert server.connections == 1
