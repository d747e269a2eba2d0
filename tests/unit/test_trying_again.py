"""Trying again, as the caller sees it: how often a request goes out, and what is given back."""

from __future__ import annotations

import email.utils
import time
from typing import Any

import pytest
import requests
from responses import registries

from authing_mfa import (
    AuthingMFAError,
    ConfigurationError,
    ConnectionFailedError,
    InvalidResponseError,
    RequestTimeoutError,
    ServerError,
    ThrottleError,
)
from tests.support.sampling import few
from tests.support.wire import METHODS, READS, WRITES, Wire, make_client

_AT_ONCE = {"Retry-After": "0"}


@pytest.fixture
def wire() -> Any:
    """Give a mocked wire that answers strictly in the order planned."""
    with Wire(registry=registries.OrderedRegistry) as wire:
        yield wire


_PASSING: dict[str, dict[str, Any]] = {
    "429": {"payload": "failure_429", "status": 429},
    "429 in a 200": {"payload": "failure_429"},
    "502": {"payload": "failure_502", "status": 502},
    "page with 502": {"body": b"<html>", "status": 502},
    "503 in a 200": {"payload": "failure_503"},
    "504": {"body": b"", "status": 504},
}


@pytest.mark.parametrize("plan", _PASSING.values(), ids=_PASSING)
@pytest.mark.parametrize("name", READS)
def test_read_succeeds_at_the_next_try(wire: Wire, name: str, plan: dict[str, Any]) -> None:
    method = METHODS[name]
    wire.plan(method.path, headers=_AT_ONCE, **plan)
    wire.plan(method.path, payload=method.payload)
    assert method.call(make_client(max_retries=1)) is not None
    assert len(wire.calls) == 2


@pytest.mark.parametrize("name", few(READS, 2))
def test_read_is_tried_again_after_a_failed_connection(wire: Wire, name: str) -> None:
    method = METHODS[name]
    wire.plan(method.path, requests.ConnectionError())
    wire.plan(method.path, payload=method.payload)
    assert method.call(make_client(max_retries=1)) is not None


@pytest.mark.parametrize("max_retries", [0, 1, 2])
def test_last_error_is_raised_when_the_tries_are_used_up(wire: Wire, max_retries: int) -> None:
    for _ in range(max_retries):
        wire.plan("get-factor", payload="failure_503", headers=_AT_ONCE)
    wire.plan("get-factor", payload="failure_502", headers=_AT_ONCE)
    with pytest.raises(ServerError) as caught:
        make_client(max_retries=max_retries).get_factor("f_1")
    assert caught.value.status_code == 502


_ANSWERED: dict[str, tuple[dict[str, Any], type[AuthingMFAError]]] = {
    "429": ({"payload": "failure_429", "status": 429}, ThrottleError),
    "503": ({"body": b"", "status": 503}, ServerError),
    "502 in a 200": ({"payload": "failure_502"}, ServerError),
    "page with 200": ({"body": b"<html>"}, InvalidResponseError),
}


@pytest.mark.parametrize(("plan", "cls"), _ANSWERED.values(), ids=_ANSWERED)
@pytest.mark.parametrize("name", WRITES)
def test_write_that_was_answered_goes_out_once(
    wire: Wire, name: str, plan: dict[str, Any], cls: type[AuthingMFAError]
) -> None:
    wire.plan(METHODS[name].path, headers=_AT_ONCE, **plan)
    with pytest.raises(cls) as caught:
        METHODS[name].call(make_client(max_retries=2))
    assert len(wire.calls) == 1
    assert (cls is not ThrottleError) is caught.value.outcome_unknown


