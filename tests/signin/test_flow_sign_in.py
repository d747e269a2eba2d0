"""From a password or a code to tokens, and out again, over HTTP against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa import (
    AccountLockedError,
    APIError,
    AuthenticationClient,
    Channel,
    CodeRejectedError,
    CredentialsRejectedError,
    FactorType,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    PasswordEncryption,
    PasswordResetRequiredError,
    SignInIncompleteError,
    SignInOptions,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .answers import EMAIL, PHONE, another
from .conftest import Connect, arrivals

_OFFLINE = SignInOptions(scope="openid offline_access")


@pytest.mark.parametrize(
    "name",
    [
        {"account": "example-user"},
        {"account": EMAIL},
        {"account": PHONE},
        {"username": "example-user"},
        {"email": EMAIL},
        {"phone": PHONE},
    ],
)
def test_password_gets_tokens_and_tokens_list_factors(
    client: AuthenticationClient, user: SandboxUser, name: dict[str, Any]
) -> None:
    tokens = client.sign_in(**name, password=user.password)
    factors = client.as_user(tokens).list_enrolled_factors()
    assert {"SMS", "EMAIL", "OTP", "FACE"} == {factor.factor_type for factor in factors}


@pytest.mark.parametrize("directory", ["LDAP", "AD"])
def test_directory_gets_tokens(
    client: AuthenticationClient, user: SandboxUser, directory: str
) -> None:
    tokens = client.sign_in("example-user", password=user.password, directory=directory)
    assert len(client.as_user(tokens).list_enrolled_factors()) == 4


def test_code_by_sms_gets_tokens(
    sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
) -> None:
    client.send_sms(PHONE)
    tokens = client.sign_in(phone=PHONE, pass_code=sandbox.outbox.last_code(phone=PHONE))
    assert len(client.as_user(tokens).list_enrolled_factors()) == 4


def test_code_by_email_gets_tokens(
    sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
) -> None:
    client.send_email(EMAIL)
    tokens = client.sign_in(email=EMAIL, pass_code=sandbox.outbox.last_code(email=EMAIL))
    assert len(client.as_user(tokens).list_enrolled_factors()) == 4


def test_stranger_is_registered_where_wanted(
    sandbox: Sandbox, client: AuthenticationClient
) -> None:
    client.send_email("new@example.com")
    code = sandbox.outbox.last_code(email="new@example.com")
    options = SignInOptions(auto_register=True)
    tokens = client.sign_in(email="new@example.com", pass_code=code, options=options)
    assert client.as_user(tokens).list_enrolled_factors() == ()


def test_encrypted_password_gets_tokens(client: AuthenticationClient, user: SandboxUser) -> None:
    tokens = client.sign_in(
        "example-user", password=user.password, encryption=PasswordEncryption()
    )
    assert len(client.as_user(tokens).list_enrolled_factors()) == 4


@pytest.mark.parametrize("mode", ["client_secret_post", "client_secret_basic", "none"])
def test_application_proves_itself_in_each_mode(
    sandbox: Sandbox, connect: Connect, user: SandboxUser, mode: str
) -> None:
    sandbox.client_auth = mode
    sandbox.settings.access_token_lifetime = 1
    secret = None if mode == "none" else sandbox.app_secret
    client = connect(client_auth=mode, app_secret=secret)
    signed_in = client.as_user(
        client.sign_in("example-user", password=user.password, options=_OFFLINE)
    )
    signed_in.list_enrolled_factors()
    signed_in.sign_out()
    assert (
        arrivals(sandbox, "/oidc/token"),
        arrivals(sandbox, "/oidc/token/revocation"),
    ) == (1, 2)


@pytest.mark.parametrize("mode", ["client_secret_post", "client_secret_basic"])
def test_application_that_does_not_prove_itself_is_unauthorized(
    sandbox: Sandbox, connect: Connect, user: SandboxUser, mode: str
) -> None:
    sandbox.client_auth = mode
    for client in (connect(), connect(client_auth=mode, app_secret="sandbox_wrong")):
        with pytest.raises(UnauthorizedError):
            client.sign_in("example-user", password=user.password)


_BLOCKS: dict[str, type[APIError]] = {
    "user_locked": AccountLockedError,
    "user_suspended": ForbiddenError,
    "must_set_password": PasswordResetRequiredError,
    "must_reset_password": PasswordResetRequiredError,
    "must_complete": SignInIncompleteError,
}


@pytest.mark.parametrize(("block", "cls"), _BLOCKS.items())
def test_account_that_may_not_sign_in_has_its_error(
    client: AuthenticationClient, user: SandboxUser, block: str, cls: type[APIError]
) -> None:
    user.block_sign_in(block)
    with pytest.raises(cls) as caught:
        client.sign_in("example-user", password=user.password)
    assert cls is type(caught.value)


@pytest.mark.parametrize("account", ["example-user", "nobody"])
def test_wrong_account_and_wrong_password_are_the_same(
    client: AuthenticationClient, user: SandboxUser, account: str
) -> None:
    with pytest.raises(CredentialsRejectedError):
        client.sign_in(account, password="sandbox_wrong")


def test_account_is_locked_after_too_many_wrong_passwords(
    sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
) -> None:
    sandbox.settings.max_password_failures = 2
    for _ in range(2):
        with pytest.raises(CredentialsRejectedError):
            client.sign_in("example-user", password="sandbox_wrong")
    with pytest.raises(AccountLockedError):
        client.sign_in("example-user", password=user.password)
    sandbox.clock.advance(sandbox.settings.lockout_time)
    assert client.sign_in("example-user", password=user.password).access_token


def test_wrong_code_and_used_code_are_rejected(
    sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
) -> None:
    client.send_sms(PHONE)
    code = sandbox.outbox.last_code(phone=PHONE)
    with pytest.raises(CodeRejectedError):
        client.sign_in(phone=PHONE, pass_code=another(code))
    client.sign_in(phone=PHONE, pass_code=code)
    with pytest.raises(CodeRejectedError):
        client.sign_in(phone=PHONE, pass_code=code)


def test_code_of_another_channel_is_rejected(
    sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
) -> None:
    client.send_sms(PHONE, channel=Channel.VERIFY_MFA)
    with pytest.raises(CodeRejectedError):
        client.sign_in(phone=PHONE, pass_code=sandbox.outbox.last_code(phone=PHONE))


def test_second_code_within_the_minute_is_refused(
    sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
) -> None:
    client.send_email(EMAIL)
    with pytest.raises(InvalidOperationError):
        client.send_email(EMAIL)
    sandbox.clock.advance(61)
    client.send_email(EMAIL)


def test_hex_is_not_what_the_sandbox_reads(
    client: AuthenticationClient, user: SandboxUser
) -> None:
    with pytest.raises(InvalidArgumentError):
        client.sign_in(
            "example-user", password=user.password, encryption=PasswordEncryption("rsa", "hex")
        )


def test_signing_out_ends_all_tokens_of_the_sign_in(
    client: AuthenticationClient, user: SandboxUser
) -> None:
    tokens = client.sign_in("example-user", password=user.password, options=_OFFLINE)
    other = client.sign_in("example-user", password=user.password)
    client.as_user(tokens).sign_out()
    with pytest.raises(UnauthorizedError):
        client.as_user(tokens.access_token).list_enrolled_factors()
    with pytest.raises(UnauthorizedError):
        client.as_user(tokens).list_enrolled_factors()
    assert len(client.as_user(other).list_enrolled_factors()) == 4


def test_script_signs_in_and_goes_on(client: AuthenticationClient, user: SandboxUser) -> None:
    client.set_access_token(client.sign_in("example-user", password=user.password))
    kinds = [factor.factor_type for factor in client.list_enrolled_factors()]
    assert FactorType.OTP in kinds
