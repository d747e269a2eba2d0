"""A sign-in that cannot work is refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa import ConfigurationError, PasswordEncryption, SignInOptions
from tests.support.wire import Wire, make_client

from .answers import EMAIL, PHONE

_P = {"password": "example-password"}
_C = {"pass_code": "123456"}

_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no account": (_P, "wanted one of account, email, phone, username; got 0"),
    "two accounts": ({**_P, "account": "u", "email": EMAIL}, "got 2 of them"),
    "four accounts": (
        {**_P, "account": "u", "email": EMAIL, "phone": PHONE, "username": "u"},
        "got 4 of them",
    ),
    "empty account": ({**_P, "account": ""}, "account: wanted a non-empty str"),
    "blank e-mail": ({**_P, "email": " "}, "email: wanted a non-empty str"),
    "phone as a number": ({**_P, "phone": 18800000000}, "phone: wanted a str, got int"),
    "half a surrogate pair": ({**_P, "username": "\ud800"}, "username: wanted text"),
    "neither password nor code": ({"account": "u"}, "either a password or a pass_code"),
    "password and code": ({**_P, **_C, "email": EMAIL}, "either a password or a pass_code"),
    "empty password": ({"account": "u", "password": ""}, "password: wanted a non-empty"),
    "password as bytes": ({"account": "u", "password": b"p"}, "password: wanted a str, got bytes"),
    "empty code": ({"email": EMAIL, "pass_code": ""}, "pass_code: wanted a non-empty"),
    "code of letters": ({"email": EMAIL, "pass_code": "12a4"}, "pass_code: wanted digits"),
    "code as a number": ({"email": EMAIL, "pass_code": 123456}, "pass_code: wanted a str"),
    "code and account": ({**_C, "account": "u"}, "account: a pass_code goes with a phone or an"),
    "code and username": ({**_C, "username": "u"}, "username: a pass_code goes with a phone"),
    "code and no address": ({**_C, "email": "example.com"}, "email: wanted an address"),
    "code and a foreign phone": ({**_C, "phone": "+118800000000"}, "phone_number: wanted digits"),
    "country code and password": (
        {**_P, "phone": PHONE, "phone_country_code": "+1"},
        "phone_country_code: it goes with a phone and a pass_code",
    ),
    "country code and e-mail": (
        {**_C, "email": EMAIL, "phone_country_code": "+1"},
        "phone_country_code: it goes with a phone and a pass_code",
    ),
    "country code without its plus": (
        {**_C, "phone": PHONE, "phone_country_code": "1"},
        "phone_country_code: wanted a plus sign",
    ),
    "directory and code": ({**_C, "email": EMAIL, "directory": "LDAP"}, "it goes with a password"),
    "unknown directory": ({**_P, "account": "u", "directory": "ldap"}, "one of LDAP, AD"),
    "directory as a list": ({**_P, "account": "u", "directory": ["AD"]}, "one of LDAP, AD"),
    "directory and e-mail": ({**_P, "email": EMAIL, "directory": "AD"}, "with an account or a us"),
    "scope without openid": (
        {**_P, "account": "u", "options": SignInOptions(scope="offline_access openidx")},
        "options.scope: wanted openid",
    ),
    "empty scope": (
        {**_P, "account": "u", "options": SignInOptions(scope="")},
        "options.scope: wanted openid",
    ),
    "client_ip that is none": (
        {**_P, "account": "u", "options": SignInOptions(client_ip="203.0.113.700")},
        "options.client_ip: wanted an IP address",
    ),
    "context that is no JSON": (
        {**_P, "account": "u", "options": SignInOptions(context={"a": object()})},
        "json: wanted JSON types only",
    ),
}


def refused(wire: Wire, client: dict[str, Any], **arguments: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        make_client(**client).sign_in(**arguments)
    assert wire.requests == []
    assert (caught.value.outcome_unknown, caught.value.path) == (False, None)
    return caught.value.message


@pytest.mark.parametrize(("arguments", "message"), _REFUSED.values(), ids=_REFUSED)
def test_what_cannot_work_is_refused(wire: Wire, arguments: dict[str, Any], message: str) -> None:
    assert message in refused(wire, {}, **arguments)


@pytest.mark.parametrize("mode", ["client_secret_post", "client_secret_basic"])
@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
def test_mode_that_lacks_its_secret_is_refused(wire: Wire, mode: str, scope: str) -> None:
    options = SignInOptions(scope=scope)
    message = refused(wire, {"client_auth": mode}, account="u", **_P, options=options)
    assert message.startswith(f"app_secret: client_auth is {mode}, which needs it")


def test_mode_that_lacks_its_secret_is_refused_before_the_key_is_asked_for(wire: Wire) -> None:
    client = {"client_auth": "client_secret_post"}
    refused(wire, client, account="u", **_P, encryption=PasswordEncryption())


@pytest.mark.parametrize("mode", ["", "client_secret", "NONE", 1, ["none"]])
def test_mode_that_is_none_of_the_three_is_refused(mode: Any) -> None:
    with pytest.raises(ConfigurationError, match="client_auth: wanted one of client_secret_post"):
        make_client(client_auth=mode)


@pytest.mark.parametrize("options", [{"scope": "openid"}, "openid", object()])
def test_options_that_are_no_options_are_refused(wire: Wire, options: Any) -> None:
    assert "options" in refused(wire, {}, account="u", **_P, options=options)


@pytest.mark.parametrize("encryption", ["rsa", True, object()])
def test_encryption_that_is_none_is_refused(wire: Wire, encryption: Any) -> None:
    assert "encryption" in refused(wire, {}, account="u", **_P, encryption=encryption)


@pytest.mark.parametrize("facts", [{"kind": "RSA"}, {"kind": "none"}, {"encoding": "utf-8"}])
def test_encryption_of_another_kind_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        PasswordEncryption(**facts)
