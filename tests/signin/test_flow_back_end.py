"""A back end with its own passwords that uses the service for the second factor alone."""

from __future__ import annotations

import json

import pytest

from authing_mfa import (
    AuthenticationClient,
    CodeRejectedError,
    ManagementClient,
    MFATrigger,
    NotFoundError,
    UnauthorizedError,
    UserIdType,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .answers import EMAIL, PHONE
from .conftest import arrivals

_TOKEN = "/api/v3/get-management-token"


def test_recipe_from_ones_own_password_to_a_checked_second_factor(
    sandbox: Sandbox,
    client: AuthenticationClient,
    administrator: ManagementClient,
    user: SandboxUser,
) -> None:
    sandbox.require_mfa("application", ["OTP", "SMS"])
    # The back end has checked its own password; it asks what this user needs for a second factor
    trigger = administrator.get_mfa_trigger_data(sandbox.app_id, user.user_id)
    session = json.dumps(trigger.to_dict())
    # and, in the request that brings the code, goes on with what it stored.
    challenge = client.challenge(MFATrigger.from_dict(json.loads(session)))
    assert [method.factor_type for method in challenge.methods] == ["OTP", "SMS"]
    with pytest.raises(CodeRejectedError):
        challenge.verify_totp(user.totp_code(step=100))
    result = challenge.verify_totp(user.totp_code())
    # Whoever is handed the result of a challenge checks that it is this user's.
    inspection = client.introspect_mfa_token(result.token or "")
    assert (True, user.user_id) == (inspection.active, inspection.user_id)
    assert sandbox.user_pool_id == inspection.user_pool_id


def test_no_policy_asks_for_none(
    sandbox: Sandbox, administrator: ManagementClient, user: SandboxUser
) -> None:
    trigger = administrator.get_mfa_trigger_data(sandbox.app_id, user.user_id)
    assert trigger.application_mfa == ()


@pytest.mark.parametrize(
    ("user_id", "kind"),
    [
        (EMAIL, UserIdType.EMAIL),
        (PHONE, UserIdType.PHONE),
        ("example-user", UserIdType.USERNAME),
    ],
)
def test_user_may_be_named_otherwise(
    sandbox: Sandbox,
    administrator: ManagementClient,
    user: SandboxUser,
    user_id: str,
    kind: UserIdType,
) -> None:
    trigger = administrator.get_mfa_trigger_data(sandbox.app_id, user_id, user_id_type=kind)
    assert trigger.mfa_email == EMAIL


def test_token_of_the_pool_is_fetched_once(
    sandbox: Sandbox, administrator: ManagementClient, user: SandboxUser
) -> None:
    for _ in range(3):
        administrator.get_mfa_trigger_data(sandbox.app_id, user.user_id)
    assert arrivals(sandbox, _TOKEN) == 1


def test_token_of_the_pool_that_has_ended_is_fetched_anew(
    sandbox: Sandbox, administrator: ManagementClient, user: SandboxUser
) -> None:
    administrator.get_mfa_trigger_data(sandbox.app_id, user.user_id)
    sandbox.clock.advance(7201)
    administrator.get_mfa_trigger_data(sandbox.app_id, user.user_id)
    assert arrivals(sandbox, _TOKEN) == 2


def test_unknown_user_and_unknown_application_are_not_found(
    sandbox: Sandbox, administrator: ManagementClient, user: SandboxUser
) -> None:
    with pytest.raises(NotFoundError):
        administrator.get_mfa_trigger_data(sandbox.app_id, "0" * 24)
    with pytest.raises(NotFoundError):
        administrator.get_mfa_trigger_data("0" * 24, user.user_id)


def test_wrong_key_is_unauthorized_and_asked_for_once(sandbox: Sandbox) -> None:
    with (
        ManagementClient(
            access_key_id=sandbox.access_key_id,
            access_key_secret="sandbox_wrong",
            host=sandbox.url,
        ) as client,
        pytest.raises(UnauthorizedError) as caught,
    ):
        client.get_mfa_trigger_data(sandbox.app_id, "0" * 24)
    assert (caught.value.path, arrivals(sandbox, _TOKEN)) == (_TOKEN, 1)


def test_mfa_token_that_was_never_used_proves_no_second_factor(
    sandbox: Sandbox,
    client: AuthenticationClient,
    administrator: ManagementClient,
    user: SandboxUser,
) -> None:
    sandbox.settings.introspection_accepts = ("verified",)
    sandbox.require_mfa("application")
    trigger = administrator.get_mfa_trigger_data(sandbox.app_id, user.user_id)
    assert not client.introspect_mfa_token(trigger.mfa_token).active
    result = client.challenge(trigger).verify_totp(user.totp_code())
    assert client.introspect_mfa_token(result.token or "").active
