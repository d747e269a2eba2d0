"""Having a code sent for whatever it is needed: exact bodies, and each kind's own channels."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa import (
    APIError,
    AuthenticationClient,
    Channel,
    ConfigurationError,
    InvalidArgumentError,
    InvalidOperationError,
    ThirdPartyError,
    ThrottleError,
)
from tests.support.sampling import few
from tests.support.wire import Wire, make_client

from .answers import (
    DONE,
    EMAIL,
    PHONE,
    SEND_EMAIL,
    SEND_SMS,
    authorization,
    plan,
    refused,
    sent_body,
    went_to,
)

_SMS = {
    "CHANNEL_LOGIN",
    "CHANNEL_REGISTER",
    "CHANNEL_RESET_PASSWORD",
    "CHANNEL_BIND_PHONE",
    "CHANNEL_UNBIND_PHONE",
    "CHANNEL_BIND_MFA",
    "CHANNEL_VERIFY_MFA",
    "CHANNEL_UNBIND_MFA",
    "CHANNEL_COMPLETE_PHONE",
    "CHANNEL_IDENTITY_VERIFICATION",
    "CHANNEL_DELETE_ACCOUNT",
}
_EMAIL = {
    "CHANNEL_LOGIN",
    "CHANNEL_REGISTER",
    "CHANNEL_RESET_PASSWORD",
    "CHANNEL_VERIFY_EMAIL_LINK",
    "CHANNEL_UPDATE_EMAIL",
    "CHANNEL_BIND_EMAIL",
    "CHANNEL_UNBIND_EMAIL",
    "CHANNEL_VERIFY_MFA",
    "CHANNEL_UNLOCK_ACCOUNT",
    "CHANNEL_COMPLETE_EMAIL",
    "CHANNEL_DELETE_ACCOUNT",
}
_ALL = {channel.value for channel in Channel} | {"CHANNEL_UNBIND_EMAIL"}


@pytest.mark.parametrize("channel", few(sorted(_SMS)))
def test_sms_goes_out_on_its_channels(wire: Wire, channel: str) -> None:
    plan(wire, SEND_SMS)
    make_client().send_sms(PHONE, channel=Channel(channel))
    assert went_to(wire.request) == ("POST", SEND_SMS)
    assert sent_body(wire.request) == {"phoneNumber": PHONE, "channel": channel}


@pytest.mark.parametrize("channel", few(sorted(_EMAIL)))
def test_email_goes_out_on_its_channels(wire: Wire, channel: str) -> None:
    plan(wire, SEND_EMAIL)
    make_client().send_email(EMAIL, channel=Channel(channel))
    assert went_to(wire.request) == ("POST", SEND_EMAIL)
    assert sent_body(wire.request) == {"email": EMAIL, "channel": channel}


@pytest.mark.parametrize("channel", few(sorted(_ALL - _SMS)))
def test_sms_is_refused_on_another_channel(wire: Wire, channel: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"channel: wanted one of BIND_MFA, BIND_PHONE, "):
        make_client().send_sms(PHONE, channel=channel)
    assert wire.requests == []


@pytest.mark.parametrize("channel", few(sorted(_ALL - _EMAIL)))
def test_email_is_refused_on_another_channel(wire: Wire, channel: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"channel: wanted one of BIND_EMAIL, "):
        make_client().send_email(EMAIL, channel=channel)
    assert wire.requests == []


@pytest.mark.parametrize("channel", ["", "LOGIN", None, 7, ["CHANNEL_LOGIN"]])
def test_channel_that_is_none_is_refused(wire: Wire, channel: Any) -> None:
    client = make_client()
    with pytest.raises(ConfigurationError, match="channel: wanted one of"):
        client.send_sms(PHONE, channel=channel)
    with pytest.raises(ConfigurationError, match="channel: wanted one of"):
        client.send_email(EMAIL, channel=channel)
    assert wire.requests == []


def test_channel_may_be_its_text(wire: Wire) -> None:
    plan(wire, SEND_SMS)
    channel: Any = "CHANNEL_LOGIN"
    make_client().send_sms(PHONE, channel=channel)
    assert sent_body(wire.request)["channel"] == "CHANNEL_LOGIN"


def test_sms_abroad_names_the_country(wire: Wire) -> None:
    plan(wire, SEND_SMS)
    make_client().send_sms("202-555-0100", phone_country_code="+1")
    assert sent_body(wire.request) == {
        "phoneNumber": "2025550100",
        "phoneCountryCode": "+1",
        "channel": "CHANNEL_LOGIN",
    }


def test_email_is_for_signing_in_unless_said_otherwise(wire: Wire) -> None:
    plan(wire, SEND_EMAIL)
    make_client().send_email(EMAIL)
    assert sent_body(wire.request)["channel"] == "CHANNEL_LOGIN"


def send_sms(client: AuthenticationClient) -> None:
    client.send_sms(PHONE)


def send_email(client: AuthenticationClient) -> None:
    client.send_email(EMAIL)


both = pytest.mark.parametrize(
    ("send", "path"), [(send_sms, SEND_SMS), (send_email, SEND_EMAIL)], ids=["sms", "email"]
)


@both
def test_no_users_token_goes_along(wire: Wire, send: Any, path: str) -> None:
    plan(wire, path)
    secret = {"app_secret": "example-app-secret", "client_auth": "client_secret_basic"}
    send(make_client(access_token="example-token", **secret))
    assert authorization(wire.request) is None


@both
def test_success_has_no_data(wire: Wire, send: Any, path: str) -> None:
    plan(wire, path, DONE)
    assert send(make_client()) is None


@both
@pytest.mark.parametrize(
    ("status_code", "api_code", "cls"),
    [
        (422, None, InvalidOperationError),
        (400, 2080, ThrottleError),
        (429, None, ThrottleError),
        (400, None, InvalidArgumentError),
        (601, None, ThirdPartyError),
    ],
)
def test_refusal_has_its_error_and_is_not_sent_again(
    wire: Wire, send: Any, path: str, status_code: int, api_code: int | None, cls: type[APIError]
) -> None:
    plan(wire, path, refused(status_code, api_code), headers={"Retry-After": "30"})
    with pytest.raises(APIError) as caught:
        send(make_client(max_retries=2))
    assert (type(caught.value), len(wire.requests)) == (cls, 1)
    assert getattr(caught.value, "retry_after", 30) == 30


@pytest.mark.parametrize("phone", [None, "", "+8618800000000", "188CALL", 18800000000, "123"])
def test_phone_that_is_none_is_refused(wire: Wire, phone: Any) -> None:
    with pytest.raises(ConfigurationError, match="phone_number: wanted"):
        make_client().send_sms(phone)
    assert wire.requests == []


@pytest.mark.parametrize("email", [None, "", "example.com", "a b@example.com", 7])
def test_address_that_is_none_is_refused(wire: Wire, email: Any) -> None:
    with pytest.raises(ConfigurationError, match="email: wanted"):
        make_client().send_email(email)
    assert wire.requests == []
