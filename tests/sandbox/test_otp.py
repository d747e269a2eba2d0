"""One-time passwords, recovery codes and QR codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from authing_mfa.sandbox import otp

# RFC 6238, appendix B: the secret "12345678901234567890", SHA-1, eight digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("moment", "code"), RFC_VECTORS)
def test_codes_are_those_of_the_rfc(moment: int, code: str) -> None:
    assert otp.code_at(RFC_SECRET, moment, digits=8) == code


@pytest.mark.parametrize(("moment", "code"), RFC_VECTORS)
def test_six_digits_are_the_last_six(moment: int, code: str) -> None:
    assert code[-6:] == otp.code_at(RFC_SECRET, moment)


def test_a_short_secret_gives_the_codes_of_the_plain_algorithm() -> None:
    secret, step = "JBSWY3DPEHPK3PXP", 56_666_666
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    assert otp.code_at(secret, step * 30) == f"{number % 10**6:06}"


def test_a_step_later_is_the_next_code() -> None:
    assert otp.code_at(RFC_SECRET, 89) == otp.code_at(RFC_SECRET, 59, step=1)


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_code_of_the_window_matches_its_step(away: int) -> None:
    code = otp.code_at(RFC_SECRET, 3000, step=away)
    assert otp.matching_step(RFC_SECRET, code, 3000, 1) == 100 + away


@pytest.mark.parametrize("away", [-2, 2])
def test_a_code_outside_the_window_matches_nothing(away: int) -> None:
    code = otp.code_at(RFC_SECRET, 3000, step=away)
    assert otp.matching_step(RFC_SECRET, code, 3000, 1) is None


def test_letters_match_nothing() -> None:
    assert otp.matching_step(RFC_SECRET, "一二三四五六", 3000, 1) is None


def test_a_secret_is_sixteen_base32_characters() -> None:
    assert re.fullmatch("[A-Z2-7]{16}", otp.new_secret(16))


def test_a_recovery_code_is_six_groups_of_four() -> None:
    assert re.fullmatch("[0-9a-f]{4}(-[0-9a-f]{4}){5}", otp.new_recovery_code())


def test_the_key_uri_names_everything() -> None:
    uri = urlsplit(otp.key_uri("JBSWY3DPEHPK3PXP", "a pool", "a@example.com"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == "/a%20pool:a%40example.com"
    assert unquote(uri.path) == "/a pool:a@example.com"
    assert parse_qs(uri.query) == {
        "secret": ["JBSWY3DPEHPK3PXP"],
        "period": ["30"],
        "digits": ["6"],
        "algorithm": ["SHA1"],
        "issuer": ["a pool"],
    }


def test_the_qr_code_is_the_data_url_of_a_png() -> None:
    kind, _, encoded = otp.qr_data_url("otpauth://totp/x").partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(encoded).startswith(b"\x89PNG\r\n")
