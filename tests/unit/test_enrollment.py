"""Binding a factor in two steps: its minute, its code, and what became of it."""

from __future__ import annotations

import copy
import pickle
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from authing_mfa import (
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    ConnectionFailedError,
    Enrollment,
    ExpiredError,
    FactorType,
    InvalidOperationError,
    ThrottleError,
)
from tests.support import payloads
from tests.support.wire import Wire, make_client, sent_json

_LIST, _SEND, _ENROLL = (
    "list-enrolled-factors",
    "send-enroll-factor-request",
    "enroll-factor",
)
Pass = Callable[[float], None]


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Give what moves the standard library's monotonic clock forward."""
    real, moved = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: real() + moved[0])

    def forward(seconds: float) -> None:
        moved[0] += seconds

    return forward


def begin(
    wire: Wire,
    kind: str = "SMS",
    *,
    bound: str = "list_enrolled_factors_none",
    **target: str,
) -> Enrollment:
    """Begin an enrollment of a user who has the factors of a payload."""
    target = target or {"phone_number": "18800000000"} if kind == "SMS" else target
    otp = "_otp" if kind == "OTP" else ""
    wire.plan(_LIST, payload=bound)
    wire.plan(_SEND, payload=f"send_enroll_factor_request{otp}")
    return make_client().begin_enrollment(kind, **target)


def sent_to(wire: Wire, path: str) -> list[Any]:
    return [
        sent_json(request)
        for request in wire.requests
        if (request.url or "").endswith(f"/{path}") and request.body
    ]


def test_begin_looks_at_what_is_bound_and_sends_one_request(wire: Wire) -> None:
    enrollment = begin(wire, "SMS", phone_number="4155550100", phone_country_code="+1")
    assert sent_to(wire, _SEND) == [
        {
            "factorType": "SMS",
            "profile": {"phoneNumber": "4155550100", "phoneCountryCode": "+1"},
        }
    ]
    assert (enrollment.factor_type, enrollment.otp) == (FactorType.SMS, None)
    assert len(wire.calls) == 2


def test_begin_of_otp_gives_what_the_app_needs(wire: Wire) -> None:
    enrollment = begin(wire, "OTP")
    assert enrollment.otp is not None
    assert enrollment.otp.secret == "EXAMPLEEXAMPLEEX"


def test_factor_without_a_qr_code_shows_none(wire: Wire) -> None:
    enrollment = begin(wire, "SMS")
    with pytest.raises(ConfigurationError, match=r"^a factor of type SMS has no QR code$"):
        enrollment.show_qr()


def test_begin_fails_as_the_request_does(wire: Wire) -> None:
    wire.plan(_LIST, payload="list_enrolled_factors_none")
    wire.plan(_SEND, payload="failure_422")
    with pytest.raises(InvalidOperationError):
        make_client().begin_enrollment("EMAIL", email="test@example.com")


@pytest.mark.parametrize(
    ("kind", "typed", "sent"),
    [
        ("SMS", "1234", "1234"),
        ("SMS", " 12 34 ", "1234"),
        ("EMAIL", "１２３４-５６", "123456"),
        ("OTP", "123 456", "123456"),
        ("OTP", "000-000", "000000"),
    ],
)
def test_confirm_sends_the_code_tidied_with_the_token(
    wire: Wire, kind: str, typed: str, sent: str
) -> None:
    enrollment = begin(wire, kind, **({"email": "test@example.com"} if kind == "EMAIL" else {}))
    wire.plan(_ENROLL, payload="enroll_factor")
    enrollment.confirm(typed)
    assert sent_to(wire, _ENROLL) == [
        {
            "factorType": kind,
            "enrollmentToken": "ExampleEnrollmentToken+with/both==",
            "enrollmentData": {"passCode": sent},
        }
    ]


def test_confirm_of_a_face_sends_the_photo(wire: Wire) -> None:
    enrollment = begin(wire, "FACE")
    wire.plan(_ENROLL, payload="enroll_factor")
    enrollment.confirm(photo="https://example.com/a.jpg", is_external_photo=True)
    (body,) = sent_to(wire, _ENROLL)
    assert body["enrollmentData"] == {
        "photo": "https://example.com/a.jpg",
        "isExternalPhoto": True,
    }


