"""Whatever comes in, a well-formed answer goes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from authing_mfa.sandbox import Settings, openapi
from authing_mfa.sandbox.accounts import add
from authing_mfa.sandbox.context import Context
from authing_mfa.sandbox.routes import ROUTES
from authing_mfa.sandbox.service import Service
from authing_mfa.sandbox.state import Application, State
from authing_mfa.sandbox.tokens import give_access_token
from authing_mfa.sandbox.wire import Request, Response

MANAGEMENT = [key for key, route in ROUTES.items() if route.tag == "management"]


def new_service() -> Service:
    application = Application(app_id="a" * 24, secret="sandbox_secret")
    state = State(
        pool_id="b" * 24,
        pool_name="sandbox",
        access_key_secret="sandbox_key",
        application=application,
    )
    free = Settings(send_interval=0, max_password_failures=None, calls_per_second=None)
    return Service(Context(state, free))


def members(described: Any) -> Iterator[str]:
    """Yield the names of all members in an OpenAPI document."""
    if isinstance(described, dict):
        yield from described.get("properties", {})
        for each in described.values():
            yield from members(each)
    elif isinstance(described, list):
        for each in described:
            yield from members(each)


MEMBERS = st.sampled_from(sorted(set(members(openapi.document(new_service().context)["paths"]))))
WORDS = st.sampled_from(
    [
        *("SMS", "EMAIL", "OTP", "FACE", "PASSWORD", "PASSCODE", "LDAP", "AD", "rsa", "sm2"),
        *("CHANNEL_LOGIN", "CHANNEL_BIND_MFA", "refresh_token", "openid", "user_id", "phone"),
        *("13800000000", "+86", "user@example.com", "\ud800", "١٢٣"),
        *("createdAt", "status", "BETWEEN", "IN", "EQUAL", "asc", "2024-01-01", "Activated"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=6),
    max_leaves=8,
)
PREFIXES = ("x-authing-", "x-genauth-")
some = settings(deadline=None, max_examples=20)
FORM_TYPE = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def service() -> Service:
    return new_service()


@pytest.fixture(scope="module")
def token(service: Service) -> str:
    user = add(service.context, ["SMS", "OTP"], phone="13800000000", email="user@example.com")
    return give_access_token(service.context, user).value


@pytest.fixture(scope="module")
def management_token(service: Service) -> str:
    body = json.dumps({"accessKeyId": "b" * 24, "accessKeySecret": "sandbox_key"}).encode()
    found = answer(service, ("POST", "/api/v3/get-management-token"), body)
    return str(found.document["data"]["access_token"])


def answer(service: Service, route: tuple[str, str], body: bytes, **headers: str) -> Response:
    method, path = route
    found = service.respond(Request(method=method, path=path, headers=headers, body=body))
    if found.raw is None:
        assert isinstance(json.loads(found.encode()), dict)
    return found


@some
@given(route=st.sampled_from(sorted(ROUTES)), value=VALUES)
@example(route=("POST", "/api/v3/mfa-totp-verify"), value={"totp": "\ud800"})
@example(route=("POST", "/api/v3/signin"), value={"connection": []})
def test_any_json_is_answered(
    service: Service, token: str, route: tuple[str, str], value: Any
) -> None:
    body = json.dumps(value).encode()
    assert answer(service, route, body, authorization=token).http_status != 500


@some
@given(route=st.sampled_from(sorted(MANAGEMENT)), value=VALUES)
@example(
    route=("POST", "/api/v3/list-users"),
    value={"advancedFilter": [{"field": "createdAt", "operator": "GREATER", "value": 10**400}]},
)
@example(
    route=("POST", "/api/v3/list-users"),
    value={"options": {"pagination": {"page": 10**400, "limit": 50}}},
)
def test_any_json_of_an_administrator_is_answered(
    service: Service, management_token: str, route: tuple[str, str], value: Any
) -> None:
    body = json.dumps(value).encode()
    assert answer(service, route, body, authorization=management_token).http_status != 500


@some
@given(
    route=st.sampled_from(sorted(ROUTES)),
    authorization=st.sampled_from(["authing", "GenAuth"]).map("{} key:\udcff".format)
    | st.text(max_size=9),
    date=st.text(max_size=30) | st.sampled_from(["Thu, 01 Jan 2026 00:00:00 GMT", "9" * 13]),
)
@example(
    route=("GET", "/api/v3/get-mfa-status"),
    authorization=f"authing {'b' * 24}:é",
    date="Thu, 01 Jan 2026 00:00:00 GMT",
)
def test_any_signature_is_answered(
    service: Service, route: tuple[str, str], authorization: str, date: str
) -> None:
    headers = {
        "authorization": authorization,
        "date": date,
        **{f"{prefix}signature-method": "HMAC-SHA1" for prefix in PREFIXES},
        **{f"{prefix}signature-version": "1.0" for prefix in PREFIXES},
    }
    assert answer(service, route, b"{}", **headers).http_status != 500


@some
@given(
    route=st.sampled_from(sorted(ROUTES)),
    form=st.dictionaries(MEMBERS, WORDS.filter(str.isprintable) | st.text(max_size=5)),
)
def test_any_form_is_answered(
    service: Service, token: str, route: tuple[str, str], form: dict[str, str]
) -> None:
    body = urlencode(form, errors="replace").encode()
    headers = {"authorization": token, "content-type": FORM_TYPE}
    assert answer(service, route, body, **headers).http_status != 500


@some
@given(route=st.sampled_from(sorted(ROUTES)), body=st.binary(max_size=50))
def test_any_bytes_are_answered(
    service: Service, token: str, route: tuple[str, str], body: bytes
) -> None:
    assert answer(service, route, body, authorization=token).http_status != 500
