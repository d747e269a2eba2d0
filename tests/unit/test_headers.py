"""The headers of every call: who asks, for whom, and with which token."""

from __future__ import annotations

from typing import Any

import pytest
from requests.utils import default_user_agent

from authing_mfa import __version__
from authing_mfa._protocol.headers import USER_AGENT
from tests.support.wire import METHODS, Wire, make_client, sent_headers


def sent(wire: Wire, name: str = "get_factor", **options: Any) -> dict[str, str]:
    method = METHODS[name]
    wire.plan(method.path, payload=method.payload)
    method.call(make_client(**options))
    return sent_headers(wire.request)


def test_headers_of_a_read_are_exactly(wire: Wire) -> None:
    assert {
        "accept": "application/json",
        "accept-encoding": "gzip, deflate",
        "authorization": "Bearer example-token",
        "user-agent": f"authing-mfa/{__version__} {default_user_agent()}",
        "x-authing-app-id": "app_example",
        "x-authing-request-from": "authing-mfa",
        "x-authing-sdk-version": f"authing-mfa:{__version__}",
    } == sent(wire)


@pytest.mark.parametrize("name", METHODS)
def test_every_call_says_who_asks(wire: Wire, name: str) -> None:
    headers = sent(wire, name, lang="en-US", real_ip="203.0.113.7")
    assert (
        headers["x-authing-app-id"],
        headers["x-authing-lang"],
        headers["x-real-ip"],
        headers["user-agent"],
    ) == ("app_example", "en-US", "203.0.113.7", USER_AGENT)


@pytest.mark.parametrize("name", sorted(set(METHODS) - {"introspect_mfa_token"}))
def test_token_goes_as_bearer(wire: Wire, name: str) -> None:
    assert sent(wire, name)["authorization"] == "Bearer example-token"


def test_genauth_headers_repeat_ours(wire: Wire) -> None:
    headers = sent(wire, genauth_headers=True, lang="en-US", real_ip="203.0.113.7")
    ours = {name: value for name, value in headers.items() if name.startswith("x-authing-")}
    twins = {name: value for name, value in headers.items() if name.startswith("x-genauth-")}
    assert len(ours) == 4
    assert {name.replace("authing", "genauth", 1): value for name, value in ours.items()} == twins


def test_no_cookie_is_kept(wire: Wire) -> None:
    for _ in range(2):
        wire.plan("get-factor", payload="get_factor", headers={"Set-Cookie": "sid=marked; Path=/"})
    client = make_client()
    client.get_factor("f_1")
    client.get_factor("f_1")
    assert [request.headers.get("Cookie") for request in wire.requests] == [None, None]


def test_app_secret_is_not_sent(wire: Wire) -> None:
    headers = sent(wire, app_secret="example-secret")
    assert "example-secret" not in f"{headers} {wire.request.url} {wire.request.body!r}"
