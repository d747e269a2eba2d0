"""Refuse what cannot work, before anything is sent."""

from __future__ import annotations

import functools
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from traceback import TracebackException
from typing import Any

import certifi
import pytest
import requests

from authing_mfa import ConfigurationError
from authing_mfa._protocol import bodies
from authing_mfa._secrets import conceal
from authing_mfa._values import arguments
from tests.support.sampling import few

# Hyphen, non-breaking hyphen, figure, en and em dash, bar, minus, small and full-width ones, and
# what a Japanese keyboard writes for it.
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u30fc\uff70\u00ad"
_SPACES = " \t\n\u00a0\u2003\u2009\u202f\u3000\u200b\ufeff"
_NO_TEXT = [None, 7, 1.5, True, b"f_1", ["f_1"], {"f": 1}, "", " ", "\t\n", "half \ud800"]


def refused(check: Callable[..., Any], *values: Any) -> str:
    """Return the message of a refusal, which shows nothing of the value."""
    with pytest.raises(ConfigurationError) as caught:
        check(*values)
    assert not caught.value.outcome_unknown
    return caught.value.message


@pytest.mark.parametrize("value", ["f_1", "a|b", "示例", " x ", "a\nb"])
def test_text_is_any_text(value: str) -> None:
    assert arguments.text("name", value) == value


@pytest.mark.parametrize("value", _NO_TEXT, ids=repr)
@pytest.mark.parametrize("check", [arguments.text, arguments.header_text, arguments.code])
def test_what_is_no_text_is_refused(check: Callable[..., Any], value: Any) -> None:
    assert refused(check, "name", value).startswith("name: wanted ")


@pytest.mark.parametrize("value", ["token", "a b", "a.b-c_d~e+f/g==", "~!@#$%^&*()"])
def test_header_text_is_visible_ascii(value: str) -> None:
    assert arguments.header_text("name", value) == value


@pytest.mark.parametrize(
    "value",
    ["token\n", "token\r\nx: y", "to\x00ken", "\x7f", "\x1b[0m", " token", "token ", "tökèn"],
)
def test_header_text_with_anything_else_is_refused(value: str) -> None:
    message = refused(arguments.header_text, "name", value)
    assert value.strip() not in message


def test_optional_lets_none_through_and_checks_the_rest() -> None:
    assert arguments.optional(arguments.text, "name", None) is None
    assert arguments.optional(arguments.text, "name", "x") == "x"
    refused(arguments.optional, arguments.text, "name", "")


@pytest.mark.parametrize(
    "typed",
    [
        "123456",
        " 123456\n",
        "123 456",
        "123-456",
        "1 2 3 4 5 6",
        "123\u3000456",
        "123\u00a0456",
        "１２３４５６",
        "１２３－４５６",
        "\u202a123456\u202c",
        *(f"123{dash}456" for dash in _DASHES),
        *(f"123{space}456" for space in _SPACES),
    ],
    ids=ascii,
)
def test_code_is_tidied(typed: str) -> None:
    assert arguments.code("code", typed, 6) == "123456"


@pytest.mark.parametrize("filler", few([*_DASHES, *_SPACES]), ids=ascii)
def test_recovery_code_is_tidied(filler: str) -> None:
    typed = filler.join(["E7AD", "aaa4", "da75", "fa37", "57d1", "5141"])
    assert arguments.recovery_code("code", typed) == "e7ad-aaa4-da75-fa37-57d1-5141"


@pytest.mark.parametrize("filler", few([*_DASHES, *_SPACES]), ids=ascii)
def test_phone_is_tidied(filler: str) -> None:
    target = bodies.phone(f"(188){filler}0000{filler}0000", f"+{filler}86")
    assert target == {"phoneNumber": "18800000000", "phoneCountryCode": "+86"}


def test_full_width_digits_of_a_phone_are_made_plain() -> None:
    target = bodies.phone("１８８００００００００", "＋８６")
    assert target == {"phoneNumber": "18800000000", "phoneCountryCode": "+86"}


