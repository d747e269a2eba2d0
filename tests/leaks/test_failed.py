"""What fails on the way, or after it, shows no secret, in no frame of this package."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from authing_mfa import AuthingMFAError, CallRecord, TokenSet
from tests.faults.acts import answer, body, drop_after_reading, never_answer, page, whole
from tests.faults.server import Act, Arrival, Server, Steps, keep, reset
from tests.support.calls import SENT, Call, ready
from tests.support.marks import (
    CODE,
    MARK,
    MFA_TOKEN,
    OTP_DATA,
    PROXY,
    RECOVERY,
    TOKEN,
    found,
    leaks,
    shown,
)
from tests.support.sampling import few

each_call = pytest.mark.parametrize("name", SENT)


def strings(value: Any) -> Iterator[str]:
    """Yield all texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def told(arrival: Arrival) -> list[str]:
    """Return every text that a request carried."""
    text = arrival.body.decode()
    is_form = "form" in str(arrival.headers["Content-Type"])
    fields = parse_qs(text if is_form else urlsplit(arrival.target).query)
    carried = [one for values in fields.values() for one in values]
    if text and not is_form:
        carried += strings(json.loads(text))
    return [*carried, *(arrival.token or "").split(" ")]


def _repeat(status_code: int, write: Callable[[list[str], Arrival], str]) -> Act:
    def steps(arrival: Arrival) -> Steps:
        said = write(told(arrival), arrival)
        refusal = {
            "statusCode": status_code,
            "message": said,
            "requestId": said,
            "error": said,
            "error_description": said,
        }
        return (whole(json.dumps(refusal).encode()),)

    return Act(steps=steps, end=keep)


def _bare(write: Callable[[list[str], Arrival], str]) -> Act:
    def steps(arrival: Arrival) -> Steps:
        said = write(told(arrival), arrival)
        refusal = {"error": said, "error_description": said}
        return (whole(json.dumps(refusal).encode(), status="400 Bad Request"),)

    return Act(steps=steps, end=keep)


_SPOILT: Final = {
    "access_token": [TOKEN],
    "expires_in": TOKEN,
    "id": [TOKEN],
    "token": [TOKEN],
    "verified": TOKEN,
    "mfaToken": [MFA_TOKEN],
    "secret": [MARK],
    "enrollmentToken": [MARK],
    "factorId": [TOKEN],
    "recoveryCode": [RECOVERY],
    "qrcode_uri": MARK,
    "success": TOKEN,
    "totalCount": TOKEN,
    "enabledFactors": [[TOKEN]],
    "active": TOKEN,
    "rsa": {"publicKey": "example"},
}
_SET_UP: Final = {**OTP_DATA, "qrCodeUri": f"otpauth://[{TOKEN}"}


def _data(data: Any, **beside: Any) -> Act:
    value = {"statusCode": 200, "message": "", "data": data, **beside}
    return body(json.dumps(value).encode())


FAILURES: Final[dict[str, Act]] = {
    "dropped": drop_after_reading,
    "reset": Act(end=reset),
    "401": answer(status_code=401),
    "HTTP 401": page("401 Unauthorized"),
    "403": answer(status_code=403),
    "429": answer(None, "Retry-After: 9", status_code=429),
    "500": answer(status_code=500),
    "page": body(f"<html>{TOKEN} {CODE}</html>".encode()),
    "page of a gateway": body(f"<html>{TOKEN} {CODE}</html>".encode(), http="502 Bad Gateway"),
    "cut": body(json.dumps({"statusCode": 200, "data": {"a": TOKEN}}).encode()[:-3]),
    "list": body(json.dumps([TOKEN]).encode()),
    "statusCode of another type": body(json.dumps({"statusCode": TOKEN, "data": TOKEN}).encode()),
    "success with HTTP 500": body(
        json.dumps({"statusCode": 200, "data": {"token": TOKEN}}).encode(), http="500 Oh"
    ),
    "data of another type": _data([TOKEN]),
    "text for data": _data(TOKEN),
    "success that is none": _data({**_SPOILT, "success": False, "verified": False}),
    "members of another type": _data(_SPOILT),
    "bare members of another type": body(json.dumps(_SPOILT).encode()),
    "recovery code of another type": _data({"id": "u_1"}, recoveryCode=[RECOVERY]),
    "authenticator that cannot be read": _data(
        {"enrollmentToken": TOKEN, "otpData": _SET_UP, "id": "u_1", **_SET_UP}
    ),
    "token that cannot be sent": _data({"access_token": f"{TOKEN}\r\n", "expires_in": 1}),
    "second factor": body(
        json.dumps({"statusCode": 403, "apiCode": 1636, "data": {"mfaToken": MFA_TOKEN}}).encode()
    ),
    "second factor that does not fit": body(
        json.dumps(
            {"statusCode": 403, "apiCode": 1636, "data": {"mfaToken": [MFA_TOKEN]}}
        ).encode()
    ),
    "words repeated": _repeat(400, lambda words, _: "no: " + " ".join(words)),
    "words repeated with 401": _repeat(401, lambda words, _: f"no: {words}"),
    "words repeated with 429": _repeat(429, lambda words, _: " ".join(words)),
    "words repeated with 2021": _repeat(401, lambda words, _: "; ".join(words)),
    "words in capitals": _repeat(403, lambda words, _: " ".join(words).upper()),
    "body repeated": _repeat(422, lambda _, arrival: arrival.body.decode()),
    "target repeated": _repeat(404, lambda _, arrival: arrival.target),
    "words repeated at the cut": _repeat(
        400, lambda words, _: max(words, key=len).rjust(490 + len(max(words, key=len)), "x")
    ),
    "words repeated bare": _bare(lambda words, _: " ".join(words)),
}