@pytest.mark.parametrize(
    ("kind", "proof"),
    [
        ("SMS", {}),
        ("SMS", {"pass_code": ""}),
        ("SMS", {"pass_code": "l234"}),
        ("SMS", {"pass_code": "1234", "photo": "key"}),
        ("OTP", {"pass_code": "12345"}),
        ("OTP", {"pass_code": "1234567"}),
        ("OTP", {"pass_code": "12345O"}),
        ("FACE", {}),
        ("FACE", {"pass_code": "123456"}),
    ],
)
def test_proof_that_cannot_be_one_is_refused_before_any_request(
    wire: Wire, kind: str, proof: dict[str, Any]
) -> None:
    enrollment = begin(wire, kind)
    with pytest.raises(ConfigurationError):
        enrollment.confirm(**proof)
    assert len(wire.calls) == 2


def test_code_is_as_long_as_the_authenticator_makes_it(wire: Wire) -> None:
    body = payloads.read("send_enroll_factor_request_otp")
    otp_data = body["data"]["otpData"]
    otp_data["qrCodeUri"] = otp_data["qrCodeUri"].replace("digits=6", "digits=8")
    wire.plan(_LIST, payload="list_enrolled_factors_none")
    wire.plan(_SEND, body)
    wire.plan(_ENROLL, payload="enroll_factor")
    enrollment = make_client().begin_enrollment("OTP")
    with pytest.raises(ConfigurationError, match="wanted 8 digits, got 6"):
        enrollment.confirm("123456")
    enrollment.confirm("1234 5678")


def test_wrong_code_may_be_tried_again(wire: Wire) -> None:
    enrollment = begin(wire)
    wire.plan(_ENROLL, payload="v2_wrong_totp")
    wire.plan(_ENROLL, payload="enroll_factor")
    with pytest.raises(CodeRejectedError):
        enrollment.confirm("0000")
    enrollment.confirm("1234")


def test_confirming_twice_sends_once(wire: Wire) -> None:
    enrollment = begin(wire)
    wire.plan(_ENROLL, payload="enroll_factor")
    enrollment.confirm("1234")
    enrollment.confirm("1234")
    refused = "^this enrollment is confirmed already; begin another one$"
    with pytest.raises(ConfigurationError, match=refused):
        enrollment.resend()
    assert len(wire.calls) == 3


def test_enrollment_knows_its_minute(wire: Wire, pass_time: Pass) -> None:
    enrollment = begin(wire)
    assert 50 < enrollment.expires_in <= 60
    pass_time(40)
    assert 10 < enrollment.expires_in <= 20
    assert not enrollment.expired
    pass_time(21)
    assert (enrollment.expires_in, enrollment.expired) == (0.0, True)


