"""Bad input of an administrator is refused with a message, and nothing is sent."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import requests

from authing_mfa import (
    ConfigurationError,
    ManagementClient,
    MFATrigger,
    OTPImport,
    UserFilter,
    UserSort,
)
from tests.support.wire import Wire

from .admin import BY_USER, TRIGGER, make_admin

_IDS: list[Any] = [None, "", " ", 7, b"u_1", ["u_1"], "\ud800"]
_KINDS: list[Any] = ["", "USER_ID", "id", 7, None, []]
_FACTORS: list[Any] = [None, 7, "SMS", b"SMS", [None], [7], [""], ["sms"], [["SMS"]]]
_OPTIONS: dict[str, list[Any]] = {
    "access_key_id": [None, "", " ", 7, "key\n", "schlüssel"],
    "access_key_secret": ["", " ", 7, "secret\n", "geheimnis ü", b"secret"],
    "host": [None, "", "api.example.com", "http://api.example.com", "https://a:b@x.com"],
    "signing": ["", "Authing", "AUTHING", 7, True, []],
    "lang": ["", 7, "en\r\n"],
    "timeout": [0, -1, math.nan, True, None, "3", (1, -1), (1,)],
    "deadline": [0, -1, math.inf, True, None, "3"],
    "max_retries": [-1, 1.0, True, None],
    "verify": [False, None, 0, "", "/no/such/bundle.pem"],
    "proxies": ["http://proxy.example.com", {"https": 1}],
    "session": ["session", requests],
    "on_call": ["print", 1],
    "sign_host_path": [None, 1, "true"],
    "genauth_headers": [None, 1, "true"],
    "pickle_secrets": [None, 1, "true"],
}


def refused(wire: Wire, call: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Return the message of the refusal; nothing went out before it."""
    with pytest.raises(ConfigurationError) as caught:
        call(*args, **kwargs)
    assert wire.requests == []
    assert (caught.value.outcome_unknown, caught.value.path) == (False, None)
    return caught.value.message


def call_for(admin: ManagementClient, name: str, user_id: Any, **options: Any) -> Any:
    method = getattr(admin, name)
    if name == "set_mfa_status":
        return method(user_id, MFATrigger.from_dict(TRIGGER), **options)
    if name == "get_mfa_trigger_data":
        return method("app_example", user_id, **options)
    return method(user_id, **options)


@pytest.mark.parametrize("value", _IDS, ids=repr)
@pytest.mark.parametrize("name", BY_USER)
def test_user_id_that_cannot_be_one(wire: Wire, name: str, value: Any) -> None:
    message = refused(wire, call_for, make_admin(), name, value)
    assert message.startswith("user_id: wanted")


@pytest.mark.parametrize("value", _KINDS, ids=repr)
@pytest.mark.parametrize("name", BY_USER)
def test_kind_of_id_that_is_none(wire: Wire, name: str, value: Any) -> None:
    message = refused(wire, call_for, make_admin(), name, "u_1", user_id_type=value)
    assert message.startswith("user_id_type: wanted one of user_id, external_id, ")


@pytest.mark.parametrize("value", _IDS, ids=repr)
def test_application_id_that_cannot_be_one(wire: Wire, value: Any) -> None:
    admin = make_admin()
    for call in (
        lambda: admin.get_mfa_trigger_data(value, "u_1"),
        lambda: admin.update_application_mfa_settings(value),
    ):
        assert refused(wire, call).startswith("app_id: wanted")


@pytest.mark.parametrize("value", _FACTORS, ids=repr)
def test_factors_that_are_none(wire: Wire, value: Any) -> None:
    admin = make_admin()
    for call in (
        lambda: admin.update_global_mfa_settings(value),
        lambda: admin.disable_global_mfa_settings(value),
        lambda: admin.update_application_mfa_settings("app_example", enabled_factors=value),
        lambda: admin.update_application_mfa_settings("app_example", disabled_factors=value),
    ):
        refused(wire, call)


@pytest.mark.parametrize("value", [None, "trigger", TRIGGER, "example-mfa-token"], ids=repr)
def test_trigger_that_is_none(wire: Wire, value: Any) -> None:
    message = refused(wire, make_admin().set_mfa_status, "u_1", value)
    assert message.startswith("trigger: wanted")


_LISTS: dict[str, dict[str, Any]] = {
    "no filters": {"filters": None},
    "one filter": {"filters": UserFilter("status", "NOT_NULL")},
    "text for filters": {"filters": "status"},
    "texts for filters": {"filters": ["status"]},
    "wire spelling for a filter": {"filters": [{"field": "status", "operator": "NOT_NULL"}]},
    "sort for a filter": {"filters": [UserSort("status")]},
    "no sort": {"sort": None},
    "text for sort": {"sort": "createdAt"},
    "texts for sort": {"sort": ["createdAt"]},
    "filter for a sort": {"sort": [UserFilter("status", "NOT_NULL")]},
    "no words": {"keywords": ""},
    "number for keywords": {"keywords": 7},
}


@pytest.mark.parametrize("wanted", _LISTS.values(), ids=_LISTS)
def test_list_that_cannot_be_asked_for(wire: Wire, wanted: dict[str, Any]) -> None:
    admin = make_admin()
    (name,) = wanted
    assert refused(wire, admin.list_users, **wanted).startswith(f"{name}: wanted")
    refused(wire, lambda: list(admin.iter_users(**wanted)))


_IMPORTS: dict[str, Any] = {
    "nothing": None,
    "one alone": OTPImport(user_id="u_1", secret="S"),
    "text": "u_1",
    "empty id": [OTPImport(user_id="", secret="S")],
    "empty secret": [OTPImport(user_id="u_1", secret="")],
    "empty recovery code": [OTPImport(user_id="u_1", secret="S", recovery_code="")],
    "bad one after good ones": [
        OTPImport(user_id="u_1", secret="S"),
        OTPImport(user_id=" ", secret="S"),
    ],
}


@pytest.mark.parametrize("imports", _IMPORTS.values(), ids=_IMPORTS)
def test_import_that_cannot_be_one(wire: Wire, imports: Any) -> None:
    refused(wire, make_admin().import_otp, imports)


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in _OPTIONS.items() for value in values],
    ids=repr,
)
def test_option_that_cannot_work(wire: Wire, name: str, value: Any) -> None:
    message = refused(wire, make_admin, **{name: value})
    assert message.startswith(name)


@pytest.mark.parametrize("name", ["access_key_id", "access_key_secret"])
def test_key_is_not_in_the_message(wire: Wire, name: str) -> None:
    assert "marked" not in refused(wire, make_admin, **{name: "example-marked-key\n"})
