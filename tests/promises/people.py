"""Who and what the promises are tried with: two people, lost answers, odd values."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    MFAChallenge,
    MFARequiredError,
    SignInOptions,
    TokenSet,
)
from authing_mfa.sandbox import Entry, Sandbox, SandboxUser

OFFLINE: Final = SignInOptions(scope="openid offline_access")
PACKAGE: Final = Path(__file__).parents[2]
SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ABSENT: Final = object()
YEAR_ONE: Final = -62_135_596_800
YEAR_9999: Final = 253_402_300_799


@attrs.frozen
class Person:
    """A user of the sandbox, their sign-in, and what they were told of it."""

    user: SandboxUser
    tokens: TokenSet
    client: AuthenticationClient
    told: list[TokenSet]

    @property
    def factor_types(self) -> list[str]:
        """The kinds that this person's own calls show."""
        return sorted(str(factor.factor_type) for factor in self.client.list_enrolled_factors())


def sign_in(app: AuthenticationClient, user: SandboxUser) -> Person:
    """Sign a user in, with a set that is refreshed."""
    told: list[TokenSet] = []
    tokens = app.sign_in(user.username, password=user.password, options=OFFLINE)
    return Person(user, tokens, app.as_user(tokens, on_new_tokens=told.append), told)


def begin_challenge(app: AuthenticationClient, user: SandboxUser, **options: Any) -> MFAChallenge:
    """Give the right password, and return the challenge that comes of it."""
    try:
        app.sign_in(user.username, password=user.password)
    except MFARequiredError as error:
        return app.challenge(error.trigger, **options)
    raise AssertionError("the password alone was enough")


def came(sandbox: Sandbox, path: str) -> list[Entry]:
    """Return the requests to a path that the sandbox has seen."""
    return [entry for entry in sandbox.journal if entry.path.endswith(path)]


@attrs.frozen
class Lost:
    """Loses the next answers of a path: before the service acts, or after it."""

    sandbox: Sandbox
    fault: str

    def __call__(self, path: str, *, times: int | None = 1) -> None:
        getattr(self.sandbox.faults, self.fault)(path=path, times=times)


def odd_answers(document: Any, *place: str | int, extra: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Yield an answer again and again, with an odd value at one place, or with none."""
    for value in ("", 0, None, ABSENT, False, [], {}, *extra):
        answer = copy.deepcopy(document)
        holder = answer
        for step in place[:-1]:
            holder = holder[step]
        if value is ABSENT:
            del holder[place[-1]]
        else:
            holder[place[-1]] = value
        yield answer


def outcome_of(call: Callable[[], Any]) -> Any:
    """Return what a call returns, or the error of ours that it raises; nothing else may come."""
    try:
        return call()
    except AuthingMFAError as error:
        return error


Program = Callable[..., Any]


def run_program(program: str, *arguments: str, **environment: str) -> Any:
    """Run a program in a process of its own; return the JSON of its last line."""
    path = os.pathsep.join([str(PACKAGE), str(PACKAGE / "tests")])
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout.splitlines()[-1])
