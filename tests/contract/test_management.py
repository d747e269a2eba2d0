"""What an administrator reads and sets of MFA, its successes and refusals, on both stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from authing_mfa import (
    APIError,
    FactorType,
    InvalidArgumentError,
    MFATrigger,
    NotFoundError,
    UserIdType,
    UserMFAInfo,
)

from .admin_stages import AdminStage, each_signing
from .stages import EMAIL, KINDS, PHONE

_NOBODY = "f" * 24


@each_signing
class TestSettings:
    """get-, update-, disable-global-mfa-settings, update-application-mfa-settings."""

    def test_all_are_on_at_first(self, admin_stage: AdminStage) -> None:
        assert admin_stage.client.get_global_mfa_settings() == KINDS

    @pytest.mark.parametrize("kinds", [(), ("FACE",), ("SMS", "EMAIL"), KINDS])
    def test_update_says_what_is_on_and_it_is(
        self, admin_stage: AdminStage, kinds: tuple[str, ...]
    ) -> None:
        assert admin_stage.client.update_global_mfa_settings(kinds) == kinds
        assert admin_stage.client.get_global_mfa_settings() == kinds

    def test_update_may_just_add(self, admin_stage: AdminStage) -> None:
        admin_stage.client.update_global_mfa_settings(["OTP"])
        admin_stage.turn("adds")
        assert admin_stage.client.update_global_mfa_settings(["FACE"]) == ("OTP", "FACE")

    def test_disabling_switches_off(self, admin_stage: AdminStage) -> None:
        client = admin_stage.client
        left = (FactorType.OTP, FactorType.EMAIL)
        assert client.disable_global_mfa_settings([FactorType.SMS, FactorType.FACE]) == left
        assert client.get_global_mfa_settings() == left

    def test_deployment_may_lack_disabling(self, admin_stage: AdminStage) -> None:
        admin_stage.turn("no disabling")
        with pytest.raises(NotFoundError) as caught:
            admin_stage.client.disable_global_mfa_settings(["SMS"])
        assert caught.value.outcome_unknown is False
        assert admin_stage.client.get_global_mfa_settings() == KINDS

    def test_application_has_its_own(self, admin_stage: AdminStage) -> None:
        found = admin_stage.client.update_application_mfa_settings(
            admin_stage.app_id, enabled_factors=["OTP"], disabled_factors=["SMS", "FACE"]
        )
        assert found == ("OTP", "EMAIL")
        assert admin_stage.client.get_global_mfa_settings() == KINDS

    def test_application_may_be_told_nothing(self, admin_stage: AdminStage) -> None:
        found = admin_stage.client.update_application_mfa_settings(admin_stage.app_id)
        assert found == KINDS

    def test_unknown_application_is_not_found(self, admin_stage: AdminStage) -> None:
        with pytest.raises(NotFoundError) as caught:
            admin_stage.client.update_application_mfa_settings(_NOBODY)
        assert (caught.value.status_code, caught.value.api_code) == (404, 2011)

    def test_list_may_come_as_a_json_text(self, admin_stage: AdminStage) -> None:
        admin_stage.turn("text")
        assert admin_stage.client.get_global_mfa_settings() == KINDS
        assert admin_stage.client.update_global_mfa_settings(["SMS"]) == ("SMS",)

    @pytest.mark.parametrize(
        "call",
        [
            lambda stage: stage.client.update_global_mfa_settings(["PASSKEY"]),
            lambda stage: stage.client.disable_global_mfa_settings(["PASSKEY"]),
            lambda stage: stage.client.update_application_mfa_settings(
                stage.app_id, enabled_factors=["PASSKEY"]
            ),
            lambda stage: stage.client.update_application_mfa_settings(
                stage.app_id, disabled_factors=["PASSKEY"]
            ),
        ],
    )
    def test_kind_that_the_service_does_not_know_is_refused(
        self, admin_stage: AdminStage, call: Callable[[AdminStage], Any]
    ) -> None:
        with pytest.raises(InvalidArgumentError) as caught:
            call(admin_stage)
        assert (caught.value.status_code, caught.value.outcome_unknown) == (400, False)


@each_signing
class TestBinding:
    """get-user-mfa-info."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_it_tells_what_is_bound(self, admin_stage: AdminStage, kind: str) -> None:
        user_id = admin_stage.add_user(kind, phone=PHONE, email=EMAIL)
        assert admin_stage.client.get_user_mfa_info(user_id).bound == (kind,)

    def test_it_tells_that_all_are(self, admin_stage: AdminStage) -> None:
        user_id = admin_stage.add_user(*KINDS, phone=PHONE, email=EMAIL)
        info = admin_stage.client.get_user_mfa_info(user_id)
        assert UserMFAInfo(totp=True, face=True, sms=True, email=True) == info

    def test_it_tells_that_none_is(self, admin_stage: AdminStage) -> None:
        user_id = admin_stage.add_user(username="example-user")
        assert admin_stage.client.get_user_mfa_info(user_id).bound == ()

    def test_it_may_tell_by_booleans(self, admin_stage: AdminStage) -> None:
        admin_stage.turn("flags")
        user_id = admin_stage.add_user("FACE", "OTP")
        bound = (FactorType.OTP, FactorType.FACE)
        assert admin_stage.client.get_user_mfa_info(user_id).bound == bound


