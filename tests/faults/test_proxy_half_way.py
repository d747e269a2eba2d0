"""A proxy that fails half-way: the error is of its kind, in time, and tells if a write left."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    ClientError,
    ConnectionFailedError,
    InvalidResponseError,
    RequestTimeoutError,
    ServerError,
)

from . import acts
from .conftest import Authority, Connect, Write
from .promises import failure, failure_in_time, get_factor
from .server import Act, Server, close, hold, reset

pytestmark = pytest.mark.slow

HOST = "https://demo.example.com"
PLAIN_HOST = "http://127.0.0.1:9"
USER, PASSWORD = "example-proxy-user", "example-proxy-password"
SHOWN = (PASSWORD, USER, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()[:20])
DEADLINE = 1.5
LASTING = (RequestTimeoutError,)

Failures: TypeAlias = dict[str, tuple[Act, type[AuthingMFAError]]]

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n"
HALF_A_HEAD = b"HTTP/1.1 200 Connection established\r\nVia: 1."

# What a proxy may do instead of letting a CONNECT through, and to the handshake after it did.
BEFORE: Failures = {
    "closes unread": (acts.drop_unread, ConnectionFailedError),
    "closes instead of an answer": (acts.drop_after_reading, ConnectionFailedError),
    "resets instead of an answer": (acts.reset_after_reading, ConnectionFailedError),
    "closes in its status line": (acts.say(b"HTTP/1.1 2"), ConnectionFailedError),
    "closes in its head": (acts.say(HALF_A_HEAD), ConnectionFailedError),
    "resets in its head": (acts.say(HALF_A_HEAD, 0.05, end=reset), ConnectionFailedError),
    "wants a password": (
        acts.body(b"", 'Proxy-Authenticate: Basic realm="x"', http="407 Unauthorized Proxy"),
        ConnectionFailedError,
    ),
    "answers 502": (acts.page("502 Bad Gateway"), ConnectionFailedError),
    "answers 503": (acts.page("503 Service Unavailable"), ConnectionFailedError),
    "refuses without end": (
        acts.say(acts.head(status="503 Service Unavailable"), *(0.05, b"<p>") * 200),
        ConnectionFailedError,
    ),
    "says nothing": (acts.never_answer, RequestTimeoutError),
    "stops in its head": (acts.say(HALF_A_HEAD, end=hold), RequestTimeoutError),
    "closes after 200": (acts.say(ESTABLISHED, end=close), ConnectionFailedError),
    "resets after 200": (acts.say(ESTABLISHED, 0.05, end=reset), ConnectionFailedError),
    "says nothing after 200": (acts.say(ESTABLISHED, end=hold), RequestTimeoutError),
    "speaks no TLS": (
        acts.say(ESTABLISHED, 0.1, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ConnectionFailedError,
    ),
    "breaks the handshake": (
        acts.say(ESTABLISHED, 0.1, b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03" + b"\xff" * 40),
        ConnectionFailedError,
    ),
    "alerts in the handshake": (
        acts.say(ESTABLISHED, 0.1, b"\x15\x03\x03\x00\x02\x02\x28"),
        ConnectionFailedError,
    ),
}

# What it may do to the request itself: inside of the tunnel, or where it forwards in the clear.
AFTER: Failures = {
    "closes unread": (acts.drop_unread, ConnectionFailedError),
    "closes instead of an answer": (acts.drop_after_reading, ConnectionFailedError),
    "resets instead of an answer": (acts.reset_after_reading, ConnectionFailedError),
    "closes in the head": (acts.say(acts.head()[:30]), ConnectionFailedError),
    "resets in the head": (acts.say(acts.head()[:30], 0.05, end=reset), ConnectionFailedError),
    "closes in the body": (acts.cut_body, ConnectionFailedError),
    "closes in a chunk": (acts.cut_chunks, ConnectionFailedError),
    "resets in the body": (acts.reset_in_body, ConnectionFailedError),
    "says nothing": (acts.never_answer, RequestTimeoutError),
    "stops in the body": (acts.stop_in_body, RequestTimeoutError),
    "drips the body": (acts.drip_body, RequestTimeoutError),
    "answers 502": (acts.page("502 Bad Gateway"), ServerError),
    "answers 503": (acts.page("503 Service Unavailable"), ServerError),
    "answers 504": (acts.page("504 Gateway Timeout"), ServerError),
    "answers a page with 200": (acts.page("200 OK"), InvalidResponseError),
}


def _each(failures: Failures) -> pytest.MarkDecorator:
    """Run a test with each of the failures; those that last until the deadline are slow."""
    params = [
        pytest.param(act, cls, id=name, marks=[pytest.mark.slow] if cls in LASTING else [])
        for name, (act, cls) in failures.items()
    ]
    return pytest.mark.parametrize(("act", "cls"), params)


def _through(proxy: Server) -> dict[str, str]:
    url = f"http://{USER}:{PASSWORD}@127.0.0.1:{proxy.port}"
    return {"http": url, "https": url}


@pytest.fixture
def tunneled(connect: Connect, proxy: Server, authority: Authority) -> AuthenticationClient:
    """Give a client whose calls go through a CONNECT of the proxy."""
    return connect(
        HOST, verify=authority.bundle, proxies=_through(proxy), deadline=DEADLINE, timeout=20
    )


@pytest.fixture
def forwarded(connect: Connect, proxy: Server) -> AuthenticationClient:
    """Give a client whose calls the proxy reads and sends on."""
    return connect(PLAIN_HOST, proxies=_through(proxy), deadline=DEADLINE, timeout=20)


def _failed(
    caplog: pytest.LogCaptureFixture, cls: type[AuthingMFAError], call: Callable[[], Any]
) -> AuthingMFAError:
    """Return the error of a call, which came in time and does not tell the proxy's password."""
    caplog.set_level("DEBUG")
    error = failure_in_time(call, deadline=DEADLINE, grace=2)
    assert cls is type(error)
    told = "".join([str(error), repr(error), repr(vars(error)), caplog.text])
    assert [secret for secret in SHOWN if secret in told] == []
    return error


