"""What holds for any answer and any value: only our errors, nothing lost, nothing let through."""

from __future__ import annotations

import json
import pickle
import types
import typing
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from authing_mfa import AuthingMFAError, FactorType, InvalidResponseError, OTPSetup
from authing_mfa._http.transport import _retry_after
from authing_mfa._protocol.envelope import unwrap, unwrap_bare
from authing_mfa._protocol.response import Response
from authing_mfa._secrets import without_password
from authing_mfa._values import arguments
from authing_mfa._values.base import WireValue
from authing_mfa._values.codec import build, read_filled, to_wire
from tests.support import payloads, sampling
from tests.support.wire import METHODS, Wire, make_client

# The same examples every time: a failure is a fault of the code, never of the day.
quick = settings(derandomize=True, deadline=None, database=None, max_examples=35)
few = settings(quick, max_examples=10)

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
CODES = st.sampled_from([200, 400, 404, 429, 500, 602, 1636, 6001, "1636", "200", None, True])
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "statusCode": CODES | JSON,
        "code": CODES | JSON,
        "apiCode": CODES | JSON,
        "message": JSON,
        "requestId": JSON,
        "data": JSON,
    },
)
BODIES = (
    st.binary()
    | JSON.map(json.dumps).map(str.encode)
    | ENVELOPES.map(json.dumps).map(str.encode)
    | st.sampled_from([payloads.raw(name) for name in payloads.names()])
)
HTTP_STATUSES = st.sampled_from([200, 201, 204, 302, 400, 401, 404, 429, 500, 502, 503, 504])


def values_of(cls: type[WireValue]) -> Iterator[type[WireValue]]:
    """Return each kind of value that mirrors the wire."""
    yield from cls.__subclasses__()
    for child in cls.__subclasses__():
        yield from values_of(child)


# Until it is collected, a class that attrs made anew with slots has its former self beside it.
_FIRST = ("Factor", "MFATokenInspection", "MFATrigger", "OTPSetup", "TokenSet", "UserPage")
VALUES = sorted(
    filter(attrs.has, set(values_of(WireValue))),
    key=lambda cls: (cls.__name__ not in _FIRST, cls.__name__),
)
FEW_VALUES = sampling.few(VALUES, len(_FIRST))
each_value = pytest.mark.parametrize("cls", FEW_VALUES, ids=lambda cls: cls.__name__)

_LABELS = st.text(st.characters(categories=["L", "N"]), max_size=8)
_URIS = st.builds(
    "otpauth://totp/{}:{}?secret={}&digits={}&period={}".format,
    _LABELS,
    _LABELS,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=1),
    st.integers(1, 8),
    st.integers(1, 60),
)
_TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
_BY_NAME = {"qr_code_uri": _URIS, "access_token": _TOKENS}


def made_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return what makes values of an annotation."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return st.lists(made_of(arguments[0]), max_size=3).map(tuple)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([made_of(argument) for argument in arguments])
    if attrs.has(kind):
        return made(kind)
    if kind is FactorType:
        return st.sampled_from(list(FactorType)) | st.text(min_size=1).map(FactorType)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if origin is dict:
        return st.dictionaries(st.text(), JSON, max_size=3)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        types.NoneType: st.none(),
        str: st.text(),
        int: st.integers(),
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        datetime: st.datetimes(timezones=st.just(UTC)),
    }
    return plain[kind]


def made(cls: type) -> st.SearchStrategy[Any]:
    """Return what makes values of an attrs class."""
    hints = typing.get_type_hints(cls)
    filled = st.text(min_size=1)
    fields = {
        field.name: filled
        if field.metadata.get("read") is read_filled
        else _BY_NAME.get(field.name, made_of(hints[field.name]))
        for field in attrs.fields(cls)
        if field.init
    }
    return st.fixed_dictionaries(fields).map(lambda facts: cls(**facts))


def error_of(call: Callable[..., Any], *args: Any) -> AuthingMFAError | None:
    """Return the error of a call, held to what every error promises; None if it succeeds."""
    try:
        call(*args)
    except AuthingMFAError as error:
        again = pickle.loads(pickle.dumps(error))
        promised = (type(error), str(error), True)
        found = (type(again), str(again), isinstance(error.message, str))
        return error if promised == found else pytest.fail(f"{promised} != {found}")
    return None


