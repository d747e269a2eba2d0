"""Factors listed, shown, reset, and what else is known of an account."""

from __future__ import annotations

import re

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import EMAIL, PHONE, Caller, codes, enroll_otp, enroll_sms


def factor_types(envelope: dict[str, list[dict[str, str]]]) -> list[str]:
    return [each["factorType"] for each in envelope["data"]]


def test_a_new_user_has_no_factors(caller: Caller) -> None:
    assert caller.get("list-enrolled-factors")["data"] == []


def test_a_user_may_begin_with_factors(sandbox: Sandbox) -> None:
    user = sandbox.add_user(phone=PHONE, email=EMAIL, factors=["OTP", "SMS", "EMAIL", "FACE"])
    with Caller(sandbox, user.access_token) as caller:
        found = factor_types(caller.get("list-enrolled-factors"))
    assert found == ["OTP", "SMS", "EMAIL", "FACE"]


def test_factors_are_shown_with_their_profile(sandbox: Sandbox) -> None:
    user = sandbox.add_user(phone=PHONE, email=EMAIL, factors=["SMS", "EMAIL", "OTP"])
    with Caller(sandbox, user.access_token) as caller:
        found = caller.get("list-enrolled-factors")["data"]
    assert [each["profile"] for each in found] == [
        {"phoneNumber": PHONE, "phoneCountryCode": "+86"},
        {"email": EMAIL},
        {},
    ]


def test_a_factor_is_found_by_its_id(sandbox: Sandbox) -> None:
    user = sandbox.add_user(email=EMAIL, factors=["EMAIL"])
    with Caller(sandbox, user.access_token) as caller:
        answer = caller.get("get-factor", factorId=f"{user.user_id}|email")
    assert answer["data"] == {
        "factorId": f"{user.user_id}|email",
        "factorType": "EMAIL",
        "profile": {"email": EMAIL},
    }


def test_an_unknown_factor_is_not_found(caller: Caller) -> None:
    assert codes(caller.get("get-factor", factorId="unknown")) == (404, None)


def test_another_users_factor_is_not_found(caller: Caller, sandbox: Sandbox) -> None:
    other = sandbox.add_user(factors=["OTP"])
    assert codes(caller.get("get-factor", factorId=other.factor_ids[0])) == (404, None)


@pytest.mark.parametrize("query", [{}, {"factorId": ""}])
def test_a_factor_without_an_id_is_refused(caller: Caller, query: dict[str, str]) -> None:
    assert codes(caller.get("get-factor", **query)) == (400, None)


def test_an_enrolled_phone_is_not_listed_twice(caller: Caller, sandbox: Sandbox) -> None:
    enroll_sms(caller, PHONE)
    sandbox.settings.contact_is_factor = True
    assert factor_types(caller.get("list-enrolled-factors")) == ["SMS", "EMAIL"]


