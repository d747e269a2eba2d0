"""The back end's side of a step-up."""

from __future__ import annotations

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import EMAIL, PHONE, Caller, Json, claims_of, codes, management_token


def trigger(caller: Caller, user_id: str, **changes: str) -> Json:
    query = {"appId": caller.sandbox.app_id, "userId": user_id, **changes}
    return caller.get("get-mfa-trigger-data", **query)


def test_an_access_key_gives_a_token_of_its_pool(stranger: Caller, sandbox: Sandbox) -> None:
    data = management_token(stranger)["data"]
    assert set(data) == {"access_token", "expires_in"}
    assert data["expires_in"] == 7200
    assert claims_of(data["access_token"])["scoped_userpool_id"] == sandbox.user_pool_id


def test_a_co_administrators_key_has_an_id_of_its_own(stranger: Caller, sandbox: Sandbox) -> None:
    key = sandbox.add_access_key()
    ids = {"accessKeyId": key["access_key_id"], "accessKeySecret": key["access_key_secret"]}
    token = management_token(stranger, **ids)["data"]["access_token"]
    assert sandbox.access_key_id != key["access_key_id"]
    assert claims_of(token)["scoped_userpool_id"] == sandbox.user_pool_id


def test_a_key_does_not_open_with_the_secret_of_another(
    stranger: Caller, sandbox: Sandbox
) -> None:
    key_id = sandbox.add_access_key()["access_key_id"]
    assert codes(management_token(stranger, accessKeyId=key_id)) == (401, None)


@pytest.mark.parametrize("name", ["accessKeyId", "accessKeySecret"])
def test_a_wrong_access_key_is_refused(stranger: Caller, name: str) -> None:
    assert codes(management_token(stranger, **{name: "wrong"})) == (401, None)
    assert codes(management_token(stranger, **{name: ""})) == (400, None)


def test_a_back_end_gets_a_users_trigger(
    back_end: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.require_mfa("application", methods=["SMS"])
    answer = trigger(back_end, user.user_id)
    assert codes(answer) == (200, None)
    listed = answer["data"]["applicationMfa"]
    assert listed == [{"mfaPolicy": "SMS", "status": 1, "sort": 1}]
    assert back_end.introspect(answer["data"]["mfaToken"])["userId"] == user.user_id


def test_where_no_mfa_is_asked_for_no_methods_are_listed(
    back_end: Caller, user: SandboxUser
) -> None:
    assert trigger(back_end, user.user_id)["data"]["applicationMfa"] == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [("phone", PHONE), ("phone", f"+86 {PHONE}"), ("email", EMAIL), ("username", "named")],
)
def test_a_user_is_found_by_other_ids(
    back_end: Caller, sandbox: Sandbox, kind: str, value: str
) -> None:
    sandbox.add_user(phone=PHONE, email=EMAIL, username="named")
    assert trigger(back_end, value, userIdType=kind)["data"]["username"] == "named"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"userId": "unknown"}, (404, 2004)),
        ({"userIdType": "external_id"}, (404, 2004)),
        ({"userIdType": "name"}, (400, None)),
        ({"userId": ""}, (400, None)),
        ({"appId": "unknown"}, (404, 2011)),
        ({"appId": ""}, (400, None)),
    ],
)
def test_a_trigger_for_nobody_is_refused(
    back_end: Caller, user: SandboxUser, changes: dict[str, str], code: tuple[int, int | None]
) -> None:
    assert codes(trigger(back_end, user.user_id, **changes)) == code


def test_a_users_token_is_no_management_token(caller: Caller, user: SandboxUser) -> None:
    assert codes(trigger(caller, user.user_id)) == (401, 2020)


def test_a_management_token_is_no_users_token(back_end: Caller) -> None:
    assert codes(back_end.get("list-enrolled-factors")) == (401, 2020)


def test_a_management_token_dies(back_end: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.clock.advance(7200)
    assert codes(trigger(back_end, user.user_id)) == (401, 2020)


def test_the_headers_name_the_tokens_pool(
    back_end: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    back_end.session.headers["x-authing-userpool-id"] = sandbox.user_pool_id
    assert codes(trigger(back_end, user.user_id)) == (200, None)
    back_end.session.headers["x-authing-userpool-id"] = "other"
    assert codes(trigger(back_end, user.user_id)) == (400, None)