@pytest.mark.parametrize(
    ("failure", "cls"),
    [
        (requests.ConnectionError(), ConnectionFailedError),
        (requests.exceptions.ChunkedEncodingError(), ConnectionFailedError),
        (requests.ReadTimeout(), RequestTimeoutError),
        (OSError("marked"), ConnectionFailedError),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("name", WRITES)
def test_write_that_may_have_left_goes_out_once(
    wire: Wire, name: str, failure: Exception, cls: type[AuthingMFAError]
) -> None:
    wire.plan(METHODS[name].path, failure)
    with pytest.raises(cls) as caught:
        METHODS[name].call(make_client(max_retries=2))
    assert (len(wire.calls), caught.value.outcome_unknown) == (1, True)
    assert "(whether it took effect is unknown)" in str(caught.value)


@pytest.mark.parametrize("name", few(WRITES, 2))
def test_write_that_never_left_is_tried_again(wire: Wire, name: str) -> None:
    method = METHODS[name]
    wire.plan(method.path, requests.ConnectTimeout())
    wire.plan(method.path, payload=method.payload)
    method.call(make_client(max_retries=1))
    assert len(wire.calls) == 2


@pytest.mark.parametrize("name", WRITES)
def test_outcome_of_a_write_that_never_left_is_known(wire: Wire, name: str) -> None:
    wire.plan(METHODS[name].path, requests.ConnectTimeout())
    with pytest.raises(RequestTimeoutError) as caught:
        METHODS[name].call(make_client())
    assert caught.value.outcome_unknown is False


@pytest.mark.parametrize("name", METHODS)
def test_throttle_error_says_how_long_to_wait(wire: Wire, name: str) -> None:
    wire.plan(METHODS[name].path, payload="failure_429", status=429, headers={"Retry-After": "37"})
    with pytest.raises(ThrottleError) as caught:
        METHODS[name].call(make_client())
    assert (caught.value.retry_after, caught.value.outcome_unknown) == (37.0, False)


@pytest.mark.parametrize("header", ["31", "3600", "Thu, 01 Jan 2099 00:00:00 GMT"])
def test_wait_that_does_not_fit_the_deadline_is_never_begun(wire: Wire, header: str) -> None:
    wire.plan("get-factor", payload="failure_429", headers={"Retry-After": header})
    with pytest.raises(ThrottleError) as caught:
        make_client(max_retries=2, deadline=30).get_factor("f_1")
    assert (caught.value.retry_after or 0) > 30
    assert len(wire.calls) == 1


def test_wait_that_would_leave_no_time_is_never_begun(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    wire.plan("get-factor", payload="failure_429", headers={"Retry-After": "30"})
    with pytest.raises(ThrottleError):
        make_client(max_retries=2, deadline=30).get_factor("f_1")


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 2100 23:59:00 GMT"]
)
@pytest.mark.parametrize("zone", ["GMT", "-0000", ""])
def test_wait_until_a_date_is_counted_from_that_of_the_answer(
    wire: Wire, date: str, zone: str
) -> None:
    until = date.replace(":00 GMT", f":42 {zone}").rstrip()
    wire.plan("get-factor", payload="failure_429", headers={"Retry-After": until, "Date": date})
    with pytest.raises(ThrottleError) as caught:
        make_client().get_factor("f_1")
    assert caught.value.retry_after == 42.0


@pytest.mark.parametrize("date", ["", "soon", "Thu, 99 Jan 1970 00:00:00 GMT"])
def test_wait_until_a_date_is_counted_from_now_where_the_answer_has_none(
    wire: Wire, date: str
) -> None:
    until = email.utils.formatdate(time.time() + 42, usegmt=True)
    wire.plan("get-factor", payload="failure_429", headers={"Retry-After": until, "Date": date})
    with pytest.raises(ThrottleError) as caught:
        make_client().get_factor("f_1")
    assert caught.value.retry_after == pytest.approx(42, abs=5)


@pytest.mark.parametrize("header", ["-5", "0.0", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_wait_that_is_over_already_is_none(wire: Wire, header: str) -> None:
    wire.plan("get-factor", payload="failure_429", headers={"Retry-After": header})
    wire.plan("get-factor", payload="get_factor")
    make_client(max_retries=1).get_factor("f_1")
    assert len(wire.calls) == 2


@pytest.mark.parametrize("header", ["soon", "", "nan", "inf", "1e999", "32 Jan", "٣"])
def test_wait_that_cannot_be_read_is_not_known(wire: Wire, header: str) -> None:
    wire.plan("get-factor", payload="failure_429", headers={"Retry-After": header})
    with pytest.raises(ThrottleError) as caught:
        make_client().get_factor("f_1")
    assert caught.value.retry_after in {None, 3.0}


@pytest.fixture
def suspended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine be suspended for a minute whenever somebody sleeps."""
    real, slept = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: real() + slept[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: slept.append(slept.pop() + 60))


@pytest.mark.usefixtures("suspended")
@pytest.mark.parametrize("name", ["get_factor", *WRITES])
def test_deadline_that_passes_while_waiting_ends_the_call(wire: Wire, name: str) -> None:
    wire.plan(METHODS[name].path, requests.ConnectTimeout())
    with pytest.raises(RequestTimeoutError, match="before the request could be sent") as caught:
        METHODS[name].call(make_client(max_retries=2, deadline=30))
    assert (len(wire.calls), caught.value.outcome_unknown) == (1, False)


def test_call_without_a_token_is_refused_and_names_no_call(wire: Wire) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_client(access_token=None).get_factor("f_1")
    assert (caught.value.method, caught.value.path) == (None, None)
    assert wire.requests == []


def test_answer_that_was_not_read_still_has_its_http_status(wire: Wire) -> None:
    wire.plan("get-factor", b"", status=102)
    with pytest.raises(InvalidResponseError, match="wanted a final answer") as caught:
        make_client().get_factor("f_1")
    assert caught.value.http_status == 102


def test_401_is_not_tried_again_with_the_same_token(wire: Wire) -> None:
    wire.plan("get-factor", payload="failure_401")
    with pytest.raises(AuthingMFAError):
        make_client(max_retries=2).get_factor("f_1")
    assert len(wire.calls) == 1


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (requests.ConnectionError("marked"), "the connection failed (ConnectionError)"),
        (requests.ReadTimeout("marked"), "no answer in time (ReadTimeout)"),
        (OSError(111, "Connection refused"), "the connection failed (Connection refused)"),
        (requests.exceptions.InvalidProxyURL("marked"), "the connection failed (InvalidProxyURL)"),
    ],
)
def test_transport_error_says_what_happened_and_holds_nothing(
    wire: Wire, failure: Exception, text: str
) -> None:
    wire.plan("get-factor", failure)
    with pytest.raises(AuthingMFAError) as caught:
        make_client().get_factor("f_1")
    assert str(caught.value) == f"GET /api/v3/get-factor: {text}"
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
