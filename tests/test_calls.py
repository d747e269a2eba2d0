"""The table of calls has every public method, and says where each goes and what it returns."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

from authing_mfa import AuthenticationClient, Enrollment, ManagementClient, MFAChallenge
from tests.faults.server import Server
from tests.support.calls import CALLS, ready
from tools.fuzz.oracle import fits

ELSEWHERE = {"close", "from_env", "show_qr"}
"""Without a request, an argument or a secret."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.mark.parametrize(
    "kind", [AuthenticationClient, ManagementClient, Enrollment, MFAChallenge]
)
def test_every_public_method_has_a_call(kind: type) -> None:
    public = {name for name, _ in inspect.getmembers(kind, callable) if not name.startswith("_")}
    called = {call.method for call in CALLS.values() if call.kind is kind}
    assert called == public - ELSEWHERE


@pytest.mark.parametrize("name", CALLS)
def test_call_is_sent_to_its_endpoint_and_returns_what_it_states(
    server: Server, name: str
) -> None:
    call = CALLS[name]
    made = ready(server, call)
    begun = len(server.arrivals)
    value = call(made)
    arrived = [f"{it.method} {it.target.partition('?')[0]}" for it in server.arrivals[begun:]]
    assert len(arrived) == len(call.answers)
    assert call.endpoint in (arrived or [""])
    assert fits(value, call.returns)
