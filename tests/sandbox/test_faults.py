"""Misbehaviour on demand, over real sockets."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
import requests

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import PHONE, Caller, codes, enroll_otp

PATH = "/api/v3/list-enrolled-factors"


def test_a_fault_strikes_once(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(503)
    assert caller.send("GET", PATH).status_code == 503
    assert caller.send("GET", PATH).status_code == 200
    assert len(sandbox.faults) == 0


def test_a_fault_strikes_as_often_as_it_says(caller: Caller, sandbox: Sandbox) -> None:
    fault = sandbox.faults.status(503, times=2)
    statuses = [caller.send("GET", PATH).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert fault.hits == 2


def test_a_rule_strikes_until_it_is_cleared(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(503, times=None)
    assert [caller.send("GET", PATH).status_code for _ in range(3)] == [503] * 3
    sandbox.faults.clear()
    assert caller.send("GET", PATH).status_code == 200


def test_faults_strike_in_their_order(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(503)
    sandbox.faults.throttle()
    assert [caller.send("GET", PATH).status_code for _ in range(2)] == [503, 429]


@pytest.mark.parametrize("path", ["/api/v3/get-factor", "get-factor"])
def test_a_fault_strikes_its_path_alone(caller: Caller, sandbox: Sandbox, path: str) -> None:
    sandbox.faults.status(503, path=path)
    assert caller.send("GET", PATH).status_code == 200
    assert caller.send("GET", "/api/v3/get-factor").status_code == 503


def test_a_fault_strikes_its_method_alone(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(503, method="post")
    assert caller.send("GET", PATH).status_code == 200
    assert caller.send("POST", "/api/v3/enroll-factor").status_code == 503


def test_latency_delays_and_answers(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.latency(0.05)
    began = time.monotonic()
    assert codes(caller.get("list-enrolled-factors")) == (200, None)
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("wait", [1, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_throttling_says_when_to_come_back(
    caller: Caller, sandbox: Sandbox, wait: float | str
) -> None:
    sandbox.faults.throttle(wait)
    answer = caller.send("GET", PATH)
    assert (429, str(wait)) == (answer.status_code, answer.headers["Retry-After"])
    assert codes(answer.json()) == (429, None)


def test_throttling_may_say_nothing(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.throttle(None)
    assert "Retry-After" not in caller.send("GET", PATH).headers


def test_a_status_may_come_in_a_200(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(500, http_status=200)
    answer = caller.send("GET", PATH)
    assert (answer.status_code, answer.json()["statusCode"]) == (200, 500)


def test_a_6xx_is_no_status_of_http(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(601)
    answer = caller.send("GET", PATH)
    assert (answer.status_code, answer.json()["statusCode"]) == (200, 601)


def test_a_status_without_a_name_is_sent_all_the_same(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(499)
    assert caller.send("GET", PATH).status_code == 499


def test_a_status_commits_nothing(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(503)
    caller.send(
        "POST",
        "/api/v3/send-enroll-factor-request",
        json={"factorType": "SMS", "profile": {"phoneNumber": PHONE}},
    )
    assert len(sandbox.outbox) == 0


@pytest.mark.parametrize("status", [200, 502])
def test_a_gateway_answers_html(caller: Caller, sandbox: Sandbox, status: int) -> None:
    sandbox.faults.html(status)
    answer = caller.send("GET", PATH)
    assert (
        answer.status_code,
        answer.headers["Content-Type"],
    ) == (status, "text/html; charset=utf-8")
    assert answer.text.startswith("<html>")


def test_json_is_cut_in_half(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.truncate()
    answer = caller.send("GET", PATH)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_reset_connection_did_nothing(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.reset()
    with pytest.raises(requests.ConnectionError):
        caller.request_enrollment("SMS", phoneNumber=PHONE)
    assert len(sandbox.outbox) == 0


def test_a_dropped_answer_did_everything(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    sandbox.faults.drop()
    with pytest.raises(requests.ConnectionError):
        caller.enroll("FACE", token, photo="sandbox/a.jpg")
    assert len(user.factor_ids) == 1


def test_after_a_drop_the_next_call_is_answered(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.drop()
    with pytest.raises(requests.ConnectionError):
        caller.send("GET", PATH)
    assert caller.send("GET", PATH).status_code == 200


@pytest.mark.parametrize("endpoint", ["list-enrolled-factors", "list-factors-to-enroll"])
def test_an_unknown_factor_stands_beside_the_others(
    caller: Caller, sandbox: Sandbox, user: SandboxUser, endpoint: str
) -> None:
    enroll_otp(caller, user)
    count = len(caller.get(endpoint)["data"])
    sandbox.faults.unknown_factor("PASSKEY")
    found = caller.get(endpoint)["data"]
    assert len(found) == count + 1
    assert found[-1]["factorType"] == "PASSKEY"


def test_one_factor_may_be_of_an_unknown_type(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    enroll_otp(caller, user)
    sandbox.faults.unknown_factor()
    answer = caller.get("get-factor", factorId=user.factor_ids[0])
    assert answer["data"]["factorType"] == "PASSKEY"


def test_an_unknown_factor_waits_for_its_path(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.unknown_factor()
    caller.get("get-security-info")
    assert len(sandbox.faults) == 1


def test_an_unknown_factor_spoils_no_refusal(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.unknown_factor()
    assert codes(caller.get("get-factor", factorId="unknown")) == (404, None)


def test_extra_fields_stand_in_every_object(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    enroll_otp(caller, user)
    sandbox.faults.extra_fields()
    answer = caller.get("list-enrolled-factors")
    factor = answer["data"][0]
    objects = [answer, factor, factor["profile"]]
    assert [each["sandboxExtra"] for each in objects] == [{"new": [1]}] * 3


def test_named_fields_are_null_wherever_they_stand(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    enroll_otp(caller, user)
    sandbox.faults.null_fields("factorId", "message")
    answer = caller.get("list-enrolled-factors")
    assert [
        answer["message"],
        answer["data"][0]["factorId"],
        answer["data"][0]["factorType"],
    ] == [None, None, "OTP"]


def test_without_names_all_of_the_data_is_null(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    enroll_otp(caller, user)
    sandbox.faults.null_fields()
    answer = caller.get("list-enrolled-factors")
    assert answer["data"] == [{"factorId": None, "factorType": None, "profile": None}]
    assert answer["statusCode"] == 200


@pytest.mark.parametrize(
    ("name", "line"),
    [("html", "HTTP 502"), ("drop", "no answer"), ("reset", "no answer")],
)
def test_a_fault_is_noted(caller: Caller, sandbox: Sandbox, name: str, line: str) -> None:
    getattr(sandbox.faults, name)()
    with suppress(requests.ConnectionError):
        caller.send("GET", PATH)
    entry = sandbox.journal[0]
    assert line in str(entry)
    assert str(entry).endswith(f"[{entry.fault}]")


def test_a_bad_word_adds_no_fault(sandbox: Sandbox) -> None:
    with pytest.raises(TypeError):
        sandbox.faults.status(503, paht="get-factor")
    assert len(sandbox.faults) == 0


def test_the_repr_names_them(sandbox: Sandbox) -> None:
    sandbox.faults.status(503)
    sandbox.faults.drop()
    assert repr(sandbox.faults) == "<Faults: status 503, drop>"


@pytest.mark.parametrize(
    "whom",
    [
        {"path": "reset-factors"},
        {"path": "factor"},
        {"path": "/reset-factor"[:-1]},
        {"path": ""},
        {"path": "/"},
        {"path": "api/v3"},
        {"path": "/sandbox/state"},
        {"path": "https://demo.example.com/api/v3/reset-factor"},
        {"path": "reset-factor", "method": "GET"},
        {"method": "FETCH"},
        {"method": ""},
        {"times": 0},
        {"times": -1},
    ],
    ids=str,
)
def test_a_fault_that_can_meet_nothing_is_an_error(sandbox: Sandbox, whom: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no endpoint of the sandbox|times: wanted"):
        sandbox.faults.status(503, **whom)
    assert len(sandbox.faults) == 0


@pytest.mark.parametrize(
    "whom",
    [
        {},
        {"path": "reset-factor"},
        {"path": "/api/v3/reset-factor", "method": "post"},
        {"path": "totp/verify"},
        {"path": "/openapi.json"},
        {"method": "GET"},
        {"times": None},
    ],
    ids=str,
)
def test_a_fault_that_can_meet_something_waits(sandbox: Sandbox, whom: dict[str, Any]) -> None:
    assert sandbox.faults.status(503, **whom) in list(sandbox.faults)
