"""The QR code where there is no page: it is printed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from authing_mfa import AuthenticationClient, ConfigurationError, Enrollment, ExpiredError
from authing_mfa.sandbox import Sandbox, SandboxUser

from .kernels import alone
from .pictures import read_terminal

_PROGRAM = """
from authing_mfa import AuthenticationClient
client = AuthenticationClient(app_id={app_id!r}, app_host={app_host!r}, access_token=input())
enrollment = client.begin_enrollment("OTP")
enrollment.show_qr()
"""


def uri_of(enrollment: Enrollment) -> str:
    assert enrollment.otp is not None
    return enrollment.otp.qr_code_uri


def test_plain_python_prints_the_code(
    enrollment: Enrollment, capsys: pytest.CaptureFixture[str]
) -> None:
    enrollment.show_qr()
    assert uri_of(enrollment) == read_terminal(capsys.readouterr().out)


def test_resend_prints_the_new_code(
    enrollment: Enrollment, capsys: pytest.CaptureFixture[str]
) -> None:
    enrollment.show_qr()
    capsys.readouterr()
    enrollment.resend()
    assert uri_of(enrollment) == read_terminal(capsys.readouterr().out)


def test_terminal_of_ipython_prints_the_code(mfa_user: SandboxUser, tmp_path: Path) -> None:
    facts = mfa_user.credentials
    with alone(tmp_path):
        done = subprocess.run(
            [sys.executable, "-m", "IPython", "--no-banner", "-c", _PROGRAM.format(**facts)],
            input=facts["access_token"],
            capture_output=True,
            text=True,
            check=True,
        )
    assert read_terminal(done.stdout).startswith("otpauth://totp/")


def test_confirmed_enrollment_shows_nothing(
    enrollment: Enrollment, mfa_user: SandboxUser, capsys: pytest.CaptureFixture[str]
) -> None:
    enrollment.confirm(mfa_user.totp_code())
    with pytest.raises(ConfigurationError, match="confirmed already"):
        enrollment.show_qr()
    assert capsys.readouterr().out == ""


def test_enrollment_whose_minute_is_over_shows_nothing(
    enrollment: Enrollment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(ExpiredError, match="resend"):
        enrollment.show_qr()
    assert capsys.readouterr().out == ""


def test_factor_that_is_not_scanned_has_no_code(
    authing_sandbox: Sandbox, mfa_client: AuthenticationClient
) -> None:
    enrollment = mfa_client.begin_enrollment("EMAIL", email="test@example.com")
    with pytest.raises(ConfigurationError, match="EMAIL has no QR code"):
        enrollment.show_qr()
