"""Which factors the pool and the application have switched on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox

from .calls import Caller, codes

EVERY = ["OTP", "SMS", "EMAIL", "FACE"]
READ, UPDATE = "get-global-mfa-settings", "update-global-mfa-settings"
DISABLE, APPLICATION = "disable-global-mfa-settings", "update-application-mfa-settings"


def enabled(caller: Caller) -> Any:
    return caller.get(READ)["data"]["enabledFactors"]


def offered(caller: Caller) -> list[str]:
    return [each["factorType"] for each in caller.get("list-factors-to-enroll")["data"]]


def test_at_first_every_factor_is_on(back_end: Caller) -> None:
    assert EVERY == enabled(back_end)


def test_an_update_switches_the_others_off(back_end: Caller, caller: Caller) -> None:
    answer = back_end.post(UPDATE, enabledFactors=["SMS", "OTP", "SMS"])
    assert {"enabledFactors": ["OTP", "SMS"]} == answer["data"]
    assert ["OTP", "SMS"] == enabled(back_end)
    assert ["OTP", "SMS"] == offered(caller)


def test_an_update_may_just_add(back_end: Caller, sandbox: Sandbox) -> None:
    back_end.post(UPDATE, enabledFactors=["OTP"])
    sandbox.settings.global_mfa_update = "add"
    answer = back_end.post(UPDATE, enabledFactors=["FACE"])
    assert {"enabledFactors": ["OTP", "FACE"]} == answer["data"]


def test_factors_are_switched_off(back_end: Caller, caller: Caller) -> None:
    answer = back_end.post(DISABLE, disableFactors=["FACE", "OTP"])
    assert {"enabledFactors": ["SMS", "EMAIL"]} == answer["data"]
    assert ["SMS", "EMAIL"] == offered(caller)


def test_a_deployment_may_lack_the_switching_off(back_end: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.global_mfa_disable = False
    assert (404, None) == codes(back_end.post(DISABLE, disableFactors=["FACE"]))
    assert EVERY == enabled(back_end)


def test_factors_may_come_as_json_in_a_string(back_end: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.enabled_factors_form = "text"
    assert EVERY == json.loads(enabled(back_end))
    answer = back_end.post(UPDATE, enabledFactors=["SMS"])
    assert '["SMS"]' == answer["data"]["enabledFactors"]


def test_an_application_has_its_own(back_end: Caller, caller: Caller, sandbox: Sandbox) -> None:
    back_end.post(UPDATE, enabledFactors=["SMS"])
    answer = back_end.post(
        APPLICATION, appId=sandbox.app_id, enabledFactors=["FACE"], disabledFactors=["SMS"]
    )
    assert {"enabledFactors": ["FACE"]} == answer["data"]
    assert ["SMS"] == enabled(back_end)
    back_end.post(UPDATE, enabledFactors=["EMAIL"])
    assert ["FACE"] == offered(caller)


def test_an_application_may_be_told_nothing(back_end: Caller, sandbox: Sandbox) -> None:
    answer = back_end.post(APPLICATION, appId=sandbox.app_id)
    assert {"enabledFactors": EVERY} == answer["data"]


def test_an_unknown_application_is_refused(back_end: Caller) -> None:
    assert (404, 2011) == codes(back_end.post(APPLICATION, appId="unknown"))


@pytest.mark.parametrize("value", [None, "OTP", {}, ["PASSKEY"], [1], ["\ud800"]])
@pytest.mark.parametrize(
    ("endpoint", "member"), [(UPDATE, "enabledFactors"), (DISABLE, "disableFactors")]
)
def test_what_is_no_list_of_factors_is_refused(
    back_end: Caller, endpoint: str, member: str, value: Any
) -> None:
    assert (400, None) == codes(back_end.post(endpoint, **{member: value}))


@pytest.mark.parametrize("member", ["enabledFactors", "disabledFactors"])
def test_an_application_takes_lists_of_factors(
    back_end: Caller, sandbox: Sandbox, member: str
) -> None:
    body = {"appId": sandbox.app_id, member: ["PASSKEY"]}
    assert (400, None) == codes(back_end.post(APPLICATION, **body))


@pytest.mark.parametrize(
    ("method", "endpoint"),
    [
        ("GET", READ),
        ("POST", UPDATE),
        ("POST", DISABLE),
        ("POST", APPLICATION),
        ("POST", "import-otp"),
        ("POST", "list-users"),
        ("POST", "set-mfa-status"),
        ("GET", "get-mfa-status"),
        ("GET", "get-user-mfa-info"),
        ("GET", "get-otp-secret-by-user"),
    ],
)
def test_only_an_administrator_is_let_in(caller: Caller, method: str, endpoint: str) -> None:
    assert (401, 2020) == codes(caller.send(method, f"/api/v3/{endpoint}").json())