@pytest.mark.parametrize(
    ("check", "typed"),
    [
        (arguments.code, "918273x"),
        (arguments.recovery_code, "918273x"),
        (arguments.header_text, "918273\n"),
        (arguments.text, "918273\ud800"),
        (functools.partial(arguments.code, digits=5), "９１８２７３"),
        (arguments.code, 918273),
        (arguments.recovery_code, b"918273"),
    ],
    ids=lambda value: ascii(value) if isinstance(value, (str, int, bytes)) else "by",
)
def test_refused_secret_shows_in_no_frame(check: Callable[..., Any], typed: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check("name", conceal(typed))
    frames = TracebackException.from_exception(caught.value, capture_locals=True).stack[1:]
    shown = str([frame.locals for frame in frames])
    assert ("918273" in shown, "９１８２７３" in shown) == (False, False)


def test_leading_zeros_of_a_code_stay() -> None:
    assert arguments.code("code", "0000 12") == "000012"


@pytest.mark.parametrize(
    "typed",
    ["12345a", "O23456", "-", "--- ", "12.456", "12,456", "+123456", "١٢٣٤٥٦", "½", "½½½", "𝟏x"],
)
def test_code_of_anything_but_digits_is_refused(typed: str) -> None:
    message = refused(arguments.code, "code", typed)
    assert message == "code: wanted digits only; ask the user to type it again"


@pytest.mark.parametrize(("typed", "got"), [("12345", 5), ("1234567", 7), ("1 2", 2)])
def test_code_of_another_length_is_refused(typed: str, got: int) -> None:
    assert refused(arguments.code, "code", typed, 6) == f"code: wanted 6 digits, got {got}"


@pytest.mark.parametrize("value", [1, 0.001, 3.05, 86400])
def test_seconds_are_a_float(value: float) -> None:
    checked = arguments.seconds("name", value)
    assert (type(checked), checked) == (float, value)


_NO_SECONDS: list[Any] = [
    *(0, 0.0, -1, -0.5, math.nan, math.inf, -math.inf, True, False, None, "1", "", [1], 1j),
    *(10**400, 1e300),
]


@pytest.mark.parametrize("value", _NO_SECONDS, ids=lambda value: repr(value)[:20])
def test_seconds_that_are_none_are_refused(value: Any) -> None:
    assert refused(arguments.seconds, "name", value).startswith("name: wanted ")


@pytest.mark.parametrize(
    ("value", "expected"), [((3.05, 10), (3.05, 10.0)), (5, (5.0, 5.0)), (0.5, (0.5, 0.5))]
)
def test_timeout_is_for_connecting_and_reading(value: Any, expected: tuple[float, float]) -> None:
    assert arguments.timeout(value) == expected


@pytest.mark.parametrize(
    "value",
    [(), (1,), (1, 2, 3), (0, 1), (1, 0), (1, None), (None, 1), [1, 2], *_NO_SECONDS],
    ids=lambda value: repr(value)[:20],
)
def test_timeout_that_is_none_is_refused(value: Any) -> None:
    assert refused(arguments.timeout, value).startswith("timeout")


@pytest.mark.parametrize("value", [0, 1, 10])
def test_count_is_zero_or_more(value: int) -> None:
    assert arguments.count("name", value) == value


@pytest.mark.parametrize("value", [-1, 1.0, True, None, "2", math.nan])
def test_count_that_is_none_is_refused(value: Any) -> None:
    refused(arguments.count, "name", value)


@pytest.mark.parametrize("value", [True, False])
def test_flag_is_a_bool(value: bool) -> None:
    assert arguments.flag("name", value) is value


@pytest.mark.parametrize("value", [0, 1, None, "true", ""])
def test_flag_that_merely_counts_as_one_is_refused(value: Any) -> None:
    refused(arguments.flag, "name", value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("203.0.113.7", "203.0.113.7"), ("2001:DB8::1", "2001:db8::1"), ("::1", "::1")],
)
def test_ip_address_is_written_plainly(value: str, expected: str) -> None:
    assert arguments.ip_address("name", value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *_NO_TEXT,
        *("example.com", "203.0.113", "203.0.113.7:80", "203.0.113.7, 203.0.113.8", "[::1]"),
        *("203.0.113.7\n", "fe80::1%a\r\nx-evil: 1", "fe80::1%eth0", "fe80::1%é", "1"),
    ],
    ids=repr,
)
def test_ip_address_that_is_none_is_refused(value: Any) -> None:
    refused(arguments.ip_address, "name", value)


def test_pairs_are_copied() -> None:
    given = {"a": "1", "b": ""}
    checked = arguments.pairs("name", given)
    assert given == checked
    assert given is not checked
    assert arguments.pairs("name", None) is None


@pytest.mark.parametrize(
    "value",
    ["a=1", [("a", "1")], {"a": 1}, {"a": None}, {"a": True}, {1: "a"}, {"a": "\ud800"}, 7],
    ids=repr,
)
def test_pairs_of_anything_but_strings_are_refused(value: Any) -> None:
    assert refused(arguments.pairs, "name", value).startswith("name: wanted ")


@pytest.mark.parametrize("value", ["/", "/api/v3/get-factor", "/a/b%7Cc", "//x"])
def test_path_starts_at_the_root(value: str) -> None:
    assert arguments.path("name", value) == value


