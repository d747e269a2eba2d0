"""What each method sends, to the byte, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from authing_mfa import (
    AuthenticationClient,
    CodeRejectedError,
    Factor,
    FactorProfile,
    FactorType,
    InvalidResponseError,
    MFARequiredError,
    MFATokenInspection,
)
from tests.support.wire import (
    FACTOR_ID,
    HOST,
    METHODS,
    READS,
    WRITES,
    Wire,
    make_client,
    sent_body,
    sent_json,
)

_TOKEN = "ExampleEnrollmentToken+with/both=="


@pytest.mark.parametrize("name", METHODS)
def test_method_goes_to_its_endpoint_once(wire: Wire, name: str) -> None:
    method = METHODS[name]
    wire.plan(method.path, payload=method.payload)
    method.call(make_client())
    request = wire.request
    assert (
        request.method,
        (request.url or "").partition("?")[0],
    ) == (method.verb, HOST + method.path)


def test_reads_and_writes_are_told_apart() -> None:
    assert WRITES == ["enroll_factor", "reset_factor", "send_enroll_factor_request", "verify_totp"]
    assert len(METHODS) == len(READS) + len(WRITES)


@pytest.mark.parametrize(
    ("factor_id", "query"),
    [
        ("f_1", "f_1"),
        (FACTOR_ID, "0123456789abcdef01234567%7Cphone"),
        ("a b&c=d#e?f/g+h", "a%20b%26c%3Dd%23e%3Ff%2Fg%2Bh"),
        ("因素", "%E5%9B%A0%E7%B4%A0"),
        ("%7C", "%257C"),
        ("line\nend", "line%0Aend"),
    ],
)
def test_get_factor_encodes_the_id(wire: Wire, factor_id: str, query: str) -> None:
    wire.plan("get-factor", payload="get_factor")
    make_client().get_factor(factor_id)
    assert wire.request.url == f"{HOST}/api/v3/get-factor?factorId={query}"


@pytest.mark.parametrize("name", ["get_factor", "list_enrolled_factors", "list_factors_to_enroll"])
def test_get_has_no_body(wire: Wire, name: str) -> None:
    method = METHODS[name]
    wire.plan(method.path, payload=method.payload)
    method.call(make_client())
    assert wire.request.body is None
    assert set() == {"content-type", "content-length"} & {
        header.lower() for header in wire.request.headers
    }


def _send(*args: Any, **kwargs: Any) -> Callable[[AuthenticationClient], Any]:
    return lambda client: client.send_enroll_factor_request(*args, **kwargs)


def _enroll(*args: Any, **kwargs: Any) -> Callable[[AuthenticationClient], Any]:
    return lambda client: client.enroll_factor(*args, enrollment_token=_TOKEN, **kwargs)


_BODIES: dict[str, tuple[str, Callable[[AuthenticationClient], Any], Any]] = {
    "SMS": (
        "send-enroll-factor-request",
        _send("SMS", phone_number="18800000000"),
        {"factorType": "SMS", "profile": {"phoneNumber": "18800000000"}},
    ),
    "SMS abroad": (
        "send-enroll-factor-request",
        _send(FactorType.SMS, phone_number="(415) 555-0100", phone_country_code="+1"),
        {
            "factorType": "SMS",
            "profile": {"phoneNumber": "4155550100", "phoneCountryCode": "+1"},
        },
    ),
    "EMAIL": (
        "send-enroll-factor-request",
        _send("EMAIL", email="tést@example.com"),
        {"factorType": "EMAIL", "profile": {"email": "tést@example.com"}},
    ),
    "OTP": ("send-enroll-factor-request", _send("OTP"), {"factorType": "OTP", "profile": {}}),
    "FACE": ("send-enroll-factor-request", _send("FACE"), {"factorType": "FACE", "profile": {}}),
    "unknown kind": (
        "send-enroll-factor-request",
        _send("PASSKEY"),
        {"factorType": "PASSKEY", "profile": {}},
    ),
    "code": (
        "enroll-factor",
        _enroll("SMS", pass_code="12 34"),
        {
            "factorType": "SMS",
            "enrollmentToken": _TOKEN,
            "enrollmentData": {"passCode": "1234"},
        },
    ),
    "TOTP": (
        "enroll-factor",
        _enroll("OTP", pass_code="１２３-456"),
        {
            "factorType": "OTP",
            "enrollmentToken": _TOKEN,
            "enrollmentData": {"passCode": "123456"},
        },
    ),
    "photo": (
        "enroll-factor",
        _enroll("FACE", photo="face/example"),
        {
            "factorType": "FACE",
            "enrollmentToken": _TOKEN,
            "enrollmentData": {"photo": "face/example"},
        },
    ),
    "foreign photo": (
        "enroll-factor",
        _enroll(FactorType.FACE, photo="https://example.com/a.jpg", is_external_photo=True),
        {
            "factorType": "FACE",
            "enrollmentToken": _TOKEN,
            "enrollmentData": {"photo": "https://example.com/a.jpg", "isExternalPhoto": True},
        },
    ),
    "own photo": (
        "enroll-factor",
        _enroll("FACE", photo="face/example", is_external_photo=False),
        {
            "factorType": "FACE",
            "enrollmentToken": _TOKEN,
            "enrollmentData": {"photo": "face/example", "isExternalPhoto": False},
        },
    ),
    "reset": (
        "reset-factor",
        lambda client: client.reset_factor(FACTOR_ID),
        {"factorId": FACTOR_ID},
    ),
    "verify": (
        "mfa-totp-verify",
        lambda client: client.verify_totp("123 456"),
        {"totp": "123456"},
    ),
}
_DONE = {
    "send-enroll-factor-request": "send_enroll_factor_request_otp",
    "enroll-factor": "enroll_factor",
    "reset-factor": "enroll_factor",
    "mfa-totp-verify": "mfa_totp_verify",
}


@pytest.mark.parametrize(("path", "call", "body"), _BODIES.values(), ids=_BODIES)
def test_json_body_is_exactly(
    wire: Wire, path: str, call: Callable[[AuthenticationClient], Any], body: Any
) -> None:
    wire.plan(path, payload=_DONE[path])
    call(make_client())
    assert body == sent_json(wire.request)
    assert wire.request.headers["Content-Type"] == "application/json"
    assert str(len(sent_body(wire.request))) == wire.request.headers["Content-Length"]


def test_introspection_sends_a_form_and_no_token_of_a_user(wire: Wire) -> None:
    wire.plan("/mfa/token/introspection", payload="introspection_active")
    make_client().introspect_mfa_token("a+b/c=&d e")
    assert wire.request.body == b"token=a%2Bb%2Fc%3D%26d+e"
    assert wire.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in wire.request.headers


def test_introspection_needs_no_user(wire: Wire) -> None:
    wire.plan("/mfa/token/introspection", payload="introspection_inactive")
    assert not make_client(access_token=None).introspect_mfa_token("x").active


def _ask(wire: Wire, name: str, payload: str) -> Any:
    wire.plan(METHODS[name].path, payload=payload)
    return METHODS[name].call(make_client())


@pytest.mark.parametrize(
    ("payload", "profile"),
    [
        ("get_factor", FactorProfile(phone_number="188xxxx8888", phone_country_code="+86")),
        ("get_factor_sms", FactorProfile(phone_number="18800000000", phone_country_code="+86")),
        ("get_factor_email", FactorProfile(email="test@example.com")),
        ("get_factor_otp", FactorProfile()),
        ("get_factor_face", FactorProfile()),
        ("get_factor_null_profile_fields", FactorProfile(phone_number="18800000000")),
        (
            "get_factor_unknown_keys",
            FactorProfile(phone_number="18800000000", phone_country_code="+86"),
        ),
    ],
)
def test_get_factor_reads_each_profile(wire: Wire, payload: str, profile: FactorProfile) -> None:
    assert profile == _ask(wire, "get_factor", payload).profile


def test_get_factor_returns_a_factor(wire: Wire) -> None:
    factor = _ask(wire, "get_factor", "get_factor_sms")
    assert (factor.factor_id, factor.factor_type) == (FACTOR_ID, FactorType.SMS)
    assert factor.factor_type is FactorType.SMS


def test_unknown_kind_is_a_kind_all_the_same(wire: Wire) -> None:
    factor = _ask(wire, "get_factor", "get_factor_unknown_type")
    assert factor.factor_type == "PASSKEY"
    assert isinstance(factor.factor_type, FactorType)


@pytest.mark.parametrize(
    ("payload", "kinds"),
    [
        ("list_enrolled_factors", ["SMS", "EMAIL", "OTP", "FACE"]),
        ("list_enrolled_factors_one_object", ["SMS"]),
        ("list_enrolled_factors_none", []),
        ("list_enrolled_factors_unknown_type", ["SMS", "PASSKEY"]),
    ],
)
def test_list_enrolled_factors_reads_each_shape(
    wire: Wire, payload: str, kinds: list[str]
) -> None:
    factors = _ask(wire, "list_enrolled_factors", payload)
    assert isinstance(factors, tuple)
    assert kinds == [factor.factor_type for factor in factors]
    assert all(isinstance(factor, Factor) for factor in factors)


@pytest.mark.parametrize(
    ("payload", "kinds"),
    [
        ("list_factors_to_enroll", (FactorType.OTP, FactorType.FACE)),
        ("list_factors_to_enroll_one_object", (FactorType.SMS,)),
        ("list_factors_to_enroll_none", ()),
    ],
)
def test_list_factors_to_enroll_reads_each_shape(
    wire: Wire, payload: str, kinds: tuple[FactorType, ...]
) -> None:
    assert kinds == _ask(wire, "list_factors_to_enroll", payload)


@pytest.mark.parametrize(
    "payload", ["send_enroll_factor_request", "send_enroll_factor_request_null_otp"]
)
def test_enrollment_request_holds_the_token(wire: Wire, payload: str) -> None:
    request = _ask(wire, "send_enroll_factor_request", payload)
    assert (request.enrollment_token, request.otp_data) == (_TOKEN, None)


def test_enrollment_request_of_otp_holds_what_the_app_needs(wire: Wire) -> None:
    request = _ask(wire, "send_enroll_factor_request", "send_enroll_factor_request_otp")
    assert request.otp_data.manual_key == "EXAM PLEE XAMP LEEX"


@pytest.mark.parametrize("name", ["enroll_factor", "reset_factor"])
@pytest.mark.parametrize("payload", ["enroll_factor", "enroll_factor_null_data"])
def test_success_without_data_is_success(wire: Wire, name: str, payload: str) -> None:
    assert _ask(wire, name, payload) is None


def test_right_code_returns_nothing(wire: Wire) -> None:
    assert _ask(wire, "verify_totp", "mfa_totp_verify") is None


@pytest.mark.parametrize(
    ("payload", "codes"),
    [("mfa_totp_verify_wrong", (200, None)), ("mfa_totp_verify_wrong_6001", (400, 6001))],
)
def test_wrong_code_is_rejected_however_the_service_says_it(
    wire: Wire, payload: str, codes: tuple[int, int | None]
) -> None:
    with pytest.raises(CodeRejectedError) as caught:
        _ask(wire, "verify_totp", payload)
    error = caught.value
    assert codes == (error.status_code, error.api_code)
    assert (error.http_status, error.request_id) == (200, "00000000-0000-4000-8000-000000000000")
    assert (
        error.method,
        error.path,
        error.outcome_unknown,
    ) == ("POST", "/api/v3/mfa-totp-verify", False)


@pytest.mark.parametrize(
    "data", [None, {}, [], True, {"verified": None}, {"verified": "true"}, {"verified": 1}]
)
def test_answer_that_does_not_say_verified_is_not_taken_for_it(wire: Wire, data: Any) -> None:
    wire.plan("mfa-totp-verify", {"statusCode": 200, "message": "", "data": data})
    with pytest.raises(InvalidResponseError, match=r"^POST /api/v3/mfa-totp-verify: data"):
        make_client().verify_totp("123456")


def test_introspection_of_a_live_token(wire: Wire) -> None:
    assert MFATokenInspection(
        active=True,
        user_pool_id="0123456789abcdef01234567",
        user_id="76543210fedcba9876543210",
        issued_at=datetime(2020, 9, 30, 9, 8, 14, tzinfo=UTC),
        expires_at=datetime(2020, 9, 30, 10, 8, 14, tzinfo=UTC),
    ) == _ask(wire, "introspect_mfa_token", "introspection_active")


@pytest.mark.parametrize("payload", ["introspection_inactive", "introspection_in_envelope"])
def test_introspection_of_a_dead_token(wire: Wire, payload: str) -> None:
    assert MFATokenInspection(active=False) == _ask(wire, "introspect_mfa_token", payload)


_READING = ["get_factor", "list_enrolled_factors", "list_factors_to_enroll"]


@pytest.mark.parametrize("name", [*_READING, "send_enroll_factor_request", "verify_totp"])
def test_success_without_the_data_wanted_is_an_invalid_response(wire: Wire, name: str) -> None:
    with pytest.raises(InvalidResponseError, match=r"data: wanted .+, got null") as caught:
        _ask(wire, name, "enroll_factor")
    error = caught.value
    assert ("data", 200, name in WRITES) == (error.where, error.http_status, error.outcome_unknown)


@pytest.mark.parametrize(
    ("payload", "methods"),
    [
        ("mfa_required_personal", []),
        ("mfa_required_application", ["SMS", "OTP", "PASSKEY"]),
        ("mfa_required_one_method", ["EMAIL"]),
        ("v2_mfa_required", ["SMS"]),
        ("v2_api_code_as_text", []),
    ],
)
def test_mfa_required_comes_with_its_trigger(wire: Wire, payload: str, methods: list[str]) -> None:
    with pytest.raises(MFARequiredError) as caught:
        _ask(wire, "get_factor", payload)
    trigger = caught.value.trigger
    assert trigger is not None
    assert trigger.mfa_token == "example-mfa-token"
    assert methods == [method.mfa_policy for method in trigger.application_mfa]


@pytest.mark.parametrize("name", ["get_factor", "reset_factor"])
def test_mfa_required_without_a_trigger_is_still_a_clear_refusal(wire: Wire, name: str) -> None:
    with pytest.raises(MFARequiredError) as caught:
        _ask(wire, name, "mfa_required_without_data")
    assert (caught.value.trigger, caught.value.outcome_unknown) == (None, False)
