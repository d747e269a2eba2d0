"""The back end's way in: the management token, and the trigger data that it fetches."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from authing_mfa import (
    AuthingMFAError,
    ConfigurationError,
    FactorType,
    ForbiddenError,
    InvalidArgumentError,
    InvalidResponseError,
    ManagementClient,
    MFATrigger,
    NotFoundError,
    ServerError,
    ThrottleError,
    UnauthorizedError,
    UserIdType,
)
from tests.support.sampling import few
from tests.support.wire import HOST, Wire

from .answers import (
    MANAGEMENT_TOKEN,
    TRIGGER_DATA,
    authorization,
    base64url,
    envelope,
    jwt,
    plan,
    refused,
    sent_body,
    went_to,
)

_TRIGGER = {
    "mfaToken": "example-mfa-token",
    "applicationMfa": [{"mfaPolicy": "EMAIL", "status": 1, "sort": 0}],
    "mfaEmail": "test@example.com",
}


def make_client(**options: Any) -> ManagementClient:
    usual = {"access_key_id": "key_example", "access_key_secret": "example-key-secret"}
    return ManagementClient(**{**usual, "host": HOST, "max_retries": 0, **options})


def token(pool_id: Any = "pool_example") -> str:
    return jwt(scoped_userpool_id=pool_id)


def plan_token(wire: Wire, value: str | None = None, **facts: Any) -> None:
    data = {"access_token": value or token(), "expires_in": 7200, **facts}
    plan(wire, MANAGEMENT_TOKEN, envelope(data))


def plan_trigger(wire: Wire, body: Any = None, **facts: Any) -> None:
    wire.plan(TRIGGER_DATA, envelope(_TRIGGER) if body is None else body, **facts)


def fetched(wire: Wire, **options: Any) -> MFATrigger:
    plan_token(wire)
    plan_trigger(wire)
    return make_client(**options).get_mfa_trigger_data("app_example", "u_1")


def paths(wire: Wire) -> list[str]:
    return [went_to(request)[1].partition("?")[0] for request in wire.requests]


def test_trigger_is_what_a_challenge_takes(wire: Wire) -> None:
    trigger = fetched(wire)
    assert (trigger.mfa_token, trigger.mfa_email) == ("example-mfa-token", "test@example.com")
    assert [method.mfa_policy for method in trigger.application_mfa] == [FactorType.EMAIL]


def test_key_is_sent_for_the_token_and_no_token_with_it(wire: Wire) -> None:
    fetched(wire)
    key = {"accessKeyId": "key_example", "accessKeySecret": "example-key-secret"}
    assert went_to(wire.requests[0]) == ("POST", MANAGEMENT_TOKEN)
    assert sent_body(wire.requests[0]) == key
    assert authorization(wire.requests[0]) is None
    assert "x-authing-userpool-id" not in wire.requests[0].headers


def test_call_names_application_user_and_pool(wire: Wire) -> None:
    fetched(wire)
    query = f"{TRIGGER_DATA}?appId=app_example&userId=u_1&userIdType=user_id"
    assert went_to(wire.requests[1]) == ("GET", query)
    assert authorization(wire.requests[1]) == f"Bearer {token()}"
    assert wire.requests[1].headers["x-authing-userpool-id"] == "pool_example"


def test_pool_goes_under_the_other_name_as_well(wire: Wire) -> None:
    fetched(wire, genauth_headers=True)
    assert wire.requests[1].headers["x-genauth-userpool-id"] == "pool_example"


@pytest.mark.parametrize("kind", few(UserIdType))
def test_user_may_be_named_in_many_ways(wire: Wire, kind: UserIdType) -> None:
    plan_token(wire)
    plan_trigger(wire)
    make_client().get_mfa_trigger_data("app_example", "a b|c", user_id_type=kind)
    query = f"?appId=app_example&userId=a%20b%7Cc&userIdType={kind.value}"
    assert (wire.requests[1].url or "").endswith(query)


def test_claim_is_read_in_the_url_safe_alphabet(wire: Wire) -> None:
    payload = base64url(b'{"a":"???>>>~~~","scoped_userpool_id":"pool_example"}')
    assert {"-", "_"} & set(payload)
    plan_token(wire, f"e30.{payload}.x")
    plan_trigger(wire)
    make_client().get_mfa_trigger_data("app_example", "u_1")
    assert wire.requests[1].headers["x-authing-userpool-id"] == "pool_example"


_WITHOUT_CLAIM = [
    "example-opaque-token",
    jwt(),
    token(None),
    token(7),
    token(["pool"]),
    token(""),
    token("two\r\nlines"),
    token("池"),
]


@pytest.mark.parametrize("value", few(_WITHOUT_CLAIM), ids=lambda value: value[:40])
def test_token_that_names_no_pool_is_an_invalid_response(wire: Wire, value: str) -> None:
    plan_token(wire, value)
    with pytest.raises(InvalidResponseError, match="scoped_userpool_id") as caught:
        make_client().get_mfa_trigger_data("app_example", "u_1")
    assert caught.value.where == "data.access_token"
    assert value not in str(caught.value)
    assert paths(wire) == [MANAGEMENT_TOKEN]


def test_token_that_names_no_pool_is_that_calls_and_is_not_kept(wire: Wire) -> None:
    client = make_client()
    plan_token(wire, "example-opaque-token")
    with pytest.raises(InvalidResponseError) as caught:
        client.get_mfa_trigger_data("app_example", "u_1")
    assert caught.value.path == MANAGEMENT_TOKEN
    plan_token(wire)
    plan_trigger(wire)
    client.get_mfa_trigger_data("app_example", "u_1")


@pytest.mark.parametrize("key", ["expires_in", "expire_in"])
def test_token_is_kept_until_a_minute_before_its_end(wire: Wire, key: str) -> None:
    client = make_client()
    plan(wire, MANAGEMENT_TOKEN, envelope({"access_token": token(), key: 7200}))
    plan_token(wire)
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        for moved in (0, 7139, 2):
            clock.shift(timedelta(seconds=moved))
            plan_trigger(wire)
            client.get_mfa_trigger_data("app_example", "u_1")
    fetches = [MANAGEMENT_TOKEN, TRIGGER_DATA, TRIGGER_DATA, MANAGEMENT_TOKEN, TRIGGER_DATA]
    assert fetches == paths(wire)


def test_token_that_is_refused_is_fetched_anew_once(wire: Wire) -> None:
    for _ in range(2):
        plan_token(wire)
        plan_trigger(wire, refused(401))
    with pytest.raises(UnauthorizedError):
        make_client(max_retries=2).get_mfa_trigger_data("app_example", "u_1")
    assert paths(wire) == [MANAGEMENT_TOKEN, TRIGGER_DATA] * 2


@pytest.mark.parametrize(
    ("body", "status", "cls"),
    [
        (refused(401), 200, UnauthorizedError),
        (refused(400), 200, InvalidArgumentError),
        (refused(429), 429, ThrottleError),
        (b"<html>", 502, ServerError),
        (b"<html>", 200, InvalidResponseError),
        (envelope({"access_token": "t"}), 200, InvalidResponseError),
        (envelope(None), 200, InvalidResponseError),
    ],
)
def test_token_that_cannot_be_had_is_told_by_its_own_call(
    wire: Wire, body: Any, status: int, cls: type[AuthingMFAError]
) -> None:
    plan(wire, MANAGEMENT_TOKEN, body, status=status)
    with pytest.raises(cls) as caught:
        make_client().get_mfa_trigger_data("app_example", "u_1")
    assert (caught.value.path, caught.value.outcome_unknown) == (MANAGEMENT_TOKEN, False)


@pytest.mark.parametrize(
    ("body", "cls"),
    [
        (refused(404, 2004), NotFoundError),
        (refused(404, 2011), NotFoundError),
        (refused(403), ForbiddenError),
        (refused(400), InvalidArgumentError),
        (envelope({}), InvalidResponseError),
        (envelope({"mfaToken": 7}), InvalidResponseError),
    ],
)
def test_refusal_has_its_error(wire: Wire, body: Any, cls: type[AuthingMFAError]) -> None:
    plan_token(wire)
    plan_trigger(wire, body)
    with pytest.raises(cls) as caught:
        make_client().get_mfa_trigger_data("app_example", "u_1")
    assert caught.value.path == TRIGGER_DATA


def test_no_methods_mean_that_none_is_needed(wire: Wire) -> None:
    plan_token(wire)
    plan_trigger(wire, envelope({**_TRIGGER, "applicationMfa": []}))
    assert make_client().get_mfa_trigger_data("app_example", "u_1").application_mfa == ()


@pytest.mark.parametrize("bad", [None, "", " ", 7])
def test_id_that_cannot_be_one_is_refused(wire: Wire, bad: Any) -> None:
    client = make_client()
    with pytest.raises(ConfigurationError, match="app_id: wanted"):
        client.get_mfa_trigger_data(bad, "u_1")
    with pytest.raises(ConfigurationError, match="user_id: wanted"):
        client.get_mfa_trigger_data("app_example", bad)
    assert wire.requests == []


@pytest.mark.parametrize("kind", ["", "USER_ID", 7, None])
def test_kind_of_id_that_is_none_is_refused(wire: Wire, kind: Any) -> None:
    with pytest.raises(ConfigurationError, match="user_id_type: wanted one of user_id"):
        make_client().get_mfa_trigger_data("app_example", "u_1", user_id_type=kind)
    assert wire.requests == []


class TestPickled:
    def test_leaves_its_secret_here_and_says_so(self, wire: Wire) -> None:
        data = pickle.dumps(make_client())
        assert b"example-key-secret" not in data
        with pytest.raises(ConfigurationError, match="access_key_secret"):
            pickle.loads(data).get_mfa_trigger_data("app_example", "u_1")
        assert wire.requests == []

    def test_leaves_its_token_here(self, wire: Wire) -> None:
        client = make_client(pickle_secrets=True)
        plan_token(wire)
        plan_trigger(wire)
        client.get_mfa_trigger_data("app_example", "u_1")
        assert token().encode() not in pickle.dumps(client)

    def test_takes_its_secret_along_where_the_caller_opted_in(self, wire: Wire) -> None:
        again = pickle.loads(pickle.dumps(make_client(pickle_secrets=True)))
        plan_token(wire)
        plan_trigger(wire)
        again.get_mfa_trigger_data("app_example", "u_1")
        assert sent_body(wire.requests[0])["accessKeySecret"] == "example-key-secret"

    @pytest.mark.parametrize("signing", ["authing", "genauth"])
    def test_comes_back_without_its_secret_where_it_signs(self, signing: str) -> None:
        again = pickle.loads(pickle.dumps(make_client(signing=signing)))
        with pytest.raises(ConfigurationError, match="access_key_secret"):
            again.get_mfa_trigger_data("app_example", "u_1")
