"""Schemathesis' command line against a sandbox; it is a program of its own, as a user runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs

from authing_mfa.sandbox import RefusalCode, Sandbox, SandboxUser, Settings
from authing_mfa.sandbox.routes import served
from authing_mfa.sandbox.wire import Response

from .calls import Caller, management_token

MALFORMED = "bad_argument"
AMBIGUOUS = (400, 422, 501)
SECRET = "A" * 32
TIME_OUT = 360
FINDING = re.compile("^- (ST[0-9]+ .+)$", re.MULTILINE)
WHERE = {
    "body.accessKeyId": "key",
    "body.accessKeySecret": "key secret",
    "body.code": "digit",
    "body.emailCodePayload.passCode": "digit",
    "body.enrollmentData.passCode": "digit",
    "body.list[*].otp.secret": "secret",
    "body.list[*].userId": "user",
    "body.passCodePayload.passCode": "digit",
    "body.passwordPayload.password": "password",
    "body.passwordPayload.username": "username",
    "body.photo": "photo",
    "body.photoA": "photo",
    "body.photoB": "photo",
    "body.recoveryCode": "recovery code",
    "body.refresh_token": "refresh token",
    "body.smsCodePayload.passCode": "digit",
    "body.totp": "totp",
    "body.userId": "user",
    "query.factorId": "factor",
    "query.userId": "user",
}


def forgiving(**changes: Any) -> Settings:
    """Return settings that forgive repetition, and by which only what is malformed is a 400.

    The service says 400 to a malformed request and to a wrong code alike, which no check can tell
    apart. Here a well-formed request that is refused gets the 409 of a conflict with the state.
    A code has one digit, so that some guesses are right.
    """
    settings = Settings(
        send_interval=0,
        code_length=1,
        max_password_failures=None,
        max_code_failures=None,
        mfa_token_single_use=False,
        calls_per_second=None,
        totp_replay=True,
        **changes,
    )
    for name, code in settings.refusals.items():
        if code.status_code in AMBIGUOUS and name != MALFORMED:
            settings.refusals[name] = RefusalCode(409, code.api_code)
    return settings


class Shown:
    """Shows each answer's code as its HTTP status, and remembers which endpoints ever said yes.

    The service says no with HTTP 200 and a code in the envelope. Schemathesis' checks look at the
    HTTP status, so that without this half of them would look at nothing.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._statuses = _statuses(sandbox.settings)
        self._methods: dict[str, list[str]] = {}
        self.never = set(served(sandbox.settings))
        for method, path in sorted(self.never):
            self._methods.setdefault(path, []).append(method)
            rule = sandbox.faults.latency(0, times=None, method=method, path=path)
            rule.edit = lambda answer, key=(method, path): self._shown(key, answer)
        for path, methods in self._methods.items():
            rule = sandbox.faults.latency(0, times=None, path=path)
            rule.edit = lambda answer, methods=methods: _not_allowed(answer, methods)

    def _shown(self, key: tuple[str, str], answer: Response) -> Response:
        document: dict[str, Any] = answer.document if isinstance(answer.document, dict) else {}
        code = int(document.get("statusCode", document.get("code", answer.http_status)))
        status = self._statuses.get(code, code)
        if status == 200:
            self.never.discard(key)
        return attrs.evolve(answer, http_status=status)


def _not_allowed(answer: Response, methods: list[str]) -> Response:
    """Show the protocol's "no such endpoint" as what it is to HTTP: a method that is not there."""
    if answer.http_status != 404:
        return answer
    return attrs.evolve(answer, http_status=405, headers={"Allow": ", ".join(methods)})


def _statuses(settings: Settings) -> dict[int, int]:
    """Return the status code that goes with each apiCode, which is all that a v2 refusal shows."""
    codes = settings.refusals.values()
    return {each.api_code: each.status_code for each in codes if each.api_code}


def run(sandbox: Sandbox, folder: Path, *options: str) -> set[str]:
    """Run all checks that there are; print the report and return the codes of what is wrong."""
    (folder / "schemathesis.toml").write_text(_config(sandbox), encoding="utf-8")
    command = ["-m", "schemathesis.cli", "run", f"{sandbox.url}/openapi.json", "--no-color"]
    done = subprocess.run(
        [sys.executable, *command, *options],
        cwd=folder,
        # Nothing of ours runs there, and its coverage is not to be measured.
        env={k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")},
        capture_output=True,
        text=True,
        timeout=TIME_OUT,
        check=False,
    )
    print(done.stdout, done.stderr)
    found = set(FINDING.findall(done.stdout))
    return found if done.returncode == 0 or found else {f"exit code {done.returncode}"}


def _config(sandbox: Sandbox) -> str:
    sandbox.clock.freeze()  # a code of an authenticator stays the same
    owner = sandbox.add_user(phone="13800000001", factors=["SMS", "OTP"])
    asked = sandbox.add_user(phone="13800000002", factors=["OTP"])
    with Caller(sandbox) as caller:
        caller.session.headers["x-authing-app-id"] = sandbox.app_id
        token = management_token(caller)["data"]["access_token"]
        refresh = caller.by_password(owner, scope="openid offline_access")["data"]["refresh_token"]
    tokens = {
        "userToken": owner.access_token,
        "mfaToken": asked.new_mfa_token(),
        "managementToken": token,
    }
    lists = _known(sandbox, owner, asked) | {"refresh token": [refresh]}
    return "\n".join(
        [
            "workers = 1",
            "request-timeout = 30",
            "continue-on-failure = true",
            "warnings = false",
            "checks = {max_response_time = 30}",
            'generation = {deterministic = true, database = "none"}',
            *(
                f"auth.openapi.{name} = {{bearer = {_toml(each)}}}"
                for name, each in tokens.items()
            ),
            *(f"dictionaries.{_toml(name)}.values = {_toml(v)}" for name, v in lists.items()),
            *(
                f"parameters.{_toml(place)} = {{dictionary = {_toml(name)}, probability = 0.5}}"
                for place, name in WHERE.items()
            ),
        ]
    )


def _known(sandbox: Sandbox, owner: SandboxUser, asked: SandboxUser) -> dict[str, list[str]]:
    return {
        "digit": list("0123456789"),
        "factor": list(owner.factor_ids),
        "key": [sandbox.access_key_id],
        "key secret": [sandbox.access_key_secret],
        "password": [str(owner.password)],
        "photo": ["face.jpg"],
        "recovery code": [asked.recovery_code()],
        "secret": [SECRET],
        "totp": [asked.totp_code()],
        "user": [owner.user_id],
        "username": [str(owner.username)],
    }


def _toml(value: object) -> str:
    """Write text or a list of it, for which TOML and JSON agree."""
    return json.dumps(value)
