"""The command line: docs/cli.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .people import PACKAGE

pytestmark = pytest.mark.slow


def _run(*arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "authing_mfa.cli", *arguments],
        env={**os.environ, "PYTHONPATH": str(PACKAGE), "NO_COLOR": "1", **environment},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _of(sandbox: Sandbox, user: SandboxUser, **more: str) -> dict[str, str]:
    credentials = {f"AUTHING_{name.upper()}": value for name, value in user.credentials.items()}
    return {**credentials, **more}


def test_each_user_lists_their_own_factors(
    sandbox: Sandbox, anna_user: SandboxUser, ben_user: SandboxUser
) -> None:
    seen = [
        [
            factor["factor_type"]
            for factor in json.loads(
                _run("factors", "list", "--json", **_of(sandbox, user)).stdout
            )
        ]
        for user in (anna_user, ben_user, anna_user)
    ]
    assert [sorted(it) for it in seen] == [["OTP", "SMS"], ["EMAIL"], ["OTP", "SMS"]]


@pytest.mark.parametrize(
    ("fault", "arguments", "code"),
    [
        ("reset", {}, 3),
        ("drop", {}, 3),
        ("html", {"status": 200}, 4),
        ("truncate", {}, 4),
        ("status", {"status_code": 401}, 6),
        ("throttle", {"retry_after": 99}, 9),
        ("status", {"status_code": 500}, 10),
        ("status", {"status_code": 601}, 10),
        ("status", {"status_code": 404}, 11),
        ("status", {"status_code": 402}, 11),
    ],
)
def test_exit_code_tells_the_family(
    sandbox: Sandbox, anna_user: SandboxUser, fault: str, arguments: dict[str, Any], code: int
) -> None:
    getattr(sandbox.faults, fault)(path="list-enrolled-factors", times=None, **arguments)
    done = _run("factors", "list", "--json", **_of(sandbox, anna_user))
    assert done.returncode == code
    assert "Traceback" not in done.stderr + done.stdout
    assert anna_user.access_token not in done.stderr + done.stdout
    assert isinstance(json.loads(done.stdout)["error"], dict)


@pytest.mark.parametrize(
    "arguments",
    [
        ["factors", "list"],
        ["factors", "get", ""],
        ["factors", "enroll", "NOTHING-KNOWN", "--nonsense"],
        ["explain", "x"],
        ["admin", "user", "u"],
    ],
)
def test_wrong_usage_makes_no_call(sandbox: Sandbox, arguments: list[str]) -> None:
    nothing = {name: "" for name in os.environ if name.startswith("AUTHING_")}
    done = _run(*arguments, AUTHING_APP_HOST=sandbox.url, AUTHING_APP_ID="", **nothing)
    assert done.returncode == 2
    assert list(sandbox.journal) == []


def test_wrong_code_and_a_right_one(sandbox: Sandbox, anna_user: SandboxUser) -> None:
    wrong = "000000" if anna_user.totp_code() != "000000" else "111111"
    assert _run("verify", typed=f"{wrong}\n", **_of(sandbox, anna_user)).returncode in (2, 5)
    code = anna_user.totp_code()
    done = _run("verify", typed=f"{code}\n", **_of(sandbox, anna_user))
    assert code not in done.stdout + done.stderr


def test_terminal_is_not_driven_by_the_service(sandbox: Sandbox, anna_user: SandboxUser) -> None:
    sandbox.faults.unknown_factor("\x1b]0;owned\x07EVIL", path="list-enrolled-factors", times=None)
    done = _run("factors", "list", **_of(sandbox, anna_user))
    assert "EVIL" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr


def test_explain_tells_a_code() -> None:
    done = _run("explain", "6001")
    assert (done.returncode, "6001" in done.stdout) == (0, True)


def test_nobody_reads_the_output_any_more(sandbox: Sandbox, anna_user: SandboxUser) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "authing_mfa.cli", "explain", "6001"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        stderr = process.stderr.read()
    assert "Traceback" not in stderr
