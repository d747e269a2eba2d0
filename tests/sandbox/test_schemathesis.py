"""Schemathesis reads the sandbox's OpenAPI document and tries to prove it wrong.

All its checks are on, a bound on the time of an answer included. They read HTTP statuses, and this
service says no in an envelope, so each answer is shown with its envelope's status (`Shown`).
Two checks find nothing to look at here, on as they are:

- `use_after_free` watches a DELETE with an id in its path. There is none; that a reset factor is
  gone is a test in test_factors.py.
- `object_level_authorization` compares what two users read under an id in the path. Ids stand in
  queries and bodies here; that nobody sees another's factor is a test in test_factors.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox
from authing_mfa.sandbox.routes import ROUTES
from authing_mfa.sandbox.wire import Response
from tests.support.sets import require

from .schemathesis_run import Shown, forgiving, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
]

PATH = "/api/v3/list-enrolled-factors"
SHORT = ("--phases=coverage", f"--include-path={PATH}")
PARTS: dict[str, dict[str, Any]] = {
    "factors": {"app_id_required": True},
    "management": {},
    "signin": {"app_id_required": True},
    "stepup": {"v2_errors": "statusCode"},
    "tokens": {},
}
# Whose success needs what nothing in its part gives: the secret or message of an answer before, a
# user without an authenticator, or a recovery code that the other path has not used up.
UNREACHED = {
    ("POST", "/api/v3/enroll-factor"),
    ("POST", "/api/v2/applications/mfa/email/verify"),
    ("POST", "/api/v2/applications/mfa/sms/verify"),
    ("POST", "/api/v2/applications/mfa/totp/recovery"),
    ("POST", "/api/v2/mfa/totp/associate"),
    ("POST", "/api/v2/mfa/totp/associate/confirm"),
    ("POST", "/api/v2/mfa/totp/recovery"),
}


@pytest.fixture(autouse=True)
def _needs_schemathesis() -> None:
    require("dev", "schemathesis")


@pytest.mark.parametrize("tag", PARTS)
def test_each_endpoint_is_as_described(tmp_path: Path, tag: str) -> None:
    with Sandbox(settings=forgiving(**PARTS[tag])) as sandbox:
        shown = Shown(sandbox)
        phases = "--phases=examples,coverage,fuzzing"
        found = run(sandbox, tmp_path, phases, f"--include-tag={tag}", "--max-examples=8")
    assert found == set()
    assert {key for key in shown.never if ROUTES[key].tag == tag} <= UNREACHED


def test_what_follows_from_an_answer_is_as_described(tmp_path: Path) -> None:
    with Sandbox(settings=forgiving()) as sandbox:
        shown = Shown(sandbox)
        found = run(sandbox, tmp_path, "--phases=stateful", "--max-examples=40")
    assert found == set()
    assert shown.never & {("GET", "/api/v3/get-factor"), ("POST", "/oidc/token")} == set()


def test_an_answer_with_more_than_is_described_is_found(tmp_path: Path) -> None:
    with Sandbox(settings=forgiving()) as sandbox:
        sandbox.faults.extra_fields(times=None, path=PATH)
        found = run(sandbox, tmp_path, *SHORT)
    assert "ST108 Response violates schema" in found


def test_an_endpoint_that_says_yes_to_everything_is_found(tmp_path: Path) -> None:
    success = {"statusCode": 200, "message": "yes", "requestId": "1", "data": []}
    with Sandbox(settings=forgiving()) as sandbox:
        rule = sandbox.faults.latency(0, times=None, path=PATH)
        rule.instead = Response(document=success, headers={"X-Authing-Sandbox": "1"})
        found = run(sandbox, tmp_path, *SHORT)
    assert {"ST401", "ST204"} <= {each.partition(" ")[0] for each in found}
