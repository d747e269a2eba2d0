"""What a scanner reads in the QR code, and what is said where it cannot be drawn."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from authing_mfa import ConfigurationError, OTPSetup, QRCode

from .pictures import read_png, read_svg, read_terminal, size_of

_WITHOUT_THE_EXTRA = """
import sys
sys.modules["segno"] = None
from authing_mfa import ConfigurationError, OTPSetup
otp = OTPSetup(
    qr_code_uri="otpauth://totp/Example:test?secret=EXAMPLEEXAMPLE23&issuer=Example",
    qr_code_data_url="data:image/png;base64,ZXhhbXBsZQ==",
    recovery_code="",
)
for draw in (otp.qr.svg, otp.qr.png, otp.qr.terminal):
    try:
        draw()
    except ConfigurationError as error:
        print(error)
print(otp.png)
"""


def test_png_holds_the_uri(otp: OTPSetup) -> None:
    assert otp.qr_code_uri == read_png(otp.qr.png())


def test_png_of_the_service_holds_the_uri(otp: OTPSetup) -> None:
    assert otp.qr_code_uri == read_png(otp.png)


@pytest.mark.parametrize("scale", [2.5, 4])
def test_svg_holds_the_uri(otp: OTPSetup, scale: float) -> None:
    assert otp.qr_code_uri == read_svg(otp.qr.svg(scale=scale))


def test_terminal_shows_the_uri(otp: OTPSetup) -> None:
    assert otp.qr_code_uri == read_terminal(otp.qr.terminal())


def test_scale_is_a_modules_width(otp: OTPSetup) -> None:
    small, large = (size_of(otp.qr.png(scale=scale)) for scale in (2, 6))
    assert 3 * small[0] == large[0]


def test_code_that_is_long_can_be_read() -> None:
    text = f"otpauth://totp/{'example' * 40}?secret=EXAMPLEEXAMPLE23"
    code = QRCode(text)
    assert read_png(code.png()) == text
    assert read_svg(code.svg()) == text
    assert read_terminal(code.terminal()) == text


_NO_SCALES: list[Any] = [0, -1, -0.5, 0.001, 101, float("nan"), float("inf"), True, None, "4", [4]]


@pytest.mark.parametrize("scale", _NO_SCALES, ids=repr)
def test_scale_that_cannot_be_drawn_is_refused(scale: Any) -> None:
    for draw in (QRCode("example").svg, QRCode("example").png):
        with pytest.raises(ConfigurationError, match=r"^scale: wanted a "):
            draw(scale=scale)


@pytest.mark.parametrize("scale", [1.5, 2.0, 0.5])
def test_scale_of_a_png_is_whole(scale: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^scale: wanted a whole number, 1 to 100$"):
        QRCode("example").png(scale=scale)


@pytest.mark.parametrize("scale", [0.01, 0.5, 1, 100])
def test_scale_may_be_anything_else(scale: float) -> None:
    assert "<svg" in QRCode("example").svg(scale=scale)


def test_svg_is_an_element_that_a_page_may_hold(otp: OTPSetup) -> None:
    svg = otp.qr.svg()
    assert svg.startswith("<svg")
    assert svg.endswith("</svg>\n")


def test_repr_shows_nothing(otp: OTPSetup) -> None:
    assert repr(otp.qr) == "QRCode(text=<hidden>)"


def test_missing_extra_is_said_in_one_line_and_the_services_picture_needs_none() -> None:
    line = 'drawing a QR code needs an extra: pip install "authing-mfa[qr]"'
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_THE_EXTRA], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [line, line, line, "b'example'"]
