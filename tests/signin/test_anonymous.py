"""Calls that belong to no user carry no user's token, however the client came by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from authing_mfa import (
    APIError,
    AuthenticationClient,
    MFARequiredError,
    PasswordEncryption,
    ThrottleError,
    UnauthorizedError,
)
from tests.support.wire import HOST, Wire, make_client

from .answers import (
    OIDC_TOKEN,
    REVOCATION,
    SEND_EMAIL,
    SEND_SMS,
    SIGNIN,
    SYSTEM,
    TOKENS,
    authorization,
    envelope,
    make_challenge,
    plan,
    went_to,
)
from .refreshing import ending_in, plan_list
from .test_passwords import keys


def sign_in(wire: Wire, client: AuthenticationClient) -> None:
    plan(wire, SIGNIN, envelope(TOKENS))
    client.sign_in("u", password="p")


def sign_in_encrypted(wire: Wire, client: AuthenticationClient) -> None:
    wire.plan(SYSTEM, keys())
    plan(wire, SIGNIN, envelope(TOKENS))
    client.sign_in("u", password="p", encryption=PasswordEncryption())


def send_sms(wire: Wire, client: AuthenticationClient) -> None:
    plan(wire, SEND_SMS)
    client.send_sms("18800000000")


def send_email(wire: Wire, client: AuthenticationClient) -> None:
    plan(wire, SEND_EMAIL)
    client.send_email("test@example.com")


def send_sms_of_a_challenge(wire: Wire, client: AuthenticationClient) -> None:
    plan(wire, SEND_SMS)
    make_challenge(client).send_sms()


def send_email_of_a_challenge(wire: Wire, client: AuthenticationClient) -> None:
    plan(wire, SEND_EMAIL)
    make_challenge(client).send_email()


def introspect(wire: Wire, client: AuthenticationClient) -> None:
    plan(wire, "/mfa/token/introspection", payload="introspection_active")
    client.introspect_mfa_token("example-mfa-token")


def sign_out(wire: Wire, client: AuthenticationClient) -> None:
    plan(wire, REVOCATION, b"")
    client.sign_out()


_CALLS: list[Callable[[Wire, AuthenticationClient], None]] = [
    sign_in,
    sign_in_encrypted,
    send_sms,
    send_email,
    send_sms_of_a_challenge,
    send_email_of_a_challenge,
    introspect,
    sign_out,
]
each_call = pytest.mark.parametrize("call", _CALLS, ids=lambda call: call.__name__)


def signatures(wire: Wire) -> set[str | None]:
    assert wire.requests
    return {authorization(request) for request in wire.requests}


@each_call
def test_of_a_client_that_holds_a_token(wire: Wire, call: Any) -> None:
    call(wire, make_client(access_token="example-token"))
    assert {None} == signatures(wire)


@each_call
def test_of_a_users_handle(wire: Wire, call: Any) -> None:
    call(wire, make_client().as_user("example-other-token"))
    assert {None} == signatures(wire)


@each_call
def test_of_a_client_whose_session_carries_one(wire: Wire, call: Any) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer example-session-token"
        session.auth = ("example", "example-session-word")
        session.cookies.set("session", "example-cookie", domain="demo.example.com")
        call(wire, make_client(session=session))
    assert {None} == signatures(wire)
    assert {request.headers.get("Cookie") for request in wire.requests} == {None}


@each_call
def test_of_a_machine_whose_netrc_has_one(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, call: Any
) -> None:
    netrc = tmp_path / "netrc"
    host = HOST.removeprefix("https://")
    netrc.write_text(f"machine {host} login example password example-netrc-word\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    call(wire, make_client())
    assert {None} == signatures(wire)


def test_refresh_carries_no_token_of_the_set(wire: Wire) -> None:
    plan(wire, OIDC_TOKEN, {"access_token": "example-new-token", "expires_in": 7200})
    plan_list(wire)
    make_client(access_token=ending_in(-1)).list_enrolled_factors()
    assert went_to(wire.requests[0]) == ("POST", OIDC_TOKEN)
    assert authorization(wire.requests[0]) is None


def test_refresh_names_no_visitor(wire: Wire) -> None:
    """It is of a sign-in, which the requests of several visitors' pages may share."""
    plan(wire, OIDC_TOKEN, {"access_token": "example-new-token", "expires_in": 7200})
    plan_list(wire)
    client = make_client(lang="zh-CN")
    client.as_user(ending_in(-1), lang="en-US", real_ip="203.0.113.7").list_enrolled_factors()
    refresh, listing = (dict(request.headers) for request in wire.requests)
    assert ("x-real-ip" in refresh, refresh["x-authing-lang"]) == (False, "zh-CN")
    assert (listing["x-real-ip"], listing["x-authing-lang"]) == ("203.0.113.7", "en-US")


@pytest.mark.parametrize(
    ("api_code", "expected"),
    [(None, UnauthorizedError), (2080, ThrottleError), (1635, MFARequiredError)],
)
def test_refused_refresh_is_an_error_of_ours(
    wire: Wire, api_code: int | None, expected: type[APIError]
) -> None:
    refused = {"statusCode": 400, "apiCode": api_code, "message": "no, as an example"}
    plan(wire, OIDC_TOKEN, refused)
    with pytest.raises(expected) as caught:
        make_client(access_token=ending_in(-1)).list_enrolled_factors()
    assert type(caught.value) is expected
