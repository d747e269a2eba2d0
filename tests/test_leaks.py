"""Secrets do not travel: each one is marked, and searched for in all that can be seen."""

from __future__ import annotations

import json
import logging
import pickle
import re
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
import requests

from authing_mfa import AuthenticationClient, AuthingMFAError, CallRecord, MFARequiredError
from tests.support import payloads
from tests.support.wire import METHODS, Wire, make_client

TOKEN = "example-marked-token"
CODE = "918273"
PHONE = "13900001111"
EMAIL = "marked@example.com"
ENROLLMENT_TOKEN = "example-marked-enrollment"
MFA_TOKEN = "example-marked-mfa"
FACTOR_ID = "markedfactor|phone"
OTP_DATA = {
    "qrCodeUri": f"otpauth://totp/Example:{EMAIL}?secret=MARKEDSECRETKEYS&issuer=Example",
    "qrCodeDataUrl": "data:image/png;base64,marked==",
    "recoveryCode": "mark-ed00-mark-ed11-mark-ed22",
}
_MARKS = re.compile(f"mark-?ed|{CODE}|{PHONE}|MARK EDSE", re.IGNORECASE)


def make(**options: Any) -> AuthenticationClient:
    return make_client(
        access_token=TOKEN,
        app_secret="example-marked-secret",
        proxies={"https": "http://user:marked-word@proxy.example.com:3128"},
        **options,
    )


CALLS: dict[str, Callable[[AuthenticationClient], Any]] = {
    "get_factor": lambda client: client.get_factor(FACTOR_ID),
    "list_enrolled_factors": AuthenticationClient.list_enrolled_factors,
    "list_factors_to_enroll": AuthenticationClient.list_factors_to_enroll,
    "send_enroll_factor_request": lambda client: client.send_enroll_factor_request(
        "EMAIL", email=EMAIL
    ),
    "enroll_factor": lambda client: client.enroll_factor(
        "OTP", enrollment_token=ENROLLMENT_TOKEN, pass_code=CODE
    ),
    "reset_factor": lambda client: client.reset_factor(FACTOR_ID),
    "verify_totp": lambda client: client.verify_totp(CODE),
    "introspect_mfa_token": lambda client: client.introspect_mfa_token(MFA_TOKEN),
}
each_call = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Search each test's log records, arguments included."""
    caplog.set_level(logging.DEBUG, logger="authing_mfa")
    yield
    records = [
        record for record in caplog.get_records("call") if record.name.startswith("authing_mfa")
    ]
    assert found(record.getMessage() for record in records) == []
    assert found(repr(_without_numbers(vars(record))) for record in records) == []


@pytest.fixture
def records() -> Iterator[list[CallRecord]]:
    """Give a place for call records, which are searched afterwards."""
    records: list[CallRecord] = []
    yield records
    assert found(repr(attrs.evolve(record, seconds=0)) for record in records) == []


def _without_numbers(facts: dict[str, Any]) -> dict[str, Any]:
    """Leave out times and thread ids: by chance their digits may be those of the code."""
    texts = {name: fact for name, fact in facts.items() if not isinstance(fact, (int, float))}
    return {**texts, "args": [arg for arg in facts["args"] or () if not isinstance(arg, float)]}


def found(texts: Any) -> list[str]:
    """Return the marks that show in texts."""
    return [mark for text in texts for mark in _MARKS.findall(text)]


def shown_by_error(error: BaseException) -> Iterator[str]:
    yield from (str(error), repr(error), repr(vars(error)), repr(error.args))
    yield repr(pickle.dumps(error))
    yield "".join(traceback.format_exception(error))
    for link in (error.__cause__, error.__context__):
        if link is not None:
            yield from shown_by_error(link)