@pytest.mark.parametrize(
    "value",
    [
        *_NO_TEXT,
        *("api/v3/x", "https://example.com/x", "/x?y=1", "/x#y", "/x y", "/x\\y", "/x\r\ny", "/é"),
    ],
    ids=repr,
)
def test_path_with_more_than_a_path_is_refused(value: Any) -> None:
    refused(arguments.path, "name", value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://demo.example.com", "https://demo.example.com"),
        ("https://demo.example.com/", "https://demo.example.com"),
        ("https://demo.example.com//", "https://demo.example.com"),
        ("https://demo.example.com:8443", "https://demo.example.com:8443"),
        ("https://demo.example.com/base/", "https://demo.example.com/base"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://localhost", "http://localhost"),
        ("http://LocalHost", "http://LocalHost"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_host_has_no_slash_at_its_end(value: str, expected: str) -> None:
    assert arguments.host("name", value) == expected


_NO_HOSTS = [
    *_NO_TEXT,
    *("demo.example.com", "demo.example.com:443", "//demo.example.com", "ftp://demo.example.com"),
    *("https://", "https:///x", "https:demo.example.com", "https://:443", "file:///etc/hosts"),
    *("https://user@demo.example.com", "https://user:word@demo.example.com", "https://@x.com"),
    *("https://demo.example.com?", "https://demo.example.com?a=1", "https://demo.example.com#"),
    *("https://demo.example.com#x", "https://demo.example.com/?", "https://demo example.com"),
    *("https://demo.example.com:port", "https://demo.example.com:99999", "https://[::1"),
    *("https://demo.example.com\\@other.example.com", "https://demo.example.com\\x"),
    *("https://demo.example.com\n", "https://démo.example.com", "https://demo.example.com/ x"),
    *("http://demo.example.com", "http://10.0.0.1", "http://0.0.0.0", "http://localhost.example"),
    *("http://127.0.0.1.example.com", "http://127.0.0.1@example.com", "HTTP://example.com"),
]


@pytest.mark.parametrize("value", _NO_HOSTS, ids=repr)
def test_host_that_is_none_or_unsafe_is_refused(value: Any) -> None:
    message = refused(arguments.host, "name", value)
    assert "word" not in message


def test_http_off_loopback_says_why() -> None:
    message = refused(arguments.host, "app_host", "http://demo.example.com")
    assert message.startswith("app_host: http:// would send tokens in the clear; use https://")


def test_verify_is_true_or_a_path_that_exists(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    shutil.copy(certifi.where(), bundle)
    assert arguments.verify(True) is True
    assert str(bundle) == arguments.verify(bundle)
    assert str(bundle) == arguments.verify(str(bundle))
    assert str(tmp_path) == arguments.verify(tmp_path)


@pytest.mark.parametrize(
    "value", [False, None, 0, 1, "", " ", "/no/such/bundle.pem", b"x", Path("/no/such")], ids=repr
)
def test_verify_that_would_not_verify_is_refused(value: Any) -> None:
    assert refused(arguments.verify, value).startswith("verify: ")


@pytest.mark.parametrize("value", [False, None, 0, "", "/no/such/bundle.pem"], ids=repr)
def test_session_that_would_not_verify_is_refused(value: Any) -> None:
    with requests.Session() as session:
        session.verify = value
        refused(arguments.session, session)


@pytest.mark.parametrize("value", [requests, "session", 7, requests.Session], ids=str)
def test_what_is_no_session_is_refused(value: Any) -> None:
    assert re.match(r"session: wanted a requests\.Session, got", refused(arguments.session, value))


def test_callback_is_none_or_callable() -> None:
    assert arguments.callback("on_call", None) is None
    assert print is arguments.callback("on_call", print)
    assert refused(arguments.callback, "on_call", "x") == "on_call: wanted a callable, got str"


@pytest.mark.parametrize("value", [{}, {"https": "http://proxy.example.com:3128"}])
def test_proxies_are_scheme_to_url(value: dict[str, str]) -> None:
    assert arguments.proxies(value) == value


@pytest.mark.parametrize("value", ["http://x", {"https": ""}, {"": "http://x"}, {"https": 1}])
def test_proxies_that_are_none_are_refused(value: Any) -> None:
    assert refused(arguments.proxies, value).startswith("proxies")


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (arguments.text, "half \ud800"),
        (arguments.host, "https://user:example\u2100@demo.example.com"),
    ],
)
def test_no_error_that_shows_the_value_hangs_on_a_refusal(
    check: Callable[[str, object], Any], value: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check("name", value)
    assert caught.value.__context__ is None
