"""What an authenticator app needs: taken apart from its URI."""

from __future__ import annotations

import re
from typing import Any

import pytest

from authing_mfa import ConfigurationError, InvalidResponseError, OTPSetup
from tests.support import payloads

URI = "otpauth://totp/Example:test%40example.com?secret=EXAMPLEEXAMPLEEX"
_PNG = "data:image/png;base64,iVBORw0KGgo="


def setup(uri: str = URI, picture: str = _PNG) -> OTPSetup:
    return OTPSetup.from_dict(
        {"qrCodeUri": uri, "qrCodeDataUrl": picture, "recoveryCode": "0000-1111"}
    )


def test_sample_of_the_service() -> None:
    data = payloads.read("send_enroll_factor_request_otp")["data"]["otpData"]
    otp = OTPSetup.from_dict(data)
    assert (
        otp.secret,
        otp.issuer,
        otp.account,
    ) == ("EXAMPLEEXAMPLEEX", "Example", "test@example.com")
    assert (otp.digits, otp.period, otp.algorithm) == (6, 30, "SHA1")
    assert otp.recovery_code == "0000-1111-2222-3333-4444-5555"


def test_defaults_are_those_of_the_key_uri_format() -> None:
    otp = setup()
    assert (otp.digits, otp.period, otp.algorithm, otp.issuer) == (6, 30, "SHA1", "Example")


def test_parameters_of_the_uri_are_taken() -> None:
    otp = setup(f"{URI}&digits=8&period=60&algorithm=SHA256&issuer=Another%20One")
    assert (
        otp.digits,
        otp.period,
        otp.algorithm,
        otp.issuer,
    ) == (8, 60, "SHA256", "Another One")


@pytest.mark.parametrize(
    ("label", "issuer", "account"),
    [
        ("Example:test%40example.com", "Example", "test@example.com"),
        ("Example%3Atest%40example.com", "Example", "test@example.com"),
        ("Example:%20test", "Example", "test"),
        ("%E7%A4%BA%E4%BE%8B:%E7%94%A8%E6%88%B7", "示例", "用户"),
        ("My%20Pool:a%2Bb@example.com", "My Pool", "a+b@example.com"),
        ("test@example.com", "", "test@example.com"),
        ("Example:", "Example", ""),
        ("", "", ""),
    ],
)
def test_label_is_taken_apart(label: str, issuer: str, account: str) -> None:
    otp = setup(f"otpauth://totp/{label}?secret=EXAMPLE")
    assert (issuer, account) == (otp.issuer, otp.account)


_BAD_URIS = {
    "empty": "",
    "another scheme": URI.replace("otpauth", "https"),
    "hotp": URI.replace("totp", "hotp"),
    "no secret": URI.replace("secret", "other"),
    "empty secret": "otpauth://totp/a?secret=",
    "zero digits": f"{URI}&digits=0",
    "negative digits": f"{URI}&digits=-6",
    "text for digits": f"{URI}&digits=six",
    "foreign digits": f"{URI}&digits=٦",
    "huge period": f"{URI}&period=99999",
    "fraction of a period": f"{URI}&period=0.5",
    "bad bracket": "otpauth://[EXAMPLE?secret=EXAMPLE",
    "bad address": "otpauth://[EXAMPLE]?secret=EXAMPLE",
    "changing under normalization": "otpauth://EXAMPLE℀?secret=EXAMPLE",
}


@pytest.mark.parametrize("uri", _BAD_URIS.values(), ids=_BAD_URIS)
def test_uri_that_is_none_is_refused_without_being_shown(uri: str) -> None:
    expected = r"^OTPSetup\.qrCodeUri: wanted an otpauth"
    with pytest.raises(ConfigurationError, match=expected) as caught:
        setup(uri)
    assert "EXAMPLE" not in str(caught.value)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("EXAMPLEEXAMPLEEX", "EXAM PLEE XAMP LEEX"),
        ("EXAMPLE", "EXAM PLE"),
        ("EXA", "EXA"),
    ],
)
def test_manual_key_is_in_groups_of_four(secret: str, key: str) -> None:
    assert key == setup(f"otpauth://totp/a?secret={secret}").manual_key


def test_png_is_the_picture_of_the_data_url() -> None:
    assert setup().png == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.com/qr.png",
        "data:image/png,plain",
        "data:image/png;base64,marked*",
        "data:image/png;base64,é",
        "data:image/png;base64,abc",
    ],
)
def test_png_of_another_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidResponseError, match=r"wanted a base64 data URL$") as caught:
        setup(picture=url).png  # noqa: B018  reading it is what fails
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("read", [repr, str, "{}".format])
def test_nothing_of_it_is_shown_but_its_form(read: Any) -> None:
    shown = read(setup())
    for secret in ("EXAMPLE", "otpauth", "iVBOR", "0000-1111", "test@"):
        assert secret not in shown
    assert re.search(r"digits=6, period=30, algorithm='SHA1'", shown)
