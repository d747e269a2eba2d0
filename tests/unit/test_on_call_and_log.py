"""What is told of each call: a record to the caller, a line to the log."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import Any

import pytest
import requests

from authing_mfa import (
    AuthingMFAError,
    CallRecord,
    ConfigurationError,
    ConnectionFailedError,
    CredentialsRejectedError,
    InvalidResponseError,
    NotFoundError,
)
from tests.support import payloads
from tests.support.wire import HOST, METHODS, Wire, make_client

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def records_of(wire: Wire, name: str = "get_factor", **options: Any) -> list[CallRecord]:
    """Return the records of one call, whatever becomes of it."""
    records: list[CallRecord] = []
    with contextlib.suppress(AuthingMFAError):
        METHODS[name].call(make_client(on_call=records.append, **options))
    return records


@pytest.mark.parametrize("name", METHODS)
def test_each_call_gives_one_record(wire: Wire, name: str) -> None:
    method = METHODS[name]
    wire.plan(method.path, payload=method.payload)
    (record,) = records_of(wire, name)
    assert (method.verb, method.path) == (record.method, record.path)
    assert (
        record.http_status,
        record.status_code,
        record.api_code,
        record.tries,
    ) == (200, 200, None, 1)
    assert 0 <= record.seconds < 5


def test_record_of_a_refusal_has_its_codes(wire: Wire) -> None:
    wire.plan("get-factor", payload="failure_wrong_password", status=400)
    (record,) = records_of(wire)
    assert (
        record.http_status,
        record.status_code,
        record.api_code,
        record.request_id,
    ) == (400, 403, 2333, _REQUEST_ID)


def test_record_of_a_call_without_an_answer_has_none_of_them(wire: Wire) -> None:
    wire.plan("get-factor", requests.ConnectionError())
    (record,) = records_of(wire)
    assert [
        record.http_status,
        record.status_code,
        record.api_code,
        record.request_id,
    ] == [None] * 4


def test_record_of_an_answer_without_an_envelope_has_its_http_status(wire: Wire) -> None:
    wire.plan("get-factor", b"<html>", status=200)
    (record,) = records_of(wire)
    assert (record.http_status, record.status_code) == (200, None)


def test_record_of_an_answer_that_does_not_fit_still_has_its_request_id(wire: Wire) -> None:
    wire.plan("get-factor", payload="enroll_factor")
    (record,) = records_of(wire)
    assert (record.http_status, record.status_code, record.request_id) == (200, 200, _REQUEST_ID)


def test_record_counts_the_tries(wire: Wire) -> None:
    for _ in range(2):
        wire.plan("get-factor", b"", status=503, headers={"Retry-After": "0"})
    wire.plan("get-factor", payload="get_factor")
    (record,) = records_of(wire, max_retries=2)
    assert (record.tries, record.status_code) == (3, 200)


def test_handle_of_another_user_tells_the_same_listener(wire: Wire) -> None:
    records: list[CallRecord] = []
    wire.plan("get-factor", payload="get_factor")
    make_client(on_call=records.append).as_user("example-token").get_factor("f_1")
    assert len(records) == 1


def test_listener_that_raises_does_not_spoil_the_call(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    def raising(record: CallRecord) -> None:
        raise RuntimeError("the listener's own")

    wire.plan("get-factor", payload="get_factor")
    with pytest.warns(RuntimeWarning, match="on_call raised RuntimeError"):
        factor = make_client(on_call=raising).get_factor("f_1")
    assert factor.factor_id == "6229ffaxxxxxxxxcade3e3d9"
    (line,) = caplog.records
    assert (line.name, line.levelname) == ("authing_mfa", "ERROR")
    assert line.getMessage() == "on_call raised; the call itself is not affected"
    assert "the listener's own" in caplog.text


def test_listener_that_raises_does_not_hide_the_error(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    def raising(record: CallRecord) -> None:
        raise RuntimeError("the listener's own")

    wire.plan("get-factor", payload="failure_404")
    with pytest.warns(RuntimeWarning), pytest.raises(NotFoundError):
        make_client(on_call=raising).get_factor("f_1")
    assert len(caplog.records) == 1


@pytest.mark.filterwarnings("error")
def test_listener_that_raises_does_not_hide_the_error_where_warnings_are_errors(
    wire: Wire,
) -> None:
    def raising(record: CallRecord) -> None:
        raise RuntimeError("the listener's own")

    wire.plan("get-factor", payload="failure_404")
    with pytest.raises(NotFoundError):
        make_client(on_call=raising).get_factor("f_1")


def test_listener_may_stop_the_program(wire: Wire) -> None:
    def stopping(record: CallRecord) -> None:
        raise KeyboardInterrupt

    wire.plan("get-factor", payload="get_factor")
    with pytest.raises(KeyboardInterrupt):
        make_client(on_call=stopping).get_factor("f_1")


def lines_of(
    wire: Wire, caplog: pytest.LogCaptureFixture, error: type[AuthingMFAError] | None = None
) -> list[str]:
    caplog.set_level(logging.DEBUG, logger="authing_mfa")
    client = make_client(max_retries=1)
    if error is None:
        client.get_factor("f_1")
    else:
        with pytest.raises(error):
            client.get_factor("f_1")
    return [record.getMessage() for record in caplog.records if record.name == "authing_mfa"]


def test_line_of_a_success(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.plan("get-factor", payload="get_factor")
    (line,) = lines_of(wire, caplog)
    expected = f"HTTP 200, statusCode 200, apiCode None, requestId {_REQUEST_ID}, "
    assert line.startswith(f"GET /api/v3/get-factor: {expected}")
    assert line.endswith(" ms")


def test_line_and_record_tell_how_long_it_took(
    wire: Wire, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        now[0] += 2.5
        return 200, {}, payloads.raw("get_factor")

    wire.add_callback("GET", f"{HOST}/api/v3/get-factor", callback=answer)
    caplog.set_level(logging.DEBUG, logger="authing_mfa")
    (record,) = records_of(wire)
    assert record.seconds == 2.5
    assert caplog.messages[-1].endswith(", 2500 ms")


def test_line_of_a_refusal(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.plan("get-factor", payload="failure_404")
    (line,) = lines_of(wire, caplog, NotFoundError)
    assert "HTTP 200, statusCode 404, apiCode None" in line


def test_line_of_a_refusal_has_its_api_code(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.plan("get-factor", payload="failure_wrong_password")
    (line,) = lines_of(wire, caplog, CredentialsRejectedError)
    assert "HTTP 200, statusCode 403, apiCode 2333" in line


def test_line_of_each_try_without_an_answer(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.plan("get-factor", requests.ConnectionError())
    lines = lines_of(wire, caplog, ConnectionFailedError)
    assert len(lines) == 2
    assert all("GET /api/v3/get-factor: ConnectionFailedError, " in line for line in lines)


def test_line_of_an_attempt_that_a_hook_of_the_caller_ends(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    def raises(*_: object, **__: object) -> None:
        raise LookupError("of the caller")

    session = requests.Session()
    session.hooks["response"] = [raises]
    wire.plan("get-factor", payload="failure_wrong_password")
    with caplog.at_level("DEBUG", "authing_mfa"), pytest.raises(LookupError):
        make_client(session=session).get_factor("f_1")
    [line] = caplog.messages
    assert line.startswith("GET /api/v3/get-factor: LookupError, statusCode None")


def test_line_of_an_answer_that_does_not_fit(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.plan("get-factor", payload="enroll_factor")
    (line,) = lines_of(wire, caplog, InvalidResponseError)
    assert f"HTTP 200, statusCode 200, apiCode None, requestId {_REQUEST_ID}" in line


def test_nothing_is_logged_above_debug(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="authing_mfa")
    wire.plan("get-factor", payload="failure_500")
    with pytest.raises(AuthingMFAError):
        make_client().get_factor("f_1")
    assert caplog.records == []


def test_logger_has_a_null_handler() -> None:
    handlers = logging.getLogger("authing_mfa").handlers
    assert [type(handler) for handler in handlers] == [logging.NullHandler]


def test_refused_argument_is_not_recorded(wire: Wire) -> None:
    records: list[CallRecord] = []
    client = make_client(on_call=records.append)
    with pytest.raises(ConfigurationError):
        client.get_factor("")
    assert records == []


@pytest.mark.parametrize("status_code", [200, 404])
def test_text_of_the_service_steers_neither_log_nor_record(
    wire: Wire, caplog: pytest.LogCaptureFixture, status_code: int
) -> None:
    caplog.set_level(logging.DEBUG, logger="authing_mfa")
    said = "r-1\r\nERROR forged\x1b]0;title\x07\x9b2J\u202e\ud800"
    wire.plan("get-factor", {"statusCode": status_code, "message": said, "requestId": said})
    (record,) = records_of(wire)
    (line,) = [one.getMessage() for one in caplog.records if one.name == "authing_mfa"]
    assert record.request_id is not None
    assert record.request_id.startswith("r-1  ERROR forged")
    for text in (line, record.request_id):
        assert text.isprintable()
        assert text.encode()


def test_request_id_that_repeats_a_code_tells_it_neither_to_log_nor_to_record(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="authing_mfa")
    refusal = {"statusCode": 400, "message": "123456?", "requestId": "r-123456-example-token"}
    wire.plan("mfa-totp-verify", refusal)
    (record,) = records_of(wire, "verify_totp")
    assert record.request_id == "r-<hidden>-<hidden>"
    assert "requestId r-<hidden>-<hidden>" in caplog.text
    assert "123456" not in caplog.text