def test_ids_can_be_opaque(caller: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.factor_id_form = "opaque"
    enroll_sms(caller, PHONE)
    assert re.fullmatch("[0-9a-f]{24}", user.factor_ids[0])


@pytest.mark.parametrize(
    ("phone", "masked"), [("13800000000", "138xxxxx000"), ("1380", "1xx0"), ("12", "xx")]
)
def test_profiles_can_be_masked(sandbox: Sandbox, phone: str, masked: str) -> None:
    sandbox.settings.mask_profiles = True
    user = sandbox.add_user(phone=phone, email=EMAIL, factors=["SMS", "EMAIL"])
    with Caller(sandbox, user.access_token) as caller:
        sms, email = caller.get("list-enrolled-factors")["data"]
    assert masked == sms["profile"]["phoneNumber"]
    assert email["profile"]["email"] == "uxxr@example.com"


def test_an_empty_profile_can_have_null_members(sandbox: Sandbox) -> None:
    sandbox.settings.empty_profile = "nulls"
    user = sandbox.add_user(factors=["OTP"])
    with Caller(sandbox, user.access_token) as caller:
        profile = caller.get("list-enrolled-factors")["data"][0]["profile"]
    assert profile == {"phoneNumber": None, "phoneCountryCode": None, "email": None}


def test_ids_stay_apart_after_a_reset(caller: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.several_per_type = True
    for phone in ("13900000001", "13900000002", "13900000003"):
        enroll_sms(caller, phone)
    caller.post("reset-factor", factorId=f"{user.user_id}|phone|2")
    enroll_sms(caller, "13900000004")
    assert len(user.factor_ids) == 3


def test_a_factor_of_the_account_is_not_reset(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.contact_is_factor = True
    answer = caller.post("reset-factor", factorId=f"{user.user_id}|phone")
    assert codes(answer) == (422, None)


@pytest.mark.parametrize(("ends", "status"), [(False, 200), (True, 401)])
def test_a_reset_can_end_all_sign_ins(
    caller: Caller, sandbox: Sandbox, user: SandboxUser, ends: bool, status: int
) -> None:
    sandbox.settings.reset_ends_sign_ins = ends
    enroll_otp(caller, user)
    caller.post("reset-factor", factorId=user.factor_ids[0])
    assert caller.get("list-enrolled-factors")["statusCode"] == status


def test_an_accounts_phone_and_email_can_be_factors(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.contact_is_factor = True
    assert factor_types(caller.get("list-enrolled-factors")) == ["SMS", "EMAIL"]
    assert factor_types(caller.get("list-factors-to-enroll")) == ["OTP", "FACE"]


def test_a_new_user_may_enrol_everything(caller: Caller) -> None:
    found = factor_types(caller.get("list-factors-to-enroll"))
    assert found == ["OTP", "SMS", "EMAIL", "FACE"]


def test_an_enrolled_factor_is_no_more_to_enrol(caller: Caller) -> None:
    enroll_sms(caller, PHONE)
    assert factor_types(caller.get("list-factors-to-enroll")) == ["OTP", "EMAIL", "FACE"]


def test_a_disabled_factor_is_no_more_to_enrol(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.disable_factor("OTP")
    assert factor_types(caller.get("list-factors-to-enroll")) == ["SMS", "EMAIL", "FACE"]


def test_a_factor_enabled_again_is_to_enrol_again(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.disable_factor("OTP")
    sandbox.enable_factor("OTP")
    sandbox.enable_factor("OTP")
    found = factor_types(caller.get("list-factors-to-enroll"))
    assert found == ["OTP", "SMS", "EMAIL", "FACE"]


def test_disabling_leaves_what_is_bound(caller: Caller, sandbox: Sandbox) -> None:
    enroll_sms(caller, PHONE)
    sandbox.disable_factor("SMS")
    assert factor_types(caller.get("list-enrolled-factors")) == ["SMS"]


@pytest.mark.parametrize("change", ["enable_factor", "disable_factor"])
def test_only_known_types_are_switched(sandbox: Sandbox, change: str) -> None:
    with pytest.raises(ValueError, match="no factor type"):
        getattr(sandbox, change)("PASSKEY")


def test_reset_unbinds(caller: Caller, user: SandboxUser) -> None:
    enroll_otp(caller, user)
    answer = caller.post("reset-factor", factorId=user.factor_ids[0])
    assert codes(answer) == (200, None)
    assert "data" not in answer
    assert user.factor_ids == ()


def test_an_unknown_factor_is_not_reset(caller: Caller) -> None:
    assert codes(caller.post("reset-factor", factorId="unknown")) == (404, None)


def test_another_users_factor_is_not_reset(caller: Caller, sandbox: Sandbox) -> None:
    other = sandbox.add_user(factors=["OTP"])
    assert codes(caller.post("reset-factor", factorId=other.factor_ids[0])) == (404, None)
    assert len(other.factor_ids) == 1


def test_reset_can_demand_a_recent_step_up(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.reset_step_up_window = 300
    enroll_otp(caller, user)
    factor_id = user.factor_ids[0]
    assert codes(caller.post("reset-factor", factorId=factor_id)) == (403, None)
    caller.post("mfa-totp-verify", totp=user.totp_code())
    sandbox.clock.advance(301)
    assert codes(caller.post("reset-factor", factorId=factor_id)) == (403, None)
    caller.post("mfa-totp-verify", totp=user.totp_code())
    assert codes(caller.post("reset-factor", factorId=factor_id)) == (200, None)


def test_security_info_counts_what_there_is(sandbox: Sandbox) -> None:
    user = sandbox.add_user(phone=PHONE, password="sandbox-Pass-1", factors=["OTP"])
    with Caller(sandbox, user.access_token) as caller:
        assert caller.get("get-security-info")["data"] == {
            "passwordSecurityLevel": 3,
            "mfaEnrolled": True,
            "passwordSet": True,
            "emailBinded": False,
            "phoneBinded": True,
            "securityScore": 75,
        }


@pytest.mark.parametrize(("password", "level"), [("short", 1), ("lower-case", 2)])
def test_a_passwords_level_rises_with_its_kinds(
    sandbox: Sandbox, password: str, level: int
) -> None:
    user = sandbox.add_user(password=password)
    with Caller(sandbox, user.access_token) as caller:
        assert caller.get("get-security-info")["data"]["passwordSecurityLevel"] == level
