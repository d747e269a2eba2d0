"""A client that travels to another process: its configuration does, its secrets only if told."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from authing_mfa import AuthenticationClient, CallRecord, ConfigurationError, TokenSet
from authing_mfa._secrets import conceal
from tests.support.wire import METHODS, Wire, make_client, sent_headers

_PROXY = {"https": "http://user:marked-word@proxy.example.com:3128", "http": "u:marked-word@p:1"}
_SECRETS: dict[str, Any] = {
    "access_token": "example-marked-token",
    "app_secret": "example-marked-secret",
    "proxies": _PROXY,
}


def travelled(client: AuthenticationClient) -> AuthenticationClient:
    again = pickle.loads(pickle.dumps(client))
    assert isinstance(again, AuthenticationClient)
    return again


def record_nothing(record: CallRecord) -> None:
    """Be a listener that pickles."""


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_secrets_stay_here(protocol: int) -> None:
    data = pickle.dumps(make_client(**_SECRETS), protocol)
    assert b"marked" not in data
    assert b"proxy.example.com:3128" in data


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_names_nothing_private(protocol: int) -> None:
    tokens = TokenSet(access_token="a", refresh_token="r", expires_at=datetime.now(UTC))
    client = make_client(**{**_SECRETS, "access_token": tokens}, pickle_secrets=True)
    data = pickle.dumps([client, conceal("secret")], protocol)
    assert b"authing_mfa" in data
    assert b"authing_mfa." not in data


def test_handle_of_another_user_leaves_its_token_here_too() -> None:
    assert b"marked" not in pickle.dumps(make_client().as_user("example-marked-token"))


def test_client_without_its_token_says_so(wire: Wire) -> None:
    again = travelled(make_client(**_SECRETS))
    with pytest.raises(ConfigurationError, match="no access token"):
        again.get_factor("f_1")
    again.set_access_token("example-token")
    wire.plan("get-factor", payload="get_factor")
    again.get_factor("f_1")


def test_configuration_travels(wire: Wire, tmp_path: Path) -> None:
    client = make_client(
        lang="en-US",
        real_ip="203.0.113.7",
        genauth_headers=True,
        verify=tmp_path,
        timeout=(1, 2),
        deadline=3,
        max_retries=4,
        on_call=record_nothing,
    )
    again = travelled(client)
    again.set_access_token("example-token")
    for one in (client, again):
        wire.plan("get-factor", payload="get_factor")
        METHODS["get_factor"].call(one)
    first, second = wire.calls
    assert first.request.headers == second.request.headers
    assert first.request.req_kwargs.keys() == second.request.req_kwargs.keys()  # type: ignore[attr-defined]
    kwargs = second.request.req_kwargs  # type: ignore[attr-defined]
    assert ((1.0, 2.0), str(tmp_path)) == (kwargs["timeout"], kwargs["verify"])


def test_secrets_travel_where_the_caller_opted_in(wire: Wire) -> None:
    data = pickle.dumps(make_client(**_SECRETS, pickle_secrets=True))
    for secret in (b"example-marked-token", b"example-marked-secret", b"marked-word"):
        assert secret in data
    wire.plan("get-factor", payload="get_factor")
    pickle.loads(data).get_factor("f_1")
    assert wire.request.headers["Authorization"] == "Bearer example-marked-token"


def test_language_and_address_of_a_handle_travel(wire: Wire) -> None:
    handle = make_client(pickle_secrets=True).as_user("example-other-token", lang="ja-JP")
    wire.plan("get-factor", payload="get_factor")
    travelled(handle).get_factor("f_1")
    assert (
        wire.request.headers["Authorization"],
        wire.request.headers["x-authing-lang"],
    ) == ("Bearer example-other-token", "ja-JP")


def test_subclass_comes_back_as_itself() -> None:
    assert _Own is type(travelled(_Own(app_id="app_example", app_host="https://x.example.com")))


class _Own(AuthenticationClient):
    pass


def test_client_with_a_session_of_the_caller_does_not_travel() -> None:
    with requests.Session() as session:
        client = make_client(session=session)
        with pytest.raises(TypeError, match="a session of yours cannot be pickled"):
            pickle.dumps(client)


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy])
@pytest.mark.parametrize("is_borrowed", [True, False])
def test_copy_keeps_the_token_and_the_connections(
    wire: Wire, make_copy: Any, is_borrowed: bool
) -> None:
    wire.plan("get-factor", payload="get_factor")
    wire.plan("get-factor", payload="get_factor")
    with requests.Session() as session:
        client = make_client(session=session if is_borrowed else None)
        copied = make_copy(client)
        copied.get_factor("f_1")
        copied.set_access_token("example-other-token")
        copied.close()
        client.get_factor("f_1")
    assert [sent_headers(request)["authorization"] for request in wire.requests] == [
        "Bearer example-token"
    ] * 2
