"""Access tokens: their headers and their life."""

from __future__ import annotations

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import Caller, codes

SIGNED_IN = [
    ("GET", "/api/v3/list-enrolled-factors"),
    ("GET", "/api/v3/list-factors-to-enroll"),
    ("GET", "/api/v3/get-factor?factorId=x"),
    ("GET", "/api/v3/get-security-info"),
    ("POST", "/api/v3/send-enroll-factor-request"),
    ("POST", "/api/v3/enroll-factor"),
    ("POST", "/api/v3/reset-factor"),
    ("POST", "/api/v3/mfa-totp-verify"),
]


def status_with(stranger: Caller, **headers: str) -> tuple[int, int | None]:
    answer = stranger.send("GET", "/api/v3/list-enrolled-factors", headers=headers)
    return codes(answer.json())


@pytest.mark.parametrize(("method", "path"), SIGNED_IN)
def test_a_call_without_a_token_is_refused(stranger: Caller, method: str, path: str) -> None:
    assert codes(stranger.send(method, path).json()) == (401, 2020)


def test_a_refusal_is_a_200_of_http(stranger: Caller) -> None:
    assert stranger.send("GET", "/api/v3/list-enrolled-factors").status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", ""])
def test_a_token_counts_raw_and_as_bearer(
    stranger: Caller, user: SandboxUser, scheme: str
) -> None:
    found = status_with(stranger, authorization=scheme + user.access_token)
    assert found == (200, None)


@pytest.mark.parametrize(("taken", "scheme"), [("raw", "Bearer "), ("bearer", "")])
def test_the_schemes_are_a_setting(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser, taken: str, scheme: str
) -> None:
    sandbox.settings.authorization_schemes = (taken,)
    found = status_with(stranger, authorization=scheme + user.access_token)
    assert found == (401, 2020)


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer ", "Basic eDp5", "sandbox_unknown"])
def test_what_is_no_token_is_refused(stranger: Caller, token: str) -> None:
    assert status_with(stranger, authorization=token) == (401, 2020)


def test_an_mfa_token_is_no_access_token(stranger: Caller, user: SandboxUser) -> None:
    assert status_with(stranger, authorization=user.new_mfa_token()) == (401, 2020)


def test_an_access_token_dies(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.clock.advance(7199)
    assert codes(caller.get("list-enrolled-factors")) == (200, None)
    sandbox.clock.advance(1)
    assert codes(caller.get("list-enrolled-factors")) == (401, 2020)


def test_its_life_is_a_setting(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.access_token_lifetime = 5
    token = user.new_access_token()
    sandbox.clock.advance(5)
    assert status_with(stranger, authorization=token) == (401, 2020)


def test_tokens_are_marked_as_the_sandboxs(user: SandboxUser) -> None:
    assert user.access_token.startswith("sandbox_")


@pytest.mark.parametrize("prefix", ["x-authing", "x-genauth"])
def test_both_names_of_the_application_id_are_read(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser, prefix: str
) -> None:
    headers = {"authorization": user.access_token, f"{prefix}-app-id": sandbox.app_id}
    assert status_with(stranger, **headers) == (200, None)
    headers[f"{prefix}-app-id"] = "f" * 24
    assert status_with(stranger, **headers) == (404, 2011)


def test_the_header_prefixes_are_a_setting(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.header_prefixes = ("x-genauth-",)
    sandbox.settings.app_id_required = True
    headers = {"authorization": user.access_token, "x-authing-app-id": sandbox.app_id}
    assert status_with(stranger, **headers) == (400, None)


def test_a_scope_can_be_demanded(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.factor_scope = "factors"
    assert status_with(stranger, authorization=user.access_token) == (403, None)
    token = user.new_access_token(scope="openid factors")
    assert status_with(stranger, authorization=token) == (200, None)
