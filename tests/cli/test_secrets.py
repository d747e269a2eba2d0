"""Secrets: where they may come from, and where they never go."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from authing_mfa import AuthenticationClient, UnauthorizedError
from authing_mfa.sandbox import Sandbox, SandboxUser

from .conftest import Call

TOKEN = "marked-token-of-a-test"


class Keyring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Unreadable(Keyring):
    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked


class Locked(Keyring):
    refused = ""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.refused = password
        raise keyring.errors.KeyringLocked(password)


class Broken(Keyring):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise ZeroDivisionError


Use: TypeAlias = Callable[[Keyring], Keyring]


@pytest.fixture
def use() -> Iterator[Use]:
    """Put another keyring in place of the system's."""
    own = keyring.get_keyring()

    def use(backend: Keyring) -> Keyring:
        keyring.set_keyring(backend)
        return backend

    yield use
    keyring.set_keyring(own)


@pytest.mark.parametrize("flag", ["--access-token", "--app-secret"])
def test_secret_on_the_command_line_works_and_warns(
    call: Call, person: SandboxUser, flag: str
) -> None:
    value = {"--access-token": person.access_token, "--app-secret": "unused"}[flag]
    done = call("factors", "list", flag, value)
    assert done.code == 0
    assert f"warning: {flag} on the command line" in done.err
    assert value not in done.err


def test_password_and_code_on_the_command_line_warn(call: Call, person: SandboxUser) -> None:
    assert "warning: --password" in call("sign-in", "user", "--password", person.password).err
    assert "warning: --code" in call("verify", "--code", person.totp_code()).err


def test_secret_of_the_environment_does_not_warn(call: Call, person: SandboxUser) -> None:
    assert call("factors", "list").err == ""


