"""A read over a connection that is refused, dropped or reset."""

from __future__ import annotations

import socket

import pytest

from authing_mfa import ConnectionFailedError, TransportError

from . import acts
from .conftest import Connect
from .promises import READS, failure, get_factor
from .server import Act, Server

BROKEN = {
    "dropped before it was read": acts.drop_unread,
    "dropped after it was read": acts.drop_after_reading,
    "reset after it was read": acts.reset_after_reading,
    "reset in the body": acts.reset_in_body,
    "dropped in the body": acts.cut_body,
    "dropped in a chunk": acts.cut_chunks,
    "dropped in the headers": acts.say(b"HTTP/1.1 200 OK\r\nContent-Le"),
}


def test_refused_connection_is_connection_failed(connect: Connect, refusing_port: int) -> None:
    client = connect(f"http://127.0.0.1:{refusing_port}")
    assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)


def test_name_that_does_not_resolve_is_connection_failed(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def unknown(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client = connect("https://demo.example.com")
    assert isinstance(failure(lambda: get_factor(client)), ConnectionFailedError)
    assert asked == ["demo.example.com"]


@pytest.mark.parametrize("act", BROKEN.values(), ids=BROKEN)
def test_broken_connection_is_connection_failed(
    connect: Connect, server: Server, act: Act
) -> None:
    server.plan(act)
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, ConnectionFailedError)
    assert server.begun == 1


@pytest.mark.parametrize("name", READS)
def test_no_read_has_an_unknown_outcome(connect: Connect, server: Server, name: str) -> None:
    server.plan(acts.drop_after_reading)
    client = connect(server.url)
    assert not failure(lambda: READS[name](client)).outcome_unknown


@pytest.mark.parametrize("name", READS)
def test_dropped_read_is_tried_again(connect: Connect, server: Server, name: str) -> None:
    server.plan(acts.drop_after_reading)
    client = connect(server.url, max_retries=1)
    failure(lambda: READS[name](client))
    assert len(server.arrivals) == 2


def test_error_names_the_call(connect: Connect, server: Server) -> None:
    server.plan(acts.drop_after_reading)
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, TransportError)
    assert (error.method, error.path) == ("GET", "/api/v3/get-factor")


def test_next_call_works_after_a_broken_one(connect: Connect, server: Server) -> None:
    server.plan(acts.reset_in_body, acts.echo)
    client = connect(server.url)
    failure(lambda: get_factor(client))
    assert client.get_factor("f_2").factor_id == "f_2"
