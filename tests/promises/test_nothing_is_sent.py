"""What cannot work is refused here, and nothing is sent: docs/errors.md."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import time_machine

from authing_mfa import (
    AuthenticationClient,
    ConfigurationError,
    ExpiredError,
    FactorNotOfferedError,
    ManagementClient,
    MFATrigger,
    OTPImport,
    SignInOptions,
    UserFilter,
)
from authing_mfa.sandbox import Sandbox

from .people import SECRET, Person, Program, begin_challenge, came

Say = Callable[[AuthenticationClient], Any]


def _refused(sandbox: Sandbox, call: Callable[[], Any], secret: str = "") -> ConfigurationError:
    """Make a call that must be refused unsent, and without its value in the message."""
    seen = len(sandbox.journal)
    with pytest.raises(ConfigurationError) as caught:
        call()
    assert len(sandbox.journal) == seen
    assert isinstance(caught.value, ValueError)
    assert caught.value.outcome_unknown is False
    assert "Hidden" not in str(caught.value)
    if secret:
        assert secret not in str(caught.value)
    return caught.value


_ODD_TEXTS: list[Any] = ["", " ", "\t", None, 0, 1970, True, b"x", [], {}, 1.5]
_ODD_CODES = [*_ODD_TEXTS, "12 34", "abcdef", "1234567890" * 10, "-", "１２３"]


@pytest.mark.parametrize(
    "call",
    [
        lambda client, odd: client.get_factor(odd),
        lambda client, odd: client.reset_factor(odd),
        lambda client, odd: client.introspect_mfa_token(odd),
        lambda client, odd: client.send_sms(odd),
        lambda client, odd: client.send_email(odd),
        lambda client, odd: client.sign_in(odd, password="p"),
        lambda client, odd: client.enroll_factor("SMS", enrollment_token=odd, pass_code="123456"),
        lambda client, odd: client.begin_enrollment("SMS", phone_number=odd),
        lambda client, odd: client.begin_enrollment("EMAIL", email=odd),
        lambda client, odd: client.begin_enrollment(odd),
        lambda client, odd: client.send_enroll_factor_request("SMS", phone_number=odd),
        lambda client, odd: client.send_enroll_factor_request("EMAIL", email=odd),
        lambda client, odd: client.request("GET", odd),
        lambda client, odd: client.request(odd, "/api/v3/get-profile"),
    ],
)
def test_text_that_is_none_is_refused(
    sandbox: Sandbox, anna: Person, call: Callable[[AuthenticationClient, Any], Any]
) -> None:
    for odd in _ODD_TEXTS:
        _refused(sandbox, partial(call, anna.client, odd))


@pytest.mark.parametrize(
    "call",
    [
        lambda client, odd: client.verify_totp(odd),
        lambda client, odd: client.enroll_factor("OTP", enrollment_token="t", pass_code=odd),
    ],
)
def test_what_cannot_be_a_code_is_refused(
    sandbox: Sandbox, anna: Person, call: Callable[[AuthenticationClient, Any], Any]
) -> None:
    for odd in _ODD_CODES:
        _refused(sandbox, partial(call, anna.client, odd))


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.sign_in(),
        lambda client: client.sign_in("anna"),
        lambda client: client.sign_in("anna", password=""),
        lambda client: client.sign_in("anna", password="p", pass_code="123456"),
        lambda client: client.sign_in("anna", email="a@example.com", password="p"),
        lambda client: client.sign_in(email="a@example.com", phone="13800000000", password="p"),
        lambda client: client.sign_in("anna", password="p", directory=""),
        lambda client: client.sign_in("anna", password="p", directory="FTP"),
        lambda client: client.sign_in(phone="13800000000", pass_code=""),
        lambda client: client.sign_in(phone="13800000000", pass_code="letters"),
        lambda client: client.sign_in("anna", password="p", options="offline"),
        lambda client: client.sign_in("anna", password="p", encryption="rsa"),
        lambda client: client.enroll_factor("OTP", enrollment_token="t"),
        lambda client: client.enroll_factor("FACE", enrollment_token="t", pass_code="123456"),
        lambda client: client.enroll_factor("FACE", enrollment_token="t", photo=""),
        lambda client: client.begin_enrollment("OTP", phone_number="13800000000"),
        lambda client: client.begin_enrollment("SMS", email="a@example.com"),
        lambda client: client.begin_enrollment("EMAIL", phone_number="13800000000"),
        lambda client: client.begin_enrollment("SMS", phone_number="13800000000", email="a@b.cn"),
        lambda client: client.begin_enrollment("SMS", phone_number="no number"),
        lambda client: client.begin_enrollment(
            "SMS", phone_number="13800000000", phone_country_code=""
        ),
        lambda client: client.request("GET", "https://elsewhere.example.com/api/v3/get-profile"),
        lambda client: client.request("BREW", "/api/v3/get-profile"),
        lambda client: client.request("POST", "/api/v3/x", json={}, data={"a": "b"}),
        lambda client: client.request("POST", "/api/v3/x", data="a=b"),
        lambda client: client.request("GET", "/api/v3/x", params="a=b"),
        lambda client: client.request("POST", "/api/v3/x", json={"a": object()}),
        lambda client: client.request("POST", "/api/v3/x", json={"a": float("nan")}),
        lambda client: client.send_sms("13800000000", channel="CHANNEL_NOWHERE"),
        lambda client: client.challenge(None),
        lambda client: client.challenge("an-mfa-token"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    sandbox: Sandbox, anna: Person, call: Say
) -> None:
    _refused(sandbox, lambda: call(anna.client))


def test_client_without_a_token_sends_nothing(sandbox: Sandbox, app: AuthenticationClient) -> None:
    for call in (
        app.list_enrolled_factors,
        app.list_factors_to_enroll,
        lambda: app.get_factor("f|otp"),
        lambda: app.reset_factor("f|otp"),
        lambda: app.verify_totp("123456"),
        lambda: app.begin_enrollment("OTP"),
        lambda: app.request("GET", "/api/v3/get-profile"),
    ):
        _refused(sandbox, call)


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_application_without_its_secret_sends_no_password(sandbox: Sandbox, way: str) -> None:
    with AuthenticationClient(app_id=sandbox.app_id, app_host=sandbox.url, client_auth=way) as app:
        _refused(sandbox, lambda: app.sign_in("anna", password="p"))


@pytest.mark.parametrize(
    "options",
    [
        {"app_id": ""},
        {"app_id": None},
        {"app_id": 0},
        {"app_host": ""},
        {"app_host": None},
        {"app_host": "demo.authing.cn"},
        {"app_host": "http://demo.example.com"},
        {"app_host": "ftp://127.0.0.1"},
        {"app_host": "https://user:password@demo.example.com"},
        {"app_host": "https://demo.example.com?x=1"},
        {"app_host": "https://demo.example.com\n"},
        {"app_secret": ""},
        {"app_secret": 0},
        {"access_token": ""},
        {"access_token": 0},
        {"verify": False},
        {"verify": None},
        {"verify": 0},
        {"verify": ""},
        {"verify": "a" * 5000},
        {"verify": "/no/such/bundle.pem"},
        {"verify": "a\0b"},
        {"max_retries": -1},
        {"max_retries": 1.5},
        {"max_retries": None},
        {"lang": ""},
        {"lang": "en\r\nx: y"},
        {"real_ip": ""},
        {"real_ip": "1.2.3.4\r\nx: y"},
        {"client_auth": ""},
        {"client_auth": "basic"},
        {"session": "a session"},
        {"proxies": "http://127.0.0.1:3128"},
        {"proxies": {"https": 0}},
        {"on_call": "print"},
        {"on_new_tokens": 0},
    ],
)
def test_client_that_cannot_work_is_not_made(options: dict[str, Any]) -> None:
    usual = {"app_id": "app_example", "app_host": "https://demo.example.com"}
    with pytest.raises(ConfigurationError):
        AuthenticationClient(**{**usual, **options})


@pytest.mark.parametrize(
    "options",
    [
        {"access_key_id": ""},
        {"access_key_id": None},
        {"access_key_secret": ""},
        {"access_key_secret": 0},
        {"host": ""},
        {"host": "http://api.example.com"},
        {"signing": ""},
        {"signing": "hmac"},
    ],
)
def test_management_client_that_cannot_work_is_not_made(options: dict[str, Any]) -> None:
    usual: dict[str, Any] = {"access_key_id": "key", "access_key_secret": "example"}
    with pytest.raises(ConfigurationError):
        ManagementClient(**{**usual, **options})


@pytest.mark.parametrize(
    "call",
    [
        lambda admin: admin.get_user_mfa_info(""),
        lambda admin: admin.get_user_mfa_info(None),
        lambda admin: admin.get_user_mfa_info(0),
        lambda admin: admin.get_user_mfa_info("u", user_id_type="shoe_size"),
        lambda admin: admin.get_mfa_trigger_data("", "u"),
        lambda admin: admin.get_mfa_trigger_data("app", ""),
        lambda admin: admin.set_mfa_status("u", None),
        lambda admin: admin.set_mfa_status("u", {}),
        lambda admin: admin.list_users(page=0),
        lambda admin: admin.list_users(limit=0),
        lambda admin: admin.list_users(limit=51),
        lambda admin: admin.list_users(limit=True),
        lambda admin: admin.list_users(filters=UserFilter("status", "EQUAL", "Activated")),
        lambda admin: admin.list_users(filters=["status"]),
        lambda admin: admin.list_users(sort=["createdAt"]),
        lambda admin: list(admin.iter_users(limit=0)),
        lambda admin: admin.update_global_mfa_settings("OTP"),
        lambda admin: admin.update_global_mfa_settings([""]),
        lambda admin: admin.update_global_mfa_settings([None]),
        lambda admin: admin.disable_global_mfa_settings("OTP"),
        lambda admin: admin.update_application_mfa_settings("", enabled_factors=["OTP"]),
        lambda admin: admin.import_otp([None]),
        lambda admin: admin.import_otp("JBSWY3DPEHPK3PXP"),
        lambda admin: admin.import_otp([OTPImport(user_id="u", secret=SECRET)], batch_size=0),
        lambda admin: admin.import_otp([OTPImport(user_id="u", secret=SECRET)], batch_size=True),
        lambda admin: admin.import_otp(OTPImport(user_id="u", secret=SECRET)),
    ],
)
def test_management_call_that_cannot_work_is_refused(
    sandbox: Sandbox, admin: ManagementClient, call: Callable[[ManagementClient], Any]
) -> None:
    _refused(sandbox, lambda: call(admin))


def test_import_otp_looks_at_every_import_before_it_sends_the_first(
    sandbox: Sandbox, admin: ManagementClient, anna_user: Any
) -> None:
    def imports() -> Any:
        for _ in range(60):
            yield OTPImport(user_id=anna_user.user_id, secret=SECRET)
        yield OTPImport(user_id=anna_user.user_id, secret=" ")

    _refused(sandbox, lambda: admin.import_otp(imports()))
    assert came(sandbox, "import-otp") == []


# -- too late, or not on offer


def test_challenge_after_its_time_sends_nothing(
    sandbox: Sandbox, app: AuthenticationClient, anna_user: Any
) -> None:
    sandbox.require_mfa("application", methods=["OTP", "SMS"])
    challenge = begin_challenge(app, anna_user)
    seen = len(sandbox.journal)
    with time_machine.travel(sandbox.clock.now() + 361):
        for call in (lambda: challenge.verify_totp("123456"), challenge.send_sms):
            with pytest.raises(ExpiredError):
                call()
        with pytest.raises(ExpiredError):
            app.challenge(challenge.trigger)
    assert len(sandbox.journal) == seen


def test_factor_that_is_not_offered_sends_nothing(
    sandbox: Sandbox, app: AuthenticationClient, anna_user: Any, ben_user: Any
) -> None:
    sandbox.require_mfa("application", methods=["OTP", "SMS", "EMAIL"])
    anna, ben = begin_challenge(app, anna_user), begin_challenge(app, ben_user)
    seen = len(sandbox.journal)
    for call in (
        lambda: anna.verify_face("photo"),
        lambda: anna.send_email(),
        lambda: ben.verify_totp("123456"),
        lambda: ben.associate_totp(),
        lambda: ben.send_sms("13900000001"),
        lambda: ben.verify_sms("123456", phone_number="13900000001"),
    ):
        with pytest.raises(FactorNotOfferedError):
            call()
    assert len(sandbox.journal) == seen


def test_trigger_without_a_token_starts_no_challenge(app: AuthenticationClient) -> None:
    for token in ("", " "):
        with pytest.raises(ConfigurationError):
            app.challenge(MFATrigger(mfa_token=token))


# -- tidied, not refused


@pytest.mark.parametrize(
    "write",
    [
        "{0} {1}",
        "{0}-{1}",
        "{0}\u2011{1}",
        "{0}\u2013{1}",
        "{0}\u2212{1}",
        "{0}\u00a0{1}",
        " {0}{1} ",
        "{0}\uff0d{1}",
        "{0}\u3000{1}",
    ],
)
def test_code_may_be_typed_with_spaces_and_dashes(anna: Person, write: str) -> None:
    code = anna.user.totp_code()
    anna.client.verify_totp(write.format(code[:3], code[3:]))


def test_code_may_be_typed_in_full_width_digits(anna: Person) -> None:
    anna.client.verify_totp(
        anna.user.totp_code().translate({48 + n: 0xFF10 + n for n in range(10)})
    )


@pytest.mark.parametrize(
    "typed",
    ["138 0000 0001", "138-0000-0001", "１３８０００００００１", "138\u20110000\u20110001"],
)
def test_phone_may_be_typed_with_spaces_dashes_or_full_width_digits(
    sandbox: Sandbox, anna: Person, typed: str
) -> None:
    anna.client.send_sms(typed)
    assert sandbox.outbox.last_code(phone="13800000001")


# -- in a second process


@pytest.mark.slow
def test_second_process_without_settings_says_which(second_process: Program) -> None:
    program = """if True:
        import json
        from authing_mfa import AuthenticationClient, ConfigurationError
        try:
            AuthenticationClient.from_env()
        except ConfigurationError as error:
            print(json.dumps(str(error)))
    """
    told = second_process(program, AUTHING_APP_ID="", AUTHING_APP_HOST="")
    assert "AUTHING_APP_" in told


def test_options_that_are_not_texts_are_refused() -> None:
    odds: list[Any] = [0, b"x", [], True]
    for odd in odds:
        with pytest.raises(ConfigurationError):
            SignInOptions.from_dict({"scope": odd})