def test_there_are_values_to_try() -> None:
    assert {"Factor", "OTPSetup", "EnrollmentRequest", "MFATrigger"} <= {
        cls.__name__ for cls in VALUES
    }


@quick
@given(BODIES, HTTP_STATUSES)
@example(b"", 200)
@example(b"\xff\xfe", 200)
@example(b'\xef\xbb\xbf{"statusCode": 200}', 200)
@example(b"[" * 100_000, 200)
@example(b'{"statusCode": ' + b"9" * 5000 + b"}", 200)
@example(b'{"statusCode": 1e400}', 200)
@example(b'{"statusCode": 200, "data": NaN}', 200)
@example(b'{"statusCode": 403, "message": "\\ud800", "requestId": "\\ud800"}', 200)
@example(b'{"code": "6001"}', 400)
@example(b'{"error": ["x"], "error_description": {}}', 400)
def test_any_body_is_an_envelope_or_one_of_our_errors(body: bytes, http_status: int) -> None:
    for read in (unwrap, unwrap_bare):
        error = error_of(read, Response(http_status=http_status, body=body))
        assert error is not None or 200 <= http_status < 300


@each_value
@quick
@given(data=JSON)
@example(data=None)
@example(data={})
@example(data=[{}])
@example(data={"active": True, "exp": 10**400})
@example(data={"active": True, "exp": -1e300})
@example(data={"factorId": "f_1", "factorType": "", "profile": []})
@example(data={"qrCodeUri": "otpauth://[", "qrCodeDataUrl": "", "recoveryCode": ""})
def test_any_json_is_a_value_or_an_invalid_response(cls: type[WireValue], data: Any) -> None:
    for shape in (cls, tuple[cls, ...]):  # type: ignore[valid-type]
        error = error_of(build, shape, data)
        assert error is None or str(error).startswith("data")


@each_value
@few
@given(data=st.data())
def test_value_in_which_one_place_is_spoilt_is_still_one_or_the_other(
    cls: type[WireValue], data: st.DataObject
) -> None:
    document = to_wire(data.draw(made(cls)))
    holder, keys = document, list(document)
    assume(keys)
    key = data.draw(st.sampled_from(keys))
    while isinstance(holder[key], dict) and holder[key] and data.draw(st.booleans()):
        holder = holder[key]
        key = data.draw(st.sampled_from(list(holder)))
    holder[key] = data.draw(JSON)
    error = error_of(build, cls, document)
    assert error is None or type(error) is InvalidResponseError


@each_value
@few
@given(data=st.data())
def test_value_survives_the_wire(cls: type[WireValue], data: st.DataObject) -> None:
    value = data.draw(made(cls))
    document = json.loads(json.dumps(to_wire(value)))
    assert value == build(cls, document)
    assert value == cls.from_dict(value.to_dict())
    assert value == pickle.loads(pickle.dumps(value))
    repr(value)


@pytest.mark.parametrize("name", METHODS)
@few
@given(body=BODIES, http_status=HTTP_STATUSES, retry_after=st.none() | st.text(max_size=9))
def test_any_answer_to_a_method_is_a_value_or_one_of_our_errors(
    name: str, body: bytes, http_status: int, retry_after: str | None
) -> None:
    header = (retry_after or "").encode("ascii", "ignore").decode()
    with Wire() as wire:
        wire.plan(
            METHODS[name].path,
            body,
            status=http_status,
            headers={"Retry-After": "".join(char for char in header if char.isprintable())},
        )
        error = error_of(METHODS[name].call, make_client())
    assert error is None or METHODS[name].path == error.path
    assert not (error and METHODS[name].safe and error.outcome_unknown)


@quick
@given(st.text(), st.none() | st.integers(1, 9))
@example("１２３ 456", 6)
@example("½", None)
@example("²", None)
@example("١٢٣", 3)
@example("𝟏𝟐𝟑", 3)
@example("1\u200b2", None)
@example("-", None)
@example("12\x1f3", None)
def test_only_digits_come_through_the_tidying_of_a_code(typed: str, digits: int | None) -> None:
    if error_of(arguments.code, "code", typed, digits) is None:
        code = arguments.code("code", typed, digits)
        assert set(code) <= set("0123456789")
        assert len(code) == (digits or len(code)) > 0
        assert code == arguments.code("code", code, digits)


