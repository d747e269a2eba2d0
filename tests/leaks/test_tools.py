"""Other people's tools, which show the variables of every frame, show no secret of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.server import Server
from tests.support.calls import SENT, ready
from tests.support.marks import CODE, MARK, PASSWORD, found
from tests.support.sampling import few
from tests.support.sets import require

from . import reports
from .test_failed import FAILURES, raised
from .test_refused import made_by, outcome
from .values import ALL

TOOLS: dict[str, Callable[[BaseException], str]] = {
    "rich": reports.by_rich,
    "rich at length": reports.by_rich_at_length,
    "IPython": reports.by_ipython,
    "Sentry": reports.by_sentry,
}
FAILED = few(
    (
        *("sign_in", "refresh", "confirm_totp", "import_otp", "sign_in, code", "sign_out"),
        *("enroll_factor", "verify_totp", "confirm", "introspect_mfa_token", "verify_sms"),
        *("verify_recovery_code", "get_otp_secret, signed", "request"),
    ),
    fast=4,
)
REFUSED = {
    "sign_in": ("password", f"{PASSWORD}\ud800"),
    "verify_totp": ("code", f"{CODE}1"),
    "verify_recovery_code": ("code", MARK),
    "as_user": ("access_token", f"{MARK}\n"),
    "AuthenticationClient": ("app_secret", f"{MARK}\n"),
    "ManagementClient": ("access_key_secret", f"{MARK}\n"),
    "TokenSet": ("expires_at", "x"),
}
each_tool = pytest.mark.parametrize("tool", TOOLS)


def report(tool: str, error: BaseException | None) -> str:
    if tool == "Sentry":
        require("neighbours", "sentry_sdk")
    if tool == "IPython":
        require("notebook", "IPython")
    assert error is not None
    return TOOLS[tool](error)


@each_tool
@pytest.mark.parametrize("name", FAILED)
def test_report_of_a_failed_call_shows_no_secret(server: Server, name: str, tool: str) -> None:
    call = SENT[name]
    for failure in ("words repeated", "members of another type"):
        error = raised(call, ready(server, call, FAILURES[failure], answered=0))
        if error is not None:  # not each call minds what the members are
            shown = report(tool, error)
            assert "_call" in shown
            assert found([shown]) == []


@each_tool
@pytest.mark.parametrize("name", REFUSED)
def test_report_of_a_refusal_shows_no_secret(server: Server, name: str, tool: str) -> None:
    argument, bad = REFUSED[name]
    error = outcome(ALL[name], made_by(ALL[name], server), **{argument: bad})
    assert found([report(tool, error)]) == []


@each_tool
def test_report_shows_the_variables_of_a_frame(tool: str) -> None:
    def failing() -> None:
        carried = f"{MARK}-example"
        raise ValueError(len(carried))

    try:
        failing()
    except ValueError as error:
        shown = _whole(tool, error)
    assert found([shown]) != []


def _whole(tool: str, error: ValueError) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports, "PACKAGE", str(Path(__file__).parent))
        return report(tool, error)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sign_in", "verify_totp", "import_otp"])
def test_page_of_django_shows_no_secret(name: str) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.leaks.reports", name, "words repeated"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(root), *sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "session.py" in done.stdout
    assert found([done.stdout]) == []
