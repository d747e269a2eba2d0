"""`sign-in`, in this process, on a sandbox."""

from __future__ import annotations

import pytest

from authing_mfa import AuthenticationClient
from authing_mfa.sandbox import Sandbox, SandboxUser

from .conftest import Answer, Call


def works(sandbox: Sandbox, token: str) -> bool:
    with AuthenticationClient(
        app_id=sandbox.app_id, app_host=sandbox.url, access_token=token.strip()
    ) as client:
        return bool(client.list_enrolled_factors())


def test_token_is_all_that_goes_to_standard_output(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    done = call("sign-in", "user", answers=(person.password,))
    assert done.code == 0
    assert works(sandbox, done.out)
    assert done.err == "Password:\n"


def test_json_tells_all_tokens(call: Call, sandbox: Sandbox, person: SandboxUser) -> None:
    done = call(
        *("sign-in", "user", "--json", "--scope", "openid offline_access"),
        answers=(person.password,),
    )
    assert works(sandbox, done.document["access_token"])
    assert done.document["refresh_token"]
    assert done.document["expires_at"].endswith("+00:00")


@pytest.mark.parametrize("mode", ["client_secret_post", "client_secret_basic"])
def test_application_proves_itself_as_it_is_told(
    call: Call, sandbox: Sandbox, person: SandboxUser, mode: str
) -> None:
    sandbox.client_auth = mode
    done = call("sign-in", "user", "--client-auth", mode, answers=(person.password,))
    assert done.code == 0
    assert works(sandbox, done.out)


def test_wrong_password_is_told_by_its_exit_code(call: Call, person: SandboxUser) -> None:
    assert call("sign-in", "user", answers=("wrong",)).code == 6


@pytest.mark.parametrize("account", ["user@example.com", "13800000000"])
def test_code_that_is_sent_signs_in(
    call: Call, sandbox: Sandbox, person: SandboxUser, account: str
) -> None:
    done = call(
        "sign-in", account, "--by-code", answers=(lambda: next(iter(sandbox.outbox)).code,)
    )
    assert done.code == 0
    assert works(sandbox, done.out)


def test_code_and_password_together_are_refused(call: Call, person: SandboxUser) -> None:
    done = call("sign-in", "user@example.com", "--by-code", "--directory", "LDAP")
    assert (done.code, done.out) == (2, "")


def test_second_factor_is_chosen_from_a_list(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    sandbox.require_mfa("application")
    done = call("sign-in", "user", answers=(person.password, "otp", person.totp_code))
    assert works(sandbox, done.out)
    assert "  SMS +86 138****0000\n" in done.err
    assert "EMAIL" not in done.err


def test_code_of_the_method_named_is_sent_and_taken(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    sandbox.require_mfa("application")
    answers: tuple[Answer, ...] = (person.password, lambda: next(iter(sandbox.outbox)).code)
    done = call("sign-in", "user", "--method", "SMS", answers=answers)
    assert works(sandbox, done.out)


def test_address_is_not_bound_by_the_password_alone(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    sandbox.require_mfa("application")
    done = call("sign-in", "user", "--method", "EMAIL", answers=(person.password,))
    assert "the challenge offers OTP, SMS" in done.err
    assert list(sandbox.outbox) == []


def test_address_is_bound_on_the_way(call: Call, sandbox: Sandbox) -> None:
    person = sandbox.add_user(username="bare")
    sandbox.require_mfa("application")
    done = call(
        *("sign-in", "bare", "--method", "EMAIL"),
        answers=(person.password, "new@example.com", lambda: next(iter(sandbox.outbox)).code),
    )
    assert works(sandbox, done.out)


def test_phone_is_bound_on_the_way(call: Call, sandbox: Sandbox) -> None:
    person = sandbox.add_user(username="bare")
    sandbox.require_mfa("application", ["SMS"])
    done = call(
        *("sign-in", "bare"),
        answers=(person.password, "13900000000", lambda: next(iter(sandbox.outbox)).code),
    )
    assert done.code == 0


def test_authenticator_is_bound_on_the_way(call: Call, sandbox: Sandbox) -> None:
    person = sandbox.add_user(username="bare")
    sandbox.require_mfa("application", ["OTP"])
    done = call("sign-in", "bare", answers=(person.password, person.totp_code))
    assert works(sandbox, done.out)
    assert "keep this recovery code" in done.err


def test_face_is_bound_on_the_way(call: Call, sandbox: Sandbox) -> None:
    person = sandbox.add_user(username="bare")
    sandbox.require_mfa("application", ["FACE"])
    done = call("sign-in", "bare", answers=(person.password, "photo-a", "photo-b", "photo-c"))
    assert done.code == 0


def test_recovery_code_gives_a_new_one(call: Call, sandbox: Sandbox, person: SandboxUser) -> None:
    sandbox.require_mfa("application")
    done = call(
        *("sign-in", "user", "--method", "recovery", "--json"),
        answers=(person.password, person.recovery_code()),
    )
    assert person.recovery_code() == done.document["recovery_code"]
    assert person.recovery_code() in done.err


@pytest.mark.parametrize("missing", ["id", "token"])
def test_new_recovery_code_is_told_whatever_comes_of_the_sign_in(
    call: Call, sandbox: Sandbox, person: SandboxUser, missing: str
) -> None:
    sandbox.require_mfa("application")
    sandbox.faults.null_fields(missing, path="totp/recovery")
    used = person.recovery_code()
    done = call("sign-in", "user", "--method", "recovery", answers=(person.password, used))
    assert done.code != 0
    assert f"keep your new recovery code: {person.recovery_code()}" in done.err
    assert person.recovery_code() != used


def test_method_that_is_not_offered_is_refused(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    sandbox.require_mfa("application", ["SMS"])
    done = call("sign-in", "user", "--method", "FACE", answers=(person.password,))
    assert done.code == 2
    assert "the challenge offers SMS" in done.err


def test_challenge_that_ran_out_has_a_code_of_its_own(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    sandbox.require_mfa("application", ["OTP"])

    def after_a_while() -> str:
        sandbox.clock.advance(400)
        return person.totp_code()

    assert call("sign-in", "user", answers=(person.password, after_a_while)).code == 8
