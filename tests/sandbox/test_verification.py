"""Checking codes of somebody who is signed in, and mfaTokens."""

from __future__ import annotations

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import EMAIL, PHONE, Caller, codes, enroll_otp


def verified(caller: Caller, code: str) -> bool:
    return bool(caller.post("mfa-totp-verify", totp=code)["data"]["verified"])


def test_the_authenticators_code_verifies(caller: Caller, user: SandboxUser) -> None:
    enroll_otp(caller, user)
    assert verified(caller, user.totp_code())


@pytest.mark.parametrize("away", [-1, 1])
def test_a_code_of_a_step_away_verifies(caller: Caller, user: SandboxUser, away: int) -> None:
    enroll_otp(caller, user)
    assert verified(caller, user.totp_code(step=away))


@pytest.mark.parametrize("away", [-2, 2])
def test_a_code_of_two_steps_away_does_not(caller: Caller, user: SandboxUser, away: int) -> None:
    enroll_otp(caller, user)
    assert not verified(caller, user.totp_code(step=away))


def test_the_window_is_a_setting(caller: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.totp_window = 0
    enroll_otp(caller, user)
    assert not verified(caller, user.totp_code(step=1))


def test_a_code_verifies_once(caller: Caller, user: SandboxUser) -> None:
    enroll_otp(caller, user)
    assert verified(caller, user.totp_code())
    assert not verified(caller, user.totp_code())


def test_after_a_code_older_ones_are_dead(caller: Caller, user: SandboxUser) -> None:
    enroll_otp(caller, user)
    assert verified(caller, user.totp_code(step=1))
    assert not verified(caller, user.totp_code())


def test_the_next_steps_code_verifies_again(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    enroll_otp(caller, user)
    assert verified(caller, user.totp_code())
    sandbox.clock.advance(30)
    assert verified(caller, user.totp_code())


def test_replay_can_be_allowed(caller: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.totp_replay = True
    enroll_otp(caller, user)
    assert verified(caller, user.totp_code())
    assert verified(caller, user.totp_code())


def test_a_wrong_code_can_be_an_error(caller: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.wrong_totp = "6001"
    enroll_otp(caller, user)
    answer = caller.post("mfa-totp-verify", totp=user.totp_code(step=5))
    assert codes(answer) == (400, 6001)


@pytest.mark.parametrize("body", [{}, {"totp": ""}, {"totp": None}])
def test_a_missing_code_has_its_own_refusal(
    caller: Caller, user: SandboxUser, body: dict[str, str]
) -> None:
    enroll_otp(caller, user)
    assert codes(caller.post("mfa-totp-verify", **body)) == (400, 6003)


def test_a_code_that_is_no_string_is_refused(caller: Caller, user: SandboxUser) -> None:
    enroll_otp(caller, user)
    assert codes(caller.post("mfa-totp-verify", totp=123456)) == (400, None)


def test_without_an_authenticator_nothing_verifies(caller: Caller) -> None:
    assert codes(caller.post("mfa-totp-verify", totp="000000")) == (404, None)


def test_too_many_wrong_codes_can_lock(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.totp_max_failures = 2
    enroll_otp(caller, user)
    assert not verified(caller, "x")
    assert not verified(caller, "x")
    assert codes(caller.post("mfa-totp-verify", totp=user.totp_code())) == (403, 2005)


def test_a_right_code_forgets_the_wrong_ones(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.totp_max_failures = 2
    enroll_otp(caller, user)
    assert not verified(caller, "x")
    assert verified(caller, user.totp_code())
    assert not verified(caller, "x")
    sandbox.clock.advance(30)
    assert verified(caller, user.totp_code())


def test_an_mfa_token_is_active(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    now = int(sandbox.clock.now())
    assert stranger.introspect(user.new_mfa_token()) == {
        "active": True,
        "userPoolId": sandbox.user_pool_id,
        "userId": user.user_id,
        "iat": now,
        "exp": int(sandbox.clock.now() + 360),
    }


def test_an_mfa_token_dies_after_six_minutes(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    token = user.new_mfa_token()
    sandbox.clock.advance(360)
    assert stranger.introspect(token) == {"active": False}


def test_its_lifetime_is_a_setting(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.mfa_token_lifetime = 3600
    answer = stranger.introspect(user.new_mfa_token())
    assert answer["exp"] - answer["iat"] == 3600


@pytest.mark.parametrize("token", ["unknown", "sandbox_unknown"])
def test_an_unknown_token_is_not_active(stranger: Caller, token: str) -> None:
    assert stranger.introspect(token) == {"active": False}


def test_an_access_token_is_no_mfa_token(stranger: Caller, user: SandboxUser) -> None:
    assert stranger.introspect(user.access_token) == {"active": False}


def test_introspection_knows_the_kinds_of_the_setting(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.introspection_accepts = ("verified",)
    assert stranger.introspect(user.new_mfa_token()) == {"active": False}


def test_introspection_wants_a_form(stranger: Caller, user: SandboxUser) -> None:
    path, body = "/mfa/token/introspection", {"token": user.new_mfa_token()}
    assert codes(stranger.send("POST", path, json=body).json()) == (400, None)
    assert codes(stranger.send("POST", path).json()) == (400, None)


def test_introspection_can_take_json(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.introspection_takes_json = True
    body = {"token": user.new_mfa_token()}
    answer = stranger.send("POST", "/mfa/token/introspection", json=body).json()
    assert answer["active"] is True


def test_introspection_can_demand_an_application_id(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.introspection_needs_app_id = True
    token = user.new_mfa_token()
    assert codes(stranger.introspect(token)) == (400, None)
    stranger.session.headers["x-authing-app-id"] = sandbox.app_id
    assert stranger.introspect(token)["active"] is True


def pre_check(caller: Caller, kind: str, **payload: str) -> dict[str, object]:
    name = "smsCodePayload" if kind == "SMS" else "emailCodePayload"
    return caller.post("pre-check-code", codeType=kind, **{name: payload})


def test_a_code_can_be_checked_before_it_is_used(caller: Caller, sandbox: Sandbox) -> None:
    token = caller.request_enrollment("SMS", phoneNumber=PHONE)["data"]["enrollmentToken"]
    code = sandbox.outbox.last_code(phone=PHONE)
    answer = pre_check(caller, "SMS", phone=PHONE, passCode=code, channel="CHANNEL_BIND_MFA")
    assert answer["data"] == {"isValid": True}
    assert codes(caller.enroll("SMS", token, passCode=code)) == (200, None)


def test_a_code_of_another_channel_is_not_valid(caller: Caller, sandbox: Sandbox) -> None:
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    code = sandbox.outbox.last_code(phone=PHONE)
    answer = pre_check(caller, "SMS", phone=PHONE, passCode=code, channel="CHANNEL_LOGIN")
    assert answer["data"] == {"isValid": False}


def test_an_email_code_nobody_sent_is_not_valid(caller: Caller) -> None:
    payload = {"email": EMAIL, "passCode": "123456", "channel": "CHANNEL_VERIFY_MFA"}
    assert pre_check(caller, "EMAIL", **payload)["data"] == {"isValid": False}


def test_email_has_no_channel_to_bind_mfa(caller: Caller) -> None:
    payload = {"email": EMAIL, "passCode": "123456", "channel": "CHANNEL_BIND_MFA"}
    assert codes(pre_check(caller, "EMAIL", **payload)) == (400, None)
