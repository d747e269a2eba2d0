"""Over a session of the caller's the promises hold, as far as its parts are those of requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from authing_mfa import InvalidResponseError, RequestTimeoutError
from tests.support.sampling import few

from . import acts
from .conftest import Connect, Write
from .promises import failure, failure_in_time, get_factor
from .server import Act, Server

DEADLINE = 0.1
WHERE = {
    "no answer": acts.never_answer,
    "the status line": acts.drip_status_line,
    "the headers": acts.drip_headers,
    "interim answers": acts.drip_interim_answers,
    "the body": acts.drip_body,
    "its chunks": acts.drip_chunks,
    "its trailers": acts.drip_trailers,
    "a compressed body": acts.drip_gzip,
}
BODIES = {name: WHERE[name] for name in ("the body", "its chunks", "a compressed body")}


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.mark.parametrize("where", few(WHERE, 2))
def test_slow_answer_over_a_plain_session_ends_at_the_deadline(
    connect: Connect, server: Server, session: requests.Session, where: str
) -> None:
    server.plan(WHERE[where])
    client = connect(server.url, deadline=DEADLINE, session=session, max_retries=2)
    error = failure_in_time(lambda: get_factor(client), deadline=DEADLINE)
    assert isinstance(error, RequestTimeoutError)


def test_dripped_connect_over_a_plain_session_ends_at_the_deadline(
    connect: Connect, proxy: Server, session: requests.Session, write: Write
) -> None:
    proxy.plan(acts.say(b"HTTP/1.1 200 OK\r\nX-Slow: ", *(0.05, b" ") * 100))
    session.proxies = {"https": proxy.url}
    client = connect("https://demo.example.com", deadline=DEADLINE, session=session)
    error = failure_in_time(lambda: write(client), deadline=DEADLINE)
    assert isinstance(error, RequestTimeoutError)
    assert not error.outcome_unknown


@pytest.mark.parametrize("act", BODIES.values(), ids=BODIES)
def test_slow_body_over_an_adapter_of_the_callers_ends_at_the_deadline(
    connect: Connect, server: Server, session: requests.Session, act: Act
) -> None:
    server.plan(act)
    session.mount("http://", HTTPAdapter(max_retries=1))
    client = connect(server.url, deadline=DEADLINE, session=session)
    error = failure_in_time(lambda: get_factor(client), deadline=DEADLINE)
    assert isinstance(error, RequestTimeoutError)


def test_adapter_of_the_callers_still_answers_after_a_slow_body(
    connect: Connect, server: Server, session: requests.Session
) -> None:
    server.plan(acts.drip_body, acts.echo)
    session.mount("http://", HTTPAdapter(max_retries=1))
    failure(lambda: get_factor(connect(server.url, deadline=DEADLINE, session=session)))
    client = connect(server.url, session=session)
    assert [client.get_factor(it).factor_id for it in ("f_1", "f_2")] == ["f_1", "f_2"]


def test_adapter_that_is_mounted_later_sends(
    connect: Connect, server: Server, session: requests.Session
) -> None:
    seen: list[str | None] = []

    class Own(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
            seen.append(request.url)
            return super().send(request, *args, **kwargs)

    server.plan(acts.echo)
    client = connect(server.url, session=session)
    client.get_factor("f_1")
    session.mount("http://", Own())
    client.get_factor("f_2")
    assert [url.partition("factorId=")[2] for url in seen if url] == ["f_2"]


@pytest.mark.parametrize("part", ["send", "get_adapter"])
@pytest.mark.parametrize("on", ["the session", "its class"])
def test_part_of_the_callers_own_is_used(
    connect: Connect, server: Server, session: requests.Session, part: str, on: str
) -> None:
    seen: list[str] = []
    plain = getattr(requests.Session, part)

    def own(self: requests.Session, *args: Any, **kwargs: Any) -> Any:
        seen.append(part)
        return plain(self, *args, **kwargs)

    if on == "the session":
        setattr(session, part, own.__get__(session))
    else:
        session = type("Own", (requests.Session,), {part: own})()
    server.plan(acts.echo)
    with session:
        assert connect(server.url, session=session).get_factor("f_1").factor_id == "f_1"
    assert seen == [part]


def test_write_over_a_plain_session_arrives_once_and_in_doubt(
    connect: Connect, server: Server, session: requests.Session, write: Write
) -> None:
    server.plan(acts.drop_after_reading)
    client = connect(server.url, session=session, max_retries=2)
    assert failure(lambda: write(client)).outcome_unknown
    assert len(server.arrivals) == 1


def test_closing_the_client_leaves_the_session_its_connections(
    connect: Connect, server: Server, session: requests.Session
) -> None:
    server.plan(acts.answer(acts.FACTOR))
    session.get(server.url)
    with connect(server.url, session=session) as client:
        get_factor(client)
    session.get(server.url)
    assert [arrival.connection for arrival in server.arrivals] == [0, 1, 0]


def test_own_adapter_of_the_callers_refuses_what_a_cache_had_kept(
    connect: Connect, server: Server, session: requests.Session
) -> None:
    def kept(response: requests.Response, **_: Any) -> None:
        response.from_cache = True  # type: ignore[attr-defined]

    server.plan(acts.echo)
    session.hooks["response"] = [kept]
    error = failure(lambda: get_factor(connect(server.url, session=session)))
    assert isinstance(error, InvalidResponseError)
