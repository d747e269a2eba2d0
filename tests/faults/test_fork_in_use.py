"""A fork in mid-use: parent and child go on, each with connections and locks of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from .conftest import Authority
from .programs import FORKING, told
from .server import Server
from .services import TokenService, processes_by_connection

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.slow,
]

PROGRAM = Path(__file__).with_name("forking.py")
FORKS = 5
each_client = pytest.mark.parametrize("who", ["user", "administrator"])
each_way_to_encrypt = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "tls"])


class _Forker:
    """Runs the forking program against a service, and holds what came of it to what must."""

    def __init__(self, service: TokenService, authority: Authority | None) -> None:
        self._authority = authority
        self._service = service

    def __call__(self, **given: Any) -> tuple[dict[str, Any], Server]:
        options: dict[str, Any] = {"deadline": 10, "timeout": 10, "max_retries": 0}
        if self._authority is not None:
            options["verify"] = self._authority.bundle
        context = self._authority.context() if self._authority is not None else None
        with Server(tls=context) as server:
            server.plan(self._service.act)
            given = {"url": server.url, "options": options, "forks": FORKS, **given}
            return told(PROGRAM, given, flags=FORKING), server


def _assert_apart(server: Server, at_least: int) -> None:
    """Check that no two processes' requests met on a connection."""
    used = processes_by_connection(server)
    assert {number: who for number, who in used.items() if len(who) > 1} == {}
    assert at_least <= len({process for who in used.values() for process in who})


@each_client
@each_way_to_encrypt
def test_forks_beside_busy_threads_end_well(
    authority: Authority, who: str, encrypted: bool
) -> None:
    service = TokenService(lifetime=0.2, slowness=0.02, pause=0.002)
    fork = _Forker(service, authority if encrypted else None)
    result, server = fork(who=who, way="busy")
    assert result == {"children": [0] * FORKS, "parent": []}
    _assert_apart(server, FORKS + 1)


@each_client
@each_way_to_encrypt
def test_workers_that_were_forked_before_they_serve_call_at_the_same_time(
    authority: Authority, who: str, encrypted: bool
) -> None:
    result, server = _Forker(TokenService(), authority if encrypted else None)(
        who=who, way="before"
    )
    assert result == {"children": [0] * FORKS, "parent": []}
    _assert_apart(server, FORKS + 1)


@each_client
def test_workers_of_a_forked_pool_call_at_the_same_time(who: str) -> None:
    result, server = _Forker(TokenService(), None)(who=who, way="pool")
    assert result == {"children": [0] * 3 * FORKS, "parent": []}
    _assert_apart(server, 2)


@each_client
def test_fork_at_any_moment_of_a_call_takes_no_lock_along(who: str) -> None:
    options = {"deadline": 90, "timeout": 90, "max_retries": 0}
    fork = _Forker(TokenService(), None)
    result, server = fork(who=who, way="everywhere", options=options)
    assert result["wrong"] == []
    assert result["places"] > 20
    _assert_apart(server, result["places"] + 1)


def test_fork_beside_an_import_waits_for_it() -> None:
    result, _ = _Forker(TokenService(), None)(who="user", way="importing")
    assert result == {"children": [0], "imported": True}
