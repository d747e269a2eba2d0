"""A 200 whose data says that it did not work is a refusal, whichever call it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from authing_mfa import (
    APIError,
    AuthenticationClient,
    CodeRejectedError,
    ManagementClient,
    OTPImport,
)
from tests.support.wire import HOST, Wire, make_client

from .answers import EMAIL, MANAGEMENT_TOKEN, PHONE, envelope, jwt, make_challenge, v2

ENROLL: dict[str, Any] = {"enrollment_token": "example-enrollment", "pass_code": "123456"}
CALLS: dict[str, tuple[str, Callable[[AuthenticationClient], Any]]] = {
    "reset_factor": ("/api/v3/reset-factor", lambda client: client.reset_factor("f_1")),
    "enroll_factor": (
        "/api/v3/enroll-factor",
        lambda client: client.enroll_factor("OTP", **ENROLL),
    ),
    "send_sms": ("/api/v3/send-sms", lambda client: client.send_sms(PHONE)),
    "send_email": ("/api/v3/send-email", lambda client: client.send_email(EMAIL)),
}
each_call = pytest.mark.parametrize(("path", "call"), CALLS.values(), ids=CALLS)


@each_call
@pytest.mark.parametrize("data", [{"success": False}, {"success": False, "reason": "x"}, False])
def test_no_success_is_an_error(
    wire: Wire, path: str, call: Callable[[AuthenticationClient], Any], data: Any
) -> None:
    wire.plan(path, envelope(data), verb="POST")
    with pytest.raises(APIError) as caught:
        call(make_client())
    error = caught.value
    assert (error.message, error.path) == ("the service answers success: false", path)
    assert (error.status_code, error.outcome_unknown) == (200, False)


@each_call
@pytest.mark.parametrize("name", ["verified", "isValid"])
def test_what_was_not_verified_is_a_rejected_code(
    wire: Wire, path: str, call: Callable[[AuthenticationClient], Any], name: str
) -> None:
    wire.plan(path, envelope({name: False}), verb="POST")
    with pytest.raises(CodeRejectedError):
        call(make_client())


@each_call
@pytest.mark.parametrize(
    "data", [None, {}, [], "", 0, True, {"success": True}, {"success": None}, {"other": False}]
)
def test_anything_else_is_that_it_worked(
    wire: Wire, path: str, call: Callable[[AuthenticationClient], Any], data: Any
) -> None:
    wire.plan(path, envelope(data), verb="POST")
    assert call(make_client()) is None


def test_import_that_did_not_succeed_is_an_error(wire: Wire) -> None:
    token = envelope({"access_token": jwt(scoped_userpool_id="pool"), "expires_in": 7200})
    wire.plan(MANAGEMENT_TOKEN, token, verb="POST")
    wire.plan("/api/v3/import-otp", envelope({"success": False}), verb="POST")
    admin = ManagementClient(access_key_id="key", access_key_secret="example-key", host=HOST)
    with pytest.raises(APIError, match="success: false"):
        admin.import_otp([OTPImport(user_id="u_1", secret="EXAMPLE")])


def test_face_that_was_not_associated_is_an_error(wire: Wire) -> None:
    wire.plan("/api/v2/mfa/face/associate", v2({"success": False}), verb="POST")
    with pytest.raises(APIError, match="success: false"):
        make_challenge(make_client(), "FACE").associate_face("photo-a", "photo-b")
