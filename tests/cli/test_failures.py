"""Exit codes and messages of commands that fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from authing_mfa.cli import output
from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.wire import HOST, Wire

from .conftest import Call

Spoil = Callable[[Sandbox], object]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda sandbox: sandbox.faults.reset(times=None), 3),
        (lambda sandbox: sandbox.faults.html(200), 4),
        (lambda sandbox: sandbox.clock.advance(10_000), 6),
        (lambda sandbox: sandbox.faults.throttle(times=None, retry_after=60), 9),
        (lambda sandbox: sandbox.faults.status(500), 10),
    ],
)
def test_exit_code_tells_the_family(
    call: Call, sandbox: Sandbox, person: SandboxUser, spoil: Spoil, code: int
) -> None:
    spoil(sandbox)
    done = call("factors", "list")
    assert (code, "") == (done.code, done.out)
    assert done.err.count("\n") == 1
    assert done.err.startswith("authing-mfa: ")


def test_json_tells_the_error_as_an_object(call: Call, person: SandboxUser) -> None:
    done = call("verify", "--json", answers=("000000",))
    error = done.document["error"]
    assert (
        error["type"],
        error["api_code"],
        error["exit_code"],
    ) == ("CodeRejectedError", 6001, 5)
    assert error["hint"].startswith("The TOTP code is wrong")
    assert error["request_id"] == error["request_id"].strip() != ""
    assert done.code == 5


def test_line_holds_message_hint_and_request_id(call: Call, person: SandboxUser) -> None:
    shown = call("verify", answers=("000000",)).err.splitlines()[-1]
    for part in ("POST /api/v3/mfa-totp-verify: ", "apiCode 6001", "requestId ", "Hint: The TOTP"):
        assert part in shown


def test_hint_and_message_follow_the_language(call: Call, person: SandboxUser) -> None:
    assert "动态口令错误" in call("verify", "--lang", "zh-CN", answers=("000000",)).err


def test_language_follows_the_locale(
    call: Call, person: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "动态口令错误" in call("verify", answers=("000000",)).err


def test_unknown_outcome_is_said_in_words(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    sandbox.faults.drop(path="reset-factor")
    done = call("factors", "reset", "SMS", "--yes")
    assert done.code == 3
    assert "it may have taken effect" in done.err


def test_unknown_outcome_is_a_member_in_json(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    sandbox.faults.drop(path="reset-factor")
    done = call("factors", "reset", "SMS", "--yes", "--json")
    assert done.document["error"]["outcome_unknown"] is True


def test_wait_that_the_service_wants_is_told(
    call: Call, sandbox: Sandbox, person: SandboxUser
) -> None:
    sandbox.faults.throttle(times=None, retry_after=60)
    assert "Wait 60 s." in call("factors", "list").err


def test_wrong_usage_is_an_object_in_json(call: Call) -> None:
    done = call("factors", "list", "--nonsense", "--json")
    assert (done.code, done.document["error"]["type"]) == (2, "UsageError")


def test_missing_setting_names_option_and_variable(call: Call) -> None:
    done = call("factors", "list", "--access-token", "-", answers=("example-token",))
    assert done.code == 2
    for name in ("--app-id", "AUTHING_APP_ID", "--host sandbox"):
        assert name in done.err


def test_options_come_before_the_environment(
    call: Call, person: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_APP_HOST", "https://elsewhere.example.com")
    host = person.credentials["app_host"]
    assert call("--host", host, "factors", "list").code == 0


def test_deadline_is_taken(call: Call, sandbox: Sandbox, person: SandboxUser) -> None:
    sandbox.faults.latency(2)
    assert call("factors", "list", "--deadline", "0.2").code == 3


def test_extra_headers_for_genauth_are_taken(call: Call, person: SandboxUser) -> None:
    assert call("factors", "list", "--genauth-headers").code == 0


def test_control_characters_of_a_message_are_not_written(call: Call) -> None:
    assert output.plain("a\nb\x1b[31m\u202ec") == "a b [31m c"


def test_sandbox_may_be_wanted_by_the_environment(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_APP_HOST", "sandbox")
    done = call("factors", "list")
    assert done.code == 0
    assert done.err.startswith("sandbox: a fresh one at http://127.0.0.1:")


STEERING = "PASS\x1b]0;owned\x07KEY\x9b2J\u202e\u2028\r\n!"


@pytest.mark.parametrize("at_terminal", [False, True])
@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_text_of_the_service_steers_no_terminal(
    call: Call, wire: Wire, as_json: tuple[str, ...], at_terminal: bool
) -> None:
    factor = {"factorId": STEERING, "factorType": STEERING, "profile": {"email": STEERING}}
    wire.plan("get-factor", {"statusCode": 200, "message": STEERING, "data": factor})
    refusal = {"statusCode": 404, "message": STEERING, "requestId": STEERING}
    wire.plan("reset-factor", refusal, verb="POST")
    where = ("--host", HOST, "--app-id", "app_example", "--access-token", "example-token")
    done = call(
        *("factors", "reset", "f_1", *where, *as_json), answers=("y",), at_terminal=at_terminal
    )
    assert done.code == 11
    assert "owned" in done.err + done.out
    assert "Unbind PASS" in done.err
    assert [one for one in done.out + done.err if not (one.isprintable() or one == "\n")] == []