def test_minute_has_sixty_seconds(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    assert begin(wire).expires_in == 60.0


def test_confirm_after_the_minute_is_refused_before_any_request(
    wire: Wire, pass_time: Pass
) -> None:
    enrollment = begin(wire)
    pass_time(61)
    over = r"^the enrollment's minute is over: call resend\(\) for a new code$"
    with pytest.raises(ExpiredError, match=over) as caught:
        enrollment.confirm("1234")
    assert caught.value.outcome_unknown is False
    assert len(wire.calls) == 2


def test_resend_begins_another_minute_with_another_token(wire: Wire, pass_time: Pass) -> None:
    enrollment = begin(wire)
    pass_time(61)
    body = payloads.read("send_enroll_factor_request")
    body["data"]["enrollmentToken"] = "ExampleNextToken"
    wire.replace("POST", wire.requests[-1].url or "", json=body)
    enrollment.resend()
    assert not enrollment.expired
    wire.plan(_ENROLL, payload="enroll_factor")
    enrollment.confirm("1234")
    (confirmed,) = sent_to(wire, _ENROLL)
    assert confirmed["enrollmentToken"] == "ExampleNextToken"
    first, second = sent_to(wire, _SEND)
    assert first == second


def test_resend_that_is_refused_leaves_the_enrollment_as_it_was(wire: Wire) -> None:
    enrollment = begin(wire)
    wire.plan(_SEND, payload="failure_429", headers={"Retry-After": "42"})
    with pytest.raises(ThrottleError) as caught:
        enrollment.resend()
    assert caught.value.retry_after == 42.0
    wire.plan(_ENROLL, payload="enroll_factor")
    enrollment.confirm("1234")
    (confirmed,) = sent_to(wire, _ENROLL)
    assert confirmed["enrollmentToken"] == "ExampleEnrollmentToken+with/both=="


def unknown_outcome(wire: Wire, enrollment: Enrollment) -> None:
    wire.plan(_ENROLL, requests.ConnectionError())
    with pytest.raises(ConnectionFailedError) as caught:
        enrollment.confirm("1234")
    assert caught.value.outcome_unknown is True


def test_reconcile_finds_the_factor_that_was_bound(wire: Wire) -> None:
    enrollment = begin(wire)
    unknown_outcome(wire, enrollment)
    wire.plan(_LIST, payload="list_enrolled_factors")
    factor = enrollment.reconcile()
    assert factor is not None
    assert factor.factor_type == FactorType.SMS
    sent = len(wire.calls)
    enrollment.confirm("1234")
    assert len(wire.calls) == sent


def test_reconcile_finds_nothing_where_nothing_was_bound(wire: Wire) -> None:
    enrollment = begin(wire)
    unknown_outcome(wire, enrollment)
    wire.plan(_LIST, payload="list_enrolled_factors_none")
    assert enrollment.reconcile() is None
    wire.replace("POST", f"{_host(wire)}/{_ENROLL}", body=payloads.raw("enroll_factor"))
    enrollment.confirm("1234")


def _host(wire: Wire) -> str:
    return (wire.requests[0].url or "").rpartition("/")[0]


def test_reconcile_is_not_misled_by_a_factor_bound_before(wire: Wire) -> None:
    enrollment = begin(wire, bound="list_enrolled_factors")
    unknown_outcome(wire, enrollment)
    assert enrollment.reconcile() is None


def test_reconcile_sees_that_a_factor_bound_before_has_changed(wire: Wire) -> None:
    enrollment = begin(wire, bound="list_enrolled_factors_one_object")
    unknown_outcome(wire, enrollment)
    wire.plan(_LIST, payload="list_enrolled_factors")
    factor = enrollment.reconcile()
    assert factor is not None
    assert factor.profile.phone_number == "18800000000"


def test_reconcile_looks_at_its_own_kind(wire: Wire) -> None:
    enrollment = begin(wire, "EMAIL", email="test@example.com")
    unknown_outcome(wire, enrollment)
    wire.plan(_LIST, payload="list_enrolled_factors_unknown_type")
    assert enrollment.reconcile() is None


def test_reconcile_fails_as_the_list_does(wire: Wire) -> None:
    enrollment = begin(wire)
    wire.plan(_LIST, payload="failure_500")
    with pytest.raises(AuthingMFAError):
        enrollment.reconcile()


@pytest.mark.parametrize("carry", [pickle.dumps, copy.copy, copy.deepcopy])
def test_enrollment_stays_in_its_process(wire: Wire, carry: Any) -> None:
    enrollment = begin(wire)
    with pytest.raises(
        TypeError, match=r"^an enrollment cannot be pickled: its minute is .+ own$"
    ):
        carry(enrollment)


def test_repr_tells_how_far_it_is(wire: Wire) -> None:
    enrollment = begin(wire)
    assert repr(enrollment) in {
        f"<Enrollment SMS expires_in={seconds}>" for seconds in range(50, 61)
    }
    wire.plan(_ENROLL, payload="enroll_factor")
    enrollment.confirm("1234")
    assert repr(enrollment) == "<Enrollment SMS confirmed>"
