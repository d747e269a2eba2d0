"""The demo walks the sandbox by itself, and a tenant with a person at the keyboard."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from runpy import run_path
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .documents import ROOT

DEMO = ROOT / "examples" / "demo.py"
SIGN_IN = ["Sign in with a password", "Finish the sign-in with the authenticator app"]
STEPS = [
    "What the user has bound, and could bind",
    "Enrol EMAIL",
    "Enrol SMS",
    "Reset an authenticator that is to be replaced",
    "Enrol OTP",
    "List what is bound now, and get each by its id",
    "Verify a code of the authenticator app, then a wrong one",
    "Reset what is bound",
]

pytestmark = pytest.mark.repository

Walk = Callable[[], tuple[int, str]]


@pytest.fixture(scope="module")
def printed() -> str:
    """Run the demo as `make demo` does, and return what it printed."""
    environment = {name: it for name, it in os.environ.items() if not name.startswith("AUTHING_")}
    command = [sys.executable, "-W", "error", str(DEMO)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_steps_come_in_order(printed: str) -> None:
    assert [*SIGN_IN, *STEPS] == re.findall(r"^== (.*)", printed, re.MULTILINE)


@pytest.mark.parametrize(
    "path",
    [
        "GET /api/v3/list-enrolled-factors",
        "GET /api/v3/list-factors-to-enroll",
        "GET /api/v3/get-factor",
        "POST /api/v3/send-enroll-factor-request",
        "POST /api/v3/enroll-factor",
        "POST /api/v3/mfa-totp-verify",
        "POST /api/v3/reset-factor",
        "POST /api/v2/mfa/totp/verify",
    ],
)
def test_each_endpoint_is_called(printed: str, path: str) -> None:
    assert f"{path}: statusCode 200" in printed


def test_typed_objects_are_printed(printed: str) -> None:
    types = re.findall(r"-> <?(\w+)\W", printed)
    assert {"FactorType", "Enrollment", "OTPSetup", "Factor"} <= set(types)


def test_the_password_alone_is_not_enough(printed: str) -> None:
    assert re.search(r"POST /api/v3/signin: statusCode 403.*\n +-> MFARequiredError", printed)


def test_typed_errors_are_printed_with_their_hints(printed: str) -> None:
    assert re.findall(r"\w+Error", printed) == ["MFARequiredError", "CodeRejectedError"]
    assert printed.count("-- hint: ") == 2


def test_everything_is_reset_at_the_end(printed: str) -> None:
    assert re.findall(r"-- (\d factors|nothing)", printed)[-2:] == ["3 factors", "nothing"]


@pytest.mark.parametrize("secret", ["sandbox_", "otpauth://", "18800000000", "test@example.com"])
def test_no_secret_and_no_address_is_printed(printed: str, secret: str) -> None:
    assert secret not in printed


def test_no_code_is_printed_but_the_wrong_one(printed: str) -> None:
    assert {"000000"} == set(re.findall(r"(?<!\w)\d{6}(?!\w)", printed))


class Keyboard:
    """A person who answers the demo's questions."""

    def __init__(self, sandbox: Sandbox, user: SandboxUser) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Any] = {
            "E-mail address": "test@example.com",
            "Phone to bind": "2025550123",
            "Its country code": "+1",
            "Add an authenticator": "y",
            "A code that the app shows": user.totp_code,
            "Reset EMAIL": "yes",
            "Reset SMS": "n",
            "Reset OTP": "",
        }
        self._outbox = sandbox.outbox

    def answer(self, question: str) -> str:
        print(question)
        self.asked.append(question)
        if "The code that was sent" in question:
            return [message.code for message in self._outbox][-1]
        [answer] = [it for start, it in self.answers.items() if f"?? {start}" in question]
        return str(answer() if callable(answer) else answer)


@pytest.fixture
def keyboard(
    authing_sandbox: Sandbox, mfa_user: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> Keyboard:
    keyboard = Keyboard(authing_sandbox, mfa_user)
    monkeypatch.setattr("builtins.input", keyboard.answer)
    return keyboard


@pytest.fixture
def walk(
    mfa_user: SandboxUser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Walk:
    """Give what runs the demo on the sandbox as if it were a tenant."""
    for argument, value in mfa_user.credentials.items():
        monkeypatch.setenv(f"AUTHING_{argument.upper()}", value)

    def walk() -> tuple[int, str]:
        code = run_path(str(DEMO))["main"]()
        return code, capsys.readouterr().out

    return walk


def test_on_a_tenant_only_what_was_agreed_to_is_reset(
    walk: Walk, keyboard: Keyboard, mfa_user: SandboxUser
) -> None:
    code, printed = walk()
    assert (code, re.findall(r"^== (.*)", printed, re.MULTILINE)) == (0, STEPS)
    assert [f"{mfa_user.user_id}|phone", f"{mfa_user.user_id}|otp"] == [*mfa_user.factor_ids]


def test_on_a_tenant_only_the_manual_key_is_shown(
    walk: Walk, keyboard: Keyboard, mfa_user: SandboxUser, authing_sandbox: Sandbox
) -> None:
    _, printed = walk()
    assert re.search(r"type this key into the app: \w{4} \w{4}", printed)
    codes = [message.code for message in authing_sandbox.outbox]
    secrets = [mfa_user.access_token, mfa_user.recovery_code(), mfa_user.totp_code(), *codes]
    shown = [it for it in secrets if re.search(rf"(?<!\w){re.escape(it)}(?!\w)", printed)]
    assert shown == []


def test_on_a_tenant_kinds_can_be_left_out(
    walk: Walk, keyboard: Keyboard, mfa_user: SandboxUser
) -> None:
    for question in ("E-mail address", "Phone to bind", "Add an authenticator"):
        keyboard.answers[question] = ""
    assert walk()[0] == 0
    assert mfa_user.factor_ids == ()


def test_a_mistyped_code_may_be_typed_again(
    walk: Walk, keyboard: Keyboard, mfa_user: SandboxUser
) -> None:
    typed = iter(["12x", "000001"])
    keyboard.answers["A code that the app shows"] = lambda: next(typed, mfa_user.totp_code())
    code, printed = walk()
    assert code == 0
    assert re.findall(r"-> (\w+Error)", printed)[:2] == ["ConfigurationError", "CodeRejectedError"]


def test_a_refusal_ends_the_walk_with_its_error(
    walk: Walk, keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_ACCESS_TOKEN", "example-token")
    code, printed = walk()
    assert (code, keyboard.asked) == (1, [])
    assert "-> UnauthorizedError: " in printed


def test_without_a_keyboard_it_stops(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, mfa_user: SandboxUser
) -> None:
    def nobody(question: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    code, printed = walk()
    assert (code, mfa_user.factor_ids) == (1, ())
    assert "Stopped." in printed


def test_half_a_tenant_is_refused_by_name(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTHING_APP_HOST")
    code, printed = walk()
    assert (code, printed.startswith("Set AUTHING_APP_HOST as well")) == (2, True)