_FACTS = {
    UserIdType.PHONE: {"phone": PHONE},
    UserIdType.EMAIL: {"email": EMAIL},
    UserIdType.USERNAME: {"username": "example-user"},
    UserIdType.EXTERNAL_ID: {"external_id": "E-1"},
}
_OF_A_USER: dict[str, Callable[..., Any]] = {
    "get_user_mfa_info": lambda stage, *who, **kind: stage.client.get_user_mfa_info(*who, **kind),
    "get_mfa_status": lambda stage, *who, **kind: stage.client.get_mfa_status(*who, **kind),
    "set_mfa_status": lambda stage, *who, **kind: stage.client.set_mfa_status(
        *who, MFATrigger(mfa_token="example-mfa-token"), **kind
    ),
    "get_mfa_trigger_data": lambda stage, *who, **kind: stage.client.get_mfa_trigger_data(
        stage.app_id, *who, **kind
    ),
    "get_otp_secret": lambda stage, *who, **kind: stage.client.get_otp_secret(*who, **kind),
}


@pytest.mark.parametrize("call", _OF_A_USER.values(), ids=_OF_A_USER)
class TestWho:
    """What each call that is about one user makes of the user's id."""

    @pytest.mark.parametrize("kind", _FACTS)
    def test_user_is_found_by_each_name(
        self, admin_stage: AdminStage, call: Callable[..., Any], kind: UserIdType
    ) -> None:
        admin_stage.add_user("OTP", **_FACTS[kind])
        (name,) = _FACTS[kind].values()
        call(admin_stage, name, user_id_type=kind)

    @pytest.mark.parametrize("kind", [UserIdType.USER_ID, *_FACTS])
    def test_nobody_is_not_found(
        self, admin_stage: AdminStage, call: Callable[..., Any], kind: UserIdType
    ) -> None:
        admin_stage.add_user("OTP", username="example-user")
        with pytest.raises(NotFoundError) as caught:
            call(admin_stage, "18800000009", user_id_type=kind)
        error = caught.value
        assert (error.status_code, error.api_code, error.outcome_unknown) == (404, 2004, False)
        assert error.hint


@each_signing
class TestTriggers:
    """get-mfa-status, set-mfa-status, get-mfa-trigger-data."""

    def test_status_is_as_it_was_set(self, admin_stage: AdminStage) -> None:
        client, user_id = admin_stage.client, admin_stage.add_user()
        methods = [{"mfaPolicy": "EMAIL", "status": 1, "sort": 3}]
        status = MFATrigger.from_dict(
            {
                "mfaToken": "example-mfa-token",
                "applicationMfa": methods,
                "mfaEmail": EMAIL,
                "totpMfaEnabled": False,
                "faceMfaEnabled": False,
            }
        )
        client.set_mfa_status(user_id, status)
        assert client.get_mfa_status(user_id) == status

    def test_status_as_it_was_got_can_be_set(self, admin_stage: AdminStage) -> None:
        client, user_id = admin_stage.client, admin_stage.add_user()
        status = client.get_mfa_status(user_id)
        client.set_mfa_status(user_id, status)
        assert client.get_mfa_status(user_id) == status

    def test_status_that_is_not_set_is_an_error(self, admin_stage: AdminStage) -> None:
        client, user_id = admin_stage.client, admin_stage.add_user()
        admin_stage.turn("sets nothing")
        with pytest.raises(APIError) as caught:
            client.set_mfa_status(user_id, MFATrigger(mfa_token="example-mfa-token"))
        assert (
            caught.value.path,
            caught.value.outcome_unknown,
        ) == ("/api/v3/set-mfa-status", False)

    def test_trigger_offers_what_the_application_asks_for(self, admin_stage: AdminStage) -> None:
        admin_stage.require_mfa("SMS", "OTP")
        user_id = admin_stage.add_user(username="example-user")
        trigger = admin_stage.client.get_mfa_trigger_data(admin_stage.app_id, user_id)
        offered = sorted(trigger.application_mfa, key=lambda method: method.sort)
        assert [method.mfa_policy for method in offered] == ["SMS", "OTP"]
        assert trigger.mfa_token

    def test_trigger_offers_nothing_where_none_is_needed(self, admin_stage: AdminStage) -> None:
        user_id = admin_stage.add_user(username="example-user")
        trigger = admin_stage.client.get_mfa_trigger_data(admin_stage.app_id, user_id)
        assert trigger.application_mfa == ()

    def test_trigger_of_an_unknown_application_is_not_found(self, admin_stage: AdminStage) -> None:
        with pytest.raises(NotFoundError) as caught:
            admin_stage.client.get_mfa_trigger_data(_NOBODY, admin_stage.add_user())
        assert (caught.value.status_code, caught.value.api_code) == (404, 2011)
