"""What is ready after the deadline is not sent, and a step that hangs leaves the next a share."""

from __future__ import annotations

import _socket
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authing_mfa import ConnectionFailedError, RequestTimeoutError

from . import acts
from .conftest import Authority, Connect
from .programs import FORKING, told
from .promises import WRITES, failure, failure_in_time, get_factor
from .server import Server

DEADLINE = 0.2

reset_factor = WRITES["reset-factor"]


def slowed(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step that ends well, but after the deadline."""

    def slow(*args: Any, **kwargs: Any) -> Any:
        done = step(*args, **kwargs)
        if not kwargs.get("server_side"):
            time.sleep(DEADLINE + 0.1)
        return done

    return slow


@pytest.mark.parametrize("proxied", [False, True], ids=["alone", "by a proxy"])
@pytest.mark.parametrize("step", ["resolving", "connecting", "the handshake"])
def test_write_is_not_sent_after_its_deadline(
    connect: Connect,
    secure_server: Server,
    proxy: Server,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    proxied: bool,
) -> None:
    secure_server.plan(acts.answer())
    proxy.plan(acts.established, acts.answer())
    host = "https://demo.example.com" if proxied else secure_server.url
    proxies = {"https": proxy.url} if proxied else {}
    owner, name = {
        "resolving": (socket, "getaddrinfo"),
        "connecting": (socket.socket, "connect"),
        "the handshake": (ssl.SSLContext, "wrap_socket"),
    }[step]
    client = connect(host, verify=authority.bundle, proxies=proxies, deadline=DEADLINE)
    with monkeypatch.context() as slow:
        slow.setattr(owner, name, slowed(getattr(owner, name)))
        error = failure(lambda: reset_factor(client))
    assert isinstance(error, RequestTimeoutError)
    assert not error.outcome_unknown
    assert secure_server.arrivals == []
    assert [it.method for it in proxy.arrivals if it.method != "CONNECT"] == []


@pytest.fixture
def mute_then(monkeypatch: pytest.MonkeyPatch, mute_port: int, server: Server) -> str:
    """Give a URL whose name has a first address that never answers, and the server's."""
    really = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [
            each
            for address in ("192.0.2.1", "127.0.0.1")
            for each in really(address, server.port, type=socket.SOCK_STREAM)
        ],
    )
    connecting = socket.socket.connect

    def called(sock: socket.socket, address: Any) -> None:
        black_hole = address[0] == "192.0.2.1"
        connecting(sock, ("127.0.0.1", mute_port) if black_hole else address)

    monkeypatch.setattr(socket.socket, "connect", called)
    return "http://localhost"


@pytest.mark.parametrize("times", [(0.3, 3), (10, 3)], ids=["its own", "the deadline's"])
def test_address_that_never_answers_leaves_the_next_its_share(
    connect: Connect,
    server: Server,
    mute_then: str,
    times: tuple[float, float],
) -> None:
    server.plan(acts.answer())
    client = connect(mute_then, timeout=times, deadline=0.6)
    began = time.monotonic()
    reset_factor(client)
    assert time.monotonic() - began < 0.6
    assert len(server.arrivals) == 1


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let the system's resolver say nothing until the end of the test; gives what it was asked."""
    asked: list[str] = []
    over = threading.Event()
    really = _socket.getaddrinfo

    def silent(host: Any, *args: Any) -> Any:
        asked.append(host)
        over.wait(30)
        return really("127.0.0.1", *args)

    monkeypatch.setattr(_socket, "getaddrinfo", silent)
    yield asked
    over.set()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and "resolver" in thread.name:
            thread.join(10)


def test_silent_name_server_ends_a_call_at_its_deadline(
    connect: Connect, silence: list[str]
) -> None:
    client = connect("https://demo.example.com", deadline=DEADLINE, max_retries=2)
    error = failure_in_time(lambda: reset_factor(client), deadline=DEADLINE)
    assert isinstance(error, RequestTimeoutError)
    assert not error.outcome_unknown


def test_silent_name_server_is_waited_for_once_by_all_calls(
    connect: Connect, silence: list[str]
) -> None:
    client = connect("https://demo.example.com", deadline=0.05)
    for _ in range(3):
        failure(lambda: get_factor(client))
    assert len(silence) == 1


def test_name_is_found_once_the_server_speaks(connect: Connect, server: Server) -> None:
    server.plan(acts.echo)
    client = connect(f"http://localhost:{server.port}")
    assert client.get_factor("f_1").factor_id == "f_1"
    assert client.get_factor("f_2").factor_id == "f_2"


def test_unknown_name_is_a_failed_connection(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(_socket, "getaddrinfo", unknown)
    error = failure(lambda: get_factor(connect("https://demo.example.com")))
    assert isinstance(error, ConnectionFailedError)
    assert "Name or service not known" in str(error)


SILENT = """
    import _socket, json, os, sys, time
    import authing_mfa

    def silent(*_):
        time.sleep(30)

    _socket.getaddrinfo = silent
    client = authing_mfa.AuthenticationClient(
        app_id="app_example", app_host="https://demo.example.com", access_token="example",
        deadline=0.2, max_retries=0,
    )

    def outcome():
        try:
            client.get_factor("f_1")
        except authing_mfa.RequestTimeoutError:
            return "in time"
"""


def test_program_ends_at_once_although_a_name_server_is_silent() -> None:
    began = time.monotonic()
    assert told(SILENT + "    print(json.dumps(outcome()))") == "in time"
    assert time.monotonic() - began < 15


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_child_of_a_program_that_waits_for_a_name_asks_by_itself() -> None:
    program = """
    outcome()
    asked = []
    _socket.getaddrinfo = lambda *args: asked.append(args[0]) or silent()
    child = os.fork()
    if child == 0:
        os._exit(0 if (outcome(), asked) == ("in time", ["demo.example.com"]) else 1)
    print(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
    """
    assert told(SILENT + program, flags=FORKING) == 0
