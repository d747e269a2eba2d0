"""The client itself: from the environment, for another user, closed, and for bare calls."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import requests

from authing_mfa import (
    APIError,
    AuthenticationClient,
    ConfigurationError,
    Envelope,
    InvalidResponseError,
    NotFoundError,
    ServerError,
    UnauthorizedError,
)
from tests.support.wire import HOST, METHODS, WRITES, Wire, make_client, sent_headers, sent_json

_VARIABLES = {
    "AUTHING_APP_ID": "app_env",
    "AUTHING_APP_HOST": HOST,
    "AUTHING_APP_SECRET": "example-secret",
    "AUTHING_ACCESS_TOKEN": "example-env-token",
}


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in _VARIABLES.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def signed_with(wire: Wire, client: AuthenticationClient) -> str | None:
    """Return what signs the client's next call."""
    wire.plan("get-factor", payload="get_factor")
    client.get_factor("f_1")
    return sent_headers(wire.requests[-1]).get("authorization")


def test_from_env_reads_its_variables(wire: Wire, variables: pytest.MonkeyPatch) -> None:
    client = AuthenticationClient.from_env()
    assert signed_with(wire, client) == "Bearer example-env-token"
    assert wire.request.headers["x-authing-app-id"] == "app_env"


def test_from_env_takes_every_other_argument(wire: Wire, variables: pytest.MonkeyPatch) -> None:
    client = AuthenticationClient.from_env(access_token="example-own-token", lang="en-US")
    assert signed_with(wire, client) == "Bearer example-own-token"
    assert wire.request.headers["x-authing-lang"] == "en-US"


