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


class Locked(Keyring):
    def set_password(self, service: str, username: str, password: str) -> None:
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
    assert 0 == done.code
    assert f"warning: {flag} on the command line" in done.err
    assert value not in done.err


def test_password_and_code_on_the_command_line_warn(call: Call, person: SandboxUser) -> None:
    assert "warning: --password" in call("sign-in", "user", "--password", person.password).err
    assert "warning: --code" in call("verify", "--code", person.totp_code()).err


def test_secret_of_the_environment_does_not_warn(call: Call, person: SandboxUser) -> None:
    assert "" == call("factors", "list").err


def test_secret_may_come_from_standard_input(
    call: Call, person: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTHING_ACCESS_TOKEN")
    done = call("factors", "list", "--access-token", "-", answers=(person.access_token,))
    assert (0, "") == (done.code, done.err)


def test_rejected_token_shows_nowhere(
    call: Call, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_ACCESS_TOKEN", TOKEN)
    for arguments in (("factors", "list"), ("factors", "list", "--json"), ("doctor",)):
        done = call(*arguments)
        assert 0 != done.code
        assert TOKEN not in done.out + done.err


def test_keyring_keeps_the_token_in_place_of_standard_output(
    call: Call, person: SandboxUser, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = use(Keyring()).kept
    signed_in = call("sign-in", "user", "--keyring", "--json", answers=(person.password,))
    assert {"stored": True} == signed_in.document
    assert 1 == len(kept)
    assert next(iter(kept.values())) not in signed_in.err
    monkeypatch.delenv("AUTHING_ACCESS_TOKEN")
    assert 0 == call("factors", "list", "--keyring").code


def test_empty_keyring_says_what_to_do(call: Call, sandbox: Sandbox, use: Use) -> None:
    use(Keyring())
    done = call("factors", "list", "--keyring")
    assert 2 == done.code
    assert "sign-in --keyring" in done.err


def test_locked_keyring_is_told_without_the_token(
    call: Call, person: SandboxUser, use: Use
) -> None:
    use(Locked())
    done = call("sign-in", "user", "--keyring", answers=(person.password,))
    assert 2 == done.code
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
    assert 0 == call("sign-in", "user", answers=(person.password,)).code
    assert [] == list(tmp_path.iterdir())
