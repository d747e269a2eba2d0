"""Signing with the access key: no token, and each try signed anew."""

from __future__ import annotations

import json
import math
import random
import re
import shutil
import struct
import subprocess
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
import time_machine
from requests import PreparedRequest

from authing_mfa import NotFoundError, UnauthorizedError, __version__
from authing_mfa._auth.signature import sign, string_to_sign, stringify
from tests.support.sampling import few
from tests.support.wire import HOST, Wire, sent_headers, sent_json

from .admin import (
    KEY_ID,
    KEY_SECRET,
    METHODS,
    READS,
    VARIANTS,
    authorization,
    expected_signature,
    make_admin,
    paths,
    plan,
    refused,
)

each_variant = pytest.mark.parametrize("signing", VARIANTS)


def sent(wire: Wire, name: str, **options: Any) -> PreparedRequest:
    plan(wire, name)
    METHODS[name].call(make_admin(**options))
    return wire.request


def vector(method: str, resource: str, body: Any = None, prefix: str = "x-authing-") -> str:
    request = PreparedRequest()
    headers = {
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
        f"{prefix}lang": "en-US",
        f"{prefix}sdk-version": "demo:0",
        f"{prefix}signature-method": "HMAC-SHA1",
        f"{prefix}signature-nonce": "0123456789abcdef0123456789abcdef",
        f"{prefix}signature-version": "1.0",
        "Accept": "application/json",
    }
    request.prepare(method, f"https://api.example.com/api/v3/{resource}", headers=headers)
    request.body = None if body is None else json.dumps(body).encode()
    return sign("SK", string_to_sign(request, prefix))


_LIST = {
    "options": {"pagination": {"page": 1, "limit": 50}},
    "keywords": "张三",
    "a": None,
    "b": True,
}


@pytest.mark.parametrize(
    ("signature", "request_of"),
    [
        ("dV70cwnG/f3f1tO+FO9CawX/hTI=", ("GET", "get-global-mfa-settings")),
        (
            "iIfzyc3quKncHm08hhE96mRTbHY=",
            ("GET", "get-user-mfa-info?userIdType=user_id&userId=u1"),
        ),
        ("yAhpOT2f1DjVtdL0J345R1nr2yM=", ("POST", "list-users", _LIST)),
    ],
    ids=["nothing sent", "query", "body"],
)
def test_signature_is_that_of_the_vendors_own_client(
    signature: str, request_of: tuple[Any, ...]
) -> None:
    assert signature == vector(*request_of)


def test_variants_sign_other_texts() -> None:
    ours, theirs = (
        vector("GET", "get-global-mfa-settings", prefix=prefix) for prefix, _ in VARIANTS.values()
    )
    assert ours != theirs


@pytest.mark.parametrize("value", ["one\ttwo", "one\ntwo", "one\r\ftwo ", "  one two"])
def test_white_space_of_a_header_is_signed_as_blanks(value: str) -> None:
    request = PreparedRequest()
    request.prepare("GET", "https://api.example.com/r")
    request.headers["x-authing-a"] = value
    blanks = re.sub(r"\s", " ", value).strip()
    assert string_to_sign(request, "x-authing-") == f"GET\nx-authing-a:{blanks}\n/r"


@each_variant
@pytest.mark.parametrize("name", METHODS)
def test_what_is_sent_is_what_is_signed(wire: Wire, name: str, signing: str) -> None:
    request = sent(wire, name, signing=signing)
    prefix, word = VARIANTS[signing]
    expected = f"{word} {KEY_ID}:{expected_signature(request, prefix)}"
    assert authorization(request) == expected


@each_variant
def test_headers_are_exactly(wire: Wire, signing: str) -> None:
    headers = sent_headers(sent(wire, "get_global_mfa_settings", signing=signing))
    prefix, _ = VARIANTS[signing]
    usual = {"accept", "accept-encoding", "user-agent", "authorization", "date"}
    meta = {"x-authing-request-from", "x-authing-sdk-version"}
    signed = {f"{prefix}{name}" for name in ("lang", "sdk-version")}
    signature = {f"{prefix}signature-{part}" for part in ("method", "nonce", "version")}
    assert set(headers) == usual | meta | signed | signature
    assert tuple(
        headers[prefix + name]
        for name in ("signature-method", "signature-version", "lang", "sdk-version")
    ) == ("HMAC-SHA1", "1.0", "zh-CN", f"authing-mfa:{__version__}")
    assert re.fullmatch("[0-9a-f]{32}", headers[f"{prefix}signature-nonce"])


