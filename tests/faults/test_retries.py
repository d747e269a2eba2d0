"""Which calls are sent again, after what, and how long they wait before."""

from __future__ import annotations

import email.utils
import time

import pytest

from authing_mfa import (
    CallRecord,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
    ThrottleError,
    UnauthorizedError,
)
from tests.support.sampling import few

from . import acts
from .conftest import Connect, Write
from .promises import failure, get_factor
from .server import Act, Server

PASSING = {
    "dropped before it was read": acts.drop_unread,
    "dropped after it was read": acts.drop_after_reading,
    "reset in the body": acts.reset_in_body,
    "503": acts.unavailable,
    "a page with 502": acts.page("502 Bad Gateway"),
    "a page with 504": acts.page("504 Gateway Timeout"),
    "429 at once": acts.throttle("Retry-After: 0"),
    "429 without a time": acts.throttle(),
    "429 in an envelope with 200": acts.answer(status_code=429),
    "502 in an envelope with 200": acts.answer(status_code=502),
    "503 in an envelope with 200": acts.answer(status_code=503),
    "504 in an envelope with 200": acts.answer(status_code=504),
}
LASTING = {
    "500": acts.answer(status_code=500),
    "501": acts.page("501 Not Implemented"),
    "401": acts.answer(status_code=401),
    "404": acts.answer(status_code=404),
    "422": acts.answer(status_code=422),
    "601": acts.answer(status_code=601),
    "a page with 200": acts.page("200 OK"),
    "a redirect": acts.redirect("http://127.0.0.1:9/"),
    "cut JSON": acts.cut_json,
}
ODD_TIMES = ("soon", "-5", "1e999", "nan", "inf", "9" * 400, "Fri, 31 Dec 99999 23:59:59 GMT", "")


@pytest.mark.parametrize("what", few(PASSING, 5))
def test_read_is_tried_again_after_what_passes(
    connect: Connect, server: Server, what: str
) -> None:
    server.plan(PASSING[what], acts.echo)
    client = connect(server.url, deadline=20, max_retries=1)
    assert client.get_factor("f_1").factor_id == "f_1"
    assert server.begun == 2


@pytest.mark.parametrize("act", LASTING.values(), ids=LASTING)
def test_read_is_not_tried_again_after_what_lasts(
    connect: Connect, server: Server, act: Act
) -> None:
    server.plan(act)
    client = connect(server.url, max_retries=2)
    failure(lambda: get_factor(client))
    assert len(server.arrivals) == 1


def test_call_record_counts_the_tries(connect: Connect, server: Server) -> None:
    records: list[CallRecord] = []
    server.plan(acts.unavailable, acts.echo)
    client = connect(server.url, deadline=20, max_retries=2, on_call=records.append)
    get_factor(client)
    (record,) = records
    assert (record.method, record.path) == ("GET", "/api/v3/get-factor")
    assert (record.tries, record.http_status, record.status_code) == (2, 200, 200)


def test_call_record_tells_of_a_failure(connect: Connect, server: Server) -> None:
    records: list[CallRecord] = []
    server.plan(acts.unavailable)
    client = connect(server.url, deadline=20, max_retries=2, on_call=records.append)
    assert isinstance(failure(lambda: get_factor(client)), ServerError)
    (record,) = records
    assert (record.tries, record.http_status, record.status_code) == (3, 503, 503)


def test_call_record_tells_that_no_answer_came(connect: Connect, server: Server) -> None:
    records: list[CallRecord] = []
    server.plan(acts.never_answer)
    client = connect(server.url, timeout=(2, 0.1), on_call=records.append)
    assert isinstance(failure(lambda: get_factor(client)), RequestTimeoutError)
    (record,) = records
    assert (record.tries, record.http_status, record.status_code) == (1, None, None)
    assert 0.1 <= record.seconds < 3


def test_one_line_a_try_is_logged(
    connect: Connect, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.plan(acts.unavailable, acts.drop_after_reading, acts.echo)
    get_factor(connect(server.url, deadline=20, max_retries=2))
    lines = [it.getMessage() for it in caplog.records if it.name.startswith("authing_mfa")]
    assert len(lines) == 3
    assert all("/api/v3/get-factor" in line for line in lines)


def test_retry_after_in_seconds_is_waited_for(connect: Connect, server: Server) -> None:
    server.plan(acts.throttle("Retry-After: 0.2"), acts.echo)
    get_factor(connect(server.url, deadline=20, max_retries=1))
    first, second = server.arrivals
    assert second.at - first.at >= 0.19


@pytest.mark.slow  # a date has whole seconds
def test_retry_after_as_a_date_is_waited_for(connect: Connect, server: Server) -> None:
    moment = int(time.time() + 1.5)
    date = email.utils.formatdate(moment, usegmt=True)
    server.plan(acts.throttle(f"Retry-After: {date}"), acts.echo)
    get_factor(connect(server.url, deadline=20, max_retries=1))
    assert moment - 0.01 <= server.arrivals[1].at


@pytest.mark.parametrize("value", ODD_TIMES)
def test_retry_after_that_is_no_time_does_no_harm(
    connect: Connect, server: Server, value: str
) -> None:
    server.plan(acts.throttle(f"Retry-After: {value}"))
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, ThrottleError)
    assert error.retry_after is None or 0 <= error.retry_after < float("inf")


def test_throttled_write_is_refused_at_once(
    connect: Connect, server: Server, write: Write
) -> None:
    server.plan(acts.throttle("Retry-After: 1"))
    client = connect(server.url, max_retries=2)
    error = failure(lambda: write(client))
    assert isinstance(error, ThrottleError)
    assert error.retry_after == 1
    assert not error.outcome_unknown
    assert len(server.arrivals) == 1


@pytest.mark.parametrize(
    ("status_code", "wanted"), [(401, UnauthorizedError), (404, NotFoundError)]
)
def test_clear_refusal_of_a_write_leaves_no_doubt(
    connect: Connect, server: Server, write: Write, status_code: int, wanted: type[Exception]
) -> None:
    server.plan(acts.answer(status_code=status_code))
    client = connect(server.url, max_retries=2)
    error = failure(lambda: write(client))
    assert isinstance(error, wanted)
    assert not error.outcome_unknown
    assert len(server.arrivals) == 1
