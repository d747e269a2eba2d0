"""Values as callers receive them: from payloads, to dicts and back, and how they show."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from authing_mfa import (
    CallRecord,
    ConfigurationError,
    EnrollmentRequest,
    Envelope,
    Factor,
    FactorProfile,
    FactorType,
    MFATokenInspection,
    MFATrigger,
    OfferedMethod,
    OTPSetup,
)
from authing_mfa._values.codec import build
from tests.support import payloads


def data_of(name: str) -> Any:
    return payloads.read(name)["data"]


SAMPLES: dict[str, Any] = {
    "sms factor": (Factor, data_of("get_factor_sms")),
    "otp factor": (Factor, data_of("get_factor_otp")),
    "unknown factor": (Factor, data_of("get_factor_unknown_type")),
    "profile": (FactorProfile, {"email": "test@example.com"}),
    "otp setup": (OTPSetup, data_of("send_enroll_factor_request_otp")["otpData"]),
    "enrollment": (EnrollmentRequest, data_of("send_enroll_factor_request")),
    "otp enrollment": (EnrollmentRequest, data_of("send_enroll_factor_request_otp")),
    "dead token": (MFATokenInspection, payloads.read("introspection_inactive")),
    "live token": (MFATokenInspection, payloads.read("introspection_active")),
    "method": (OfferedMethod, {"mfaPolicy": "OTP", "status": 0, "sort": 3}),
    "trigger": (MFATrigger, data_of("mfa_required_application")),
    "personal trigger": (MFATrigger, data_of("mfa_required_personal")),
}
each_sample = pytest.mark.parametrize(("cls", "data"), SAMPLES.values(), ids=SAMPLES)


@each_sample
def test_value_survives_a_dict(cls: Any, data: Any) -> None:
    value = build(cls, data)
    stored = json.loads(json.dumps(value.to_dict()))
    assert cls.from_dict(stored) == value


@each_sample
def test_dict_is_spelled_as_the_wire(cls: Any, data: Any) -> None:
    stored = build(cls, data).to_dict()
    known = {key: value for key, value in data.items() if key in stored and value is not None}
    assert known.keys() - {"applicationMfa", "otpData"} == {
        key for key in known if stored[key] == data[key]
    } - {"applicationMfa", "otpData"}
    assert all(key in data or isinstance(stored[key], (bool, list)) for key in stored)


@each_sample
def test_value_is_frozen(cls: Any, data: Any) -> None:
    value = build(cls, data)
    for field in attrs.fields(cls):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, field.name, None)


@each_sample
def test_value_pickles_copies_and_hashes(cls: Any, data: Any) -> None:
    value = build(cls, data)
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert value == again
        assert hash(value) == hash(again)


@pytest.mark.parametrize(
    ("cls", "data", "message"),
    [
        (Factor, None, "Factor: wanted object (Factor), got null"),
        (Factor, {}, "Factor.factorId: wanted str, got nothing"),
        (
            Factor,
            {"factorId": "f_1", "factorType": "SMS", "profile": {"email": 7}},
            "Factor.profile.email: wanted str, got int",
        ),
        (MFATrigger, {"applicationMfa": []}, "MFATrigger.mfaToken: wanted str, got nothing"),
    ],
)
def test_dict_that_was_not_stored_by_us_is_refused(cls: Any, data: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cls.from_dict(data)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("18812348888", "188****8888"),
        ("188xxxx8888", "188****8888"),
        ("1881234888", "****4888"),
        ("12345678", "****5678"),
        ("1234567", "*******"),
        ("1", "*"),
    ],
)
def test_phone_is_masked(phone: str, masked: str) -> None:
    profile = FactorProfile(phone_number=phone)
    assert masked == profile.masked
    assert f"phone_number={masked!r}" in repr(profile)


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("test@example.com", "t***@example.com"),
        ("t@example.com", "t***@example.com"),
        ("@example.com", "***@example.com"),
        ('"a@b"@example.com', '"***@example.com'),
        ("no address", "***"),
    ],
)
def test_email_is_masked(email: str, masked: str) -> None:
    profile = FactorProfile(email=email)
    assert masked == profile.masked
    assert f"email={masked!r}" in repr(profile)


def test_masked_target_has_the_country_code() -> None:
    assert build(Factor, data_of("get_factor_sms")).masked_target == "+86 188****0000"


@pytest.mark.parametrize("name", ["get_factor_otp", "get_factor_face", "get_factor_unknown_type"])
def test_masked_target_is_empty_where_no_codes_go(name: str) -> None:
    assert build(Factor, data_of(name)).masked_target == ""


def test_profile_without_anything_shows_none() -> None:
    assert (
        repr(FactorProfile())
        == "FactorProfile(phone_number=None, phone_country_code=None, email=None)"
    )


def test_trigger_shows_neither_token_nor_whole_phones_and_emails() -> None:
    shown = repr(build(MFATrigger, data_of("mfa_required_application")))
    assert "mfa_token=<hidden>" in shown
    for secret in ("example-mfa-token", "18800000000", "test@example.com"):
        assert secret not in shown


@pytest.mark.parametrize("name", ["mfa_required_application", "mfa_required_one_method"])
def test_methods_of_a_trigger_are_a_tuple(name: str) -> None:
    methods = build(MFATrigger, data_of(name)).application_mfa
    kinds = [method.mfa_policy for method in methods]
    expected = {
        "mfa_required_application": ["SMS", "OTP", "PASSKEY"],
        "mfa_required_one_method": ["EMAIL"],
    }
    assert expected[name] == kinds


def test_method_without_sort_comes_first() -> None:
    (method,) = build(MFATrigger, data_of("mfa_required_one_method")).application_mfa
    assert OfferedMethod(mfa_policy=FactorType.EMAIL, status=1, sort=0) == method


def test_times_of_a_token_are_aware() -> None:
    token = build(MFATokenInspection, payloads.read("introspection_active"))
    assert datetime(2020, 9, 30, 9, 8, 14, tzinfo=UTC) == token.issued_at
    assert datetime(2020, 9, 30, 10, 8, 14, tzinfo=UTC) == token.expires_at


def test_data_of_an_envelope_is_not_shown() -> None:
    shown = repr(Envelope(status_code=200, message="ok", data={"secret": "marked"}))
    assert "data=<hidden>" in shown
    assert "data=None" in repr(Envelope(status_code=200, message="ok"))


def test_call_record_is_plain_facts() -> None:
    record = CallRecord(
        method="GET",
        path="/x",
        http_status=200,
        status_code=404,
        api_code=None,
        request_id="r_1",
        tries=1,
        seconds=0.1,
    )
    assert record == pickle.loads(pickle.dumps(record))
    assert [fact for fact in attrs.astuple(record) if not isinstance(fact, _PLAIN)] == []


_PLAIN = (str, int, float, type(None))