@quick
@given(st.text("0123456789", min_size=1, max_size=9), st.data())
def test_code_is_found_among_spaces_and_dashes(code: str, data: st.DataObject) -> None:
    noise = st.text(" -\t\n\u00a0\u3000－", max_size=2)
    wide = [data.draw(st.sampled_from([digit, chr(ord(digit) + 0xFEE0)])) for digit in code]
    assert all(digit in "0123456789" for digit in unicodedata.normalize("NFKC", "".join(wide)))
    typed = "".join(data.draw(noise) + digit for digit in wide) + data.draw(noise)
    assert code == arguments.code("code", typed, len(code))


@quick
@given(st.text(min_size=1))
@example("SMS")
@example("PASSKEY")
@example("__members__")
@example("value")
def test_any_text_is_a_kind_of_factor_that_equals_it(text: str) -> None:
    kind = FactorType(text)
    assert (text, hash(text)) == (kind, hash(kind))
    assert kind == pickle.loads(pickle.dumps(kind))
    assert (text in {"SMS", "EMAIL", "OTP", "FACE"}) is (kind in list(FactorType))


_HOSTS = st.text() | st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://", "http://", "HTTPS://", "https:/", "https://a@", "//"]),
    st.sampled_from(["demo.example.com", "localhost", "127.0.0.1", "[::1]", "x.com:8443", ""]),
    st.text("/?#@:\\ .%a1", max_size=5),
)


@quick
@given(_HOSTS)
@example("https://demo.example.com#")
@example("https://demo.example.com?")
@example("https://demo.example.com\\@other.example.com")
@example("http://127.0.0.1\\.example.com")
def test_host_that_is_taken_is_read_alike_by_everybody(host: str) -> None:
    if error_of(arguments.host, "app_host", host):
        return
    url = arguments.host("app_host", host) + "/api/v3/get-factor"
    parts = urlsplit(url)
    assert parts.path.endswith("/api/v3/get-factor")
    assert (parts.query, parts.fragment, parts.username, parts.password) == ("", "", None, None)
    assert parts.hostname == (parse_url(url).host or "").strip("[]").lower()
    assert parts.scheme == "https" or arguments.is_loopback(parts.hostname or "")


@quick
@given(st.text())
@example("otpauth://[")
@example("otpauth://totp℀/x?secret=A")
@example("otpauth://totp/x?secret=A&digits=٦")
@example("otpauth://totp/%ff?secret=%ff")
def test_any_text_is_a_setup_or_refused_without_being_shown(text: str) -> None:
    for uri in (text, f"otpauth://totp/{text}?secret=EXAMPLE", f"otpauth://totp/x?{text}"):
        stored = {"qrCodeUri": uri, "qrCodeDataUrl": "", "recoveryCode": ""}
        error = error_of(OTPSetup.from_dict, stored)
        assert error is None or str(error).startswith("OTPSetup.qrCodeUri: wanted an otpauth")


@quick
@given(st.text() | st.floats().map(str) | st.integers().map(str))
@example("1e999")
@example("Fri, 31 Dec 99999 23:59:59 GMT")
@example("Thu, 01 Jan 1970 00:00:00 -9999")
@example("1 1 1 1 1 1")
def test_any_retry_after_is_seconds_or_unknown(header: str) -> None:
    for date in ("", header, "Thu, 01 Jan 1970 00:00:00 GMT"):
        seconds = _retry_after({"Retry-After": header, "Date": date})
        assert seconds is None or 0 <= seconds < float("inf")


@quick
@given(st.text("abc:/@#?.1[]", max_size=20), st.text("abc/#?", min_size=3, max_size=8))
def test_no_password_is_left_in_a_proxy(start: str, word: str) -> None:
    bare = without_password(f"http://user:{word}0marked@proxy.example.com{start.replace('@', '')}")
    assert "marked" not in bare


@quick
@given(made(OTPSetup))
def test_manual_key_is_the_secret_and_spaces(otp: OTPSetup) -> None:
    assert otp.secret == otp.manual_key.replace(" ", "")
    assert {len(group) for group in otp.manual_key.split()} <= {1, 2, 3, 4}