@pytest.mark.parametrize("name", ["AUTHING_APP_SECRET", "AUTHING_ACCESS_TOKEN"])
@pytest.mark.parametrize("value", [None, ""])
def test_from_env_does_without_secret_and_token(
    variables: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value is None:
        variables.delenv(name)
    else:
        variables.setenv(name, value)
    AuthenticationClient.from_env().close()


@pytest.mark.parametrize("name", ["AUTHING_APP_ID", "AUTHING_APP_HOST"])
def test_from_env_names_the_variable_that_is_missing(
    variables: pytest.MonkeyPatch, name: str
) -> None:
    variables.delenv(name)
    with pytest.raises(ConfigurationError, match=name):
        AuthenticationClient.from_env()


def test_from_env_refuses_an_empty_app_id(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("AUTHING_APP_ID", "")
    with pytest.raises(ConfigurationError, match=r"(?i)app_id"):
        AuthenticationClient.from_env()


def test_from_env_makes_the_class_it_is_called_on(variables: pytest.MonkeyPatch) -> None:
    class Own(AuthenticationClient):
        pass

    assert Own is type(Own.from_env())


def test_set_access_token_signs_what_comes_next(wire: Wire) -> None:
    client = make_client(access_token=None)
    client.set_access_token("example-first-token")
    assert signed_with(wire, client) == "Bearer example-first-token"
    client.set_access_token("example-next-token")
    assert signed_with(wire, client) == "Bearer example-next-token"


def test_as_user_is_a_second_handle_for_another_user(wire: Wire) -> None:
    client = make_client()
    other = client.as_user("example-other-token")
    assert signed_with(wire, other) == "Bearer example-other-token"
    assert signed_with(wire, client) == "Bearer example-token"


def test_as_user_keeps_what_it_is_not_told(wire: Wire) -> None:
    client = make_client(lang="en-US", real_ip="203.0.113.7", genauth_headers=True)
    signed_with(wire, client)
    signed_with(wire, client.as_user("example-token"))
    first, second = (dict(request.headers) for request in wire.requests)
    assert first == second


def test_visitor_has_a_language_and_an_address_and_no_token(wire: Wire) -> None:
    client = make_client(access_token="example-token", lang="zh-CN")
    visitor = client.for_visitor(lang="en-US", real_ip="203.0.113.7")
    wire.plan("/mfa/token/introspection", {"active": False})
    visitor.introspect_mfa_token("t")
    headers = wire.request.headers
    assert (headers["x-authing-lang"], headers["x-real-ip"]) == ("en-US", "203.0.113.7")
    with pytest.raises(ConfigurationError, match="no access token"):
        visitor.list_enrolled_factors()


def test_as_user_has_a_language_and_an_address_of_its_own(wire: Wire) -> None:
    client = make_client(lang="en-US", real_ip="203.0.113.7")
    signed_with(wire, client.as_user("example-token", lang="ja-JP", real_ip="203.0.113.8"))
    signed_with(wire, client)
    assert [
        (request.headers["x-authing-lang"], request.headers["x-real-ip"])
        for request in wire.requests
    ] == [("ja-JP", "203.0.113.8"), ("en-US", "203.0.113.7")]


def test_as_user_of_a_handle_works_too(wire: Wire) -> None:
    handle = make_client().as_user("example-first-token").as_user("example-other-token")
    assert signed_with(wire, handle) == "Bearer example-other-token"


class _CountingSession(requests.Session):
    closed = 0

    def close(self) -> None:
        self.closed += 1
        super().close()


def test_client_is_its_own_context_manager(wire: Wire) -> None:
    client = make_client()
    with client as entered:
        assert client is entered
        signed_with(wire, client)


def test_errors_pass_through_the_context_manager(wire: Wire) -> None:
    wire.plan("get-factor", payload="failure_404")
    with pytest.raises(NotFoundError), make_client() as client:
        client.get_factor("f_1")


def test_session_of_the_caller_stays_open() -> None:
    session = _CountingSession()
    with make_client(session=session) as client:
        client.as_user("example-token").close()
    assert session.closed == 0


def test_client_can_be_closed_twice_and_used_again(wire: Wire) -> None:
    client = make_client()
    client.close()
    client.close()
    assert signed_with(wire, client) == "Bearer example-token"


def test_repr_names_application_and_host_only() -> None:
    client = make_client(app_secret="example-secret", proxies={"https": "http://u:word@x.com"})
    assert repr(client) == f"<AuthenticationClient app_example at {HOST}>"


def test_promised_arguments_are_there_with_their_defaults() -> None:
    promised = {
        "app_secret": None,
        "access_token": None,
        "lang": None,
        "timeout": (3.05, 10),
        "deadline": 30,
        "max_retries": 2,
        "verify": True,
        "proxies": None,
        "session": None,
        "real_ip": None,
        "on_call": None,
    }
    parameters = inspect.signature(AuthenticationClient).parameters
    assert promised == {name: parameters[name].default for name in promised}
    assert {one.kind for one in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


class TestRequest:
    """Endpoints that are not modelled."""

    def test_returns_the_envelope(self, wire: Wire) -> None:
        body = {"statusCode": 200, "message": "ok", "requestId": "r_1", "data": {"a": [None]}}
        wire.plan("get-profile", body)
        assert Envelope(
            status_code=200, message="ok", request_id="r_1", data={"a": [None]}
        ) == make_client().request("GET", "/api/v3/get-profile")

    def test_sends_params_encoded(self, wire: Wire) -> None:
        wire.plan("x", {"statusCode": 200})
        make_client().request("GET", "/api/v3/x", params={"a|b": "c d&e", "empty": "", "中": "文"})
        assert wire.request.url == f"{HOST}/api/v3/x?a%7Cb=c%20d%26e&empty=&%E4%B8%AD=%E6%96%87"

    @pytest.mark.parametrize(
        "body", [{"a": None, "b": [1, True, "中"]}, [], {}, "text", 0, False, ""]
    )
    def test_sends_json_as_it_is(self, wire: Wire, body: Any) -> None:
        wire.plan("x", {"statusCode": 200}, verb="POST")
        make_client().request("POST", "/api/v3/x", json=body)
        assert body == sent_json(wire.request)
        assert wire.request.headers["Content-Type"] == "application/json"

    def test_sends_a_form(self, wire: Wire) -> None:
        wire.plan("x", {"statusCode": 200}, verb="POST")
        make_client().request("POST", "/api/v3/x", data={"a": "1+2", "中": ""})
        assert wire.request.body == b"a=1%2B2&%E4%B8%AD="

    @pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_takes_each_method(self, wire: Wire, verb: str) -> None:
        wire.plan("x", {"statusCode": 200}, verb=verb)
        make_client().request(verb, "/api/v3/x")
        assert (verb, "Bearer example-token") == (
            wire.request.method,
            wire.request.headers["Authorization"],
        )

    def test_post_without_a_body_says_so(self, wire: Wire) -> None:
        wire.plan("x", {"statusCode": 200}, verb="POST")
        make_client().request("POST", "/api/v3/x")
        assert wire.request.headers["Content-Length"] == "0"

    def test_raises_what_every_method_raises(self, wire: Wire) -> None:
        wire.plan("x", payload="failure_401", verb="POST")
        with pytest.raises(UnauthorizedError) as caught:
            make_client().request("POST", "/api/v3/x")
        assert (caught.value.method, caught.value.path) == ("POST", "/api/v3/x")

    @pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
    def test_only_get_is_a_read(self, wire: Wire, verb: str) -> None:
        wire.plan("x", b"<html>", verb=verb, status=503)
        with pytest.raises(ServerError) as caught:
            make_client(max_retries=2).request(verb, "/api/v3/x")
        assert (len(wire.calls), caught.value.outcome_unknown) == (1, True)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_raises_the_error_of_a_refusal_with_its_place(wire: Wire, name: str) -> None:
    method = METHODS[name]
    wire.plan(method.path, payload="failure_404")
    with pytest.raises(NotFoundError) as caught:
        method.call(make_client(lang="zh-CN"))
    error = caught.value
    assert (method.verb, method.path, "zh-CN") == (error.method, error.path, error.lang)
    assert (error.status_code, error.http_status, error.outcome_unknown) == (404, 200, False)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("payload", ["failure_500", "failure_602"])
def test_outcome_of_a_write_is_unknown_after_a_failure_within_the_service(
    wire: Wire, name: str, payload: str
) -> None:
    wire.plan(METHODS[name].path, payload=payload)
    with pytest.raises(APIError) as caught:
        METHODS[name].call(make_client())
    assert (name in WRITES) is caught.value.outcome_unknown


@pytest.mark.parametrize("name", METHODS)
def test_page_instead_of_an_answer_is_an_invalid_response(wire: Wire, name: str) -> None:
    wire.plan(METHODS[name].path, b"<!DOCTYPE html><html>marked</html>")
    with pytest.raises(InvalidResponseError) as caught:
        METHODS[name].call(make_client())
    error = caught.value
    assert ("body", 200, name in WRITES) == (error.where, error.http_status, error.outcome_unknown)
    assert "marked" not in f"{error}{error!r}"
