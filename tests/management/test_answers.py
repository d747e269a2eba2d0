"""What each method makes of its answer, the documented oddities included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from authing_mfa import (
    APIError,
    FactorType,
    InvalidResponseError,
    MFATrigger,
    PoolUser,
    UserMFAInfo,
    UserPage,
)
from tests.support import payloads
from tests.support.wire import Wire, sent_json

from .admin import METHODS, SECRET, TRIGGER, USER_ID, done, make_admin, plan, plan_token

_SETTINGS = (
    "get_global_mfa_settings",
    "update_global_mfa_settings",
    "disable_global_mfa_settings",
    "update_application_mfa_settings",
)


def answered(wire: Wire, name: str, body: Any = None, **facts: Any) -> Any:
    plan_token(wire)
    plan(wire, name, body, **facts)
    return METHODS[name].call(make_admin())


def rejected(wire: Wire, name: str, body: Any, **facts: Any) -> str | None:
    """Return where an answer is outside of the contract."""
    with pytest.raises(InvalidResponseError) as caught:
        answered(wire, name, body, **facts)
    assert caught.value.path == METHODS[name].path
    assert METHODS[name].writes is caught.value.outcome_unknown
    return caught.value.where


class TestBinding:
    @pytest.mark.parametrize("payload", ["get_user_mfa_info", "get_user_mfa_info_flags"])
    def test_it_is_told_in_words_or_as_booleans(self, wire: Wire, payload: str) -> None:
        info = answered(wire, "get_user_mfa_info", payload=payload)
        assert UserMFAInfo(totp=True, face=False, sms=False, email=True) == info
        assert info.bound == (FactorType.OTP, FactorType.EMAIL)

    def test_it_may_be_told_in_both_ways_at_once(self, wire: Wire) -> None:
        mixed = {
            "totpStatus": "disabled",
            "faceMfaStatus": True,
            "smsMfaStatus": "enabled",
            "emailMfaStatus": False,
        }
        info = answered(wire, "get_user_mfa_info", done(mixed))
        assert info.bound == (FactorType.SMS, FactorType.FACE)

    @pytest.mark.parametrize("key", ["totpStatus", "faceMfaStatus", "smsMfaStatus"])
    @pytest.mark.parametrize("value", ["true", "ENABLED", "", 1, 0, None, ["enabled"], {}])
    def test_it_is_not_guessed(self, wire: Wire, key: str, value: Any) -> None:
        data = {**payloads.read("get_user_mfa_info")["data"], key: value}
        assert rejected(wire, "get_user_mfa_info", done(data)) == f"data.{key}"

    @pytest.mark.parametrize(
        "key", ["totpStatus", "faceMfaStatus", "smsMfaStatus", "emailMfaStatus"]
    )
    def test_none_may_be_missing(self, wire: Wire, key: str) -> None:
        data = dict(payloads.read("get_user_mfa_info")["data"])
        del data[key]
        assert rejected(wire, "get_user_mfa_info", done(data)) == f"data.{key}"


class TestSettings:
    @pytest.mark.parametrize("name", _SETTINGS)
    @pytest.mark.parametrize(
        "payload", ["get_global_mfa_settings", "get_global_mfa_settings_text"]
    )
    def test_factors_are_a_list_or_a_text_of_it(self, wire: Wire, name: str, payload: str) -> None:
        assert answered(wire, name, payload=payload) == (FactorType.SMS, FactorType.OTP)

    @pytest.mark.parametrize("value", [[], "[]"])
    def test_there_may_be_none(self, wire: Wire, value: Any) -> None:
        assert answered(wire, "get_global_mfa_settings", done({"enabledFactors": value})) == ()

    def test_unknown_kind_is_kept(self, wire: Wire) -> None:
        data = {"enabledFactors": ["PASSKEY", "OTP"]}
        found = answered(wire, "get_global_mfa_settings", done(data))
        assert found == ("PASSKEY", FactorType.OTP)

    @pytest.mark.parametrize("value", [None, 7, "SMS", '"SMS"', "[1]", ["SMS", None], "[", True])
    @pytest.mark.parametrize("name", _SETTINGS)
    def test_anything_else_is_refused(self, wire: Wire, name: str, value: Any) -> None:
        where = rejected(wire, name, done({"enabledFactors": value}))
        assert (where or "").startswith("data.enabledFactors")


class TestTrigger:
    @pytest.mark.parametrize("name", ["get_mfa_status", "get_mfa_trigger_data"])
    def test_it_is_read_whole(self, wire: Wire, name: str) -> None:
        trigger = answered(wire, name)
        assert trigger.to_dict() == TRIGGER
        assert (trigger.mfa_token, trigger.mfa_phone) == ("example-mfa-token", "18800000000")

    @pytest.mark.parametrize("name", ["get_mfa_status", "get_mfa_trigger_data"])
    def test_one_method_may_come_without_list_and_sort(self, wire: Wire, name: str) -> None:
        trigger = answered(wire, name, payload="get_mfa_status_one_method")
        (method,) = trigger.application_mfa
        assert (method.mfa_policy, method.status, method.sort) == (FactorType.SMS, 1, 0)

    def test_no_methods_mean_that_none_is_needed(self, wire: Wire) -> None:
        trigger = answered(wire, "get_mfa_trigger_data", payload="get_mfa_trigger_data_none")
        assert trigger.application_mfa == ()

    def test_what_was_read_can_be_set(self, wire: Wire) -> None:
        trigger = answered(wire, "get_mfa_status")
        plan_token(wire)
        plan(wire, "set_mfa_status")
        make_admin().set_mfa_status(USER_ID, trigger)
        assert sent_json(wire.requests[-1])["mfaTriggerData"] == TRIGGER

    def test_it_is_not_set_where_the_service_says_so(self, wire: Wire) -> None:
        plan_token(wire)
        plan(wire, "set_mfa_status", payload="set_mfa_status_not_set")
        with pytest.raises(APIError, match="did not set it") as caught:
            make_admin(max_retries=2).set_mfa_status(USER_ID, MFATrigger.from_dict(TRIGGER))
        error = caught.value
        assert (error.path, error.outcome_unknown) == (METHODS["set_mfa_status"].path, False)
        assert (200, payloads.read("set_mfa_status")["requestId"]) == (
            error.http_status,
            error.request_id,
        )

    @pytest.mark.parametrize("value", [None, "true", 1, {}])
    def test_whether_it_was_set_is_not_guessed(self, wire: Wire, value: Any) -> None:
        assert rejected(wire, "set_mfa_status", done({"success": value})) == "data.success"


class TestUsers:
    def test_page_is_read_to_the_field(self, wire: Wire) -> None:
        utc = UTC
        full = PoolUser(
            user_id=USER_ID,
            status="Activated",
            created_at=datetime(2024, 1, 2, 3, 4, 5, 678_000, utc),
            updated_at=datetime(2024, 2, 3, 4, 5, 6, tzinfo=utc),
            work_status="Active",
            email="test@example.com",
            phone="18800000000",
            phone_country_code="+86",
            username="example-user",
            name="Example Name",
            nickname="Example",
            external_id="E-1",
            last_login_at=datetime(2024, 3, 4, 5, 6, 7, tzinfo=utc),
            last_mfa_at=datetime(2024, 3, 4, 5, 6, 8, tzinfo=utc),
        )
        page = answered(wire, "list_users")
        assert UserPage(total_count=52, users=(full, page.users[1])) == page
        assert (
            page.users[1].status,
            page.users[1].email,
            page.users[1].last_mfa_at,
        ) == ("Suspended", None, None)

    def test_page_may_be_empty(self, wire: Wire) -> None:
        page = answered(wire, "list_users", payload="list_users_none")
        assert UserPage(total_count=0, users=()) == page

    def test_user_has_no_more_to_have_than_an_id_and_a_status(self, wire: Wire) -> None:
        user = {"userId": "u_1", "status": "Frozen", "email": None, "createdAt": None}
        page = answered(wire, "list_users", done({"totalCount": 1, "list": [user]}))
        assert (PoolUser(user_id="u_1", status="Frozen"),) == page.users

    @pytest.mark.parametrize(
        ("data", "where"),
        [
            ({"list": []}, "data.totalCount"),
            ({"totalCount": "1", "list": []}, "data.totalCount"),
            ({"totalCount": True, "list": []}, "data.totalCount"),
            ({"totalCount": 1}, "data.list"),
            ({"totalCount": 1, "list": None}, "data.list"),
            ({"totalCount": 1, "list": [None]}, "data.list[0]"),
            ({"totalCount": 1, "list": [{"userId": "u_1"}]}, "data.list[0].status"),
            (
                {"totalCount": 1, "list": [{"userId": 7, "status": "Activated"}]},
                "data.list[0].userId",
            ),
            (
                {
                    "totalCount": 1,
                    "list": [{"userId": "u", "status": "s", "createdAt": 1_700_000_000_000}],
                },
                "data.list[0].createdAt",
            ),
        ],
    )
    def test_page_outside_of_the_contract_says_where(
        self, wire: Wire, data: Any, where: str
    ) -> None:
        assert where == rejected(wire, "list_users", done(data))


class TestSecret:
    def test_it_is_read_and_hidden(self, wire: Wire) -> None:
        secret = answered(wire, "get_otp_secret")
        assert secret.secret == SECRET
        assert SECRET not in repr(secret)

    @pytest.mark.parametrize("value", [None, 7, ["S"]])
    def test_it_is_a_text(self, wire: Wire, value: Any) -> None:
        assert rejected(wire, "get_otp_secret", done({"secret": value})) == "data.secret"


_WITH_DATA = sorted(set(METHODS) - {"import_otp"})


@pytest.mark.parametrize("name", _WITH_DATA)
@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_data_must_be_there(wire: Wire, name: str, data: Any) -> None:
    assert rejected(wire, name, done(data)) == "data"


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"message": ""}'])
def test_what_is_no_envelope_is_refused(wire: Wire, name: str, body: bytes) -> None:
    rejected(wire, name, body)


def test_an_import_needs_no_data(wire: Wire) -> None:
    assert answered(wire, "import_otp", payload="enroll_factor_null_data") == 1
