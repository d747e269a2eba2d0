"""Requests that are signed with an access key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox, signing
from authing_mfa.sandbox.wire import Request

from .calls import Caller, Json, codes

PATH = "/api/v3/get-global-mfa-settings"
PREFIXES = {"authing": "x-authing-", "GenAuth": "x-genauth-"}


def signed_headers(
    sandbox: Sandbox, word: str = "authing", **changes: str | None
) -> dict[str, str]:
    """Return what is signed; a change names a header by its last word."""
    prefix = PREFIXES[word]
    found: dict[str, str | None] = {
        "date": formatdate(sandbox.clock.now(), usegmt=True),
        f"{prefix}lang": "en-US",
        f"{prefix}sdk-version": "demo:0",
        f"{prefix}signature-method": "HMAC-SHA1",
        f"{prefix}signature-nonce": base64.b16encode(hashlib.sha256().digest()).decode(),
        f"{prefix}signature-version": "1.0",
    }
    for name, value in changes.items():
        found["date" if name == "date" else f"{prefix}signature-{name}"] = value
    return {name: value for name, value in found.items() if value is not None}


def sign(text: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def call(
    caller: Caller,
    resource: str = PATH,
    *,
    word: str = "authing",
    key: tuple[str, str] | None = None,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    spoil: Callable[[str], str] = str,
    **options: Any,
) -> Json:
    """Send a signed request; `resource` is what its path, query and body make."""
    sandbox = caller.sandbox
    key_id, secret = key or (sandbox.access_key_id, sandbox.access_key_secret)
    headers = headers or signed_headers(sandbox, word)
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    signature = spoil(sign(f"{method}\n{lines}{resource}", secret))
    caller.session.headers.clear()
    sent = {**headers, "authorization": f"{word} {key_id}:{signature}"}
    path = resource.partition("?")[0]
    return dict(caller.send(method, path, headers=sent, **options).json())


@pytest.mark.parametrize("word", PREFIXES)
def test_a_signature_stands_for_a_token(stranger: Caller, word: str) -> None:
    assert codes(call(stranger, word=word)) == (200, None)


def test_query_and_body_are_signed(stranger: Caller, sandbox: Sandbox) -> None:
    user = sandbox.add_user()
    query = {"userIdType": "user_id", "userId": user.user_id}
    resource = f"/api/v3/get-user-mfa-info?userId={user.user_id}&userIdType=user_id"
    assert codes(call(stranger, resource, params=query)) == (200, None)
    body = {"options": {"pagination": {"page": 1, "limit": 50}}, "keywords": "张三", "a": None}
    resource = (
        '/api/v3/list-users?a=null&keywords=张三&options={"pagination":{"page":1,"limit":50}}'
    )
    headers = signed_headers(sandbox, nonce="another")
    assert codes(call(stranger, resource, method="POST", json=body, headers=headers)) == (
        200,
        None,
    )


def test_another_body_than_the_signed_one_is_refused(stranger: Caller) -> None:
    resource = '/api/v3/update-global-mfa-settings?enabledFactors=["OTP"]'
    answer = call(stranger, resource, method="POST", json={"enabledFactors": ["SMS"]})
    assert codes(answer) == (401, 1300)


@pytest.mark.parametrize(
    ("changes", "api_code"),
    [
        ({"method": "HMAC-SHA256"}, 1301),
        ({"method": None}, 1301),
        ({"version": "2.0"}, 1302),
        ({"date": "yesterday"}, 1303),
        ({"date": "Thu, 01 Jan 2026 00:00:00"}, 1303),
        ({"date": "99999999999999"}, 1303),
        ({"date": None}, 1304),
        ({"nonce": None}, 1300),
    ],
)
def test_a_malformed_signature_is_refused(
    stranger: Caller, sandbox: Sandbox, changes: dict[str, str | None], api_code: int
) -> None:
    headers = signed_headers(sandbox, "authing", **changes)
    assert codes(call(stranger, headers=headers)) == (401, api_code)


def test_a_wrong_signature_is_refused(stranger: Caller, sandbox: Sandbox) -> None:
    assert codes(call(stranger, spoil=lambda text: text[::-1])) == (401, 1300)
    assert codes(call(stranger, key=(sandbox.access_key_id, "other"))) == (401, 1300)


def test_an_unknown_key_is_refused(stranger: Caller) -> None:
    assert codes(call(stranger, key=("unknown", "other"))) == (401, None)


def test_a_co_administrators_key_signs(stranger: Caller, sandbox: Sandbox) -> None:
    key = sandbox.add_access_key()
    answer = call(stranger, key=(key["access_key_id"], key["access_key_secret"]))
    assert codes(answer) == (200, None)


@pytest.mark.parametrize(("seconds", "code"), [(300, (200, None)), (301, (401, 1305))])
def test_a_date_may_be_five_minutes_away(
    stranger: Caller, sandbox: Sandbox, seconds: int, code: tuple[int, int | None]
) -> None:
    now = int(sandbox.clock.now())
    sandbox.clock.advance(now + 1 - sandbox.clock.now())
    for moment in (now + 1 - seconds, now + 1 + seconds):
        date = formatdate(moment, usegmt=True)
        headers = signed_headers(sandbox, date=date, nonce=date.encode().hex())
        assert codes(call(stranger, headers=headers)) == code


def test_a_date_in_milliseconds_is_read(stranger: Caller, sandbox: Sandbox) -> None:
    date = f"{sandbox.clock.now() * 1000:.0f}"
    assert codes(call(stranger, headers=signed_headers(sandbox, date=date))) == (200, None)


@pytest.mark.parametrize("form", ["http", "millis"])
def test_one_form_of_the_date_can_be_left(stranger: Caller, sandbox: Sandbox, form: str) -> None:
    sandbox.settings.signature_dates = (form,)
    date = f"{sandbox.clock.now() * 1000:.0f}"
    answers = {
        "http": codes(call(stranger)),
        "millis": codes(call(stranger, headers=signed_headers(sandbox, date=date, nonce="b"))),
    }
    assert answers.pop(form) == (200, None)
    assert list(answers.values()) == [(401, 1303)]


def test_a_signature_is_good_once(stranger: Caller, sandbox: Sandbox) -> None:
    headers = signed_headers(sandbox)
    assert codes(call(stranger, headers=headers)) == (200, None)
    assert codes(call(stranger, headers=headers)) == (401, 1306)
    sandbox.clock.advance(600)
    assert codes(call(stranger, headers=headers)) == (401, 1305)


def test_a_nonce_is_known_as_long_as_its_date_is_good(stranger: Caller, sandbox: Sandbox) -> None:
    ahead = formatdate(int(sandbox.clock.now()) + 300, usegmt=True)
    headers = signed_headers(sandbox, date=ahead)
    assert codes(call(stranger, headers=headers)) == (200, None)
    sandbox.clock.advance(599)
    assert codes(call(stranger, headers=headers)) == (401, 1306)


def test_a_wrong_signature_does_not_use_the_nonce(stranger: Caller, sandbox: Sandbox) -> None:
    headers = signed_headers(sandbox)
    call(stranger, headers=headers, spoil=lambda text: text[::-1])
    assert codes(call(stranger, headers=headers)) == (200, None)


@pytest.mark.parametrize(
    ("method", "query", "body", "expected"),
    [
        ("GET", "", b"", "/r"),
        ("GET", "b=2&a=%E5%BC%A0", b"", "/r?a=张&b=2"),
        ("GET", "a=", b"", "/r?a="),
        ("POST", "ignored=1", b'{"b": [1, null, true], "a": 1.5}', "/r?a=1.5&b=[1,null,true]"),
        ("POST", "", b"[1]", "/r"),
        ("POST", "", b"no json", "/r"),
    ],
)
def test_what_is_signed_follows_the_protocol(
    method: str, query: str, body: bytes, expected: str
) -> None:
    request = Request(
        method=method,
        path="/r",
        query=query,
        body=body,
        headers={"x-authing-b": " 1\t2 ", "date": "today", "host": "h", "x-authing-a": "z"},
    )
    text = f"{method}\ndate:today\nx-authing-a:z\nx-authing-b:1 2\n{expected}"
    assert sign(text, "SK") == signing.signature("SK", request, "x-authing-")


def vector(method: str, path: str, query: str = "", body: Any = None) -> str:
    headers = {
        "date": "Thu, 01 Jan 2026 00:00:00 GMT",
        "x-authing-lang": "en-US",
        "x-authing-sdk-version": "demo:0",
        "x-authing-signature-method": "HMAC-SHA1",
        "x-authing-signature-nonce": "0123456789abcdef0123456789abcdef",
        "x-authing-signature-version": "1.0",
    }
    sent = b"" if body is None else json.dumps(body).encode()
    request = Request(method=method, path=path, query=query, headers=headers, body=sent)
    return signing.signature("SK", request, "x-authing-")


def test_signatures_are_those_of_the_vendors_own_client() -> None:
    found = [
        vector("GET", PATH),
        vector("GET", "/api/v3/get-user-mfa-info", "userIdType=user_id&userId=u1"),
        vector(
            "POST",
            "/api/v3/list-users",
            body={
                "options": {"pagination": {"page": 1, "limit": 50}},
                "keywords": "张三",
                "a": None,
                "b": True,
            },
        ),
    ]
    assert found == [
        "dV70cwnG/f3f1tO+FO9CawX/hTI=",
        "iIfzyc3quKncHm08hhE96mRTbHY=",
        "yAhpOT2f1DjVtdL0J345R1nr2yM=",
    ]
