"""Users as a test holds them."""

from __future__ import annotations

import enum
import re
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser
from authing_mfa.sandbox.state import ExpiringTable, Token

from .calls import EMAIL, PHONE, Caller, codes


class Kind(enum.StrEnum):
    SMS = "SMS"


def test_credentials_are_what_a_client_takes(sandbox: Sandbox, user: SandboxUser) -> None:
    assert user.credentials == {
        "app_id": sandbox.app_id,
        "app_host": sandbox.url,
        "access_token": user.access_token,
    }


def test_ids_are_24_hexadecimal_digits(sandbox: Sandbox, user: SandboxUser) -> None:
    ids = [user.user_id, sandbox.app_id, sandbox.user_pool_id]
    assert all(re.fullmatch("[0-9a-f]{24}", each) for each in ids)


def test_a_username_and_password_are_made_up(sandbox: Sandbox) -> None:
    user = sandbox.add_user()
    assert user.username == f"user_{user.user_id}"  # as unlike another's as the id
    assert user.password.startswith("sandbox_")


def test_what_is_given_is_kept(sandbox: Sandbox) -> None:
    user = sandbox.add_user(phone=PHONE, email=EMAIL, username="a", password="sandbox-b")
    assert (
        user.phone,
        user.email,
        user.username,
        user.password,
    ) == (PHONE, EMAIL, "a", "sandbox-b")


@pytest.mark.parametrize(
    "taken",
    [{"phone": PHONE}, {"email": EMAIL.upper()}, {"username": "Name"}],
)
def test_an_account_is_one_users_own(sandbox: Sandbox, taken: dict[str, str]) -> None:
    sandbox.add_user(phone=PHONE, email=EMAIL, username="name")
    with pytest.raises(ValueError, match=f"another user has this {next(iter(taken))}"):
        sandbox.add_user(**taken)
    assert len(sandbox.users) == 1


def test_the_same_number_of_another_country_is_another_phone(sandbox: Sandbox) -> None:
    sandbox.add_user(phone=PHONE)
    sandbox.add_user(phone=PHONE, phone_country_code="+1")
    assert len(sandbox.users) == 2


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"factors": ["SMS"]}, "this factor needs phone="),
        ({"factors": ["EMAIL"]}, "this factor needs email="),
        ({"factors": ["PASSKEY"]}, "no factor type 'PASSKEY'"),
        ({"phone": "+8613800000000"}, "phone: digits alone"),
        ({"username": ""}, "username: wanted a str that is not empty"),
    ],
)
def test_a_user_that_cannot_be_is_refused(
    sandbox: Sandbox, facts: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        sandbox.add_user(**facts)
    assert sandbox.users == ()


def test_factors_may_be_members_of_an_enum(sandbox: Sandbox) -> None:
    assert len(sandbox.add_user(phone=PHONE, factors=[Kind.SMS]).factor_ids) == 1


@pytest.mark.parametrize("ask", ["totp_code", "recovery_code"])
def test_without_an_authenticator_there_is_no_code(user: SandboxUser, ask: str) -> None:
    with pytest.raises(LookupError):
        getattr(user, ask)()


def test_the_newest_request_gives_the_code(caller: Caller, user: SandboxUser) -> None:
    caller.request_enrollment("OTP")
    data = caller.request_enrollment("OTP")["data"]
    answer = caller.enroll("OTP", data["enrollmentToken"], passCode=user.totp_code())
    assert codes(answer) == (200, None)


def test_a_request_that_ran_out_gives_none(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    caller.request_enrollment("OTP")
    sandbox.clock.advance(60)
    with pytest.raises(LookupError):
        user.totp_code()


def test_the_sandbox_shows_its_users(sandbox: Sandbox, user: SandboxUser) -> None:
    found = sandbox.users[0]
    assert found.user_id == user.user_id
    with Caller(sandbox, found.access_token) as caller:
        assert codes(caller.get("list-enrolled-factors")) == (200, None)


def test_a_reset_forgets_users_and_tokens(
    caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    app_id = sandbox.app_id
    sandbox.reset()
    assert sandbox.users == ()
    assert codes(caller.get("list-enrolled-factors")) == (401, 2020)
    assert app_id == sandbox.app_id


def test_a_reset_forgets_everything_else(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.faults.status(503, path="signin")
    caller.request_enrollment("SMS", phoneNumber=PHONE)
    sandbox.disable_factor("OTP")
    sandbox.settings.code_length = 4
    sandbox.reset()
    assert (
        len(sandbox.faults),
        len(sandbox.outbox),
        sandbox.settings.code_length,
        sandbox.clock.frozen,
    ) == (0, 0, 6, False)
    with Caller(sandbox, sandbox.add_user().access_token) as other:
        assert len(other.get("list-factors-to-enroll")["data"]) == 4


def test_reprs_hold_no_secret(sandbox: Sandbox, user: SandboxUser) -> None:
    written = repr(user) + repr(sandbox)
    secrets = [user.access_token, user.password, sandbox.app_secret, PHONE, EMAIL]
    assert [each for each in secrets if each in written] == []


def test_tables_let_go_of_what_ran_out() -> None:
    table: ExpiringTable[Token] = ExpiringTable()
    for number in range(2_000):
        token = Token(
            value="x", kind="access", user_id="u", issued_at=number, expires_at=number + 10
        )
        table.put(str(number), token, number)
    assert len(table) <= 1_024
    assert table.get("1999", 2_000) is token
    assert table.get("1999", 2_009) is None