def shown_by_value(value: Any) -> Iterator[str]:
    yield from (str(value), repr(value), f"{value}", f"{value!r}")
    for display in ("_repr_html_", "_repr_pretty_", "_repr_mimebundle_"):
        if callable(shower := getattr(value, display, None)):
            yield repr(shower())
    if attrs.has(type(value)):
        yield repr([value])


def shown_by_client(client: AuthenticationClient) -> Iterator[str]:
    yield from shown_by_value(client)
    yield repr(vars(client))
    yield repr(pickle.dumps(client))


def search(name: str, records: list[CallRecord]) -> AuthingMFAError | None:
    """Make a call, and search the error that comes of it, if one does."""
    error, trace = caught(CALLS[name], make(on_call=records.append))
    if error is not None:
        assert found([*shown_by_error(error), trace]) == []
    return error


def caught(
    call: Callable[[AuthenticationClient], Any], client: AuthenticationClient
) -> tuple[AuthingMFAError | None, str]:
    """Return the error of a call, and how it is printed where nobody catches it."""
    try:
        call(client)
    except AuthingMFAError as error:
        return error, traceback.format_exc()
    return None, ""


def test_marks_are_found_where_they_show() -> None:
    assert found([f"Bearer {TOKEN}"]) != []
    assert len(found([TOKEN, CODE, PHONE, EMAIL, MFA_TOKEN, OTP_DATA["recoveryCode"][:9]])) == 6


@pytest.mark.parametrize("option", [{}, {"lang": "en-US"}])
def test_client_shows_no_secret(option: dict[str, Any]) -> None:
    client = make(**option)
    assert found(shown_by_client(client)) == []
    assert found(shown_by_client(client.as_user("example-marked-other"))) == []
    client.set_access_token("example-marked-next")
    assert found(shown_by_client(client)) == []


def test_marks_are_in_what_was_sent(wire: Wire) -> None:
    wire.plan("enroll-factor", payload="enroll_factor")
    CALLS["enroll_factor"](make())
    sent = f"{wire.request.headers} {wire.request.body!r}"
    assert {"marked", CODE} == set(found([sent]))


_DATA: dict[str, Any] = {
    "get_factor": {
        "factorId": "f_1",
        "factorType": "SMS",
        "profile": {"phoneNumber": PHONE, "email": EMAIL},
    },
    "list_enrolled_factors": [
        {"factorId": "f_1", "factorType": "EMAIL", "profile": {"email": EMAIL}}
    ],
    "list_factors_to_enroll": [{"factorType": "SMS"}],
    "send_enroll_factor_request": {"enrollmentToken": ENROLLMENT_TOKEN, "otpData": OTP_DATA},
    "enroll_factor": {"marked": TOKEN},
    "reset_factor": {"marked": TOKEN},
    "verify_totp": {"verified": True, "marked": TOKEN},
}


@pytest.mark.parametrize("name", _DATA)
def test_value_of_a_success_shows_no_secret(
    wire: Wire, records: list[CallRecord], name: str
) -> None:
    wire.plan(METHODS[name].path, {"statusCode": 200, "message": "", "data": _DATA[name]})
    value = CALLS[name](make(on_call=records.append))
    assert [mark for mark in found(shown_by_value(value)) if mark != "marked" or "@" in mark] == []
    assert len(records) == 1


def test_parts_of_an_otp_setup_are_all_hidden(wire: Wire) -> None:
    wire.plan(
        "send-enroll-factor-request",
        {"statusCode": 200, "data": _DATA["send_enroll_factor_request"]},
    )
    request = CALLS["send_enroll_factor_request"](make())
    assert request.otp_data.secret == "MARKEDSECRETKEYS"
    assert found([*shown_by_value(request), *shown_by_value(request.otp_data)]) == []


def test_enrollment_shows_no_secret(wire: Wire) -> None:
    wire.plan("list-enrolled-factors", payload="list_enrolled_factors_none")
    wire.plan(
        "send-enroll-factor-request",
        {"statusCode": 200, "data": _DATA["send_enroll_factor_request"]},
    )
    enrollment = make().begin_enrollment("OTP")
    assert found(shown_by_value(enrollment)) == []


