"""A proxy carries the call, and learns no more than it must."""

from __future__ import annotations

import pytest

from authing_mfa import ConnectionFailedError, RequestTimeoutError, ServerError

from . import acts
from .conftest import Authority, Connect, Write
from .promises import failure, get_factor
from .server import Act, Server

HOST = "https://demo.example.com"
REFUSALS = {
    "403": acts.page("403 Forbidden"),
    "407": acts.page("407 Proxy Authentication Required"),
    "502": acts.page("502 Bad Gateway"),
    "dropped before it was read": acts.drop_unread,
    "dropped after it was read": acts.drop_after_reading,
    "not HTTP at all": acts.NONSENSE["not HTTP at all"],
}


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxy_of_the_environment_carries_the_call(
    connect: Connect,
    proxy: Server,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv(name, proxy.url)
    proxy.plan(acts.established, acts.echo)
    assert connect(HOST, verify=authority.bundle).get_factor("f_1").factor_id == "f_1"
    connecting, call = proxy.arrivals
    assert (connecting.method, connecting.target) == ("CONNECT", "demo.example.com:443")
    assert (call.method, call.target) == ("GET", "/api/v3/get-factor?factorId=f_1")


def test_proxy_of_the_caller_carries_the_call(
    connect: Connect, proxy: Server, authority: Authority
) -> None:
    proxy.plan(acts.established, acts.echo)
    client = connect(HOST, verify=authority.bundle, proxies={"https": proxy.url})
    assert client.get_factor("f_1").factor_id == "f_1"


def test_proxy_of_the_caller_beats_the_environment(
    connect: Connect,
    proxy: Server,
    other: Server,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", other.url)
    proxy.plan(acts.established, acts.echo)
    get_factor(connect(HOST, verify=authority.bundle, proxies={"https": proxy.url}))
    assert (proxy.connections, other.connections) == (1, 0)


def test_proxy_sees_no_token(connect: Connect, proxy: Server, authority: Authority) -> None:
    proxy.plan(acts.established, acts.echo)
    get_factor(connect(HOST, verify=authority.bundle, proxies={"https": proxy.url}))
    assert proxy.arrivals[0].token is None


def test_kept_connection_goes_through_the_proxy_once(
    connect: Connect, proxy: Server, authority: Authority
) -> None:
    proxy.plan(acts.established, acts.echo)
    client = connect(HOST, verify=authority.bundle, proxies={"https": proxy.url})
    for _ in range(3):
        get_factor(client)
    assert [it.method for it in proxy.arrivals] == ["CONNECT", "GET", "GET", "GET"]


def test_plain_proxy_of_the_caller_is_asked_with_the_whole_address(
    connect: Connect, proxy: Server
) -> None:
    proxy.plan(acts.echo)
    client = connect("http://127.0.0.1:9", proxies={"http": proxy.url})
    assert client.get_factor("f_1").factor_id == "f_1"
    assert [arrival.target for arrival in proxy.arrivals] == [
        "http://127.0.0.1:9/api/v3/get-factor?factorId=f_1"
    ]


def test_proxy_of_the_environment_is_not_asked_for_loopback(
    connect: Connect, server: Server, other: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url)
    server.plan(acts.echo)
    get_factor(connect(server.url))
    assert (server.connections, other.connections) == (1, 0)


def test_no_proxy_is_heeded(
    connect: Connect, other: Server, monkeypatch: pytest.MonkeyPatch, refusing_port: int
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", other.url)
    monkeypatch.setenv("NO_PROXY", "localhost")
    failure(lambda: get_factor(connect(f"https://localhost:{refusing_port}")))
    assert other.connections == 0


@pytest.mark.parametrize("act", REFUSALS.values(), ids=REFUSALS)
def test_connect_that_is_refused_is_connection_failed(
    connect: Connect, proxy: Server, act: Act
) -> None:
    proxy.plan(act)
    error = failure(lambda: get_factor(connect(HOST, proxies={"https": proxy.url})))
    assert isinstance(error, ConnectionFailedError)


def test_write_is_not_in_doubt_when_the_proxy_cannot_be_reached(
    connect: Connect, refusing_port: int, write: Write
) -> None:
    client = connect(HOST, proxies={"https": f"http://127.0.0.1:{refusing_port}"})
    error = failure(lambda: write(client))
    assert isinstance(error, ConnectionFailedError)
    assert not error.outcome_unknown


@pytest.mark.parametrize("act", REFUSALS.values(), ids=REFUSALS)
def test_write_is_not_in_doubt_when_connect_is_refused(
    connect: Connect, proxy: Server, write: Write, act: Act
) -> None:
    proxy.plan(act)
    client = connect(HOST, proxies={"https": proxy.url})
    assert not failure(lambda: write(client)).outcome_unknown


def test_write_is_in_doubt_when_a_plain_proxy_fails(
    connect: Connect, proxy: Server, write: Write
) -> None:
    proxy.plan(acts.page("502 Bad Gateway"))
    client = connect("http://127.0.0.1:9", proxies={"http": proxy.url}, max_retries=2)
    error = failure(lambda: write(client))
    assert isinstance(error, ServerError)
    assert error.outcome_unknown
    assert len(proxy.arrivals) == 1


def test_connect_that_is_not_answered_ends_at_the_deadline(
    connect: Connect, proxy: Server
) -> None:
    proxy.plan(acts.never_answer)
    client = connect(HOST, proxies={"https": proxy.url}, deadline=0.15)
    assert isinstance(failure(lambda: get_factor(client)), RequestTimeoutError)


def test_connect_that_is_answered_slowly_ends_at_the_deadline(
    connect: Connect, proxy: Server
) -> None:
    proxy.plan(acts.drip_headers)
    client = connect(HOST, proxies={"https": proxy.url}, deadline=0.15)
    assert isinstance(failure(lambda: get_factor(client)), RequestTimeoutError)


def test_password_of_the_proxy_is_told_to_nobody_else(
    connect: Connect, proxy: Server, authority: Authority
) -> None:
    proxy.plan(acts.established, acts.echo)
    url = proxy.url.replace("http://", "http://user:example@")
    get_factor(connect(HOST, verify=authority.bundle, proxies={"https": url}))
    connecting, call = proxy.arrivals
    assert (connecting.headers["Proxy-Authorization"] or "").startswith("Basic ")
    assert call.headers["Proxy-Authorization"] is None
