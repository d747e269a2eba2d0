"""How an administrator's client is made, shown and sent to another process; its secrets stay."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from authing_mfa import AuthingMFAError, ConfigurationError, ManagementClient, OTPImport
from tests.support import payloads
from tests.support.wire import Wire, sent_headers, sent_json

from .admin import (
    KEY_ID,
    METHODS,
    TOKEN_PATH,
    authorization,
    done,
    make_admin,
    paths,
    plan,
    plan_token,
    refused,
)

_SECRETS: dict[str, Any] = {
    "access_key_secret": "example-marked-secret",
    "proxies": {"https": "http://user:marked-word@proxy.example.com:3128"},
}
each_signing = pytest.mark.parametrize("signing", [None, "authing", "genauth"])


class TestFromEnvironment:
    @pytest.fixture(autouse=True)
    def _environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AUTHING_ACCESS_KEY_ID", KEY_ID)
        monkeypatch.setenv("AUTHING_ACCESS_KEY_SECRET", "example-key-of-the-environment")
        monkeypatch.delenv("AUTHING_API_HOST", raising=False)

    def test_key_is_read(self, wire: Wire) -> None:
        plan_token(wire)
        plan(wire, "list_users")
        ManagementClient.from_env(host="https://demo.example.com").list_users()
        sent = {"accessKeyId": KEY_ID, "accessKeySecret": "example-key-of-the-environment"}
        assert sent_json(wire.requests[0]) == sent

    def test_host_is_the_public_one_unless_told(self) -> None:
        shown = repr(ManagementClient.from_env())
        assert f"<ManagementClient {KEY_ID} at https://api.authing.cn>" == shown

    @pytest.mark.parametrize(
        ("value", "host"),
        [("https://api.example.com/", "https://api.example.com"), ("", "https://api.authing.cn")],
    )
    def test_host_is_read(self, monkeypatch: pytest.MonkeyPatch, value: str, host: str) -> None:
        monkeypatch.setenv("AUTHING_API_HOST", value)
        assert repr(ManagementClient.from_env()).endswith(f"at {host}>")

    def test_host_that_cannot_be_one_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AUTHING_API_HOST", "api.example.com")
        with pytest.raises(ConfigurationError, match=r"^host: "):
            ManagementClient.from_env()

    @pytest.mark.parametrize("name", ["AUTHING_ACCESS_KEY_ID", "AUTHING_ACCESS_KEY_SECRET"])
    @pytest.mark.parametrize("value", [None, ""])
    def test_what_is_missing_is_named(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
    ) -> None:
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError, match=rf"^{name}: "):
            ManagementClient.from_env()

    def test_options_go_before_it(self, wire: Wire) -> None:
        plan(wire, "list_users")
        options = {"access_key_id": "other", "host": "https://demo.example.com"}
        ManagementClient.from_env(signing="authing", **options).list_users()
        assert authorization(wire.request).startswith("authing other:")

    def test_it_is_made_of_ones_own_class(self) -> None:
        class Own(ManagementClient):
            pass

        assert Own is type(Own.from_env())


class TestShown:
    def test_client_shows_key_id_and_host(self) -> None:
        shown = repr(make_admin(**_SECRETS))
        assert f"<ManagementClient {KEY_ID} at https://demo.example.com>" == shown

    @each_signing
    def test_nothing_of_it_shows_a_secret(self, wire: Wire, signing: str | None) -> None:
        if signing is None:
            plan_token(wire)
        plan(wire, "list_users")
        admin = make_admin(**_SECRETS, signing=signing)
        admin.list_users()
        shown = f"{admin} {admin!r} {vars(admin)}"
        assert "marked" not in shown
        assert payloads.read("get_management_token")["data"]["access_token"] not in shown

    @pytest.mark.parametrize(
        "value",
        [
            OTPImport(user_id="u_1", secret="MARKED", recovery_code="MARKED-code"),
            [OTPImport(user_id="u_1", secret="MARKED")],
        ],
    )
    def test_import_does_not_show_its_secret(self, value: Any) -> None:
        assert "MARKED" not in f"{value} {value!r}"

    def test_users_phone_and_address_are_masked(self, wire: Wire) -> None:
        plan_token(wire)
        plan(wire, "list_users")
        shown = repr(make_admin().list_users())
        assert ("18800000000" in shown, "test@example.com" in shown) == (False, False)


class TestLeaks:
    @pytest.fixture(autouse=True)
    def _log(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        caplog.set_level(logging.DEBUG, logger="authing_mfa")
        yield
        records = caplog.get_records("call")
        assert records
        for record in records:
            assert "marked" not in f"{record.getMessage()} {vars(record)}".lower()

    @each_signing
    @pytest.mark.parametrize("name", METHODS)
    @pytest.mark.parametrize("refusal", ["failure_404", "failure_401", "failure_503", "page"])
    def test_error_shows_no_secret(
        self, wire: Wire, name: str, signing: str | None, refusal: str
    ) -> None:
        wire.assert_all_requests_are_fired = False
        for _ in range(2):
            if signing is None:
                plan_token(wire)
            body = b"<html>marked" if refusal == "page" else payloads.read(refusal)
            plan(wire, name, body)
        with pytest.raises(AuthingMFAError) as caught:
            METHODS[name].call(make_admin(**_SECRETS, signing=signing))
        error = caught.value
        shown = f"{error} {error!r} {vars(error)} {pickle.dumps(error)!r}"
        trace = "".join(traceback.format_exception(error))
        assert "marked" not in f"{shown} {trace}".lower()

    def test_refused_key_shows_no_secret(self, wire: Wire) -> None:
        plan_token(wire, refused(401))
        with pytest.raises(AuthingMFAError) as caught:
            make_admin(**_SECRETS).list_users()
        assert "marked" not in "".join(traceback.format_exception(caught.value))

    def test_secret_that_does_not_fit_is_not_in_the_error(self, wire: Wire) -> None:
        plan_token(wire)
        plan(wire, "get_otp_secret", done({"secret": ["MARKED"]}))
        with pytest.raises(AuthingMFAError) as caught:
            make_admin().get_otp_secret("u_1")
        assert "marked" not in "".join(traceback.format_exception(caught.value)).lower()


def record_nothing(record: object) -> None:
    """Be a listener that pickles."""


def travelled(client: ManagementClient) -> ManagementClient:
    again = pickle.loads(pickle.dumps(client))
    assert isinstance(again, ManagementClient)
    return again


class TestPickled:
    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    @each_signing
    def test_secrets_stay_here(self, protocol: int, signing: str | None) -> None:
        data = pickle.dumps(make_admin(**_SECRETS, signing=signing), protocol)
        assert b"marked" not in data
        assert b"proxy.example.com:3128" in data

    @each_signing
    def test_client_without_its_secret_says_so(self, wire: Wire, signing: str | None) -> None:
        again = travelled(make_admin(signing=signing))
        with pytest.raises(ConfigurationError, match=r"access_key_secret.*pickle_secrets=True"):
            again.list_users()
        assert wire.requests == []

    @each_signing
    def test_secret_travels_where_the_caller_opted_in(
        self, wire: Wire, signing: str | None
    ) -> None:
        again = travelled(make_admin(signing=signing, pickle_secrets=True))
        if signing is None:
            plan_token(wire)
        plan(wire, "list_users")
        again.list_users()
        assert paths(wire)[-1:] == ["list-users"]

    def test_configuration_travels(self, wire: Wire) -> None:
        made = make_admin(
            pickle_secrets=True,
            genauth_headers=True,
            lang="en-US",
            timeout=(1, 2),
            deadline=7,
            max_retries=1,
            on_call=record_nothing,
        )
        again = travelled(travelled(made))
        assert repr(made) == repr(again)
        assert made.__reduce__()[0].keywords == again.__reduce__()[0].keywords
        plan_token(wire, refused(429), headers={"Retry-After": "0"})
        plan_token(wire)
        plan(wire, "list_users")
        again.list_users()
        headers = sent_headers(wire.requests[-1])
        assert (
            headers["x-genauth-lang"],
            headers["x-genauth-userpool-id"],
        ) == ("en-US", "pool_example")

    def test_token_stays_here(self, wire: Wire) -> None:
        admin = make_admin(pickle_secrets=True)
        plan_token(wire)
        plan(wire, "list_users")
        admin.list_users()
        plan_token(wire)
        plan(wire, "list_users")
        travelled(admin).list_users()
        assert [request.path_url for request in wire.requests].count(TOKEN_PATH) == 2

    def test_copy_keeps_the_secret(self, wire: Wire) -> None:
        plan_token(wire)
        plan(wire, "list_users")
        assert copy.copy(make_admin()).list_users().total_count == 52

    def test_client_on_a_borrowed_session_cannot(self) -> None:
        with requests.Session() as session:
            admin = make_admin(session=session)
            with pytest.raises(TypeError, match="session of yours"):
                pickle.dumps(admin)


def test_client_closes_with_its_context(wire: Wire) -> None:
    plan_token(wire)
    plan(wire, "list_users")
    with make_admin() as admin:
        assert admin.list_users().total_count == 52
