"""A call that needs a token first: what its error says of the call, and what is sent again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
import requests
import time_machine

from authing_mfa import (
    APIError,
    AuthingMFAError,
    CallRecord,
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
    ServerError,
    TokenSet,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox
from tests.support.wire import METHODS, Wire, make_client

from .answers import OIDC_TOKEN, authorization, plan, refused, went_to
from .conftest import Connect
from .refreshing import NEW, ending_in

_LOST = [
    (requests.ReadTimeout("lost"), 200),
    (refused(500), 500),
    (b"<html>", 200),
]


@pytest.mark.parametrize("name", ["reset_factor", "get_factor", "enroll_factor"])
@pytest.mark.parametrize(("body", "status"), _LOST)
def test_lost_answer_of_a_refresh_leaves_no_doubt_about_the_call(
    wire: Wire, name: str, body: Any, status: int
) -> None:
    plan(wire, OIDC_TOKEN, body, status=status)
    with pytest.raises(AuthingMFAError) as caught:
        METHODS[name].call(make_client(access_token=ending_in(-1)))
    assert (caught.value.path, caught.value.outcome_unknown) == (OIDC_TOKEN, False)
    assert "unknown" not in str(caught.value)


@pytest.mark.parametrize(("body", "status"), _LOST)
def test_lost_answer_of_a_write_leaves_it_in_doubt(wire: Wire, body: Any, status: int) -> None:
    plan(wire, OIDC_TOKEN, NEW)
    plan(wire, "reset-factor", body, status=status)
    with pytest.raises(AuthingMFAError) as caught:
        make_client(access_token=ending_in(-1)).reset_factor("f_1")
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("seconds", [3600, 90])
def test_write_that_met_the_end_of_its_token_on_the_way_goes_out_once_more(
    wire: Wire, seconds: float
) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        wire.add_callback(
            "POST",
            "https://demo.example.com/api/v3/reset-factor",
            _later(clock, seconds + 1, refused(401)),
        )
        plan(wire, OIDC_TOKEN, {**NEW, "expires_in": 7200})
        plan(wire, "reset-factor")
        make_client(access_token=ending_in(seconds), max_retries=0).reset_factor("f_1")
    assert [went_to(one)[1] for one in wire.requests] == [
        "/api/v3/reset-factor",
        OIDC_TOKEN,
        "/api/v3/reset-factor",
    ]
    assert authorization(wire.requests[2]) == "Bearer example-new-token"


@pytest.mark.parametrize(
    ("body", "status", "shift"),
    [
        (refused(401), 200, 0),  # the token still stood
        (b"<html>", 401, 3601),  # a proxy's answer: the service may have seen the request before
        (refused(403), 200, 3601),
    ],
)
def test_any_other_refused_write_goes_out_once(
    wire: Wire, body: Any, status: int, shift: float
) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        wire.add_callback(
            "POST",
            "https://demo.example.com/api/v3/reset-factor",
            _later(clock, shift, body, status),
        )
        with pytest.raises(APIError):
            make_client(access_token=ending_in(3600), max_retries=2).reset_factor("f_1")
    assert len(wire.requests) == 1


def test_write_is_not_signed_a_third_time(wire: Wire) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for _ in range(2):
            wire.add_callback(
                "POST",
                "https://demo.example.com/api/v3/reset-factor",
                _later(clock, 7201, refused(401)),
            )
        plan(wire, OIDC_TOKEN, {**NEW, "expires_in": 7200})
        with pytest.raises(UnauthorizedError):
            make_client(access_token=ending_in(3600), max_retries=2).reset_factor("f_1")
    assert len(wire.requests) == 3


class TestTries:
    def test_are_none_where_no_token_was_to_be_had(self, wire: Wire) -> None:
        records: list[CallRecord] = []
        plan(wire, OIDC_TOKEN, refused(503), status=503)
        with pytest.raises(ServerError):
            make_client(access_token=ending_in(-1), on_call=records.append).reset_factor("f_1")
        assert [(one.path, one.tries) for one in records] == [
            (OIDC_TOKEN, 1),
            ("/api/v3/reset-factor", 0),
        ]

    def test_are_none_where_nobody_is_signed_in(self) -> None:
        records: list[CallRecord] = []
        with pytest.raises(ConfigurationError):
            make_client(access_token=None, on_call=records.append).get_factor("f_1")
        assert [one.tries for one in records] == [0]


def test_deadline_is_one_for_the_refresh_and_the_call(
    sandbox: Sandbox, connect: Connect, tokens: TokenSet
) -> None:
    sandbox.faults.latency(0.3, path=OIDC_TOKEN)
    sandbox.faults.latency(0.3, path="list-enrolled-factors")
    expired = attrs.evolve(tokens, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(RequestTimeoutError):
        connect(access_token=expired, deadline=0.35, max_retries=0).list_enrolled_factors()


class TestWhatTheServiceRepeats:
    @pytest.mark.parametrize(
        "message",
        ["no such token: {}", "{}", "{} and again {}", "Bearer {} is not taken"],
    )
    def test_of_a_token_is_hidden(self, wire: Wire, message: str) -> None:
        body = {"statusCode": 401, "message": message.format(*["example-marked-token"] * 2)}
        plan(wire, "reset-factor", {**body, "requestId": "r example-marked-token"})
        with pytest.raises(UnauthorizedError) as caught:
            make_client(access_token="example-marked-token").reset_factor("f_1")
        assert "example-marked-token" not in f"{caught.value} {caught.value!r}"
        assert "<hidden>" in caught.value.message

    @pytest.mark.parametrize(
        "secret",
        [{"password": "example-marked-password"}, {"pass_code": "271828"}],
        ids=["password", "code"],
    )
    def test_of_a_sign_in_is_hidden(self, wire: Wire, secret: dict[str, str]) -> None:
        [marked] = secret.values()
        plan(wire, "signin", {"statusCode": 403, "message": f"{marked} is wrong"})
        with pytest.raises(APIError) as caught:
            make_client().sign_in(email="test@example.com", **secret)  # type: ignore[arg-type]
        assert caught.value.message == "<hidden> is wrong"

    def test_of_a_clients_secret_is_hidden(self, wire: Wire) -> None:
        body = {"error": "invalid_client", "error_description": "not example-marked-secret"}
        plan(wire, OIDC_TOKEN, body, status=401)
        client = make_client(access_token=ending_in(-1), app_secret="example-marked-secret")
        with pytest.raises(UnauthorizedError, match="not <hidden>"):
            client.reset_factor("f_1")

    def test_of_any_other_request_is_hidden(self, wire: Wire) -> None:
        plan(wire, "/api/v3/update-email", {"statusCode": 400, "message": "bad: example-marked"})
        with pytest.raises(APIError, match="bad: <hidden>"):
            make_client().request("POST", "/api/v3/update-email", json={"a": ["example-marked"]})

    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("two\nlines", "two lines"),
            ("\x1b]0;title\x07", "�]0;title�"),
            ("half \ud800", "half �"),
            ("\u202eevil", "�evil"),
            ("动态口令错误", "动态口令错误"),
        ],
    )
    def test_steers_no_terminal(self, wire: Wire, said: str, shown: str) -> None:
        plan(wire, "reset-factor", {"statusCode": 400, "message": said, "requestId": said})
        with pytest.raises(APIError) as caught:
            make_client().reset_factor("f_1")
        assert (caught.value.message, caught.value.request_id) == (shown, shown)
        str(caught.value).encode()


def test_connection_that_fails_is_an_attempt(wire: Wire) -> None:
    records: list[CallRecord] = []
    plan(wire, "reset-factor", requests.ConnectionError("cut"))
    with pytest.raises(ConnectionFailedError):
        make_client(on_call=records.append).reset_factor("f_1")
    assert [one.tries for one in records] == [1]


def _later(
    clock: time_machine.Traveller, seconds: float, body: Any, status: int = 200
) -> Callable[[object], tuple[int, dict[str, str], bytes]]:
    """Return what answers a request so many seconds after it left."""

    def answer(request: object) -> tuple[int, dict[str, str], bytes]:
        clock.shift(seconds)
        return status, {}, body if isinstance(body, bytes) else json.dumps(body).encode()

    return answer
