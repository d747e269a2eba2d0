"""One deadline bounds a whole call, however slowly the other side goes."""

from __future__ import annotations

import email.utils
import time

import pytest
import requests

from authing_mfa import RequestTimeoutError, ThrottleError, TransportError

from . import acts
from .conftest import Connect, Write
from .promises import failure_in_time, get_factor
from .server import Act, Server

DEADLINE = 0.1
SLOW = {
    "no answer": acts.never_answer,
    "a dripping status line": acts.drip_status_line,
    "dripping headers": acts.drip_headers,
    "interim answers without end": acts.drip_interim_answers,
    "a dripping body": acts.drip_body,
    "dripping chunks": acts.drip_chunks,
    "a dripping compressed body": acts.drip_gzip,
    "a body that stops": acts.stop_in_body,
    "dripping trailers": acts.drip_trailers,
    "trailers without end": acts.flood_trailers,
    "a compressed nothing without end": acts.flood_nothing,
}


@pytest.mark.parametrize("act", SLOW.values(), ids=SLOW)
def test_slow_answer_ends_at_the_deadline(connect: Connect, server: Server, act: Act) -> None:
    server.plan(act)
    client = connect(server.url, deadline=DEADLINE, max_retries=2)
    error = failure_in_time(lambda: get_factor(client), deadline=DEADLINE)
    assert isinstance(error, RequestTimeoutError)


def test_wait_for_more_ends_at_the_deadline_of_the_whole(connect: Connect, server: Server) -> None:
    server.plan(acts.stop_late_in_body)
    client = connect(server.url, deadline=0.3)
    error = failure_in_time(lambda: get_factor(client), deadline=0.3, grace=0.9)
    assert isinstance(error, RequestTimeoutError)


def test_slow_answer_over_the_session_of_the_caller_ends_at_the_deadline(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.drip_chunks)
    with requests.Session() as session:
        client = connect(server.url, deadline=DEADLINE, session=session)
        error = failure_in_time(lambda: get_factor(client), deadline=DEADLINE)
    assert isinstance(error, RequestTimeoutError)


@pytest.mark.parametrize("name", ["dripping headers", "a dripping body"])
def test_slow_answer_to_a_write_ends_at_the_deadline(
    connect: Connect, server: Server, write: Write, name: str
) -> None:
    server.plan(SLOW[name])
    client = connect(server.url, deadline=0.2, max_retries=2)
    error = failure_in_time(lambda: write(client), deadline=0.2)
    assert isinstance(error, RequestTimeoutError)
    assert error.outcome_unknown
    assert len(server.arrivals) == 1


def test_handshake_that_stalls_ends_at_the_deadline(connect: Connect, server: Server) -> None:
    server.plan(acts.stall_unread)
    client = connect(f"https://127.0.0.1:{server.port}", deadline=DEADLINE, max_retries=2)
    error = failure_in_time(lambda: get_factor(client), deadline=DEADLINE)
    assert isinstance(error, RequestTimeoutError)


def test_connecting_ends_at_the_deadline(connect: Connect, mute_port: int) -> None:
    client = connect(f"http://127.0.0.1:{mute_port}", deadline=DEADLINE, max_retries=2)
    error = failure_in_time(lambda: get_factor(client), deadline=DEADLINE)
    assert isinstance(error, RequestTimeoutError)


def test_read_timeout_ends_a_try_before_the_deadline(connect: Connect, server: Server) -> None:
    server.plan(acts.never_answer, acts.echo)
    client = connect(server.url, timeout=(2, 0.1), deadline=20, max_retries=1)
    assert client.get_factor("f_1").factor_id == "f_1"
    assert len(server.arrivals) == 2


def test_read_timeout_alone_is_a_timeout(connect: Connect, server: Server) -> None:
    server.plan(acts.never_answer)
    client = connect(server.url, timeout=(2, 0.1), deadline=20)
    error = failure_in_time(lambda: get_factor(client), deadline=0.1)
    assert isinstance(error, RequestTimeoutError)


def test_trying_again_ends_at_the_deadline(connect: Connect, server: Server) -> None:
    server.plan(acts.drop_after_reading)
    client = connect(server.url, deadline=DEADLINE, max_retries=1000)
    error = failure_in_time(lambda: get_factor(client), deadline=DEADLINE)
    assert isinstance(error, TransportError)


def test_wait_that_does_not_fit_is_never_begun(connect: Connect, server: Server) -> None:
    server.plan(acts.throttle("Retry-After: 20"))
    client = connect(server.url, deadline=5, max_retries=2)
    error = failure_in_time(lambda: get_factor(client), deadline=0)
    assert isinstance(error, ThrottleError)
    assert error.retry_after == 20
    assert len(server.arrivals) == 1


def test_wait_until_a_date_that_does_not_fit_is_never_begun(
    connect: Connect, server: Server
) -> None:
    later = email.utils.formatdate(time.time() + 20, usegmt=True)
    server.plan(acts.throttle(f"Retry-After: {later}"))
    client = connect(server.url, deadline=5, max_retries=2)
    error = failure_in_time(lambda: get_factor(client), deadline=0)
    assert isinstance(error, ThrottleError)
    assert pytest.approx(20, abs=5) == error.retry_after
    assert len(server.arrivals) == 1
