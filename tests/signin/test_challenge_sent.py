"""What a challenge sends: exact paths, bodies and signatures, on both forms of the paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from authing_mfa import MFAChallenge, ServerError
from tests.support.wire import Wire, make_client

from .answers import (
    ASSOCIATION,
    EMAIL,
    PHONE,
    RECORD,
    RECOVERY_CODE,
    SEND_EMAIL,
    SEND_SMS,
    authorization,
    make_challenge,
    plan,
    sent_body,
    v2,
    went_to,
)

_APPLICATIONS = "/api/v2/applications/mfa"
_PLAIN = "/api/v2/mfa"
_UNBOUND: dict[str, Any] = {"mfa_phone": None, "mfa_phone_country_code": None, "mfa_email": ""}

Call = Callable[[MFAChallenge], Any]

_VERIFICATIONS: dict[str, tuple[Call, str, dict[str, Any]]] = {
    "SMS to the bound phone": (
        lambda challenge: challenge.verify_sms("123456"),
        f"{_APPLICATIONS}/sms/verify",
        {"phone": PHONE, "phoneCountryCode": "+86", "code": "123456"},
    ),
    "SMS to a phone given here": (
        lambda challenge: challenge.verify_sms("1234", phone_number="188 0000 0001"),
        f"{_APPLICATIONS}/sms/verify",
        {"phone": "18800000001", "code": "1234"},
    ),
    "SMS abroad": (
        lambda challenge: challenge.verify_sms(
            "1234", phone_number="2025550100", phone_country_code="+1"
        ),
        f"{_APPLICATIONS}/sms/verify",
        {"phone": "2025550100", "phoneCountryCode": "+1", "code": "1234"},
    ),
    "e-mail to the bound address": (
        lambda challenge: challenge.verify_email("１２３ 456"),
        f"{_APPLICATIONS}/email/verify",
        {"email": EMAIL, "code": "123456"},
    ),
    "e-mail to an address given here": (
        lambda challenge: challenge.verify_email("123456", email="other@example.com"),
        f"{_APPLICATIONS}/email/verify",
        {"email": "other@example.com", "code": "123456"},
    ),
    "TOTP": (
        lambda challenge: challenge.verify_totp("123 456"),
        f"{_PLAIN}/totp/verify",
        {"totp": "123456"},
    ),
    "recovery code": (
        lambda challenge: challenge.verify_recovery_code(" E7ADaaa4da75 fa37-57d1-5141"),
        f"{_PLAIN}/totp/recovery",
        {"recoveryCode": RECOVERY_CODE},
    ),
    "face": (
        lambda challenge: challenge.verify_face("example/photo.jpg"),
        f"{_PLAIN}/face/verify",
        {"photo": "example/photo.jpg"},
    ),
}
_OTHERS: dict[str, tuple[Call, str, dict[str, Any], Any]] = {
    "associate TOTP": (
        lambda challenge: challenge.associate_totp(),
        f"{_PLAIN}/totp/associate",
        {"authenticator_type": "totp", "source": "APPLICATION"},
        ASSOCIATION,
    ),
    "associate face": (
        lambda challenge: challenge.associate_face("example/a.jpg", "example/b.jpg"),
        f"{_PLAIN}/face/associate",
        {"photoA": "example/a.jpg", "photoB": "example/b.jpg"},
        RECORD,
    ),
    "associate face by URLs": (
        lambda challenge: challenge.associate_face(
            "https://example.com/a.jpg", "https://example.com/b.jpg", is_external_photo=True
        ),
        f"{_PLAIN}/face/associate",
        {
            "photoA": "https://example.com/a.jpg",
            "photoB": "https://example.com/b.jpg",
            "isExternalPhoto": True,
        },
        RECORD,
    ),
    "can the phone be bound": (
        lambda challenge: challenge.can_bind(phone_number="188-0000-0001"),
        f"{_APPLICATIONS}/check",
        {"phone": "18800000001"},
        True,
    ),
    "can the phone abroad be bound": (
        lambda challenge: challenge.can_bind(phone_number="2025550100", phone_country_code="+1"),
        f"{_APPLICATIONS}/check",
        {"phone": "2025550100", "phoneCountryCode": "+1"},
        False,
    ),
    "can the address be bound": (
        lambda challenge: challenge.can_bind(email=EMAIL),
        f"{_APPLICATIONS}/check",
        {"email": EMAIL},
        True,
    ),
}
_CALLS = {
    **{name: (*facts, RECORD) for name, facts in _VERIFICATIONS.items()},
    **_OTHERS,
}
each_call = pytest.mark.parametrize(("call", "path", "body", "data"), _CALLS.values(), ids=_CALLS)


@each_call
def test_call_goes_to_its_path_with_its_body(
    wire: Wire, call: Call, path: str, body: dict[str, Any], data: Any
) -> None:
    plan(wire, path, v2(data))
    call(make_challenge(make_client()))
    assert went_to(wire.request) == ("POST", path)
    assert sent_body(wire.request) == body


@each_call
def test_call_is_signed_by_the_mfa_token_and_names_the_application(
    wire: Wire, call: Call, path: str, body: dict[str, Any], data: Any
) -> None:
    plan(wire, path, v2(data))
    challenge = make_challenge(make_client(access_token="example-token"))
    call(challenge)
    assert authorization(wire.request) == f"Bearer {challenge.trigger.mfa_token}"
    assert wire.request.headers["x-authing-app-id"] == "app_example"


@each_call
def test_only_verify_and_recovery_have_two_paths(
    wire: Wire, call: Call, path: str, body: dict[str, Any], data: Any
) -> None:
    other = path if path.endswith("/associate") else path.replace(_PLAIN, _APPLICATIONS)
    plan(wire, other, v2(data))
    call(make_challenge(make_client(), settings={"application_paths": True}))
    assert went_to(wire.request) == ("POST", other)
    assert sent_body(wire.request) == body


def test_answer_of_the_check_is_a_bare_bool(wire: Wire) -> None:
    challenge = make_challenge(make_client())
    for answer in (True, False):
        plan(wire, f"{_APPLICATIONS}/check", v2(answer))
        assert answer is challenge.can_bind(email=EMAIL)


@pytest.mark.parametrize("source", ["APPLICATION", "SELF"])
def test_source_of_an_authenticator_is_a_setting(wire: Wire, source: str) -> None:
    plan(wire, f"{_PLAIN}/totp/associate", v2(ASSOCIATION))
    plan(wire, f"{_PLAIN}/totp/associate/confirm", v2())
    plan(wire, f"{_PLAIN}/totp/verify", v2(RECORD))
    challenge = make_challenge(make_client(), settings={"totp_source": source})
    challenge.associate_totp()
    challenge.confirm_totp("123456")
    assert [sent_body(one)["source"] for one in wire.requests[:2]] == [source, source]


def test_confirming_finishes_with_the_same_code(wire: Wire) -> None:
    plan(wire, f"{_PLAIN}/totp/associate/confirm", v2())
    plan(wire, f"{_PLAIN}/totp/verify", v2(RECORD))
    result = make_challenge(make_client()).confirm_totp("１２３ 456")
    assert [sent_body(request) for request in wire.requests] == [
        {"authenticator_type": "totp", "totp": "123456", "source": "APPLICATION"},
        {"totp": "123456"},
    ]
    assert result.user.user_id == RECORD["id"]


class TestSending:
    def test_sms_goes_to_the_bound_phone(self, wire: Wire) -> None:
        plan(wire, SEND_SMS)
        make_challenge(make_client()).send_sms()
        assert went_to(wire.request) == ("POST", SEND_SMS)
        assert sent_body(wire.request) == {
            "phoneNumber": PHONE,
            "phoneCountryCode": "+86",
            "channel": "CHANNEL_VERIFY_MFA",
        }

    def test_email_goes_to_the_bound_address(self, wire: Wire) -> None:
        plan(wire, SEND_EMAIL)
        make_challenge(make_client()).send_email()
        assert went_to(wire.request) == ("POST", SEND_EMAIL)
        assert sent_body(wire.request) == {"email": EMAIL, "channel": "CHANNEL_VERIFY_MFA"}

    @pytest.mark.parametrize("unknown", [None, ""])
    def test_country_that_is_not_told_is_left_to_the_service(
        self, wire: Wire, unknown: str | None
    ) -> None:
        plan(wire, SEND_SMS)
        make_challenge(make_client(), mfa_phone_country_code=unknown).send_sms()
        assert sent_body(wire.request) == {"phoneNumber": PHONE, "channel": "CHANNEL_VERIFY_MFA"}

    def test_phone_that_was_sent_to_is_the_one_verified(self, wire: Wire) -> None:
        plan(wire, SEND_SMS)
        plan(wire, f"{_APPLICATIONS}/sms/verify", v2(RECORD))
        challenge = make_challenge(make_client(), **_UNBOUND)
        challenge.send_sms("2025550100", phone_country_code="+1")
        challenge.verify_sms("123456")
        assert [sent_body(request) for request in wire.requests] == [
            {
                "phoneNumber": "2025550100",
                "phoneCountryCode": "+1",
                "channel": "CHANNEL_VERIFY_MFA",
            },
            {"phone": "2025550100", "phoneCountryCode": "+1", "code": "123456"},
        ]

    def test_address_that_was_sent_to_is_the_one_verified(self, wire: Wire) -> None:
        plan(wire, SEND_EMAIL)
        plan(wire, f"{_APPLICATIONS}/email/verify", v2(RECORD))
        challenge = make_challenge(make_client(), **_UNBOUND)
        challenge.send_email("other@example.com")
        challenge.verify_email("123456")
        assert sent_body(wire.requests[1]) == {"email": "other@example.com", "code": "123456"}

    def test_sending_again_goes_to_the_same_place(self, wire: Wire) -> None:
        challenge = make_challenge(make_client(), **_UNBOUND)
        for target in ("other@example.com", None):
            plan(wire, SEND_EMAIL)
            challenge.send_email(target)
        assert {sent_body(one)["email"] for one in wire.requests} == {"other@example.com"}

    @pytest.mark.parametrize("path", [SEND_SMS, SEND_EMAIL])
    def test_nobodys_token_goes_along(self, wire: Wire, path: str) -> None:
        plan(wire, path)
        challenge = make_challenge(make_client(access_token="example-token"))
        (challenge.send_sms if path == SEND_SMS else challenge.send_email)()
        assert authorization(wire.request) is None

    @pytest.mark.parametrize("path", [SEND_SMS, SEND_EMAIL])
    def test_mfa_token_goes_along_where_the_setting_says_so(self, wire: Wire, path: str) -> None:
        plan(wire, path)
        challenge = make_challenge(make_client(), settings={"authorize_sends": True})
        (challenge.send_sms if path == SEND_SMS else challenge.send_email)()
        assert authorization(wire.request) == f"Bearer {challenge.trigger.mfa_token}"


def test_user_who_is_signed_in_meanwhile_does_not_sign_the_challenge(wire: Wire) -> None:
    client = make_client()
    challenge = make_challenge(client)
    client.set_access_token("example-other-token")
    plan(wire, f"{_PLAIN}/totp/verify", v2(RECORD))
    challenge.verify_totp("123456")
    assert authorization(wire.request) == f"Bearer {challenge.trigger.mfa_token}"


def test_check_is_asked_for_again(wire: Wire) -> None:
    challenge = make_challenge(make_client(max_retries=1))
    plan(wire, f"{_APPLICATIONS}/check", b"<html>", status=503, headers={"Retry-After": "0"})
    plan(wire, f"{_APPLICATIONS}/check", v2(True))
    assert challenge.can_bind(email=EMAIL) is True


_CHANGES = {name: facts for name, facts in _CALLS.items() if not name.startswith("can ")}


@pytest.mark.parametrize(("call", "path", "body", "data"), _CHANGES.values(), ids=_CHANGES)
def test_everything_else_is_sent_once_and_its_outcome_is_unknown(
    wire: Wire, call: Call, path: str, body: dict[str, Any], data: Any
) -> None:
    plan(wire, path, b"<html>", status=503)
    with pytest.raises(ServerError) as caught:
        call(make_challenge(make_client(max_retries=2)))
    assert (len(wire.requests), caught.value.outcome_unknown) == (1, True)
