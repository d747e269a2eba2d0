"""A connection is kept, left when it is no longer clean, and shared by nobody else's answer."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from authing_mfa import AuthenticationClient, AuthingMFAError

from . import acts, marks
from .conftest import Connect, Write
from .promises import failure, get_factor
from .server import Act, Arrival, Server, Steps, close, keep


def test_five_calls_take_one_connection(connect: Connect, server: Server) -> None:
    server.plan(acts.echo)
    client = connect(server.url)
    for _ in range(5):
        get_factor(client)
    assert (server.connections, len(server.arrivals)) == (1, 5)


def test_refusal_keeps_the_connection(connect: Connect, server: Server) -> None:
    server.plan(acts.answer(status_code=404), acts.echo)
    client = connect(server.url)
    failure(lambda: get_factor(client))
    get_factor(client)
    assert (server.connections, len(server.arrivals)) == (1, 2)


def test_read_goes_on_when_the_connection_was_closed_while_idle(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.answer(acts.FACTOR, end=close), acts.echo)
    client = connect(server.url)
    get_factor(client)
    server.settle()
    assert client.get_factor("f_2").factor_id == "f_2"
    assert (server.connections, len(server.arrivals)) == (2, 2)


def test_read_goes_on_when_the_kept_connection_is_closed_under_it(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.echo, acts.drop_unread, acts.echo)
    client = connect(server.url, deadline=20, max_retries=1)
    get_factor(client)
    assert client.get_factor("f_2").factor_id == "f_2"
    assert (server.connections, len(server.arrivals)) == (2, 2)


def test_write_arrives_once_when_the_connection_was_closed_while_idle(
    connect: Connect, server: Server, write: Write
) -> None:
    server.plan(acts.answer(acts.FACTOR, end=close), write.done)
    client = connect(server.url, max_retries=2)
    get_factor(client)
    server.settle()
    write(client)
    assert (server.connections, len(server.arrivals)) == (2, 2)


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints"])
def test_interim_answer_is_passed_over(connect: Connect, server: Server, status: str) -> None:
    good = acts.whole(acts.envelope(acts.FACTOR))
    server.plan(acts.say(f"HTTP/1.1 {status}\r\nX-Hint: a\r\n\r\n".encode(), 0.05, good))
    assert get_factor(connect(server.url)).factor_id == marks.FACTOR_ID


def _late_after(start: bytes) -> Act:
    def steps(arrival: Arrival) -> Steps:
        yield start
        yield 0.15
        yield from acts.echo.steps(arrival)

    return Act(steps)


@pytest.mark.parametrize(
    "status", ["101 Switching Protocols", "102 Processing", "103 Early Hints"]
)
def test_late_answer_is_not_taken_for_the_next_ones(
    connect: Connect, server: Server, status: str
) -> None:
    server.plan(_late_after(f"HTTP/1.1 {status}\r\nLink: </a>\r\n\r\n".encode()), acts.echo)
    client = connect(server.url, max_retries=0)
    with contextlib.suppress(AuthingMFAError):
        assert client.get_factor("f_1").factor_id == "f_1"
    assert client.get_factor("f_2").factor_id == "f_2"


def test_answer_after_a_timeout_is_not_taken_for_the_next_ones(
    connect: Connect, server: Server
) -> None:
    server.plan(_late_after(b""), acts.echo)
    client = connect(server.url, timeout=(2, 0.1))
    failure(lambda: get_factor(client))
    assert client.get_factor("f_2").factor_id == "f_2"
    assert server.connections == 2


def test_second_answer_to_one_request_is_not_taken_for_the_next_ones(
    connect: Connect, server: Server
) -> None:
    twice = acts.whole(acts.envelope(acts.FACTOR)) * 2
    server.plan(acts.say(twice, end=keep), acts.echo)
    client = connect(server.url)
    get_factor(client)
    assert client.get_factor("f_2").factor_id == "f_2"


def test_each_thread_sees_its_own_token_and_answer(connect: Connect, server: Server) -> None:
    server.plan(acts.echo)
    client = connect(server.url, access_token=None, deadline=20)
    together = threading.Barrier(16)

    def call(number: int) -> list[str]:
        user: AuthenticationClient = client.as_user(f"token-{number}")
        together.wait(timeout=10)
        return [user.get_factor(f"token-{number}").factor_id for _ in range(5)]

    with ThreadPoolExecutor(16) as pool:
        seen = list(pool.map(call, range(16)))
    assert [[f"token-{number}"] * 5 for number in range(16)] == seen
    assert len(server.arrivals) == 80
    for arrival in server.arrivals:
        asked = arrival.target.partition("factorId=")[2]
        assert f"Bearer {asked}" == arrival.token


def test_pool_is_as_wide_as_the_threads(connect: Connect, server: Server) -> None:
    server.plan(acts.echo)
    client = connect(server.url, deadline=20)
    together = threading.Barrier(16)

    def call(_: int) -> None:
        for _ in range(3):
            together.wait(timeout=10)
            get_factor(client)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, range(16)))
    assert server.connections <= 16
