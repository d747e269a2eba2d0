"""A refresh that fails, and a token that the service refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine

from authing_mfa import (
    AuthingMFAError,
    ConnectionFailedError,
    ForbiddenError,
    InvalidResponseError,
    ServerError,
    ThrottleError,
    TokenSet,
    UnauthorizedError,
)
from tests.support.wire import Wire, make_client

from .answers import (
    FACTORS,
    OIDC_TOKEN,
    authorization,
    plan,
    refused,
    went_to,
)
from .refreshing import NEW, ending_in, plan_list


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"error": "invalid_grant", "error_description": "gone, as an example"}, 400),
            ({"error": "invalid_client", "error_description": "gone, as an example"}, 401),
            ({"error": "invalid_grant", "error_description": "gone, as an example"}, 200),
            ({"statusCode": 401, "message": "gone, as an example"}, 200),
        ],
    )
    def test_refresh_token_that_is_refused_means_signing_in_again(
        self, wire: Wire, body: dict[str, Any], status: int
    ) -> None:
        plan(wire, OIDC_TOKEN, body, status=status)
        with pytest.raises(
            UnauthorizedError, match=r"gone, as an example.*sign in again"
        ) as caught:
            make_client(access_token=ending_in(-1), max_retries=2).list_enrolled_factors()
        error = caught.value
        assert (error.method, error.path, error.http_status) == ("POST", OIDC_TOKEN, status)
        assert (error.__context__, error.outcome_unknown, len(wire.requests)) == (None, False, 1)

    @pytest.mark.parametrize(
        ("body", "status", "cls"),
        [
            (refused(403), 403, ForbiddenError),
            (refused(503), 503, ServerError),
            (refused(429), 429, ThrottleError),
            (b"<html>", 502, ServerError),
            (b"<html>", 200, InvalidResponseError),
            ({"access_token": "t"}, 200, InvalidResponseError),
        ],
    )
    def test_any_other_refusal_is_its_own_error_and_is_not_asked_again(
        self, wire: Wire, body: Any, status: int, cls: type[AuthingMFAError]
    ) -> None:
        plan(wire, OIDC_TOKEN, body, status=status)
        with pytest.raises(cls) as caught:
            make_client(access_token=ending_in(-1), max_retries=2).list_enrolled_factors()
        assert (caught.value.path, len(wire.requests)) == (OIDC_TOKEN, 1)

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (requests.ConnectionError("cut"), 200),
            (refused(503), 503),
            (refused(429), 429),
            (b"<html>", 502),
            (b"<html>", 200),
        ],
    )
    def test_old_token_stands_in_while_it_stands(self, wire: Wire, body: Any, status: int) -> None:
        told: list[TokenSet] = []
        plan(wire, OIDC_TOKEN, body, status=status)
        plan_list(wire)
        client = make_client(access_token=ending_in(30), on_new_tokens=told.append)
        client.list_enrolled_factors()
        assert (authorization(wire.requests[1]), told) == ("Bearer example-old-token", [])

    def test_and_is_replaced_a_little_later(self, wire: Wire) -> None:
        plan(wire, OIDC_TOKEN, refused(503), status=503)
        plan(wire, OIDC_TOKEN, NEW)
        with time_machine.travel(1_800_000_000, tick=False) as clock:
            client = make_client(access_token=ending_in(30))
            for moved in (0, 1, 10):
                clock.shift(timedelta(seconds=moved))
                plan_list(wire)
                client.list_enrolled_factors()
        signed = [authorization(one) for one in wire.requests if went_to(one)[1] == FACTORS]
        assert signed == ["Bearer example-old-token"] * 2 + ["Bearer example-new-token"]

    def test_broken_connection_is_told_where_the_old_token_has_ended(self, wire: Wire) -> None:
        plan(wire, OIDC_TOKEN, requests.ConnectionError("cut"))
        with pytest.raises(ConnectionFailedError) as caught:
            make_client(access_token=ending_in(-1), max_retries=2).list_enrolled_factors()
        assert (caught.value.path, len(wire.requests)) == (OIDC_TOKEN, 1)


class TestAfter401:
    def test_read_is_signed_anew_once(self, wire: Wire) -> None:
        plan_list(wire, refused(401, 2020))
        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire)
        make_client(access_token=ending_in(3600)).list_enrolled_factors()
        assert [went_to(one)[1] for one in wire.requests] == [FACTORS, OIDC_TOKEN, FACTORS]
        assert authorization(wire.requests[2]) == "Bearer example-new-token"

    def test_second_401_is_told(self, wire: Wire) -> None:
        plan_list(wire, refused(401))
        plan(wire, OIDC_TOKEN, NEW)
        plan_list(wire, refused(401))
        with pytest.raises(UnauthorizedError) as caught:
            make_client(access_token=ending_in(3600), max_retries=2).list_enrolled_factors()
        assert (caught.value.path, len(wire.requests)) == (FACTORS, 3)

    def test_write_is_told_and_not_sent_again(self, wire: Wire) -> None:
        plan(wire, "reset-factor", refused(401))
        with pytest.raises(UnauthorizedError):
            make_client(access_token=ending_in(3600), max_retries=2).reset_factor("f_1")
        assert len(wire.requests) == 1

    def test_call_after_a_refused_write_goes_with_a_new_token(self, wire: Wire) -> None:
        plan(wire, "reset-factor", refused(401))
        plan(wire, OIDC_TOKEN, NEW)
        plan(wire, "reset-factor")
        client = make_client(access_token=ending_in(3600))
        with pytest.raises(UnauthorizedError):
            client.reset_factor("f_1")
        client.reset_factor("f_1")
        assert authorization(wire.requests[2]) == "Bearer example-new-token"

    def test_old_token_does_not_stand_in_for_itself(self, wire: Wire) -> None:
        plan_list(wire, refused(401))
        plan(wire, OIDC_TOKEN, refused(503), status=503)
        with pytest.raises(ServerError) as caught:
            make_client(access_token=ending_in(30 + 60)).list_enrolled_factors()
        assert caught.value.path == OIDC_TOKEN

    @pytest.mark.parametrize("token", ["example-token", ending_in(3600, refresh_token=None)])
    def test_token_that_cannot_be_refreshed_is_told(self, wire: Wire, token: Any) -> None:
        plan_list(wire, refused(401))
        with pytest.raises(UnauthorizedError):
            make_client(access_token=token, max_retries=2).list_enrolled_factors()
        assert len(wire.requests) == 1
