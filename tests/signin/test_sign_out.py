"""Signing out: the tokens held are revoked and forgotten."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from authing_mfa import (
    APIError,
    AuthingMFAError,
    ConfigurationError,
    InvalidArgumentError,
    InvalidResponseError,
    ServerError,
    UnauthorizedError,
)
from tests.support.wire import Wire, make_client

from .answers import REVOCATION, authorization, plan, refused, sent_form, went_to
from .refreshing import ending_in


def revoked(wire: Wire) -> list[str]:
    assert {went_to(request) for request in wire.requests} == {("POST", REVOCATION)}
    return [sent_form(request)["token"] for request in wire.requests]


def test_token_is_revoked_and_the_answer_may_be_empty(wire: Wire) -> None:
    plan(wire, REVOCATION, b"")
    make_client().sign_out()
    assert sent_form(wire.request) == {"token": "example-token", "client_id": "app_example"}
    assert authorization(wire.request) is None


@pytest.mark.parametrize(
    "body", [b" \n", b"{}", {"statusCode": 200, "message": ""}, {"error": None}]
)
def test_success_may_have_a_body(wire: Wire, body: Any) -> None:
    plan(wire, REVOCATION, body)
    make_client().sign_out()
    assert revoked(wire) == ["example-token"]


@pytest.mark.parametrize("seconds", [3600, -1])
def test_refresh_token_is_revoked_first_and_nothing_is_refreshed(
    wire: Wire, seconds: float
) -> None:
    for _ in range(2):
        plan(wire, REVOCATION, b"")
    make_client(access_token=ending_in(seconds)).sign_out()
    assert revoked(wire) == ["example-refresh-token", "example-old-token"]


def test_post_proves_the_application_in_the_form(wire: Wire) -> None:
    plan(wire, REVOCATION, b"")
    make_client(app_secret="example-app-secret").sign_out()
    proof = {"client_id": "app_example", "client_secret": "example-app-secret"}
    assert sent_form(wire.request) == {"token": "example-token", **proof}


def test_basic_proves_it_in_the_header(wire: Wire) -> None:
    plan(wire, REVOCATION, b"")
    make_client(app_secret="example-app-secret", client_auth="client_secret_basic").sign_out()
    assert sent_form(wire.request) == {"token": "example-token"}
    pair = base64.b64encode(b"app_example:example-app-secret").decode()
    assert authorization(wire.request) == f"Basic {pair}"


def test_client_holds_nothing_afterwards(wire: Wire) -> None:
    plan(wire, REVOCATION, b"")
    client = make_client()
    client.sign_out()
    with pytest.raises(ConfigurationError, match="no access token"):
        client.list_enrolled_factors()
    client.sign_out()
    assert revoked(wire) == ["example-token"]


def test_without_a_token_nothing_is_sent(wire: Wire) -> None:
    make_client(access_token=None).sign_out()
    assert wire.requests == []


def test_handle_signs_out_its_own_user(wire: Wire) -> None:
    plan(wire, REVOCATION, b"")
    client = make_client()
    client.as_user("example-other-token").sign_out()
    assert revoked(wire) == ["example-other-token"]
    wire.plan("list-enrolled-factors", payload="list_enrolled_factors")
    client.list_enrolled_factors()
    assert authorization(wire.requests[1]) == "Bearer example-token"


def test_revocation_is_safe_to_ask_for_again(wire: Wire) -> None:
    plan(wire, REVOCATION, b"<html>", status=503, headers={"Retry-After": "0"})
    plan(wire, REVOCATION, b"")
    make_client(max_retries=1).sign_out()
    assert revoked(wire) == ["example-token", "example-token"]


@pytest.mark.parametrize(
    ("body", "status", "cls"),
    [
        ({"error": "invalid_request"}, 400, InvalidArgumentError),
        ({"error": "invalid_client", "error_description": "no"}, 401, UnauthorizedError),
        (refused(401), 200, UnauthorizedError),
        (b"", 400, InvalidArgumentError),
        (b"<html>", 502, ServerError),
        (b"<html>", 200, InvalidResponseError),
        (b"[]", 200, InvalidResponseError),
        (b"", 302, InvalidResponseError),
        ({"error": "invalid_token"}, 200, APIError),
        ({"code": 401, "message": "no"}, 200, UnauthorizedError),
    ],
)
def test_refusal_has_its_error_and_nothing_is_forgotten(
    wire: Wire, body: Any, status: int, cls: type[AuthingMFAError]
) -> None:
    client = make_client()
    plan(wire, REVOCATION, body, status=status)
    with pytest.raises(cls) as caught:
        client.sign_out()
    assert (caught.value.path, caught.value.outcome_unknown) == (REVOCATION, False)
    plan(wire, REVOCATION, b"")
    client.sign_out()
    assert revoked(wire) == ["example-token", "example-token"]


def test_mode_that_lacks_its_secret_is_refused_here(wire: Wire) -> None:
    with pytest.raises(ConfigurationError, match="app_secret"):
        make_client(client_auth="client_secret_post").sign_out()
    assert wire.requests == []
