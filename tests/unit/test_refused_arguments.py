"""Bad input is refused with a message, and nothing is sent."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import requests

from authing_mfa import AuthenticationClient, ConfigurationError
from tests.support.wire import Wire, make_client

_IDS: list[Any] = [None, "", " ", 7, b"f_1", ["f_1"], "\ud800"]
_CODES: list[Any] = [*_IDS, "12345a", "--", "１２３４５", "12345", "1234567"]
_TOKENS: list[Any] = [None, "", " ", 7, b"token", "token\n", "to\rken", "\x00", "tökèn", " token"]


@pytest.fixture
def client(wire: Wire) -> AuthenticationClient:
    return make_client()


def refused(call: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Return the message of the refusal; the mocked wire would fail any request."""
    with pytest.raises(ConfigurationError) as caught:
        call(*args, **kwargs)
    assert (caught.value.outcome_unknown, caught.value.path) == (False, None)
    return caught.value.message


_CALLS: dict[str, tuple[Callable[[AuthenticationClient], Callable[..., Any]], list[Any]]] = {
    "get_factor": (lambda client: client.get_factor, _IDS),
    "reset_factor": (lambda client: client.reset_factor, _IDS),
    "introspect_mfa_token": (lambda client: client.introspect_mfa_token, _IDS),
    "verify_totp": (lambda client: client.verify_totp, _CODES),
    "set_access_token": (lambda client: client.set_access_token, _TOKENS),
    "as_user": (lambda client: client.as_user, _TOKENS),
}


@pytest.mark.parametrize(
    ("method", "value"),
    [(name, value) for name, (_, values) in _CALLS.items() for value in values],
    ids=repr,
)
def test_id_code_or_token_that_cannot_be_one(
    wire: Wire, client: AuthenticationClient, method: str, value: Any
) -> None:
    refused(_CALLS[method][0](client), value)
    assert wire.requests == []


_TARGETS: dict[str, tuple[Any, dict[str, Any]]] = {
    "no kind": (None, {}),
    "empty kind": ("", {}),
    "number for a kind": (1, {}),
    "kind in small letters": ("sms", {"phone_number": "18800000000"}),
    "SMS without a phone": ("SMS", {}),
    "SMS with an empty phone": ("SMS", {"phone_number": ""}),
    "SMS with blanks": ("SMS", {"phone_number": " - "}),
    "phone with its country code": ("SMS", {"phone_number": "+8618800000000"}),
    "phone with letters": ("SMS", {"phone_number": "188CALLME00"}),
    "phone too short": ("SMS", {"phone_number": "123"}),
    "phone too long": ("SMS", {"phone_number": "1" * 21}),
    "phone as a number": ("SMS", {"phone_number": 18800000000}),
    "phone of foreign digits": ("SMS", {"phone_number": "١٨٨٠٠٠٠٠٠٠٠"}),
    "country code without plus": (
        "SMS",
        {"phone_number": "18800000000", "phone_country_code": "86"},
    ),
    "country code as a number": ("SMS", {"phone_number": "18800000000", "phone_country_code": 86}),
    "empty country code": ("SMS", {"phone_number": "18800000000", "phone_country_code": ""}),
    "long country code": ("SMS", {"phone_number": "18800000000", "phone_country_code": "+12345"}),
    "SMS with an e-mail": ("SMS", {"phone_number": "18800000000", "email": "test@example.com"}),
    "SMS with an e-mail only": ("SMS", {"email": "test@example.com"}),
    "EMAIL without an address": ("EMAIL", {}),
    "EMAIL with an empty address": ("EMAIL", {"email": ""}),
    "address without @": ("EMAIL", {"email": "example.com"}),
    "address with two @": ("EMAIL", {"email": "a@b@example.com"}),
    "address with a space": ("EMAIL", {"email": "a b@example.com"}),
    "address without a name": ("EMAIL", {"email": "@example.com"}),
    "address with a line end": ("EMAIL", {"email": "test@example.com\n"}),
    "EMAIL with a phone": ("EMAIL", {"email": "test@example.com", "phone_number": "18800000000"}),
    "EMAIL with a country code": (
        "EMAIL",
        {"email": "test@example.com", "phone_country_code": "+86"},
    ),
    "OTP with a phone": ("OTP", {"phone_number": "18800000000"}),
    "FACE with an e-mail": ("FACE", {"email": "test@example.com"}),
    "unknown kind with a phone": ("PASSKEY", {"phone_number": "18800000000"}),
}


@pytest.mark.parametrize(("kind", "target"), _TARGETS.values(), ids=_TARGETS)
@pytest.mark.parametrize("method", ["send_enroll_factor_request", "begin_enrollment"])
def test_target_that_does_not_fit_the_kind(
    wire: Wire, client: AuthenticationClient, method: str, kind: Any, target: dict[str, Any]
) -> None:
    refused(getattr(client, method), kind, **target)
    assert wire.requests == []


