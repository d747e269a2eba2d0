"""What any call of an administrator may meet, by token and by both signatures, on both stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from authing_mfa import (
    APIError,
    AuthingMFAError,
    ConnectionFailedError,
    InvalidResponseError,
    MFATrigger,
    OTPImport,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    UnauthorizedError,
)

from .admin_stages import AdminStage, each_signing
from .admin_wire import SECRET, TOKEN_NAME


@attrs.frozen
class _Call:
    name: str
    make: Callable[[AdminStage, str], Any]
    writes: bool = False


_CALLS = {
    call.name: call
    for call in (
        _Call("get-global-mfa-settings", lambda stage, _: stage.client.get_global_mfa_settings()),
        _Call(
            "update-global-mfa-settings",
            lambda stage, _: stage.client.update_global_mfa_settings(["SMS"]),
            writes=True,
        ),
        _Call(
            "disable-global-mfa-settings",
            lambda stage, _: stage.client.disable_global_mfa_settings(["SMS"]),
            writes=True,
        ),
        _Call(
            "update-application-mfa-settings",
            lambda stage, _: stage.client.update_application_mfa_settings(stage.app_id),
            writes=True,
        ),
        _Call("get-user-mfa-info", lambda stage, user: stage.client.get_user_mfa_info(user)),
        _Call("get-mfa-status", lambda stage, user: stage.client.get_mfa_status(user)),
        _Call(
            "set-mfa-status",
            lambda stage, user: stage.client.set_mfa_status(
                user, MFATrigger(mfa_token="example-mfa-token")
            ),
            writes=True,
        ),
        _Call(
            "get-mfa-trigger-data",
            lambda stage, user: stage.client.get_mfa_trigger_data(stage.app_id, user),
        ),
        _Call(
            "import-otp",
            lambda stage, user: stage.client.import_otp([OTPImport(user_id=user, secret=SECRET)]),
            writes=True,
        ),
        _Call("get-otp-secret-by-user", lambda stage, user: stage.client.get_otp_secret(user)),
        _Call("list-users", lambda stage, _: stage.client.list_users()),
    )
}
each_call = pytest.mark.parametrize("call", _CALLS.values(), ids=_CALLS)
_FAULTS: dict[str, type[AuthingMFAError]] = {
    "unavailable": ServerError,
    "third party": ThirdPartyError,
    "gateway page": ServerError,
    "page": InvalidResponseError,
    "cut": InvalidResponseError,
    "dropped": ConnectionFailedError,
}


@pytest.fixture
def user(admin_stage: AdminStage) -> str:
    return admin_stage.add_user("OTP", username="example-user")


@each_call
@each_signing
def test_call_that_may_be_made_is_answered(
    admin_stage: AdminStage, user: str, call: _Call
) -> None:
    call.make(admin_stage, user)
    call.make(admin_stage, user)


@each_call
@each_signing
def test_key_that_is_wrong_is_unauthorized(
    admin_stage: AdminStage, user: str, signing: str | None, call: _Call
) -> None:
    admin_stage.reject_key()
    with pytest.raises(UnauthorizedError) as caught:
        call.make(admin_stage, user)
    error = caught.value
    assert (error.status_code, error.outcome_unknown) == (401, False)
    assert error.api_code == (1300 if signing else None)
    assert error.path == f"/api/v3/{call.name if signing else TOKEN_NAME}"


@each_call
def test_token_that_ran_out_is_renewed_for_a_read_only(
    admin_stage: AdminStage, user: str, call: _Call
) -> None:
    admin_stage.client.list_users()
    admin_stage.expire_token()
    if call.writes:
        with pytest.raises(UnauthorizedError) as caught:
            call.make(admin_stage, user)
        assert (
            caught.value.status_code,
            caught.value.api_code,
            caught.value.outcome_unknown,
        ) == (401, 2020, False)
    call.make(admin_stage, user)


@each_call
@each_signing
def test_throttled_call_says_how_long_to_wait(
    admin_stage: AdminStage, user: str, call: _Call
) -> None:
    admin_stage.misbehave("throttled", call.name)
    with pytest.raises(ThrottleError) as caught:
        call.make(admin_stage, user)
    error = caught.value
    assert (error.retry_after, error.http_status, error.outcome_unknown) == (7.0, 429, False)


@each_call
@pytest.mark.parametrize("fault", _FAULTS)
def test_outcome_is_unknown_after_this_for_a_write_only(
    admin_stage: AdminStage, user: str, call: _Call, fault: str
) -> None:
    admin_stage.misbehave(fault, call.name)
    with pytest.raises(_FAULTS[fault]) as caught:
        call.make(admin_stage, user)
    assert caught.value.path == f"/api/v3/{call.name}"
    assert call.writes is caught.value.outcome_unknown


@pytest.mark.parametrize("fault", _FAULTS)
def test_outcome_is_known_where_the_token_cannot_be_had(
    admin_stage: AdminStage, user: str, fault: str
) -> None:
    admin_stage.misbehave(fault, TOKEN_NAME)
    with pytest.raises(_FAULTS[fault]) as caught:
        _CALLS["import-otp"].make(admin_stage, user)
    assert (caught.value.path, caught.value.outcome_unknown) == (f"/api/v3/{TOKEN_NAME}", False)


@each_call
def test_keys_that_are_new_change_nothing(admin_stage: AdminStage, user: str, call: _Call) -> None:
    admin_stage.misbehave("extra keys", call.name)
    call.make(admin_stage, user)


@pytest.mark.parametrize("name", sorted({*_CALLS, TOKEN_NAME} - {"import-otp"}))
def test_answer_without_data_is_an_invalid_response(
    admin_stage: AdminStage, user: str, name: str
) -> None:
    admin_stage.misbehave("null data", name)
    with pytest.raises(InvalidResponseError) as caught:
        _CALLS.get(name, _CALLS["list-users"]).make(admin_stage, user)
    assert (caught.value.where, caught.value.path) == ("data", f"/api/v3/{name}")


@each_signing
def test_message_is_in_words(admin_stage: AdminStage) -> None:
    with pytest.raises(APIError) as caught:
        admin_stage.client.get_user_mfa_info("unknown")
    assert caught.value.message
    assert caught.value.request_id
    assert caught.value.hint
