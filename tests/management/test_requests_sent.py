"""What each method of an administrator sends, to the byte."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from requests import PreparedRequest
from requests.utils import default_user_agent

from authing_mfa import (
    FactorType,
    ManagementClient,
    MFATrigger,
    OTPImport,
    UserFilter,
    UserIdType,
    UserSort,
    __version__,
)
from tests.support.wire import HOST, Wire, sent_body, sent_headers, sent_json

from .admin import (
    BY_USER,
    KEY_ID,
    KEY_SECRET,
    METHODS,
    READS,
    TOKEN,
    TOKEN_PATH,
    TRIGGER,
    WRITES,
    make_admin,
    paths,
    plan,
    plan_token,
)

each_method = pytest.mark.parametrize("name", METHODS)
_META = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "user-agent": f"authing-mfa/{__version__} {default_user_agent()}",
    "x-authing-request-from": "authing-mfa",
    "x-authing-sdk-version": f"authing-mfa:{__version__}",
}


def sent(wire: Wire, name: str, **options: Any) -> PreparedRequest:
    """Return what a call of a method sends, after its token."""
    plan_token(wire)
    plan(wire, name)
    METHODS[name].call(make_admin(**options))
    token, request = wire.requests
    assert urlsplit(token.url or "").path == TOKEN_PATH
    return request


def test_table_is_the_whole_client() -> None:
    public = {name for name in dir(ManagementClient) if not name.startswith("_")}
    assert {*METHODS, "close", "from_env", "iter_users"} == public
    assert len(METHODS) == len(READS) + len(WRITES)


@each_method
def test_method_goes_to_its_endpoint(wire: Wire, name: str) -> None:
    method = METHODS[name]
    request = sent(wire, name)
    query = f"?{method.query}" if method.query else ""
    assert (method.verb, HOST + method.path + query) == (request.method, request.url)


@each_method
def test_method_sends_its_body(wire: Wire, name: str) -> None:
    method = METHODS[name]
    request = sent(wire, name)
    assert method.body == (sent_json(request) if sent_body(request) else None)


@each_method
def test_headers_are_exactly(wire: Wire, name: str) -> None:
    body = {"content-type": "application/json", "content-length": ""}
    expected = {
        **_META,
        "authorization": f"Bearer {TOKEN}",
        "x-authing-userpool-id": "pool_example",
        **(body if METHODS[name].verb == "POST" else {}),
    }
    headers = sent_headers(sent(wire, name))
    if "content-length" in headers:
        headers["content-length"] = ""
    assert expected == headers


def test_token_is_asked_for_with_the_key_alone(wire: Wire) -> None:
    sent(wire, "list_users")
    request = wire.requests[0]
    headers = sent_headers(request)
    assert (request.method, request.url) == ("POST", HOST + TOKEN_PATH)
    assert sent_json(request) == {"accessKeyId": KEY_ID, "accessKeySecret": KEY_SECRET}
    assert set(headers) == {*_META, "content-type", "content-length"}


def test_language_goes_with_both_calls(wire: Wire) -> None:
    sent(wire, "list_users", lang="en-US")
    languages = [sent_headers(request)["x-authing-lang"] for request in wire.requests]
    assert languages == ["en-US", "en-US"]


def test_genauth_headers_repeat_ours(wire: Wire) -> None:
    headers = sent_headers(sent(wire, "list_users", genauth_headers=True, lang="en-US"))
    ours = {name: value for name, value in headers.items() if name.startswith("x-authing-")}
    twins = {name: value for name, value in headers.items() if name.startswith("x-genauth-")}
    assert {name.removeprefix("x-authing-") for name in ours} == {
        "lang",
        "request-from",
        "sdk-version",
        "userpool-id",
    }
    assert {name.replace("authing", "genauth", 1): value for name, value in ours.items()} == twins


def test_ways_to_name_a_user_are_spelled_as_on_the_wire() -> None:
    names = "user_id external_id phone email username identity sync_relation custom_field"
    assert names.split() == [kind.value for kind in UserIdType]


@pytest.mark.parametrize("name", BY_USER)
@pytest.mark.parametrize("kind", [*UserIdType, *(kind.value for kind in UserIdType)])
def test_user_may_be_named_in_each_way(wire: Wire, name: str, kind: Any) -> None:
    plan_token(wire)
    plan(wire, name)
    method = getattr(make_admin(), name)
    others = {
        "set_mfa_status": ("idp:a b|c", MFATrigger.from_dict(TRIGGER)),
        "get_mfa_trigger_data": ("app_example", "idp:a b|c"),
    }
    method(*others.get(name, ("idp:a b|c",)), user_id_type=kind)
    request = wire.requests[1]
    wire_kind = UserIdType(kind).value
    if METHODS[name].verb == "POST":
        body = sent_json(request)
        assert ("idp:a b|c", wire_kind) == (body["userId"], body["userIdType"])
    else:
        assert (request.url or "").endswith(f"userId=idp%3Aa%20b%7Cc&userIdType={wire_kind}")


_BODIES: dict[str, tuple[str, Any, Any]] = {
    "one page": (
        "list_users",
        lambda admin: admin.list_users(page=3, limit=20),
        {"options": {"pagination": {"page": 3, "limit": 20}}},
    ),
    "everything that a list takes": (
        "list_users",
        lambda admin: admin.list_users(
            keywords="张三",
            filters=[
                UserFilter("status", "IN", ["Suspended"]),
                UserFilter("phone", "IS_NULL"),
                UserFilter("loginsCount", "EQUAL", 0),
            ],
            sort=(UserSort("createdAt", "desc"), UserSort("email")),
            search_query={"query": {"match_all": {}}},
        ),
        {
            "keywords": "张三",
            "advancedFilter": [
                {"field": "status", "operator": "IN", "value": ["Suspended"]},
                {"field": "phone", "operator": "IS_NULL"},
                {"field": "loginsCount", "operator": "EQUAL", "value": 0},
            ],
            "searchQuery": {"query": {"match_all": {}}},
            "options": {
                "pagination": {"page": 1, "limit": 50},
                "sort": [
                    {"field": "createdAt", "order": "desc"},
                    {"field": "email", "order": "asc"},
                ],
            },
        },
    ),
    "no factor at all": (
        "update_global_mfa_settings",
        lambda admin: admin.update_global_mfa_settings(()),
        {"enabledFactors": []},
    ),
    "factors as they come": (
        "update_global_mfa_settings",
        lambda admin: admin.update_global_mfa_settings(iter([FactorType.FACE, "PASSKEY"])),
        {"enabledFactors": ["FACE", "PASSKEY"]},
    ),
    "an application told nothing": (
        "update_application_mfa_settings",
        lambda admin: admin.update_application_mfa_settings("app_example"),
        {"appId": "app_example", "enabledFactors": [], "disabledFactors": []},
    ),
    "a secret with its recovery code": (
        "import_otp",
        lambda admin: admin.import_otp(
            [OTPImport(user_id="u_1", secret="S", recovery_code="e7ad-aaa4")]
        ),
        {"list": [{"userId": "u_1", "otp": {"secret": "S", "recoveryCode": "e7ad-aaa4"}}]},
    ),
    "a trigger with nothing but its token": (
        "set_mfa_status",
        lambda admin: admin.set_mfa_status("u_1", MFATrigger(mfa_token="example-mfa-token")),
        {
            "userId": "u_1",
            "userIdType": "user_id",
            "mfaTriggerData": {"mfaToken": "example-mfa-token", "applicationMfa": []},
        },
    ),
}


@pytest.mark.parametrize(("name", "call", "body"), _BODIES.values(), ids=_BODIES)
def test_body_is_exactly(wire: Wire, name: str, call: Any, body: Any) -> None:
    plan_token(wire)
    plan(wire, name)
    call(make_admin())
    assert sent_json(wire.requests[1]) == body


def test_token_serves_all_calls(wire: Wire) -> None:
    plan_token(wire)
    admin = make_admin()
    for name, method in METHODS.items():
        plan(wire, name)
        method.call(admin)
    assert ["get-management-token", *(each.name for each in METHODS.values())] == paths(wire)