@each_variant
def test_nobody_names_a_pool_or_fetches_a_token(wire: Wire, signing: str) -> None:
    request = sent(wire, "get_global_mfa_settings", signing=signing, genauth_headers=True)
    assert [name for name in sent_headers(request) if name.endswith("userpool-id")] == []
    assert paths(wire) == ["get-global-mfa-settings"]


def test_date_is_now_in_the_words_of_http(wire: Wire) -> None:
    now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        request = sent(wire, "list_users", signing="authing")
    assert now == parsedate_to_datetime(sent_headers(request)["date"])
    assert sent_headers(request)["date"].endswith(" GMT")


@each_variant
def test_language_asked_for_is_the_one_that_is_signed(wire: Wire, signing: str) -> None:
    request = sent(wire, "list_users", signing=signing, lang="en-US")
    assert sent_headers(request)[f"{VARIANTS[signing][0]}lang"] == "en-US"


@each_variant
def test_what_is_not_ascii_is_signed_as_it_is(wire: Wire, signing: str) -> None:
    plan(wire, "list_users")
    plan(wire, "get_user_mfa_info")
    admin = make_admin(signing=signing)
    admin.list_users(keywords="张三", search_query={"ü": ["é", None, 1.5, True]})
    admin.get_user_mfa_info("张 三+a&b=c%", user_id_type="custom_field")  # type: ignore[arg-type]
    for request in wire.requests:
        assert authorization(request).endswith(
            f":{expected_signature(request, VARIANTS[signing][0])}"
        )


def test_headers_of_ones_own_session_are_signed_where_they_must_be(wire: Wire) -> None:
    with requests.Session() as session:
        session.headers.update({"x-authing-app-id": "tenant_example", "x-other": "x"})
        request = sent(wire, "list_users", signing="authing", session=session)
    assert request.headers["x-authing-app-id"] == "tenant_example"
    assert authorization(request).endswith(expected_signature(request, "x-authing-"))


@each_variant
@pytest.mark.parametrize("name", few(["list_users", *READS[:-1]], 2))
def test_try_after_a_failure_is_signed_anew(wire: Wire, name: str, signing: str) -> None:
    plan(wire, name, requests.ConnectionError())
    plan(wire, name)
    METHODS[name].call(make_admin(signing=signing, max_retries=1))
    first, second = (sent_headers(request) for request in wire.requests)
    nonce = f"{VARIANTS[signing][0]}signature-nonce"
    assert first[nonce] != second[nonce]
    assert first["authorization"] != second["authorization"]
    assert second["authorization"].endswith(
        expected_signature(wire.requests[1], VARIANTS[signing][0])
    )


def test_batches_are_signed_one_by_one(wire: Wire) -> None:
    plan(wire, "list_users", payload="list_users")
    plan(wire, "list_users", payload="list_users_none")
    list(make_admin(signing="authing").iter_users(limit=2))
    assert [sent_json(request)["options"]["pagination"]["page"] for request in wire.requests] == [
        1,
        2,
    ]
    nonces = {sent_headers(request)["x-authing-signature-nonce"] for request in wire.requests}
    assert len(nonces) == 2


@each_variant
@pytest.mark.parametrize("code", range(1300, 1307))
def test_signature_that_is_refused_is_not_made_again(wire: Wire, code: int, signing: str) -> None:
    plan(wire, "get_global_mfa_settings", refused(401, code))
    with pytest.raises(UnauthorizedError) as caught:
        make_admin(signing=signing, max_retries=2).get_global_mfa_settings()
    assert caught.value.api_code == code
    assert caught.value.hint
    assert len(wire.requests) == 1


def test_other_refusals_are_as_with_a_token(wire: Wire) -> None:
    plan(wire, "get_user_mfa_info", refused(404, 2004))
    with pytest.raises(NotFoundError):
        make_admin(signing="authing").get_user_mfa_info("u_1")


