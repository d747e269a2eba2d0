"""What a sign-in sends, to the field, and that it sends it as nobody."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from authing_mfa import SignInOptions
from tests.support.wire import Wire, make_client

from .answers import (
    EMAIL,
    PHONE,
    SIGNIN,
    TOKENS,
    authorization,
    envelope,
    plan,
    sent_body,
    went_to,
)

_WORD = "example password"

_BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "account and password": (
        {"account": "example-user", "password": _WORD},
        {
            "connection": "PASSWORD",
            "passwordPayload": {"password": _WORD, "account": "example-user"},
        },
    ),
    "email and password": (
        {"email": EMAIL, "password": _WORD},
        {"connection": "PASSWORD", "passwordPayload": {"password": _WORD, "email": EMAIL}},
    ),
    "phone and password": (
        {"phone": PHONE, "password": _WORD},
        {"connection": "PASSWORD", "passwordPayload": {"password": _WORD, "phone": PHONE}},
    ),
    "username and password": (
        {"username": "example-user", "password": _WORD},
        {
            "connection": "PASSWORD",
            "passwordPayload": {"password": _WORD, "username": "example-user"},
        },
    ),
    "password outside ASCII": (
        {"account": "用户", "password": "密码 🔑"},
        {"connection": "PASSWORD", "passwordPayload": {"password": "密码 🔑", "account": "用户"}},
    ),
    "email and code": (
        {"email": EMAIL, "pass_code": "123456"},
        {"connection": "PASSCODE", "passCodePayload": {"passCode": "123456", "email": EMAIL}},
    ),
    "phone and code": (
        {"phone": PHONE, "pass_code": "123456"},
        {"connection": "PASSCODE", "passCodePayload": {"passCode": "123456", "phone": PHONE}},
    ),
    "phone abroad and code": (
        {"phone": "(202) 555-0100", "pass_code": "1234", "phone_country_code": "+1"},
        {
            "connection": "PASSCODE",
            "passCodePayload": {
                "passCode": "1234",
                "phone": "2025550100",
                "phoneCountryCode": "+1",
            },
        },
    ),
    "code as a person types it": (
        {"phone": PHONE, "pass_code": " １２３-456 "},
        {"connection": "PASSCODE", "passCodePayload": {"passCode": "123456", "phone": PHONE}},
    ),
    "LDAP": (
        {"account": "example-user", "password": _WORD, "directory": "LDAP"},
        {
            "connection": "LDAP",
            "ldapPayload": {"password": _WORD, "sAMAccountName": "example-user"},
        },
    ),
    "AD": (
        {"username": "example-user", "password": _WORD, "directory": "AD"},
        {"connection": "AD", "adPayload": {"password": _WORD, "sAMAccountName": "example-user"}},
    ),
}


def sent(wire: Wire, *, client: dict[str, Any] | None = None, **arguments: Any) -> Any:
    plan(wire, SIGNIN, envelope(TOKENS))
    make_client(**(client or {})).sign_in(**{"account": "u", "password": "p", **arguments})
    return sent_body(wire.request)


@pytest.mark.parametrize(("arguments", "body"), _BODIES.values(), ids=_BODIES)
def test_body_is_that_of_the_connection(
    wire: Wire, arguments: dict[str, Any], body: dict[str, Any]
) -> None:
    plan(wire, SIGNIN, envelope(TOKENS))
    make_client().sign_in(**arguments)
    assert went_to(wire.request) == ("POST", SIGNIN)
    assert sent_body(wire.request) == body


def test_account_may_stand_without_its_name(wire: Wire) -> None:
    plan(wire, SIGNIN, envelope(TOKENS))
    make_client().sign_in("example-user", password=_WORD)
    payload = sent_body(wire.request)["passwordPayload"]
    assert payload == {"account": "example-user", "password": _WORD}


_OPTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "scope": ({"scope": "openid offline_access"}, {"scope": "openid offline_access"}),
    "client_ip": ({"client_ip": "203.0.113.7"}, {"clientIp": "203.0.113.7"}),
    "client_ip of six": ({"client_ip": "2001:db8::7"}, {"clientIp": "2001:db8::7"}),
    "context": ({"context": {"a": [1, None]}}, {"context": {"a": [1, None]}}),
    "tenant_id": ({"tenant_id": "tenant_example"}, {"tenantId": "tenant_example"}),
    "custom_data": ({"custom_data": {"school": "北京"}}, {"customData": {"school": "北京"}}),
    "auto_register": ({"auto_register": True}, {"autoRegister": True}),
    "auto_register off": ({"auto_register": False}, {"autoRegister": False}),
    "captcha_code": ({"captcha_code": "a8nz"}, {"captchaCode": "a8nz"}),
}


@pytest.mark.parametrize(("options", "written"), _OPTIONS.values(), ids=_OPTIONS)
def test_option_goes_under_its_name(
    wire: Wire, options: dict[str, Any], written: dict[str, Any]
) -> None:
    assert written == sent(wire, options=SignInOptions(**options))["options"]


def test_options_go_together(wire: Wire) -> None:
    merged = {key: value for options, _ in _OPTIONS.values() for key, value in options.items()}
    written = sent(wire, options=SignInOptions(**merged))["options"]
    assert {"scope", "clientIp", "context", "tenantId", "customData"} <= set(written)
    assert {"autoRegister", "captchaCode"} <= set(written)


def test_no_options_are_not_sent(wire: Wire) -> None:
    assert {"connection", "passwordPayload"} == set(sent(wire, options=SignInOptions()))


class TestClientAuth:
    def test_post_puts_the_secret_into_the_body(self, wire: Wire) -> None:
        body = sent(wire, client={"app_secret": "example-app-secret"})
        assert (body["client_id"], body["client_secret"]) == ("app_example", "example-app-secret")
        assert authorization(wire.request) is None

    def test_basic_puts_it_into_the_header(self, wire: Wire) -> None:
        secret = {"app_secret": "example-app-secret", "client_auth": "client_secret_basic"}
        body = sent(wire, client=secret)
        assert {"connection", "passwordPayload"} == set(body)
        pair = base64.b64encode(b"app_example:example-app-secret").decode()
        assert authorization(wire.request) == f"Basic {pair}"

    def test_none_sends_neither(self, wire: Wire) -> None:
        secret = {"app_secret": "example-app-secret", "client_auth": "none"}
        assert {"connection", "passwordPayload"} == set(sent(wire, client=secret))
        assert authorization(wire.request) is None

    def test_without_a_secret_it_is_none(self, wire: Wire) -> None:
        assert {"connection", "passwordPayload"} == set(sent(wire))
        assert authorization(wire.request) is None

    def test_offline_access_needs_no_secret_where_there_is_none(self, wire: Wire) -> None:
        options = SignInOptions(scope="openid offline_access")
        body = sent(wire, client={"client_auth": "none"}, options=options)
        assert body["options"]["scope"] == "openid offline_access"


def test_headers_name_the_application_and_the_language(wire: Wire) -> None:
    sent(wire, client={"lang": "en-US", "real_ip": "203.0.113.7", "genauth_headers": True})
    headers = wire.request.headers
    assert (
        headers["x-authing-app-id"],
        headers["x-genauth-app-id"],
        headers["x-authing-lang"],
        headers["x-genauth-lang"],
        headers["x-real-ip"],
    ) == ("app_example", "app_example", "en-US", "en-US", "203.0.113.7")


def test_handle_signs_in_by_its_own_language(wire: Wire) -> None:
    plan(wire, SIGNIN, envelope(TOKENS))
    handle = make_client(lang="en-US").as_user("example-other-token", lang="ja-JP")
    handle.sign_in("u", password="p")
    assert wire.request.headers["x-authing-lang"] == "ja-JP"
    assert authorization(wire.request) is None
