"""Refreshing and revoking tokens."""

from __future__ import annotations

import base64

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import Caller, Json, codes


@pytest.fixture
def tokens(stranger: Caller, user: SandboxUser) -> Json:
    """The token set of a sign-in with offline access."""
    data = stranger.by_password(user, scope="openid offline_access")["data"]
    return dict(data)


def refresh(caller: Caller, token: str, **client: str) -> tuple[int, Json]:
    answer = caller.token(grant_type="refresh_token", refresh_token=token, **client)
    return answer.status_code, dict(answer.json())


def is_good(sandbox: Sandbox, token: str) -> bool:
    with Caller(sandbox, token) as caller:
        return codes(caller.get("list-enrolled-factors")) == (200, None)


def test_a_refresh_gives_a_new_token_set(stranger: Caller, sandbox: Sandbox, tokens: Json) -> None:
    status, fresh = refresh(stranger, tokens["refresh_token"])
    assert status == 200
    always = {"access_token", "id_token", "scope", "token_type", "expires_in"}
    assert set(fresh) == always | {"refresh_token"}
    assert is_good(sandbox, fresh["access_token"])
    assert fresh["refresh_token"] != tokens["refresh_token"]


def test_a_refresh_outlives_the_access_token(
    stranger: Caller, sandbox: Sandbox, tokens: Json
) -> None:
    sandbox.clock.advance(7200)
    assert not is_good(sandbox, tokens["access_token"])
    assert is_good(sandbox, refresh(stranger, tokens["refresh_token"])[1]["access_token"])


def test_the_lifetimes_name_is_a_setting(stranger: Caller, sandbox: Sandbox, tokens: Json) -> None:
    sandbox.settings.oidc_lifetime_key = "expire_in"
    assert refresh(stranger, tokens["refresh_token"])[1]["expire_in"] == 7200


def test_a_rotated_refresh_token_is_good_once(stranger: Caller, tokens: Json) -> None:
    refresh(stranger, tokens["refresh_token"])
    status, error = refresh(stranger, tokens["refresh_token"])
    assert (status, error["error"]) == (400, "invalid_grant")
    assert set(error) == {"error", "error_description"}


def test_its_reuse_can_end_the_whole_sign_in(
    stranger: Caller, sandbox: Sandbox, tokens: Json
) -> None:
    sandbox.settings.refresh_reuse_revokes = True
    fresh = refresh(stranger, tokens["refresh_token"])[1]
    refresh(stranger, tokens["refresh_token"])
    assert not is_good(sandbox, fresh["access_token"])
    assert refresh(stranger, fresh["refresh_token"])[0] == 400


def test_without_rotation_the_refresh_token_stays(
    stranger: Caller, sandbox: Sandbox, tokens: Json
) -> None:
    sandbox.settings.rotate_refresh_token = False
    for _ in range(2):
        status, fresh = refresh(stranger, tokens["refresh_token"])
        assert (status, "refresh_token" in fresh) == (200, False)


def test_a_refresh_token_dies(stranger: Caller, sandbox: Sandbox, tokens: Json) -> None:
    sandbox.clock.advance(30 * 86_400)
    assert refresh(stranger, tokens["refresh_token"])[0] == 400


def test_an_access_token_refreshes_nothing(stranger: Caller, tokens: Json) -> None:
    assert refresh(stranger, tokens["access_token"])[1]["error"] == "invalid_grant"


def test_other_grants_are_not_supported(stranger: Caller) -> None:
    answer = stranger.token(grant_type="password")
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_a_request_without_a_grant_is_invalid(stranger: Caller) -> None:
    for answer in (stranger.token(), stranger.send("POST", "/oidc/token", json={})):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_the_application_proves_itself_in_the_body(
    stranger: Caller, sandbox: Sandbox, tokens: Json
) -> None:
    sandbox.client_auth = "client_secret_post"
    token = tokens["refresh_token"]
    client = {"client_id": sandbox.app_id, "client_secret": "wrong"}
    status, error = refresh(stranger, token, **client)
    assert (status, error["error"]) == (401, "invalid_client")
    client["client_secret"] = sandbox.app_secret
    assert refresh(stranger, token, **client)[0] == 200


def test_the_application_proves_itself_by_basic_authentication(
    stranger: Caller, sandbox: Sandbox, tokens: Json
) -> None:
    sandbox.client_auth = "client_secret_basic"
    assert refresh(stranger, tokens["refresh_token"])[0] == 401
    pair = f"{sandbox.app_id}:{sandbox.app_secret}".encode()
    stranger.session.headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    assert refresh(stranger, tokens["refresh_token"])[0] == 200


def revoke(caller: Caller, token: str) -> None:
    answer = caller.send("POST", "/oidc/token/revocation", data={"token": token})
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_revoked_refresh_token_ends_the_sign_in(
    stranger: Caller, sandbox: Sandbox, tokens: Json
) -> None:
    revoke(stranger, tokens["refresh_token"])
    assert not is_good(sandbox, tokens["access_token"])
    assert refresh(stranger, tokens["refresh_token"])[0] == 400


def test_a_revoked_access_token_leaves_the_refresh_token(
    stranger: Caller, sandbox: Sandbox, tokens: Json
) -> None:
    revoke(stranger, tokens["access_token"])
    assert not is_good(sandbox, tokens["access_token"])
    assert refresh(stranger, tokens["refresh_token"])[0] == 200


def test_an_unknown_token_is_revoked_without_a_word(stranger: Caller) -> None:
    revoke(stranger, "unknown")


def test_revoking_leaves_other_sign_ins(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser, tokens: Json
) -> None:
    other = stranger.by_password(user, scope="openid offline_access")["data"]
    revoke(stranger, tokens["refresh_token"])
    assert is_good(sandbox, other["access_token"])
