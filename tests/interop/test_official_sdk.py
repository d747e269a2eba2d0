"""The official Python SDK, unmodified, against the sandbox, beside our own client."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa import AuthenticationClient, Factor, FactorType, NotFoundError
from authing_mfa.sandbox import Sandbox, SandboxUser

from .conftest import PYTHON, OfficialSDK

if not PYTHON:
    pytest.skip("make interop runs these: they need the official SDK", allow_module_level=True)


@pytest.fixture
def factor(client: AuthenticationClient, sandbox: Sandbox) -> Factor:
    enrollment = client.begin_enrollment(FactorType.EMAIL, email="user@example.com")
    enrollment.confirm(sandbox.outbox.last_code(email="user@example.com"))
    (factor,) = client.list_enrolled_factors()
    return factor


def test_lists_a_factor_that_our_client_enrolled(sdk: OfficialSDK, factor: Factor) -> None:
    assert [factor.to_dict()] == sdk.call("list_enrolled_factors")["data"]


def test_gets_a_factor_that_our_client_enrolled(sdk: OfficialSDK, factor: Factor) -> None:
    assert factor.to_dict() == sdk.call("get_factor", factor_id=factor.factor_id)["data"]


def test_lists_the_types_to_enroll_that_our_client_lists(
    sdk: OfficialSDK, client: AuthenticationClient
) -> None:
    types = client.list_factors_to_enroll()

    assert types
    assert [{"factorType": each} for each in types] == sdk.call("list_factors_to_enroll")["data"]


@pytest.mark.parametrize(
    ("factor_type", "profile", "target"),
    [
        (
            FactorType.SMS,
            {"phoneNumber": "18800009999", "phoneCountryCode": "+86"},
            {"phone": "18800009999"},
        ),
        (FactorType.EMAIL, {"email": "new@example.com"}, {"email": "new@example.com"}),
    ],
)
def test_enrolls_with_a_code(
    sdk: OfficialSDK,
    client: AuthenticationClient,
    sandbox: Sandbox,
    factor_type: FactorType,
    profile: dict[str, str],
    target: dict[str, str],
) -> None:
    sent = sdk.call("send_enroll_factor_request", profile=profile, factor_type=factor_type)
    enroll(sdk, factor_type, sent, sandbox.outbox.last_code(**target))

    assert [factor_type] == [each.factor_type for each in client.list_enrolled_factors()]


def test_enrolls_a_totp(sdk: OfficialSDK, client: AuthenticationClient, user: SandboxUser) -> None:
    enroll_totp(sdk, user)

    assert [each.factor_type for each in client.list_enrolled_factors()] == [FactorType.OTP]


def test_verifies_a_totp(sdk: OfficialSDK, sandbox: Sandbox, user: SandboxUser) -> None:
    enroll_totp(sdk, user)
    sandbox.clock.advance(30)

    assert sdk.call("mfa_otp_verify", totp=user.totp_code())["data"] == {"verified": True}


def test_a_wrong_totp_is_not_verified(
    sdk: OfficialSDK, sandbox: Sandbox, user: SandboxUser
) -> None:
    enroll_totp(sdk, user)
    sandbox.clock.advance(30)
    answer = sdk.call("mfa_otp_verify", totp=user.totp_code(step=100))

    assert answer.get("apiCode") == 6001 or answer["data"] == {"verified": False}


def test_resets_a_factor_that_our_client_enrolled(
    sdk: OfficialSDK, client: AuthenticationClient, factor: Factor
) -> None:
    assert sdk.call("reset_factor", factor_id=factor.factor_id)["statusCode"] == 200
    assert client.list_enrolled_factors() == ()


def test_is_refused_with_the_codes_of_our_error(
    sdk: OfficialSDK, client: AuthenticationClient
) -> None:
    with pytest.raises(NotFoundError) as refused:
        client.get_factor("6229ffaa0000000000001234|phone")
    answer = sdk.call("get_factor", factor_id="6229ffaa0000000000001234|phone")

    assert refused.value.status_code == answer["statusCode"]
    assert refused.value.api_code == answer.get("apiCode")


def enroll_totp(sdk: OfficialSDK, user: SandboxUser) -> None:
    sent = sdk.call("send_enroll_factor_request", profile={}, factor_type="OTP")
    enroll(sdk, "OTP", sent, user.totp_code())


def enroll(sdk: OfficialSDK, factor_type: str, sent: dict[str, Any], pass_code: str) -> None:
    enrolled = sdk.call(
        "enroll_factor",
        enrollment_data={"passCode": pass_code},
        enrollment_token=sent["data"]["enrollmentToken"],
        factor_type=factor_type,
    )
    assert enrolled["statusCode"] == 200