@_each(BEFORE)
class TestBeforeTheTunnelStands:
    def test_read_fails(
        self,
        tunneled: AuthenticationClient,
        proxy: Server,
        caplog: pytest.LogCaptureFixture,
        act: Act,
        cls: type[AuthingMFAError],
    ) -> None:
        proxy.plan(act)
        _failed(caplog, cls, lambda: get_factor(tunneled))

    def test_write_fails_and_never_left(
        self,
        tunneled: AuthenticationClient,
        proxy: Server,
        caplog: pytest.LogCaptureFixture,
        act: Act,
        cls: type[AuthingMFAError],
    ) -> None:
        proxy.plan(act)
        error = _failed(caplog, cls, lambda: tunneled.reset_factor("f_1"))
        assert not error.outcome_unknown
        assert {"CONNECT"} >= {it.method for it in proxy.arrivals}


@_each(AFTER)
class TestInTheTunnel:
    def test_read_fails(
        self,
        tunneled: AuthenticationClient,
        proxy: Server,
        caplog: pytest.LogCaptureFixture,
        act: Act,
        cls: type[AuthingMFAError],
    ) -> None:
        proxy.plan(acts.established, act)
        _failed(caplog, cls, lambda: get_factor(tunneled))

    def test_write_fails_and_is_in_doubt(
        self,
        tunneled: AuthenticationClient,
        proxy: Server,
        caplog: pytest.LogCaptureFixture,
        act: Act,
        cls: type[AuthingMFAError],
    ) -> None:
        proxy.plan(acts.established, act)
        error = _failed(caplog, cls, lambda: tunneled.reset_factor("f_1"))
        assert error.outcome_unknown
        assert proxy.begun == 2


@_each(AFTER)
class TestInTheClear:
    def test_read_fails(
        self,
        forwarded: AuthenticationClient,
        proxy: Server,
        caplog: pytest.LogCaptureFixture,
        act: Act,
        cls: type[AuthingMFAError],
    ) -> None:
        proxy.plan(act)
        _failed(caplog, cls, lambda: get_factor(forwarded))

    def test_write_fails_and_is_in_doubt(
        self,
        forwarded: AuthenticationClient,
        proxy: Server,
        caplog: pytest.LogCaptureFixture,
        act: Act,
        cls: type[AuthingMFAError],
    ) -> None:
        proxy.plan(act)
        error = _failed(caplog, cls, lambda: forwarded.reset_factor("f_1"))
        assert error.outcome_unknown
        assert proxy.begun == 1


def test_proxy_in_the_clear_that_wants_a_password_has_not_let_the_write_through(
    forwarded: AuthenticationClient, proxy: Server, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.plan(acts.page("407 Proxy Authentication Required"))
    error = _failed(caplog, ClientError, lambda: forwarded.reset_factor("f_1"))
    assert not error.outcome_unknown


def test_read_goes_through_where_the_next_connect_does(
    connect: Connect, proxy: Server, authority: Authority
) -> None:
    proxy.plan(acts.page("503 Service Unavailable"), acts.drop_unread, acts.established, acts.echo)
    client = connect(
        HOST, verify=authority.bundle, proxies=_through(proxy), deadline=20, max_retries=2
    )
    assert client.get_factor("f_1").factor_id == "f_1"


def test_write_goes_through_once_where_the_next_connect_does(
    connect: Connect, proxy: Server, authority: Authority, write: Write
) -> None:
    proxy.plan(
        acts.page("503 Service Unavailable"),
        acts.say(ESTABLISHED, end=close),
        acts.established,
        write.done,
    )
    client = connect(
        HOST, verify=authority.bundle, proxies=_through(proxy), deadline=20, max_retries=2
    )
    write(client)
    assert [it.method for it in proxy.arrivals] == ["CONNECT"] * 3 + ["POST"]


def test_call_after_a_failure_goes_over_a_tunnel_of_its_own(
    tunneled: AuthenticationClient, proxy: Server, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.plan(acts.established, acts.reset_in_body, acts.established, acts.echo)
    _failed(caplog, ConnectionFailedError, lambda: get_factor(tunneled))
    assert tunneled.get_factor("f_2").factor_id == "f_2"
    assert proxy.connections == 2


@pytest.mark.slow
def test_connect_and_handshake_share_the_deadline(connect: Connect, proxy: Server) -> None:
    proxy.plan(acts.say(3.6, ESTABLISHED, end=hold))
    client = connect(HOST, proxies=_through(proxy), deadline=4, timeout=20)
    began = time.monotonic()
    assert isinstance(failure(lambda: get_factor(client)), RequestTimeoutError)
    assert time.monotonic() - began < 6.5  # with a deadline for each it took 7.6
