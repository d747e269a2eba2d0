"""A call that changes something arrives once, and says when nobody knows what became of it."""

from __future__ import annotations

import socket

import pytest

from authing_mfa import CallRecord, ConnectionFailedError, RequestTimeoutError, TransportError

from . import acts
from .conftest import Authority, Connect, Write
from .promises import failure
from .server import Act, Server

DOUBTFUL = {
    "dropped before it was read": acts.drop_unread,
    "dropped after it was read": acts.drop_after_reading,
    "reset after it was read": acts.reset_after_reading,
    "reset in the body": acts.reset_in_body,
    "dropped in the body": acts.cut_body,
    "a page with 200": acts.page("200 OK"),
    "a page with 502": acts.page("502 Bad Gateway"),
    "a page with 504": acts.page("504 Gateway Timeout"),
    "cut JSON": acts.cut_json,
    "an oversized body": acts.oversized_body,
    "a compressed bomb": acts.bomb(),
    "headers too large": acts.long_header,
    "too many headers": acts.many_headers,
    "a redirect": acts.redirect("http://127.0.0.1:9/"),
    "not HTTP at all": acts.NONSENSE["not HTTP at all"],
    "no body": acts.NONSENSE["no body"],
    "500 in an envelope with 200": acts.answer(status_code=500),
    "503 in an envelope with 200": acts.answer(status_code=503),
    "601 in an envelope with 200": acts.answer(status_code=601),
}


@pytest.mark.parametrize("act", DOUBTFUL.values(), ids=DOUBTFUL)
def test_write_that_may_have_arrived_is_sent_once_and_in_doubt(
    connect: Connect, server: Server, write: Write, act: Act
) -> None:
    server.plan(act)
    client = connect(server.url, max_retries=2)
    assert failure(lambda: write(client)).outcome_unknown
    assert server.begun == 1


def test_write_that_is_not_answered_in_time_is_sent_once_and_in_doubt(
    connect: Connect, server: Server, write: Write
) -> None:
    server.plan(acts.never_answer)
    client = connect(server.url, timeout=(2, 0.1), max_retries=2)
    error = failure(lambda: write(client))
    assert isinstance(error, RequestTimeoutError)
    assert error.outcome_unknown
    assert len(server.arrivals) == 1


def test_write_succeeds_with_one_arrival(connect: Connect, server: Server, write: Write) -> None:
    server.plan(write.done)
    write(connect(server.url))
    (arrival,) = server.arrivals
    assert ("POST", f"/api/v3/{write.name}") == (arrival.method, arrival.target)


def test_refused_write_is_tried_again_and_not_in_doubt(
    connect: Connect, refusing_port: int, write: Write
) -> None:
    records: list[CallRecord] = []
    url = f"http://127.0.0.1:{refusing_port}"
    client = connect(url, deadline=20, max_retries=1, on_call=records.append)
    error = failure(lambda: write(client))
    assert isinstance(error, ConnectionFailedError)
    assert not error.outcome_unknown
    assert [record.tries for record in records] == [2]


def test_write_to_a_name_that_does_not_resolve_is_tried_again_and_not_in_doubt(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    asked = []

    def unknown(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client = connect("https://demo.example.com", deadline=20, max_retries=1)
    assert not failure(lambda: write(client)).outcome_unknown
    assert asked == ["demo.example.com"] * 2


def test_write_that_could_not_connect_in_time_is_tried_again_and_not_in_doubt(
    connect: Connect, mute_port: int, write: Write
) -> None:
    records: list[CallRecord] = []
    url = f"http://127.0.0.1:{mute_port}"
    client = connect(url, timeout=(0.05, 2), deadline=20, max_retries=1, on_call=records.append)
    error = failure(lambda: write(client))
    assert isinstance(error, TransportError)
    assert not error.outcome_unknown
    assert [record.tries for record in records] == [2]


def test_write_to_an_unknown_certificate_is_tried_again_and_not_in_doubt(
    connect: Connect, secure_server: Server, write: Write
) -> None:
    secure_server.plan(write.done)
    client = connect(secure_server.url, deadline=20, max_retries=1)
    error = failure(lambda: write(client))
    assert isinstance(error, ConnectionFailedError)
    assert not error.outcome_unknown
    assert (secure_server.connections, secure_server.begun) == (2, 0)


def test_write_arrives_once_after_a_handshake_that_was_dropped(
    connect: Connect, secure_server: Server, authority: Authority, write: Write
) -> None:
    secure_server.plan(acts.drop_unread, write.done)
    client = connect(secure_server.url, verify=authority.bundle, deadline=20, max_retries=1)
    write(client)
    assert (secure_server.connections, len(secure_server.arrivals)) == (2, 1)


def test_write_is_in_doubt_when_dropped_after_the_handshake(
    connect: Connect, secure_server: Server, authority: Authority, write: Write
) -> None:
    secure_server.plan(acts.drop_after_reading)
    client = connect(secure_server.url, verify=authority.bundle, max_retries=2)
    assert failure(lambda: write(client)).outcome_unknown
    assert len(secure_server.arrivals) == 1


def test_write_over_a_stalling_handshake_is_not_in_doubt(
    connect: Connect, server: Server, write: Write
) -> None:
    server.plan(acts.stall_unread)
    client = connect(f"https://127.0.0.1:{server.port}", deadline=0.15)
    assert not failure(lambda: write(client)).outcome_unknown


def test_write_refused_by_a_proxy_is_tried_again_and_not_in_doubt(
    connect: Connect, proxy: Server, write: Write
) -> None:
    proxy.plan(acts.page("403 Forbidden"))
    client = connect(
        "https://demo.example.com", proxies={"https": proxy.url}, deadline=20, max_retries=1
    )
    error = failure(lambda: write(client))
    assert isinstance(error, ConnectionFailedError)
    assert not error.outcome_unknown
    assert [arrival.method for arrival in proxy.arrivals] == ["CONNECT", "CONNECT"]


def test_write_on_a_connection_that_went_while_idle_arrives_at_most_once(
    connect: Connect, server: Server, write: Write
) -> None:
    server.plan(write.done, acts.drop_unread)
    client = connect(server.url, max_retries=2)
    write(client)
    assert failure(lambda: write(client)).outcome_unknown
    assert (len(server.arrivals), server.begun) == (1, 2)