_PROOFS: dict[str, tuple[str, dict[str, Any]]] = {
    "SMS without a code": ("SMS", {}),
    "SMS with an empty code": ("SMS", {"pass_code": ""}),
    "SMS with letters": ("SMS", {"pass_code": "12a4"}),
    "SMS with a number": ("SMS", {"pass_code": 1234}),
    "SMS with a photo": ("SMS", {"pass_code": "1234", "photo": "key"}),
    "EMAIL with a flag of FACE": ("EMAIL", {"pass_code": "1234", "is_external_photo": False}),
    "OTP with five digits": ("OTP", {"pass_code": "12345"}),
    "OTP with seven digits": ("OTP", {"pass_code": "1234567"}),
    "FACE without a photo": ("FACE", {}),
    "FACE with an empty photo": ("FACE", {"photo": ""}),
    "FACE with bytes": ("FACE", {"photo": b"jpeg"}),
    "FACE with a code": ("FACE", {"pass_code": "123456"}),
    "FACE with a code and a photo": ("FACE", {"pass_code": "123456", "photo": "key"}),
    "FACE with text for a flag": ("FACE", {"photo": "key", "is_external_photo": "true"}),
    "unknown kind without a code": ("PASSKEY", {}),
}


@pytest.mark.parametrize(("kind", "proof"), _PROOFS.values(), ids=_PROOFS)
def test_proof_that_does_not_fit_the_kind(
    wire: Wire, client: AuthenticationClient, kind: str, proof: dict[str, Any]
) -> None:
    refused(client.enroll_factor, kind, enrollment_token="example-token", **proof)
    assert wire.requests == []


@pytest.mark.parametrize("token", _IDS, ids=repr)
def test_enrollment_token_that_cannot_be_one(
    wire: Wire, client: AuthenticationClient, token: Any
) -> None:
    refused(client.enroll_factor, "SMS", enrollment_token=token, pass_code="1234")
    assert wire.requests == []


_REQUESTS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "method in small letters": ("get", "/x", {}),
    "another method": ("TRACE", "/x", {}),
    "no method": (None, "/x", {}),
    "a whole URL": ("GET", "https://other.example.com/x", {}),
    "relative path": ("GET", "x", {}),
    "query in the path": ("GET", "/x?a=1", {}),
    "line end in the path": ("GET", "/x\r\nx: y", {}),
    "no path": ("GET", None, {}),
    "both bodies": ("POST", "/x", {"json": {}, "data": {}}),
    "numbers in params": ("GET", "/x", {"params": {"page": 1}}),
    "half a surrogate in params": ("GET", "/x", {"params": {"a": "\ud800"}}),
    "text for params": ("GET", "/x", {"params": "a=1"}),
    "bytes in data": ("POST", "/x", {"data": {"a": b"1"}}),
    "half a surrogate in data": ("POST", "/x", {"data": {"\ud800": "1"}}),
    "text for data": ("POST", "/x", {"data": "a=1"}),
}


@pytest.mark.parametrize(("method", "path", "contents"), _REQUESTS.values(), ids=_REQUESTS)
def test_request_that_cannot_be_one(
    wire: Wire, client: AuthenticationClient, method: Any, path: Any, contents: dict[str, Any]
) -> None:
    refused(client.request, method, path, **contents)
    assert wire.requests == []


@pytest.mark.parametrize(
    "body",
    [{"a": {1, 2}}, {"a": math.nan}, [math.inf], b"bytes", {"a": "\ud800"}, {("a",): 1}, object()],
    ids=lambda value: type(value).__name__,
)
def test_json_that_is_none(wire: Wire, client: AuthenticationClient, body: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^json: wanted JSON types only"):
        client.request("POST", "/x", json=body)
    assert wire.requests == []


def test_json_that_holds_itself(wire: Wire, client: AuthenticationClient) -> None:
    body: list[Any] = []
    body.append(body)
    with pytest.raises(ConfigurationError, match=r"^json: wanted JSON types only"):
        client.request("POST", "/x", json=body)
    assert wire.requests == []


_OPTIONS: dict[str, list[Any]] = {
    "app_id": [None, "", 7, "app\n"],
    "app_host": [None, "", "demo.example.com", "http://demo.example.com", "https://a:b@x.com"],
    "app_secret": ["", 7, "secret\n"],
    "access_token": ["", 7, "token\n", "to\x00ken", b"token"],
    "lang": ["", 7, "en\r\n"],
    "timeout": [0, -1, math.nan, math.inf, True, None, "3", (1, -1), (1,)],
    "deadline": [0, -1, math.nan, math.inf, True, None, "3", (1, 1)],
    "max_retries": [-1, 1.0, True, None],
    "verify": [False, None, 0, "", "/no/such/bundle.pem", "a" * 5000, "a\0b"],
    "proxies": ["http://proxy.example.com", {"https": 1}],
    "session": ["session", requests],
    "real_ip": ["", "example.com", "203.0.113.7\n"],
    "on_call": ["print", 1],
    "genauth_headers": [None, 1, "true"],
    "pickle_secrets": [None, 1, "true"],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in _OPTIONS.items() for value in values],
    ids=repr,
)
def test_option_that_cannot_work(name: str, value: Any) -> None:
    message = refused(lambda: make_client(**{name: value}))
    assert message.startswith(name)


@pytest.mark.parametrize("option", [{"lang": ""}, {"lang": "en\n"}, {"real_ip": "nowhere"}])
def test_option_of_another_user_that_cannot_work(
    client: AuthenticationClient, option: dict[str, Any]
) -> None:
    refused(lambda: client.as_user("example-token", **option))


def test_call_without_a_token(wire: Wire) -> None:
    client = make_client(access_token=None)
    with pytest.raises(ConfigurationError, match=r"^no access token: pass access_token="):
        client.get_factor("f_1")
    assert wire.requests == []