def test_secret_may_come_from_standard_input(
    call: Call, person: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTHING_ACCESS_TOKEN")
    done = call("factors", "list", "--access-token", "-", answers=(person.access_token,))
    assert (done.code, done.err) == (0, "")


def test_rejected_token_shows_nowhere(
    call: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_ACCESS_TOKEN", TOKEN)
    for arguments in (("factors", "list"), ("factors", "list", "--json"), ("doctor",)):
        done = call(*arguments)
        assert done.code != 0
        assert TOKEN not in done.out + done.err


def test_keyring_keeps_the_token_in_place_of_standard_output(
    call: Call, person: SandboxUser, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = use(Keyring()).kept
    signed_in = call("sign-in", "user", "--keyring", "--json", answers=(person.password,))
    assert signed_in.document == {"stored": True}
    assert len(kept) == 1
    assert next(iter(kept.values())) not in signed_in.err
    monkeypatch.delenv("AUTHING_ACCESS_TOKEN")
    assert call("factors", "list", "--keyring").code == 0


def test_empty_keyring_says_what_to_do(call: Call, sandbox: Sandbox, use: Use) -> None:
    use(Keyring())
    done = call("factors", "list", "--keyring")
    assert done.code == 2
    assert "sign-in --keyring" in done.err


def test_locked_keyring_is_told_without_the_token(
    call: Call, person: SandboxUser, use: Use
) -> None:
    use(Locked())
    done = call("sign-in", "user", "--keyring", answers=(person.password,))
    assert done.code == 2
    assert "the system's keyring cannot be used (KeyringLocked)" in done.err
    assert "sandbox_" not in done.out + done.err


def test_traceback_of_a_broken_keyring_holds_no_secret(
    call: Call, person: SandboxUser, use: Use, capsys: pytest.CaptureFixture[str]
) -> None:
    use(Broken())
    with pytest.raises(ZeroDivisionError) as caught:
        call("sign-in", "user", "--keyring", answers=(person.password,))
    shown = "".join((*traceback.format_exception(caught.value), *capsys.readouterr()))
    assert "sandbox_" not in shown
    assert person.password not in shown


def test_nothing_is_kept_without_being_asked(
    call: Call, person: SandboxUser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert call("sign-in", "user", answers=(person.password,)).code == 0
    assert list(tmp_path.iterdir()) == []


def stored(keyring: Keyring) -> str:
    (token,) = keyring.kept.values()
    return token


def works(sandbox: Sandbox, token: str) -> bool:
    with AuthenticationClient(
        app_id=sandbox.app_id, app_host=sandbox.url, access_token=token
    ) as client:
        try:
            return bool(client.list_enrolled_factors())
        except UnauthorizedError:
            return False


@pytest.fixture
def kept(call: Call, person: SandboxUser, use: Use, monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """Give a keyring with a sign-in of the person."""
    keyring = use(Keyring())
    assert call("sign-in", "user", "--keyring", answers=(person.password,)).code == 0
    monkeypatch.delenv("AUTHING_ACCESS_TOKEN")
    return keyring


def test_sign_out_revokes_and_removes_what_is_stored(
    call: Call, sandbox: Sandbox, kept: Keyring
) -> None:
    token = stored(kept)
    assert works(sandbox, token)
    done = call("sign-out")
    assert (done.code, done.out) == (0, "signed out\n")
    assert kept.kept == {}
    assert not works(sandbox, token)
    assert call("sign-out").code == 2


def test_sign_out_that_stays_here_only_removes(
    call: Call, sandbox: Sandbox, kept: Keyring
) -> None:
    token = stored(kept)
    assert call("sign-out", "--local", "--json").document == {"removed": True, "revoked": False}
    assert kept.kept == {}
    assert works(sandbox, token)


def test_sign_out_that_does_not_reach_the_service_can_be_tried_again(
    call: Call, sandbox: Sandbox, kept: Keyring
) -> None:
    token = stored(kept)
    sandbox.faults.status(500)
    assert call("sign-out").code == 10
    assert stored(kept) == token
    assert call("sign-out").code == 0
    assert not works(sandbox, token)


def test_signing_in_over_a_stored_sign_in_revokes_it(
    call: Call, sandbox: Sandbox, person: SandboxUser, kept: Keyring
) -> None:
    before = stored(kept)
    assert call("sign-in", "user", "--keyring", answers=(person.password,)).code == 0
    assert stored(kept) != before
    assert works(sandbox, stored(kept))
    assert not works(sandbox, before)


def test_failed_sign_in_leaves_the_stored_one(
    call: Call, sandbox: Sandbox, person: SandboxUser, kept: Keyring
) -> None:
    before = stored(kept)
    assert call("sign-in", "user", "--keyring", answers=("wrong",)).code == 6
    assert stored(kept) == before
    assert works(sandbox, before)


def test_sign_in_before_that_cannot_be_revoked_is_told(
    call: Call, sandbox: Sandbox, person: SandboxUser, kept: Keyring
) -> None:
    before = stored(kept)
    sandbox.faults.status(500, path="revocation")
    done = call("sign-in", "user", "--keyring", answers=(person.password,))
    assert done.code == 0
    assert "the sign-in before could not be revoked: " in done.err
    assert before not in done.err + done.out
    assert stored(kept) != before


def test_keyring_that_cannot_be_used_is_told_before_the_sign_in(
    call: Call, sandbox: Sandbox, person: SandboxUser, use: Use
) -> None:
    use(Unreadable())
    done = call("sign-in", "user", "--keyring")
    assert done.code == 2
    assert "cannot be used (KeyringLocked)" in done.err
    assert "Password" not in done.err


def test_token_that_cannot_be_stored_is_revoked(
    call: Call, sandbox: Sandbox, person: SandboxUser, use: Use
) -> None:
    locked = use(Locked())
    assert call("sign-in", "user", "--keyring", answers=(person.password,)).code == 2
    assert isinstance(locked, Locked)
    assert not works(sandbox, locked.refused)


def test_address_with_a_slash_at_its_end_is_the_same_place(
    call: Call, sandbox: Sandbox, kept: Keyring
) -> None:
    assert call("sign-out", "--host", f"{sandbox.url}/").code == 0
