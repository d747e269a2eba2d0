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
    assert enabled(back_end) == EVERY


def test_an_update_switches_the_others_off(back_end: Caller, caller: Caller) -> None:
    answer = back_end.post(UPDATE, enabledFactors=["SMS", "OTP", "SMS"])
    assert answer["data"] == {"enabledFactors": ["OTP", "SMS"]}
    assert enabled(back_end) == ["OTP", "SMS"]
    assert offered(caller) == ["OTP", "SMS"]


def test_an_update_may_just_add(back_end: Caller, sandbox: Sandbox) -> None:
    back_end.post(UPDATE, enabledFactors=["OTP"])
    sandbox.settings.global_mfa_update = "add"
    answer = back_end.post(UPDATE, enabledFactors=["FACE"])
    assert answer["data"] == {"enabledFactors": ["OTP", "FACE"]}


def test_factors_are_switched_off(back_end: Caller, caller: Caller) -> None:
    answer = back_end.post(DISABLE, disableFactors=["FACE", "OTP"])
    assert answer["data"] == {"enabledFactors": ["SMS", "EMAIL"]}
    assert offered(caller) == ["SMS", "EMAIL"]


def test_a_deployment_may_lack_the_switching_off(back_end: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.global_mfa_disable = False
    assert codes(back_end.post(DISABLE, disableFactors=["FACE"])) == (404, None)
    assert enabled(back_end) == EVERY


def test_factors_may_come_as_json_in_a_string(back_end: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.enabled_factors_form = "text"
    assert json.loads(enabled(back_end)) == EVERY
    answer = back_end.post(UPDATE, enabledFactors=["SMS"])
    assert answer["data"]["enabledFactors"] == '["SMS"]'


def test_an_application_has_its_own(back_end: Caller, caller: Caller, sandbox: Sandbox) -> None:
    back_end.post(UPDATE, enabledFactors=["SMS"])
    answer = back_end.post(
        APPLICATION, appId=sandbox.app_id, enabledFactors=["FACE"], disabledFactors=["SMS"]
    )
    assert answer["data"] == {"enabledFactors": ["FACE"]}
    assert enabled(back_end) == ["SMS"]
    back_end.post(UPDATE, enabledFactors=["EMAIL"])
    assert offered(caller) == ["FACE"]


def test_an_application_may_be_told_nothing(back_end: Caller, sandbox: Sandbox) -> None:
    answer = back_end.post(APPLICATION, appId=sandbox.app_id)
    assert answer["data"] == {"enabledFactors": EVERY}


def test_an_unknown_application_is_refused(back_end: Caller) -> None:
    assert codes(back_end.post(APPLICATION, appId="unknown")) == (404, 2011)


@pytest.mark.parametrize("value", [None, "OTP", {}, ["PASSKEY"], [1], ["\ud800"]])
@pytest.mark.parametrize(
    ("endpoint", "member"), [(UPDATE, "enabledFactors"), (DISABLE, "disableFactors")]
)
def test_what_is_no_list_of_factors_is_refused(
    back_end: Caller, endpoint: str, member: str, value: Any
) -> None:
    assert codes(back_end.post(endpoint, **{member: value})) == (400, None)


@pytest.mark.parametrize("member", ["enabledFactors", "disabledFactors"])
def test_an_application_takes_lists_of_factors(
    back_end: Caller, sandbox: Sandbox, member: str
) -> None:
    body = {"appId": sandbox.app_id, member: ["PASSKEY"]}
    assert codes(back_end.post(APPLICATION, **body)) == (400, None)


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
    assert codes(caller.send(method, f"/api/v3/{endpoint}").json()) == (401, 2020)