def test_envelope_of_a_bare_request_shows_no_data(wire: Wire) -> None:
    wire.plan("x", {"statusCode": 200, "message": "", "data": {"access_token": TOKEN}})
    envelope = make().request("GET", "/api/v3/x", params={"token": TOKEN})
    assert found(shown_by_value(envelope)) == []


_REFUSALS = [name for name in payloads.names() if name.startswith("failure_")]


@each_call
@pytest.mark.parametrize("payload", _REFUSALS)
def test_error_of_a_refusal_shows_no_secret(
    wire: Wire, records: list[CallRecord], name: str, payload: str
) -> None:
    body = {**payloads.read(payload), "data": {"echo": [TOKEN, CODE, PHONE, EMAIL, MFA_TOKEN]}}
    wire.plan(METHODS[name].path, body)
    assert search(name, records) is not None


_SPOILT: dict[str, tuple[int, Any]] = {
    "page": (200, f"<html>{TOKEN} {CODE}</html>".encode()),
    "page with 502": (502, f"<html>{TOKEN} {CODE}</html>".encode()),
    "cut": (200, json.dumps({"statusCode": 200, "data": TOKEN}).encode()[:-3]),
    "list": (200, [TOKEN]),
    "text": (200, TOKEN),
    "status code": (200, {"statusCode": TOKEN}),
    "text for data": (200, {"statusCode": 200, "data": TOKEN}),
    "wrong types": (
        200,
        {
            "statusCode": 200,
            "data": {"factorId": [PHONE], "enrollmentToken": {TOKEN: 1}, "verified": EMAIL},
        },
    ),
    "wrong types below": (
        200,
        {
            "statusCode": 200,
            "data": {
                "factorId": "f_1",
                "factorType": "SMS",
                "profile": {"phoneNumber": [PHONE]},
                "enrollmentToken": TOKEN,
                "otpData": {**OTP_DATA, "qrCodeUri": f"otpauth://[{TOKEN}]?secret=MARKED"},
                "verified": 1,
            },
        },
    ),
    "unverified": (200, {"statusCode": 200, "data": {"verified": False, "marked": CODE}}),
    "redirect": (302, f"see {TOKEN}".encode()),
}


@each_call
@pytest.mark.parametrize("spoilt", _SPOILT)
def test_error_of_a_spoilt_answer_shows_no_secret(
    wire: Wire, records: list[CallRecord], name: str, spoilt: str
) -> None:
    status, body = _SPOILT[spoilt]
    if spoilt == "unverified" and name != "verify_totp":
        body = {"statusCode": 200, "data": {"factorType": 7, "marked": CODE}}
    if name == "introspect_mfa_token" and isinstance(body, dict):
        body = {"active": TOKEN, "exp": TOKEN}
    location = {"Location": f"https://marked:{TOKEN}@example.com/"} if status == 302 else None
    wire.plan(METHODS[name].path, body, status=status, headers=location)
    search(name, records)
    assert len(records) == 1


_FAILURES = [
    requests.ConnectionError(f"while sending {TOKEN} {CODE}"),
    requests.ConnectionError(requests.ReadTimeout(TOKEN), f"Bearer {TOKEN}"),
    requests.exceptions.ProxyError("http://user:marked-word@proxy.example.com:3128"),
    requests.exceptions.InvalidURL(f"https://demo.example.com/?factorId={FACTOR_ID}"),
    requests.exceptions.ContentDecodingError(TOKEN),
    requests.ConnectTimeout(TOKEN),
    OSError(TOKEN),
    TimeoutError(TOKEN),
]


@each_call
@pytest.mark.parametrize("failure", _FAILURES, ids=lambda failure: type(failure).__name__)
def test_error_of_a_failed_connection_shows_no_secret(
    wire: Wire, records: list[CallRecord], name: str, failure: Exception
) -> None:
    wire.plan(METHODS[name].path, failure)
    assert search(name, records) is not None


