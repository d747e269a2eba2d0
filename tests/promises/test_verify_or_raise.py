"""A method verifies or raises; no False is to be overlooked: docs/errors.md, docs/codes.md."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    CodeRejectedError,
    InvalidResponseError,
    ManagementClient,
    MFATrigger,
)
from authing_mfa.sandbox import Sandbox
from tests.support.wire import HOST, make_client

from .people import Person, odd_answers

_TRIGGER = MFATrigger.from_dict(
    {
        "mfaToken": "example-mfa-token",
        "applicationMfa": [
            {"mfaPolicy": kind, "status": 1, "sort": 1} for kind in ("OTP", "SMS", "EMAIL", "FACE")
        ],
        "mfaPhone": "18800000000",
        "mfaEmail": "test@example.com",
        "totpMfaEnabled": True,
        "faceMfaEnabled": True,
    }
)
_CODES = {
    "mfa/totp/verify": lambda challenge: challenge.verify_totp("123456"),
    "applications/mfa/sms/verify": lambda challenge: challenge.verify_sms("123456"),
    "applications/mfa/email/verify": lambda challenge: challenge.verify_email("123456"),
    "mfa/totp/recovery": lambda challenge: challenge.verify_recovery_code("-".join(["0a1b"] * 6)),
    "mfa/face/verify": lambda challenge: challenge.verify_face("photo"),
}
_RIGHT = {
    "code": 200,
    "message": "ok",
    "recoveryCode": "7a1b-2c3d-4e5f-6a7b-8c9d-0e1f",
    "data": {"id": "0123456789abcdef01234567", "token": "example-token"},
}


def _verify(answer: Any, status: int = 200) -> None:
    with responses.RequestsMock() as mocked, make_client() as client:
        body = answer if isinstance(answer, (str, bytes)) else json.dumps(answer)
        mocked.add("POST", HOST + "/api/v3/mfa-totp-verify", body=body, status=status)
        client.verify_totp("123456")


def test_true_alone_verifies() -> None:
    _verify({"statusCode": 200, "message": "", "data": {"verified": True}})


@pytest.mark.parametrize("odd", ["true", "True", 1, "1", "enabled", [True], {"verified": True}])
def test_nothing_that_resembles_true_verifies(odd: Any) -> None:
    with pytest.raises(AuthingMFAError):
        _verify({"statusCode": 200, "message": "", "data": {"verified": odd}})


def test_no_odd_answer_verifies() -> None:
    right = {"statusCode": 200, "message": "", "data": {"verified": True}}
    for place in (("data", "verified"), ("data",), ("statusCode",)):
        for answer in odd_answers(right, *place):
            with pytest.raises(AuthingMFAError):
                _verify(answer)


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 500])
def test_no_http_status_verifies_by_itself(status: int) -> None:
    for body in ("", "{}", "true", '{"verified": true}', "<html>"):
        with pytest.raises(AuthingMFAError):
            _verify(body, status)


@pytest.mark.parametrize("setting", ["verified_false", "6001"])
def test_wrong_code_is_rejected_however_the_service_says_so(
    sandbox: Sandbox, anna: Person, setting: str
) -> None:
    sandbox.settings.wrong_totp = setting
    right = anna.user.totp_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(2):
        with pytest.raises(CodeRejectedError):
            anna.client.verify_totp(wrong)
    assert anna.client.verify_totp(right) is None  # type: ignore[func-returns-value]


def test_code_of_another_user_is_rejected(sandbox: Sandbox, anna: Person) -> None:
    carla = sandbox.add_user(username="carla", factors=["OTP"])
    if carla.totp_code() != anna.user.totp_code():
        with pytest.raises(CodeRejectedError):
            anna.client.verify_totp(carla.totp_code())


def test_code_that_was_used_is_rejected_the_second_time(sandbox: Sandbox, anna: Person) -> None:
    sandbox.clock.freeze()
    code = anna.user.totp_code()
    anna.client.verify_totp(code)
    with pytest.raises(CodeRejectedError):
        anna.client.verify_totp(code)


def _finish(path: str, answer: Any, status: int = 200) -> Any:
    with responses.RequestsMock() as mocked:
        mocked.add("POST", f"{HOST}/api/v2/{path}", body=json.dumps(answer), status=status)
        with AuthenticationClient(app_id="app_example", app_host=HOST) as client:
            return _CODES[path](client.challenge(_TRIGGER))


@pytest.mark.parametrize("path", _CODES)
def test_right_answer_finishes_a_challenge(path: str) -> None:
    assert _finish(path, _RIGHT).user.user_id == "0123456789abcdef01234567"


@pytest.mark.parametrize("path", _CODES)
def test_no_odd_answer_finishes_a_challenge(path: str) -> None:
    for place in (("code",), ("data",), ("data", "id")):
        for answer in odd_answers(_RIGHT, *place, extra=(201, True)):
            try:
                result = _finish(path, answer)
            except AuthingMFAError:
                continue
            # A new recovery code is never lost; all else must not pass for a success.
            assert (answer, path) == (answer, "mfa/totp/recovery")
            assert result.recovery_code == _RIGHT["recoveryCode"]


@pytest.mark.parametrize("path", _CODES)
@pytest.mark.parametrize(
    "refusal",
    [
        {"code": 6001, "message": ""},
        {"code": "6001", "message": ""},
        {"code": None, "apiCode": "6001", "message": ""},
        {"code": None, "apiCode": None, "statusCode": "400", "message": ""},
        {"statusCode": 400, "apiCode": "6001", "message": "", "data": None},
        {"statusCode": 403, "message": "", "data": {"id": "u"}},
    ],
)
def test_refusal_never_finishes_a_challenge(path: str, refusal: Any) -> None:
    with pytest.raises(AuthingMFAError) as caught:
        _finish(path, refusal)
    assert not isinstance(caught.value, InvalidResponseError)
    if "6001" in json.dumps(refusal):
        assert isinstance(caught.value, CodeRejectedError)


# -- other calls that answer yes or no


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("/api/v3/reset-factor", lambda client: client.reset_factor("f|otp")),
        (
            "/api/v3/enroll-factor",
            lambda client: client.enroll_factor("OTP", enrollment_token="t", pass_code="123456"),
        ),
        ("/api/v3/send-sms", lambda client: client.send_sms("13800000000")),
        ("/api/v3/send-email", lambda client: client.send_email("a@example.com")),
    ],
)
def test_success_that_says_it_was_none_is_none(path: str, call: Any) -> None:
    with responses.RequestsMock() as mocked, make_client() as client:
        mocked.add(
            "POST",
            HOST + path,
            json={"statusCode": 200, "message": "", "data": {"success": False}},
        )
        with pytest.raises(AuthingMFAError):
            call(client)


@pytest.mark.parametrize("success", [False, "true", 1, None, "", 0])
def test_status_that_was_not_set_is_an_error(success: Any) -> None:
    with (
        responses.RequestsMock() as mocked,
        ManagementClient(
            access_key_id="key", access_key_secret="example", host=HOST, signing="authing"
        ) as admin,
    ):
        answer = {"statusCode": 200, "message": "", "data": {"success": success}}
        mocked.add("POST", HOST + "/api/v3/set-mfa-status", json=answer)
        with pytest.raises(AuthingMFAError):
            admin.set_mfa_status("u", _TRIGGER)


@pytest.mark.parametrize("active", ["true", 1, "", 0, None, [], {}])
def test_token_is_active_where_the_service_says_true_alone(active: Any) -> None:
    with responses.RequestsMock() as mocked, make_client() as client:
        mocked.add("POST", HOST + "/mfa/token/introspection", json={"active": active})
        with pytest.raises(AuthingMFAError):
            client.introspect_mfa_token("t")


def test_dead_token_is_told_by_active_alone(sandbox: Sandbox, anna: Person) -> None:
    alive = anna.client.introspect_mfa_token(anna.user.new_mfa_token())
    dead = anna.client.introspect_mfa_token("a token that somebody made up")
    assert (alive.active, alive.user_id) == (True, anna.user.user_id)
    assert (dead.active, dead.user_id, dead.expires_at) == (False, None, None)
