"""What of a sign-in travels to another process, and what refuses to."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from authing_mfa import (
    AuthenticationClient,
    ConfigurationError,
    MFARequiredError,
    MFATrigger,
    TokenSet,
)
from tests.support.wire import Wire, make_client

from .answers import OIDC_TOKEN, authorization, make_challenge, make_trigger, plan, sent_form
from .refreshing import ending_in, plan_list

_SECRETS = (b"example-old-token", b"example-refresh-token", b"example-app-secret")
_ANSWER = {"access_token": "example-new-token", "expires_in": 7200}


stored: list[TokenSet] = []


def store(tokens: TokenSet) -> None:
    """Be a listener that pickles."""
    stored.append(tokens)


def make(**options: Any) -> AuthenticationClient:
    facts = {"access_token": ending_in(-1), "app_secret": "example-app-secret"}
    return make_client(**{**facts, **options})


def refreshed(wire: Wire, client: AuthenticationClient) -> dict[str, str]:
    plan(wire, OIDC_TOKEN, _ANSWER)
    plan_list(wire)
    client.list_enrolled_factors()
    return sent_form(wire.requests[-2])


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_tokens_stay_here(protocol: int) -> None:
    for client in (make(), make().as_user(ending_in(3600))):
        data = pickle.dumps(client, protocol)
        assert [secret for secret in _SECRETS if secret in data] == []


def test_client_without_its_tokens_says_so(wire: Wire) -> None:
    again = pickle.loads(pickle.dumps(make(on_new_tokens=store)))
    with pytest.raises(ConfigurationError, match="no access token"):
        again.list_enrolled_factors()
    with pytest.raises(ConfigurationError, match="app_secret: client_auth is client_secret_post"):
        again.sign_in("u", password="p")
    assert wire.requests == []


def test_tokens_travel_where_the_caller_opted_in(wire: Wire) -> None:
    data = pickle.dumps(make(pickle_secrets=True, on_new_tokens=store))
    assert list(_SECRETS) == [secret for secret in _SECRETS if secret in data]
    form = refreshed(wire, pickle.loads(data))
    assert (
        form["refresh_token"],
        form["client_secret"],
    ) == ("example-refresh-token", "example-app-secret")


@pytest.mark.parametrize("mode", ["client_secret_post", "client_secret_basic", "none"])
def test_mode_travels(wire: Wire, mode: str) -> None:
    client = make(pickle_secrets=True, client_auth=mode)
    again = pickle.loads(pickle.dumps(client))
    for one in (client, again):
        refreshed(wire, one)
    assert authorization(wire.requests[0]) == authorization(wire.requests[2])
    assert wire.requests[0].body == wire.requests[2].body


def test_listener_travels(wire: Wire) -> None:
    again = pickle.loads(pickle.dumps(make(pickle_secrets=True, on_new_tokens=store)))
    stored.clear()
    refreshed(wire, again)
    assert [tokens.access_token for tokens in stored] == ["example-new-token"]


def test_set_that_was_refreshed_is_the_one_that_travels(wire: Wire) -> None:
    client = make(pickle_secrets=True)
    refreshed(wire, client)
    plan_list(wire)
    pickle.loads(pickle.dumps(client)).list_enrolled_factors()
    assert authorization(wire.requests[2]) == "Bearer example-new-token"


@pytest.mark.parametrize("carry", [pickle.dumps, copy.copy, copy.deepcopy])
def test_challenge_and_enrollment_do_not_travel(wire: Wire, carry: Any) -> None:
    client = make_client()
    plan_list(wire)
    plan(wire, "send-enroll-factor-request", payload="send_enroll_factor_request_otp")
    with pytest.raises(TypeError, match=r"^a challenge cannot be pickled: store .+ again$"):
        carry(make_challenge(client))
    with pytest.raises(TypeError, match=r"^an enrollment cannot be pickled: "):
        carry(client.begin_enrollment("OTP"))


def test_pickled_error_leaves_its_trigger_behind() -> None:
    error = MFARequiredError("as an example", api_code=1636, trigger=make_trigger())
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.api_code, again.trigger) == (MFARequiredError, 1636, None)


def test_trigger_itself_travels_as_the_value_that_it_is() -> None:
    trigger = make_trigger(mfa_token="example-mfa-token")
    again = pickle.loads(pickle.dumps(trigger))
    assert (again, type(again)) == (trigger, MFATrigger)