def raised(call: Call, made: Any) -> BaseException | None:
    """Make a call; return what it raises, None where its value shows no mark."""
    try:
        value = call(made)
    except BaseException as error:  # noqa: BLE001  whatever it is
        return error
    assert found(shown(value)) == []
    return None


def search(call: Call, made: Any) -> BaseException | None:
    """Make a call and search what it raises; return it."""
    error = raised(call, made)
    assert error is None or leaks(error) == []
    return error


_FIRST: Final = ("words repeated", "members of another type", "dropped")
each_failure = pytest.mark.parametrize("failure", few(dict.fromkeys((*_FIRST, *FAILURES))))


@each_call
@each_failure
def test_failed_exchange_shows_no_secret(server: Server, name: str, failure: str) -> None:
    call = SENT[name]
    for exchange in range(len(call.answers)):
        search(call, ready(server, call, FAILURES[failure], answered=exchange))


@pytest.mark.slow
@each_call
def test_call_that_gets_no_answer_in_time_shows_no_secret(server: Server, name: str) -> None:
    call = SENT[name]
    for exchange in range(len(call.answers)):
        seconds = 2 if call.before else 0.1  # what comes before is answered, if slowly
        made = ready(server, call, never_answer, answered=exchange, deadline=seconds)
        error = search(call, made)
        assert isinstance(error, AuthingMFAError)


@each_call
def test_refused_connection_shows_no_secret(server: Server, name: str) -> None:
    call = SENT[name]
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    if not call.before:
        search(call, call.subject(f"http://127.0.0.1:{port}"))


@each_call
@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_listener_that_raises_shows_no_secret(server: Server, name: str, stop: Any) -> None:
    def on_call(record: CallRecord) -> None:
        if armed:
            raise stop("the listener's own")

    call = SENT[name]
    armed = False
    made = ready(server, call, on_call=on_call)
    armed = True
    search(call, made)


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_keeper_of_tokens_that_raises_shows_no_secret(server: Server, stop: Any) -> None:
    def on_new_tokens(tokens: TokenSet) -> None:
        raise stop("the keeper's own")

    call = SENT["refresh"]
    made = ready(server, call, on_new_tokens=on_new_tokens)
    assert isinstance(search(call, made), stop)


class _Failing(HTTPAdapter):
    """An adapter of which each sending fails once it is armed."""

    failure: BaseException | None = None

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        if self.failure is not None:
            raise self.failure
        return super().send(*arguments, **options)


@each_call
@pytest.mark.parametrize(
    "failure",
    [
        KeyboardInterrupt(),
        requests.ConnectionError(f"while sending {TOKEN} {CODE}"),
        requests.ConnectionError(requests.ReadTimeout(TOKEN), f"Bearer {TOKEN}"),
        requests.exceptions.ProxyError(PROXY),
        requests.exceptions.InvalidURL(f"https://demo.example.com/?token={TOKEN}"),
        requests.exceptions.ContentDecodingError(TOKEN),
        requests.ConnectTimeout(TOKEN),
        OSError(TOKEN),
        TimeoutError(TOKEN),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_failure_below_the_client_shows_no_secret(
    server: Server, name: str, failure: BaseException
) -> None:
    call = SENT[name]
    adapter = _Failing()
    with requests.Session() as session:
        session.mount("http://", adapter)
        made = ready(server, call, session=session)
        adapter.failure = failure
        error = search(call, made)
    assert isinstance(error, (AuthingMFAError, KeyboardInterrupt))


@pytest.mark.slow
@each_call
def test_answer_too_large_shows_no_secret(server: Server, name: str) -> None:
    call = SENT[name]
    search(call, ready(server, call, body(b" " * (8 * 1024 * 1024 + 1)), answered=0))


@each_call
def test_success_shows_no_secret_in_its_value(server: Server, name: str) -> None:
    call = SENT[name]
    assert search(call, ready(server, call)) is None
