"""A SOCKS proxy, where PySocks is installed, carries the call and its promises."""

from __future__ import annotations

import socket

import pytest

from authing_mfa import ConnectionFailedError

from . import acts, marks
from .conftest import Connect, Write
from .promises import failure, get_factor
from .server import Act, Server

pytest.importorskip("socks", reason="needs PySocks")


def _let_through(sock: socket.socket) -> None:
    """Speak SOCKS 5 up to the connection that was asked for, then take the first of a request."""
    sock.recv(64)
    sock.sendall(b"\x05\x00")
    sock.recv(64)
    sock.sendall(b"\x05\x00\x00\x01" + bytes(6))
    sock.recv(65536)


def _answer(sock: socket.socket) -> bool:
    _let_through(sock)
    sock.sendall(acts.whole(acts.envelope(acts.FACTOR)))
    return False


def _drop(sock: socket.socket) -> bool:
    _let_through(sock)
    return False


def _proxies(port: int) -> dict[str, str]:
    return {"http": f"socks5://127.0.0.1:{port}"}


def test_socks_proxy_carries_the_call(connect: Connect, server: Server) -> None:
    server.plan(Act(end=_answer, reads=False))
    client = connect("http://127.0.0.1:9", proxies=_proxies(server.port))
    assert get_factor(client).factor_id == marks.FACTOR_ID


def test_write_dropped_behind_a_socks_proxy_is_sent_once_and_in_doubt(
    connect: Connect, server: Server, write: Write
) -> None:
    server.plan(Act(end=_drop, reads=False))
    client = connect("http://127.0.0.1:9", proxies=_proxies(server.port), max_retries=2)
    error = failure(lambda: write(client))
    assert isinstance(error, ConnectionFailedError)
    assert error.outcome_unknown
    assert server.begun == 1


def test_write_is_not_in_doubt_when_the_socks_proxy_cannot_be_reached(
    connect: Connect, refusing_port: int, write: Write
) -> None:
    client = connect("http://127.0.0.1:9", proxies=_proxies(refusing_port))
    error = failure(lambda: write(client))
    assert isinstance(error, ConnectionFailedError)
    assert not error.outcome_unknown
