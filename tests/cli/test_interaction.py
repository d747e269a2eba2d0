"""Commands that ask: a person at a terminal, and a program at the other end of pipes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from authing_mfa.sandbox import SandboxUser

from .processes import COMMAND, TIMEOUT, at_a_terminal, end, posix, terminal

pytestmark = pytest.mark.slow

CODE = r"\): (\d{6})"
AUTHENTICATOR = r"authenticator shows (\d{6})"


class Program:
    """A program that reads standard error and writes standard input; it looks like a person."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.match: Any = None

    def expect(self, pattern: str) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.match = re.search(pattern, line)
            if self.match:
                return
        raise AssertionError(f"never said: {pattern}")

    def sendline(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()


@contextmanager
def in_a_pipe(*arguments: str) -> Iterator[Program]:
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*COMMAND, *arguments], text=True, **streams) as process:  # type: ignore[call-overload]
        try:
            yield Program(process)
        finally:
            process.kill()


def ended(person: Any) -> tuple[int, str]:
    if not isinstance(person, Program):
        found = end(person)
        return found.code, found.text
    out, _ = person.process.communicate(timeout=TIMEOUT)
    return person.process.returncode, out


Start = Callable[..., Any]
AT = pytest.mark.parametrize("start", [pytest.param(at_a_terminal, marks=posix), in_a_pipe])


@AT
def test_sign_in_goes_through_password_and_second_factor(start: Start) -> None:
    with start("sign-in", "user", "--host", "sandbox") as person:
        person.expect(r"password is (sandbox_[\w-]+)")
        password = person.match.group(1)
        person.expect("Password:")
        person.sendline(password)
        person.expect("Which one")
        person.sendline("SMS")
        person.expect(CODE)
        code = person.match.group(1)
        person.expect("Code:")
        person.sendline(code)
        status, text = ended(person)
    assert status == 0
    assert password not in text
    assert code not in text
    assert len(text.split()) == 1


@AT
def test_authenticator_is_enrolled(start: Start) -> None:
    with start("factors", "enroll", "OTP", "--host", "sandbox") as person:
        person.expect("into the app: (?:[A-Z2-7]{4} ){3}[A-Z2-7]{4}")
        person.expect(AUTHENTICATOR)
        code = person.match.group(1)
        person.expect("Code:")
        person.sendline(code)
        status, text = ended(person)
    assert (status, text.strip()) == (0, "OTP is bound")


@AT
def test_code_is_verified(start: Start) -> None:
    with start("verify", "--host", "sandbox") as person:
        person.expect(AUTHENTICATOR)
        code = person.match.group(1)
        person.expect("Code of the authenticator:")
        person.sendline(code)
        status, text = ended(person)
    assert (status, text.strip()) == (0, "the code is right")


@AT
def test_reset_is_agreed_to(start: Start) -> None:
    with start("factors", "reset", "SMS", "--host", "sandbox") as person:
        person.expect("Unbind SMS")
        person.sendline("y")
        status, text = ended(person)
    assert status == 0
    assert text.strip().endswith("is unbound")


@posix
def test_terminal_shows_a_qr_code(person: SandboxUser) -> None:
    with at_a_terminal("factors", "enroll", "OTP", "--host", "sandbox") as user:
        user.expect("Code:")
        assert user.before.count("█████") > 10


@posix
def test_mistyped_code_may_be_typed_again() -> None:
    with at_a_terminal("verify", "--host", "sandbox") as person:
        person.expect(AUTHENTICATOR)
        code = person.match.group(1)
        for wrong in ("000000", "12"):
            person.expect("Code of the authenticator:")
            person.sendline(wrong)
        person.expect("wanted 6 digits")
        person.expect("Code of the authenticator:")
        person.sendline(code)
        assert end(person).code == 0


@posix
def test_token_that_is_missing_is_asked_for(
    person: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTHING_ACCESS_TOKEN")
    with at_a_terminal("factors", "list") as user:
        user.expect("Access token:")
        user.sendline(person.access_token)
        found = end(user)
    assert found.code == 0
    assert "SMS" in found.text
    assert person.access_token not in found.text


@posix
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_no_secret_is_in_the_process_list(person: SandboxUser) -> None:
    with at_a_terminal("sign-in", "user") as user:
        user.expect("Password:")
        started = [user.pid, *_children(user.pid)]
        shown = "".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in started)
        assert "authing_mfa.cli" in shown
        for secret in (person.password, person.access_token, os.environ["AUTHING_APP_SECRET"]):
            assert secret not in shown
        user.sendline(person.password)
        assert end(user).code == 0


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@posix
def test_ctrl_c_at_a_question_ends_with_130() -> None:
    with at_a_terminal("sign-in", "user", "--host", "sandbox") as person:
        person.expect("Password:")
        person.sendintr()
        found = end(person)
    assert found.code == 130
    assert "Traceback" not in found.text


STUCK = """
import time
from authing_mfa.cli import app, main

def stuck(arguments):
    try:
        print("begun", flush=True)
        time.sleep(60)
    finally:
        print("tidying", flush=True)
        time.sleep(60)

app.run = stuck
raise SystemExit(main())
"""


@posix
def test_second_ctrl_c_ends_at_once_with_130() -> None:
    with terminal(["-c", STUCK]) as person:
        person.expect("begun")
        person.sendintr()
        person.expect("tidying")
        person.sendintr()
        found = end(person)
    assert found.code == 130
    assert "Traceback" not in found.text


@posix
def test_ctrl_c_that_is_ignored_stays_ignored() -> None:
    code = "import signal; from authing_mfa.cli import main; main()"
    ignoring = code.replace("; from", "; signal.signal(signal.SIGINT, signal.SIG_IGN); from")
    for begin, expected in ((code, False), (ignoring, True)):
        asked = f"{begin}; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
        done = subprocess.run(
            [sys.executable, "-c", asked, "explain", "2001"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=True,
        )
        assert done.stdout.splitlines()[-1] == str(expected)
