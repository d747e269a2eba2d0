"""The list of requests, which anybody may see."""

from __future__ import annotations

import pytest

from authing_mfa.sandbox import Journal, Sandbox, SandboxUser
from authing_mfa.sandbox.journal import plain_path

from .calls import EMAIL, PHONE, Caller, enroll_otp, enroll_sms


def test_a_request_is_noted_with_its_codes(caller: Caller, sandbox: Sandbox) -> None:
    caller.get("get-factor", factorId="unknown")
    answer = caller.post("mfa-totp-verify", totp="")
    first, second = sandbox.journal
    assert (
        first.method,
        first.path,
        first.http_status,
        first.status_code,
        first.api_code,
    ) == ("GET", "/api/v3/get-factor", 200, 404, None)
    assert answer["requestId"] == second.request_id
    assert second.number - first.number == 1


def test_a_line_says_it_all(caller: Caller, sandbox: Sandbox) -> None:
    caller.session.headers.pop("authorization")
    caller.get("list-enrolled-factors")
    line = str(sandbox.journal[0])
    expected = "GET /api/v3/list-enrolled-factors -> HTTP 200 statusCode 401 apiCode 2020 "
    assert line.startswith(expected)


def test_the_tail_is_the_last_lines(caller: Caller, sandbox: Sandbox) -> None:
    for _ in range(3):
        caller.get("list-enrolled-factors")
    assert len(sandbox.journal.tail(2).splitlines()) == 2


def test_no_secret_is_in_it(caller: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    enroll_sms(caller, PHONE)
    caller.request_enrollment("EMAIL", email=EMAIL)
    data = enroll_otp(caller, user)
    code = user.totp_code()
    caller.post("mfa-totp-verify", totp=code)
    caller.introspect(user.new_mfa_token())
    caller.get("get-factor", factorId=f"{user.user_id}|phone")
    caller.send("GET", f"/api/v3/{user.access_token}/{EMAIL}?phone={PHONE}")
    written = repr(list(sandbox.journal)) + sandbox.journal.tail(99)
    secrets = [PHONE, EMAIL, code, user.access_token, user.user_id, data["recoveryCode"]]
    secrets += [message.code for message in sandbox.outbox]
    assert [each for each in secrets if each in written] == []


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/api/v3/get-factor", "/api/v3/get-factor"),
        ("/api/v2/mfa/totp/verify", "/api/v2/mfa/totp/verify"),
        ("/api/v3/sandbox_abc/13800000000", "/api/v3/*/*"),
        ("/a@example.com", "/*"),
        ("/", "/"),
        ("/openapi.json", "/openapi.json"),
        ("/openapi.yaml", "/*"),
    ],
)
def test_a_path_keeps_its_plain_words_only(path: str, plain: str) -> None:
    assert plain_path(path) == plain


def test_a_strange_method_is_not_written() -> None:
    journal = Journal()
    journal.add("sandbox_secret", "/", at=0.0)
    assert journal[0].method == "*"


def test_it_is_bounded() -> None:
    journal = Journal()
    for _ in range(1_001):
        journal.add("GET", "/", at=0.0)
    assert len(journal) == 1_000
    assert journal[-1].number == 1_001


def test_its_repr_counts() -> None:
    assert repr(Journal()) == "<Journal with 0 entries>"