def test_parameter_without_a_value_is_signed() -> None:
    request = PreparedRequest()
    request.prepare("GET", "https://api.example.com/r?b=&a=1")
    assert string_to_sign(request, "x-authing-") == "GET\n/r?a=1&b="


# What node 20 makes of each: JSON.stringify(JSON.parse(text)).
_STRINGIFIED = {
    '{"a": 1e16, "b": 1.0, "c": -0.0, "d": 0}': '{"a":10000000000000000,"b":1,"c":0,"d":0}',
    "[1e21, 1e20, 123456789012345680000, 1.5e300]": (
        "[1e+21,100000000000000000000,123456789012345680000,1.5e+300]"
    ),
    "[1e-7, 1.25e-7, 0.000001, 0.0000015, 0.1, 5e-324]": (
        "[1e-7,1.25e-7,0.000001,0.0000015,0.1,5e-324]"
    ),
    "[-1.5, -1e22, -1e-9, 100, 120.50, 9007199254740993]": (
        "[-1.5,-1e+22,-1e-9,100,120.5,9007199254740992]"
    ),
    "[12345678901234567890, 1.7976931348623157e308]": (
        "[12345678901234567000,1.7976931348623157e+308]"
    ),
    '{"b": 1, "10": 2, "9": 3, "a": 4, "01": 5, "-1": 6, "0": 7}': (
        '{"0":7,"9":3,"10":2,"b":1,"a":4,"01":5,"-1":6}'
    ),
    '{"4294967295": 1, "4294967294": 2, "1.5": 3}': '{"4294967294":2,"4294967295":1,"1.5":3}',
    '{"x": [{"2": [], "1": {}}, null, true, false, ""]}': (
        '{"x":[{"1":{},"2":[]},null,true,false,""]}'
    ),
    '["\\u2028\\u0007\\u007f/\\"\\\\é😀\\b\\f\\n\\r\\t"]': (
        '["\u2028\\u0007\x7f/\\"\\\\é😀\\b\\f\\n\\r\\t"]'
    ),
    "1" + "0" * 400: "null",
}


@pytest.mark.parametrize(("text", "expected"), _STRINGIFIED.items(), ids=range(len(_STRINGIFIED)))
def test_json_is_signed_as_the_service_writes_it(text: str, expected: str) -> None:
    assert stringify(json.loads(text)) == expected


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to compare with")
def test_json_is_signed_as_node_writes_it() -> None:
    chance = random.Random(7)
    doubles = (struct.unpack("d", chance.randbytes(8))[0] for _ in range(20_000))
    numbers = [one for one in doubles if math.isfinite(one)]
    numbers += [chance.randint(1, 9999) * 10.0**power for power in range(-30, 30)]
    keys = {str(chance.randint(0, 2**33)): 0 for _ in range(2000)}
    texts = [*_STRINGIFIED, json.dumps(numbers), json.dumps(keys)]
    program = (
        "const texts = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(texts.map(one => JSON.stringify(JSON.parse(one)))))"
    )
    done = subprocess.run(
        ["node", "-e", program],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    assert [stringify(json.loads(text)) for text in texts] == json.loads(done.stdout)


def test_members_are_signed_in_the_order_of_utf_16() -> None:
    request = PreparedRequest()
    request.prepare(
        "POST", "https://api.example.com/a", json={"\uff5e": 1.0, "😀": 1e16, "b": "x"}
    )
    resource = string_to_sign(request, "x-authing-").rpartition("\n")[2]
    assert resource == "/a?b=x&😀=10000000000000000&\uff5e=1"


@pytest.mark.parametrize("whole", [False, True], ids=["the call's path", "the whole path"])
def test_path_of_the_host_is_signed_where_that_is_wanted(wire: Wire, whole: bool) -> None:
    name = "get_global_mfa_settings"
    path = f"/authing{METHODS[name].path}"
    wire.plan(path, payload=METHODS[name].payload)
    admin = make_admin(signing="authing", host=f"{HOST}/authing/", sign_host_path=whole)
    admin.get_global_mfa_settings()
    request = wire.request
    lines = string_to_sign(request, "x-authing-").split("\n")
    expected = "\n".join([*lines[:-1], path if whole else METHODS[name].path])
    assert authorization(request) == f"authing {KEY_ID}:{sign(KEY_SECRET, expected)}"
