"""Requesting an enrolment and finishing it."""

from __future__ import annotations

import re

import pytest

from authing_mfa.sandbox import RefusalCode, Sandbox, SandboxUser

from .calls import EMAIL, PHONE, Caller, codes, enroll_otp, enroll_sms

OTHER_PHONE = "13900000000"


def test_a_phone_is_bound_with_the_code_that_went_there(caller: Caller, user: SandboxUser) -> None:
    enroll_sms(caller, PHONE)
    assert user.factor_ids == (f"{user.user_id}|phone",)


def test_an_email_is_bound_with_the_code_that_went_there(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    data = caller.request_enrollment("EMAIL", email=EMAIL)["data"]
    code = sandbox.outbox.last_code(email=EMAIL)
    assert codes(caller.enroll("EMAIL", data["enrollmentToken"], passCode=code)) == (200, None)
    assert user.factor_ids == (f"{user.user_id}|email",)


def test_an_authenticator_is_bound_with_its_code(caller: Caller, user: SandboxUser) -> None:
    enroll_otp(caller, user)
    assert user.factor_ids == (f"{user.user_id}|otp",)


def test_a_face_is_bound_with_a_photo(caller: Caller, user: SandboxUser) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    answer = caller.enroll("FACE", token, photo="sandbox/a.jpg", isExternalPhoto=False)
    assert codes(answer) == (200, None)
    assert user.factor_ids == (f"{user.user_id}|face",)


def test_only_an_authenticator_has_otp_data(caller: Caller) -> None:
    assert "otpData" in caller.request_enrollment("OTP")["data"]
    assert "otpData" not in caller.request_enrollment("FACE")["data"]


def test_the_token_is_long_and_marked_as_the_sandboxs(caller: Caller) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    assert re.fullmatch(r"sandbox_[A-Za-z0-9+/=]{164}", token)


def test_the_recovery_code_shown_is_the_one_that_counts(caller: Caller, user: SandboxUser) -> None:
    assert enroll_otp(caller, user)["recoveryCode"] == user.recovery_code()


def test_a_token_of_59_seconds_is_taken(caller: Caller, sandbox: Sandbox) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    sandbox.clock.advance(59)
    assert codes(caller.enroll("FACE", token, photo="sandbox/a.jpg")) == (200, None)


def test_a_token_of_a_minute_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    sandbox.clock.advance(60)
    assert codes(caller.enroll("FACE", token, photo="sandbox/a.jpg")) == (400, None)


def test_an_unknown_token_is_refused(caller: Caller) -> None:
    assert codes(caller.enroll("FACE", "sandbox_unknown", photo="sandbox/a.jpg")) == (400, None)


def test_a_token_is_used_once(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.several_per_type = True
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    caller.enroll("FACE", token, photo="sandbox/a.jpg")
    assert codes(caller.enroll("FACE", token, photo="sandbox/a.jpg")) == (400, None)


def test_a_token_of_another_user_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    with Caller(sandbox, sandbox.add_user().access_token) as other:
        assert codes(other.enroll("FACE", token, photo="sandbox/a.jpg")) == (400, None)


def test_a_token_of_another_type_is_refused(caller: Caller) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    assert codes(caller.enroll("OTP", token, passCode="000000")) == (400, None)


def test_a_wrong_sms_code_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    token = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
    wrong = f"{(int(sandbox.outbox.last_code(phone=PHONE)) + 1) % 10**6:06}"
    assert codes(caller.enroll("SMS", token, passCode=wrong)) == (400, 2001)


def test_after_a_wrong_code_the_right_one_is_taken(caller: Caller, sandbox: Sandbox) -> None:
    token = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
    caller.enroll("SMS", token, passCode="x")
    code = sandbox.outbox.last_code(phone=PHONE)
    assert codes(caller.enroll("SMS", token, passCode=code)) == (200, None)


def test_a_code_is_used_once(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.send_interval = 0
    first = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
    second = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
    code = sandbox.outbox.last_code(phone=PHONE)
    assert codes(caller.enroll("SMS", first, passCode=code)) == (200, None)
    sandbox.settings.several_per_type = True
    assert codes(caller.enroll("SMS", second, passCode=code)) == (400, 2001)


def test_a_new_code_replaces_the_one_before(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.send_interval = 0
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    old = sandbox.outbox.last_code(phone=PHONE)
    new = old
    while new == old:
        token = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
        new = sandbox.outbox.last_code(phone=PHONE)
    assert codes(caller.enroll("SMS", token, passCode=old)) == (400, 2001)


def test_a_code_lives_as_long_as_the_setting_says(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.code_lifetime = 10
    token = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
    sandbox.clock.advance(10)
    code = sandbox.outbox.last_code(phone=PHONE)
    assert codes(caller.enroll("SMS", token, passCode=code)) == (400, 2001)


def test_codes_have_the_length_of_the_setting(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.code_length = 4
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    assert re.fullmatch("[0-9]{4}", sandbox.outbox.last_code(phone=PHONE))


def test_a_second_message_within_the_minute_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    sandbox.clock.advance(59)
    assert codes(caller.request_enrollment("SMS", phoneNumber=PHONE)) == (422, None)
    assert len(sandbox.outbox) == 1


def test_after_a_minute_the_next_message_goes_out(caller: Caller, sandbox: Sandbox) -> None:
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    sandbox.clock.advance(60)
    assert codes(caller.request_enrollment("SMS", phoneNumber=PHONE)) == (200, None)


def test_the_minute_is_one_phones_own(caller: Caller) -> None:
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    assert codes(caller.request_enrollment("SMS", phoneNumber=OTHER_PHONE)) == (200, None)


def test_the_minute_holds_however_an_email_is_spelled(caller: Caller) -> None:
    caller.request_enrollment("EMAIL", email=EMAIL)
    assert codes(caller.request_enrollment("EMAIL", email=EMAIL.upper())) == (422, None)


def test_too_frequent_tells_when_to_come_back_if_so_set(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.retry_after_on_too_frequent = True
    body = {"factorType": "SMS", "profile": {"phoneNumber": PHONE}}
    path = "/api/v3/send-enroll-factor-request"
    caller.send("POST", path, json=body)
    assert caller.send("POST", path, json=body).headers["Retry-After"] == "60"


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_an_authenticators_code_of_a_step_away_is_taken(
    caller: Caller, user: SandboxUser, away: int
) -> None:
    token = caller.request_enrollment("OTP")["data"]["enrollmentToken"]
    code = user.totp_code(step=away)
    assert codes(caller.enroll("OTP", token, passCode=code)) == (200, None)


def test_a_wrong_authenticators_code_is_refused(caller: Caller, user: SandboxUser) -> None:
    token = caller.request_enrollment("OTP")["data"]["enrollmentToken"]
    code = user.totp_code(step=9)
    assert codes(caller.enroll("OTP", token, passCode=code)) == (400, 6001)


def test_a_missing_authenticators_code_has_its_own_refusal(caller: Caller) -> None:
    token = caller.request_enrollment("OTP")["data"]["enrollmentToken"]
    assert codes(caller.enroll("OTP", token)) == (400, 6003)


def test_a_missing_photo_has_its_own_refusal(caller: Caller) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    assert codes(caller.enroll("FACE", token)) == (400, 1700)


def test_a_face_that_does_not_match_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.face_matches = False
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    assert codes(caller.enroll("FACE", token, photo="sandbox/a.jpg")) == (400, 1702)


def test_a_face_may_need_a_phone_or_email_first(sandbox: Sandbox) -> None:
    sandbox.settings.face_needs_contact = True
    with Caller(sandbox, sandbox.add_user().access_token) as caller:
        token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
        assert codes(caller.enroll("FACE", token, photo="sandbox/a.jpg")) == (400, 1703)


def test_a_bound_factor_is_not_requested_again(caller: Caller, sandbox: Sandbox) -> None:
    enroll_sms(caller, PHONE)
    sandbox.clock.advance(61)
    assert codes(caller.request_enrollment("SMS", phoneNumber=PHONE)) == (409, None)


def test_two_factors_of_a_type_can_be_allowed(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.several_per_type = True
    enroll_sms(caller, PHONE)
    enroll_sms(caller, OTHER_PHONE)
    assert user.factor_ids == (f"{user.user_id}|phone", f"{user.user_id}|phone|2")


def test_a_disabled_factor_is_not_requested(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.disable_factor("SMS")
    assert codes(caller.request_enrollment("SMS", phoneNumber=PHONE)) == (403, None)
    assert len(sandbox.outbox) == 0


def test_a_factor_disabled_meanwhile_is_not_bound(caller: Caller, sandbox: Sandbox) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    sandbox.disable_factor("FACE")
    assert codes(caller.enroll("FACE", token, photo="sandbox/a.jpg")) == (403, None)


def test_a_guessed_refusal_is_whatever_is_set(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.refusals["factor_not_enabled"] = RefusalCode(422, 1001)
    sandbox.disable_factor("FACE")
    assert codes(caller.request_enrollment("FACE")) == (422, 1001)


def test_foreign_phones_can_be_switched_off(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.international_sms = False
    foreign = {"phoneNumber": "5550100", "phoneCountryCode": "+1"}
    assert codes(caller.request_enrollment("SMS", **foreign)) == (422, None)


def test_the_area_code_belongs_to_the_phone(caller: Caller, sandbox: Sandbox) -> None:
    caller.request_enrollment("SMS", phoneNumber="5550100", phoneCountryCode="+1")
    assert [message.address for message in sandbox.outbox] == ["+1 5550100"]


def test_null_members_count_as_absent(caller: Caller, sandbox: Sandbox) -> None:
    caller.request_enrollment("SMS", phoneNumber=PHONE, phoneCountryCode=None, email=None)
    assert [message.address for message in sandbox.outbox] == [f"+86 {PHONE}"]


def test_a_profile_may_be_left_out_where_it_says_nothing(caller: Caller) -> None:
    answer = caller.post("send-enroll-factor-request", factorType="OTP")
    assert codes(answer) == (200, None)


@pytest.mark.parametrize("factor_type", ["OTP", "FACE"])
def test_a_profile_that_says_nothing_is_an_object_still(caller: Caller, factor_type: str) -> None:
    answer = caller.post("send-enroll-factor-request", factorType=factor_type, profile="none")
    assert codes(answer) == (400, None)


def test_a_photo_beside_a_code_is_not_read(caller: Caller, sandbox: Sandbox) -> None:
    token = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
    code = sandbox.outbox.last_code(phone=PHONE)
    assert codes(caller.enroll("SMS", token, passCode=code, photo=1)) == (200, None)


def test_a_profile_can_be_demanded(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.profile_optional = False
    answer = caller.post("send-enroll-factor-request", factorType="OTP")
    assert codes(answer) == (400, None)


@pytest.mark.parametrize(
    ("factor_type", "profile"),
    [
        ("SMS", {}),
        ("SMS", {"phoneNumber": ""}),
        ("SMS", {"phoneNumber": 13800000000}),
        ("SMS", {"phoneNumber": "+8613800000000"}),
        ("SMS", {"phoneNumber": PHONE, "phoneCountryCode": "86"}),
        ("EMAIL", {}),
        ("EMAIL", {"email": "nobody"}),
        ("EMAIL", {"email": "\ud800@example.com"}),
        ("EMAIL", {"email": "a\0b@example.com"}),
        ("PASSKEY", {}),
        ("sms", {"phoneNumber": PHONE}),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    caller: Caller, sandbox: Sandbox, factor_type: str, profile: dict[str, object]
) -> None:
    assert codes(caller.request_enrollment(factor_type, **profile)) == (400, None)
    assert len(sandbox.outbox) == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"factorType": "SMS", "enrollmentToken": "t"},
        {"factorType": "SMS", "enrollmentToken": "", "enrollmentData": {}},
        {"factorType": "SMS", "enrollmentToken": 7, "enrollmentData": {}},
        {"factorType": "SMS", "enrollmentToken": "t", "enrollmentData": "123456"},
    ],
)
def test_an_enrolment_that_makes_no_sense_is_refused(
    caller: Caller, body: dict[str, object]
) -> None:
    assert codes(caller.post("enroll-factor", **body)) == (400, None)


def test_the_code_that_confirmed_may_count_as_used(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.totp_enroll_uses_code = True
    enroll_otp(caller, user)
    assert not caller.post("mfa-totp-verify", totp=user.totp_code())["data"]["verified"]


def test_a_secrets_length_is_a_setting(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.totp_secret_length = 32
    uri = enroll_otp(caller, user)["qrCodeUri"]
    assert re.search("secret=[A-Z2-7]{32}&", uri)
