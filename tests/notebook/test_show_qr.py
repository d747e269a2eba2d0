"""The QR code on a notebook's page: who gets it, how long, and what a save would hold."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time

import pytest
import requests

from authing_mfa.sandbox import Sandbox, SandboxUser

from .addresses import is_handed_out
from .kernels import Kernel, address_in
from .pictures import read_png, read_svg

pytestmark = pytest.mark.slow

GONE = "The QR code is no longer on show."
_NEW_THREADS = """
until = time.monotonic() + 10
while (new := set(threading.enumerate()) - before) and time.monotonic() < until:
    time.sleep(0.05)
print(new)
"""


def uri_of(kernel: Kernel, enrollment: str = "enrollment") -> str:
    return kernel.value_of(f"{enrollment}.otp.qr_code_uri")


def hidden_in(kernel: Kernel) -> list[str]:
    """Return which secrets of the enrollment the file would hold."""
    names = ("qr_code_uri", "qr_code_data_url", "secret", "recovery_code", "manual_key")
    return [name for name in names if kernel.value_of(f"enrollment.otp.{name}") in kernel.file]


def confirm(kernel: Kernel, user: SandboxUser) -> None:
    kernel.value_of(f"globals().update(code='{user.totp_code()}')")
    kernel.run("enrollment.confirm(code)")


def test_browser_is_handed_the_code(kernel: Kernel) -> None:
    address = address_in(kernel.run("enrollment.show_qr()"))
    assert uri_of(kernel) == read_png(requests.get(address, timeout=5).content)


def test_file_holds_no_picture_while_it_is_on_show(kernel: Kernel) -> None:
    outputs = kernel.run("enrollment.show_qr()")
    assert "<img " in outputs
    assert "<svg" not in kernel.file
    assert "data:image" not in kernel.file
    assert hidden_in(kernel) == []


def test_address_works_once(kernel: Kernel) -> None:
    address = address_in(kernel.run("enrollment.show_qr()"))
    assert [is_handed_out(address), is_handed_out(address)] == [True, False]


def test_code_is_taken_away_when_confirmed(kernel: Kernel, mfa_user: SandboxUser) -> None:
    address = address_in(kernel.run("enrollment.show_qr()"))
    confirm(kernel, mfa_user)
    assert GONE in kernel.outputs_of(-2)
    assert address not in kernel.file
    assert not is_handed_out(address)


def test_code_is_taken_away_when_the_time_is_over(kernel: Kernel) -> None:
    address = address_in(
        kernel.run(
            "from authing_mfa._values.notebook import show_for\n"
            "picture = show_for(0.3, enrollment.otp.qr, embed=False)"
        )
    )
    kernel.run("import time; time.sleep(0.6)")
    assert GONE in kernel.outputs_of(-2)
    assert not is_handed_out(address)


def test_embedded_code_is_on_the_page_until_it_is_confirmed(
    kernel: Kernel, mfa_user: SandboxUser
) -> None:
    outputs = kernel.run("enrollment.show_qr(embed=True)")
    assert uri_of(kernel) == read_svg(outputs[outputs.index("<svg") : outputs.index("</svg>") + 6])
    confirm(kernel, mfa_user)
    assert GONE in kernel.outputs_of(-2)
    assert "<svg" not in kernel.file


@pytest.mark.parametrize("options", ["", "embed=True"])
def test_resend_shows_the_new_code(kernel: Kernel, options: str) -> None:
    kernel.run(f"enrollment.show_qr({options})")
    before = uri_of(kernel)
    outputs = kernel.run("enrollment.resend()")
    assert before != uri_of(kernel)
    assert GONE in kernel.outputs_of(-2)
    assert ("embed" in options) == ("<svg" in outputs)


def test_resent_code_is_handed_out_in_place_of_the_old_one(kernel: Kernel) -> None:
    old = address_in(kernel.run("enrollment.show_qr()"))
    new = address_in(kernel.run("enrollment.resend()"))
    assert not is_handed_out(old)
    assert uri_of(kernel) == read_png(requests.get(new, timeout=5).content)


def test_resend_shows_nothing_that_was_not_shown(kernel: Kernel) -> None:
    assert kernel.run("enrollment.resend()") == ""


def test_code_that_is_shown_again_is_in_one_place(kernel: Kernel) -> None:
    old = address_in(kernel.run("enrollment.show_qr()"))
    new = address_in(kernel.run("enrollment.show_qr()"))
    assert GONE in kernel.outputs_of(-2)
    assert [is_handed_out(old), is_handed_out(new)] == [False, True]


def test_several_codes_are_on_show_at_once(
    kernel: Kernel, authing_sandbox: Sandbox, mfa_user: SandboxUser
) -> None:
    other = authing_sandbox.add_user().credentials
    kernel.value_of(f"globals().update(other=AuthenticationClient(**{other!r}))")
    kernel.run("second = other.begin_enrollment('OTP')\nenrollment.show_qr()")
    address = address_in(kernel.run("second.show_qr()"))
    confirm(kernel, mfa_user)
    assert GONE in kernel.outputs_of(-3)
    assert GONE not in kernel.outputs_of(-2)
    assert uri_of(kernel, "second") == read_png(requests.get(address, timeout=5).content)


@pytest.mark.parametrize("options", ["", "embed=True"])
def test_no_thread_is_left_when_it_is_confirmed(
    kernel: Kernel, mfa_user: SandboxUser, options: str
) -> None:
    kernel.run("import threading, time\nbefore = set(threading.enumerate())")
    kernel.run(f"enrollment.show_qr({options})")
    confirm(kernel, mfa_user)
    assert "set()" in kernel.run(_NEW_THREADS)


def test_program_ends_while_a_code_is_on_show() -> None:
    program = """
        from authing_mfa import QRCode
        from authing_mfa._values.notebook import OnPage
        picture = OnPage(lambda *page, **options: None, 600, QRCode("example"), embedded=False)
    """
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=60)
    assert time.monotonic() - started < 60
