"""A step that a challenge cannot take is refused before anything is sent."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from authing_mfa import (
    ConfigurationError,
    ExpiredError,
    FactorNotOfferedError,
    MFAChallenge,
    MFATrigger,
    OfferedMethod,
)
from tests.support.sampling import few
from tests.support.wire import Wire, make_client

from .answers import RECOVERY_CODE, jwt, make_challenge, make_trigger, mfa_token, offered

Call = Callable[[MFAChallenge], Any]

_STEPS: dict[str, tuple[str, Call]] = {
    "send_sms": ("SMS", lambda challenge: challenge.send_sms("18800000000")),
    "send_email": ("EMAIL", lambda challenge: challenge.send_email("test@example.com")),
    "verify_sms": ("SMS", lambda challenge: challenge.verify_sms("1234")),
    "verify_email": ("EMAIL", lambda challenge: challenge.verify_email("1234")),
    "verify_totp": ("OTP", lambda challenge: challenge.verify_totp("123456")),
    "verify_recovery_code": (
        "OTP",
        lambda challenge: challenge.verify_recovery_code(RECOVERY_CODE),
    ),
    "verify_face": ("FACE", lambda challenge: challenge.verify_face("example/photo.jpg")),
    "associate_totp": ("OTP", lambda challenge: challenge.associate_totp()),
    "confirm_totp": ("OTP", lambda challenge: challenge.confirm_totp("123456")),
    "associate_face": ("FACE", lambda challenge: challenge.associate_face("a.jpg", "b.jpg")),
}


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        call()
    assert (caught.value.outcome_unknown, caught.value.path) == (False, None)
    return caught.value.message


class TestTrigger:
    @pytest.mark.parametrize("trigger", [None, {}, "example-mfa-token", {"mfaToken": "t"}])
    def test_of_another_type_is_refused(self, trigger: Any) -> None:
        assert refused(lambda: make_client().challenge(trigger)) == (
            "trigger: wanted an MFATrigger, such as error.trigger of an MFARequiredError"
        )

    @pytest.mark.parametrize("token", ["", " ", "two\r\nlines", "tökèn"])
    def test_without_a_usable_token_is_refused(self, token: Any) -> None:
        trigger = MFATrigger(mfa_token=token)
        assert "trigger.mfa_token: wanted" in refused(lambda: make_client().challenge(trigger))

    @pytest.mark.parametrize("lifetime", [0, -1, -86400])
    def test_past_its_lifetime_is_refused(self, lifetime: float) -> None:
        over = r"^the challenge has run out: sign in again$"
        with time_machine.travel(1_800_000_000, tick=False):
            trigger = make_trigger(mfa_token=mfa_token(lifetime))
            with pytest.raises(ExpiredError, match=over):
                make_client().challenge(trigger)

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("application_paths", "yes"),
            ("application_paths", None),
            ("authorize_sends", 1),
            ("totp_source", ""),
            ("totp_source", None),
            ("totp_source", "SELVES"),
            ("allow_binding", 1),
            ("allow_binding", None),
        ],
    )
    def test_setting_that_is_none_is_refused(self, setting: str, value: Any) -> None:
        client = make_client()
        message = refused(lambda: make_challenge(client, settings={setting: value}))
        assert message.startswith(f"{setting}: wanted")

    @pytest.mark.parametrize("data", [{}, {"mfaToken": None}, {"mfaToken": 7}, [], None])
    def test_stored_one_that_is_none_is_refused(self, data: Any) -> None:
        assert "MFATrigger" in refused(lambda: MFATrigger.from_dict(data))


@pytest.mark.parametrize(("kind", "call"), _STEPS.values(), ids=_STEPS)
class TestFactorNotOffered:
    def test_is_refused(self, wire: Wire, kind: str, call: Call) -> None:
        kinds = [other for other in ("SMS", "EMAIL", "OTP", "FACE") if other != kind]
        challenge = make_challenge(make_client(), *kinds)
        with pytest.raises(FactorNotOfferedError, match=f"^the challenge does not offer {kind}; "):
            call(challenge)
        assert wire.requests == []

    def test_is_refused_where_it_is_switched_off(self, wire: Wire, kind: str, call: Call) -> None:
        off = OfferedMethod.from_dict({"mfaPolicy": kind, "status": 0})
        challenge = make_challenge(make_client(), application_mfa=(off, *offered("PASSKEY")))
        with pytest.raises(FactorNotOfferedError):
            call(challenge)
        assert wire.requests == []

    def test_is_a_configuration_error(self, wire: Wire, kind: str, call: Call) -> None:
        challenge = make_challenge(make_client(), "PASSKEY")
        message = f"the challenge does not offer {kind}; see its methods"
        assert refused(lambda: call(challenge)) == message


@pytest.mark.parametrize(("kind", "call"), _STEPS.values(), ids=_STEPS)
def test_step_after_the_end_is_refused(wire: Wire, kind: str, call: Call) -> None:
    challenge = make_challenge(make_client())
    with time_machine.travel(time.time() + 361), pytest.raises(ExpiredError, match="has run out"):
        call(challenge)
    assert wire.requests == []


def test_check_after_the_end_is_refused(wire: Wire) -> None:
    challenge = make_challenge(make_client())
    with time_machine.travel(time.time() + 361), pytest.raises(ExpiredError):
        challenge.can_bind(email="test@example.com")
    assert wire.requests == []


def test_challenge_that_does_not_say_when_it_ends_goes_on(wire: Wire) -> None:
    challenge = make_challenge(make_client(), mfa_token=jwt(iat=1))
    assert (challenge.expires_at, challenge.expired) == (None, False)


_CODES: list[Any] = [None, "", " ", "-", 123456, b"123456", "12345a", "\ud800"]
_TOTPS: list[Any] = [*_CODES, "12345", "1234567", RECOVERY_CODE]
_RECOVERY_CODES: list[Any] = [
    None,
    "",
    7,
    "123456",
    RECOVERY_CODE[:-1],
    RECOVERY_CODE + "0",
    RECOVERY_CODE.replace("e", "g"),
]


@pytest.mark.parametrize("code", few(_CODES), ids=repr)
def test_code_that_cannot_be_one_is_refused(wire: Wire, code: Any) -> None:
    challenge = make_challenge(make_client())
    assert refused(lambda: challenge.verify_sms(code)).startswith("code: wanted")
    assert refused(lambda: challenge.verify_email(code)).startswith("code: wanted")
    assert wire.requests == []


@pytest.mark.parametrize("code", few(reversed(_TOTPS)), ids=repr)
def test_totp_that_cannot_be_one_is_refused(wire: Wire, code: Any) -> None:
    challenge = make_challenge(make_client())
    assert refused(lambda: challenge.verify_totp(code)).startswith("code: wanted")
    assert refused(lambda: challenge.confirm_totp(code)).startswith("code: wanted")
    assert wire.requests == []


@pytest.mark.parametrize("code", few(_RECOVERY_CODES), ids=repr)
def test_recovery_code_that_cannot_be_one_is_refused(wire: Wire, code: Any) -> None:
    challenge = make_challenge(make_client())
    message = refused(lambda: challenge.verify_recovery_code(code))
    assert message.startswith("code: wanted")
    assert wire.requests == []


_UNBOUND: dict[str, Any] = {"mfa_phone": "", "mfa_email": None}
_ARGUMENTS: dict[str, tuple[Call, str]] = {
    "no phone bound": (lambda it: it.send_sms(), "phone_number: the user has none bound"),
    "no phone bound to verify": (lambda it: it.verify_sms("1234"), "phone_number: the user has"),
    "no address bound": (lambda it: it.send_email(), "email: the user has none bound"),
    "no address bound to verify": (lambda it: it.verify_email("1234"), "email: the user has none"),
    "phone with its country": (lambda it: it.send_sms("+1 2025550100"), "phone_number: wanted"),
    "empty phone": (lambda it: it.send_sms(""), "phone_number: wanted"),
    "country alone": (lambda it: it.send_sms(phone_country_code="+1"), "phone_"),
    "country without plus": (
        lambda it: it.send_sms("2025550100", phone_country_code="1"),
        "phone_country_code: wanted",
    ),
    "address that is none": (lambda it: it.send_email("example.com"), "email: wanted"),
    "address that is none to verify": (
        lambda it: it.verify_email("1234", email=""),
        "email: wanted",
    ),
    "check of nothing": (lambda it: it.can_bind(), "can_bind: wanted either"),
    "check of both": (
        lambda it: it.can_bind(phone_number="18800000000", email="test@example.com"),
        "can_bind: wanted either",
    ),
    "check of an address that is none": (lambda it: it.can_bind(email="x"), "email: wanted"),
    "check of a phone that is none": (lambda it: it.can_bind(phone_number="x"), "phone_number: "),
    "no photo": (lambda it: it.verify_face(""), "photo: wanted"),
    "photo as bytes": (lambda it: it.verify_face(b"jpg"), "photo: wanted"),  # type: ignore[arg-type]
    "no first photo": (lambda it: it.associate_face("", "b.jpg"), "photo_a: wanted"),
    "no second photo": (lambda it: it.associate_face("a.jpg", ""), "photo_b: wanted"),
    "photos neither here nor there": (
        lambda it: it.associate_face("a", "b", is_external_photo="no"),  # type: ignore[arg-type]
        "is_external_photo: wanted True or False",
    ),
}


@pytest.mark.parametrize(("call", "message"), _ARGUMENTS.values(), ids=_ARGUMENTS)
def test_argument_that_cannot_work_is_refused(wire: Wire, call: Call, message: str) -> None:
    challenge = make_challenge(make_client(), **_UNBOUND)
    assert message in refused(lambda: call(challenge))
    assert wire.requests == []


_WHOLE: list[tuple[Call, str]] = [
    (lambda it: it.send_sms(), "phone_number: the user has none bound for MFA; give one"),
    (lambda it: it.send_email(), "email: the user has none bound for MFA; give one"),
    (
        lambda it: it.send_sms(phone_country_code="+1"),
        "phone_country_code: it goes with a phone_number",
    ),
    (
        lambda it: it.can_bind(email="test@example.com", phone_country_code="+1"),
        "phone_country_code: it goes with a phone_number",
    ),
    (lambda it: it.can_bind(), "can_bind: wanted either a phone_number or an email"),
]


@pytest.mark.parametrize(("call", "message"), _WHOLE)
def test_refusal_says_what_to_give(call: Call, message: str) -> None:
    challenge = make_challenge(make_client(), **_UNBOUND)
    assert refused(lambda: call(challenge)) == message


_COUNTRIES: dict[str, Call] = {
    "send_sms": lambda it: it.send_sms(phone_country_code="+1"),
    "verify_sms": lambda it: it.verify_sms("1234", phone_country_code="+1"),
    "can_bind": lambda it: it.can_bind(email="test@example.com", phone_country_code="+1"),
}


@pytest.mark.parametrize("call", _COUNTRIES.values(), ids=_COUNTRIES)
def test_country_without_a_phone_is_refused(wire: Wire, call: Call) -> None:
    challenge = make_challenge(make_client())
    assert "phone_country_code" in refused(lambda: call(challenge))
    assert wire.requests == []
