"""A sandbox that the environment points to, and the command line run within this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import attrs
import pytest

from authing_mfa.cli.app import run
from authing_mfa.cli.settings import VARIABLES
from authing_mfa.sandbox import Sandbox, SandboxUser, Settings

from .pool import Pool

ELSEWHERE = ("NO_COLOR", "FORCE_COLOR", "LANG", "LC_ALL", "LC_MESSAGES")


Answer: TypeAlias = "str | Callable[[], str]"


@attrs.define
class Person:
    """Standard input that is no terminal; an answer may be worked out when it is asked for."""

    answers: list[Answer]
    at_terminal: bool = False

    def isatty(self) -> bool:
        return self.at_terminal

    def readline(self) -> str:
        if not self.answers:
            return ""
        answer = self.answers.pop(0)
        return f"{answer if isinstance(answer, str) else answer()}\n"


@attrs.frozen
class Done:
    """A command that has run."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Call = Callable[..., Done]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES.values(), *ELSEWHERE):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command in this process; answers are lines of standard input."""

    def call(*arguments: str, answers: tuple[Answer, ...] = (), at_terminal: bool = False) -> Done:
        monkeypatch.setattr("sys.stdin", Person(list(answers), at_terminal))
        code = run(arguments)
        return Done(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def served() -> Iterator[Sandbox]:
    with Sandbox(settings=Settings(wrong_totp="6001")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Give a sandbox as new, to which the environment points."""
    served.reset()
    monkeypatch.setenv("AUTHING_APP_HOST", served.url)
    monkeypatch.setenv("AUTHING_APP_ID", served.app_id)
    monkeypatch.setenv("AUTHING_APP_SECRET", served.app_secret)
    return served


@pytest.fixture
def person(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> SandboxUser:
    """Give a user of the sandbox, whose token is in the environment."""
    person = sandbox.add_user(
        username="user", phone="13800000000", email="user@example.com", factors=["SMS", "OTP"]
    )
    monkeypatch.setenv("AUTHING_ACCESS_TOKEN", person.access_token)
    return person


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """Serve a management API that the environment points to."""
    with Pool() as pool:
        monkeypatch.setenv("AUTHING_API_HOST", pool.url)
        monkeypatch.setenv("AUTHING_ACCESS_KEY_ID", pool.key_id)
        monkeypatch.setenv("AUTHING_ACCESS_KEY_SECRET", pool.key_secret)
        yield pool