@each_call
def test_error_that_asks_for_mfa_shows_no_secret(
    wire: Wire, records: list[CallRecord], name: str
) -> None:
    trigger = {
        "mfaToken": MFA_TOKEN,
        "mfaPhone": PHONE,
        "mfaEmail": EMAIL,
        "phone": PHONE,
        "email": EMAIL,
        "applicationMfa": [],
    }
    wire.plan(
        METHODS[name].path, {"statusCode": 403, "apiCode": 1636, "message": "", "data": trigger}
    )
    error = search(name, records)
    assert isinstance(error, MFARequiredError)
    if name != "introspect_mfa_token":
        assert error.trigger is not None
        assert error.trigger.mfa_token == MFA_TOKEN


@each_call
def test_error_that_asks_for_mfa_with_a_spoilt_trigger_shows_no_secret(
    wire: Wire, records: list[CallRecord], name: str
) -> None:
    wire.plan(
        METHODS[name].path,
        {"statusCode": 403, "apiCode": 1636, "message": "", "data": {"mfaToken": [MFA_TOKEN]}},
    )
    assert isinstance(search(name, records), MFARequiredError)


def test_listener_that_raises_shows_no_secret(wire: Wire) -> None:
    def raising(record: CallRecord) -> None:
        raise RuntimeError("the listener's own")

    wire.plan("get-factor", payload="failure_404")
    with pytest.raises(AuthingMFAError):
        CALLS["get_factor"](make(on_call=raising))


_REFUSED: dict[str, Callable[[AuthenticationClient], Any]] = {
    "code": lambda client: client.verify_totp(f"{CODE}x"),
    "long code": lambda client: client.verify_totp(f"{CODE}1"),
    "enrollment code": lambda client: client.enroll_factor(
        "SMS", enrollment_token=ENROLLMENT_TOKEN, pass_code=f"{CODE}x"
    ),
    "enrollment token": lambda client: client.enroll_factor(
        "SMS",
        enrollment_token=[ENROLLMENT_TOKEN],  # type: ignore[arg-type]
        pass_code="1234",
    ),
    "phone": lambda client: client.send_enroll_factor_request("SMS", phone_number=f"+86{PHONE}"),
    "phone for EMAIL": lambda client: client.send_enroll_factor_request(
        "EMAIL", phone_number=PHONE
    ),
    "email": lambda client: client.send_enroll_factor_request("EMAIL", email=f"{EMAIL} x"),
    "email for SMS": lambda client: client.send_enroll_factor_request("SMS", email=EMAIL),
    "photo": lambda client: client.enroll_factor(
        "OTP", enrollment_token="x", photo="marked", pass_code=CODE
    ),
    "token": lambda client: client.set_access_token(f"{TOKEN}\n"),
    "another token": lambda client: client.as_user(f"{TOKEN}\u00e9"),
    "path": lambda client: client.request("GET", f"/x?token={TOKEN}"),
    "json": lambda client: client.request("POST", "/x", json={TOKEN: {1, 2}}),
    "params": lambda client: client.request("GET", "/x", params={TOKEN: 1}),  # type: ignore[dict-item]
    "secret of the application": lambda client: make_client(app_secret="marked\n"),
    "host": lambda client: make_client(app_host="https://user:marked@example.com"),
    "proxy": lambda client: make_client(proxies={"https": "http://u:marked\n@example.com"}),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_refusal_of_an_argument_shows_no_secret(name: str) -> None:
    error, _ = caught(_REFUSED[name], make())
    assert error is not None
    texts = traceback.format_exception_only(error)
    assert found([str(error), repr(error), repr(vars(error)), *texts]) == []
    assert found([repr(error.__cause__), repr(pickle.dumps(error))]) == []
