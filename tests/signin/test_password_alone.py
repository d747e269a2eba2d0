"""Whoever knows the password alone does not pass: only a factor that is there counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from authing_mfa import (
    AuthenticationClient,
    ConnectionFailedError,
    ExpiredError,
    FactorNotOfferedError,
    InvalidOperationError,
    MFAChallenge,
    MFATrigger,
)
from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.wire import Wire, make_client

from .answers import (
    EMAIL,
    PHONE,
    RECOVERY_CODE,
    SEND_EMAIL,
    SEND_SMS,
    make_trigger,
    plan,
    sent_body,
    v2,
)
from .flows import asked, challenged, passed

Step = Callable[[MFAChallenge], Any]

_THEIRS = "13900000000"
_BINDING: Final[dict[str, Step]] = {
    "code to a phone": lambda it: it.send_sms(_THEIRS),
    "code to the bound phone, typed": lambda it: it.send_sms(PHONE, phone_country_code="+86"),
    "code to an address": lambda it: it.send_email("their@example.com"),
    "code to the bound address, typed": lambda it: it.send_email(EMAIL),
    "verifying a phone": lambda it: it.verify_sms("123456", phone_number=_THEIRS),
    "verifying an address": lambda it: it.verify_email("123456", email="their@example.com"),
    "asking for a phone": lambda it: it.can_bind(phone_number=_THEIRS),
    "asking for an address": lambda it: it.can_bind(email="their@example.com"),
    "authenticator": lambda it: it.associate_totp(),
    "code of an authenticator": lambda it: it.confirm_totp("123456"),
    "face": lambda it: it.associate_face("a.jpg", "b.jpg"),
}
each_binding = pytest.mark.parametrize("bind", _BINDING.values(), ids=_BINDING)

_NOTHING: Final[dict[str, Any]] = {
    "mfa_phone": None,
    "mfa_phone_country_code": None,
    "mfa_email": None,
    "totp_mfa_enabled": False,
    "face_mfa_enabled": False,
}
_ONE: Final[dict[str, dict[str, Any]]] = {
    "SMS": {"mfa_phone": PHONE},
    "EMAIL": {"mfa_email": EMAIL},
    "OTP": {"totp_mfa_enabled": True},
    "FACE": {"face_mfa_enabled": True},
}


def challenge_of(*kinds: str, **facts: Any) -> MFAChallenge:
    """Return a challenge as it comes, of a user who has nothing but these facts."""
    return make_client().challenge(make_trigger(*kinds, **{**_NOTHING, **facts}))


@each_binding
@pytest.mark.parametrize("kind", _ONE)
def test_nothing_is_bound_beside_a_factor(wire: Wire, kind: str, bind: Step) -> None:
    challenge = challenge_of(**_ONE[kind])
    assert [(way.factor_type, way.bound) for way in challenge.methods] == [(kind, True)]
    with pytest.raises(FactorNotOfferedError):
        bind(challenge)
    assert wire.requests == []


@each_binding
@pytest.mark.parametrize("listed", [(), ("PASSKEY",), ("PASSKEY", "SMS", "EMAIL", "OTP", "FACE")])
def test_nothing_is_bound_where_the_trigger_cannot_tell(
    wire: Wire, listed: tuple[str, ...], bind: Step
) -> None:
    facts = {} if listed else {"application_mfa": ()}
    with pytest.raises(FactorNotOfferedError):
        bind(challenge_of(*listed, **facts))
    assert wire.requests == []


@pytest.mark.parametrize("untold", ["totpMfaEnabled", "faceMfaEnabled"])
@pytest.mark.parametrize("absent", [True, False], ids=["absent", "null"])
def test_factor_of_which_nothing_is_told_counts_as_the_users(untold: str, absent: bool) -> None:
    data = {**make_trigger(**_NOTHING).to_dict(), untold: None}
    if absent:
        del data[untold]
    challenge = make_client().challenge(MFATrigger.from_dict(data))
    kind = "OTP" if untold.startswith("totp") else "FACE"
    assert [(way.factor_type, way.bound) for way in challenge.methods] == [(kind, True)]


@pytest.mark.parametrize("empty", ["", None])
def test_user_without_a_factor_is_offered_all(empty: str | None) -> None:
    challenge = challenge_of(mfa_phone=empty, mfa_email=empty)
    assert [way.factor_type for way in challenge.methods] == ["SMS", "EMAIL", "OTP", "FACE"]
    assert {way.bound for way in challenge.methods} == {False}


def test_factor_that_is_not_on_offer_does_not_count() -> None:
    challenge = challenge_of("SMS", totp_mfa_enabled=True)
    assert [(way.factor_type, way.bound) for way in challenge.methods] == [("SMS", False)]


def test_caller_may_allow_it(wire: Wire) -> None:
    trigger = make_trigger("SMS", "OTP", **{**_NOTHING, "totp_mfa_enabled": True})
    challenge = make_client().challenge(trigger, allow_binding=True)
    assert [way.bound for way in challenge.methods] == [False, True]
    plan(wire, SEND_SMS)
    challenge.send_sms(_THEIRS)
    assert sent_body(wire.request)["phoneNumber"] == _THEIRS


def test_refusal_says_why() -> None:
    challenge = challenge_of("SMS", "OTP", totp_mfa_enabled=True)
    with pytest.raises(FactorNotOfferedError, match="SMS, since the user has a factor already"):
        challenge.send_sms()
    with pytest.raises(FactorNotOfferedError, match="codes go to what is bound"):
        challenge.associate_totp()


def test_recovery_code_stands_for_the_authenticator(wire: Wire) -> None:
    plan(wire, "/api/v2/mfa/totp/recovery", v2({"id": "u_1"}))
    result = challenge_of(totp_mfa_enabled=True).verify_recovery_code(RECOVERY_CODE)
    assert result.user.user_id == "u_1"
    with pytest.raises(FactorNotOfferedError):
        challenge_of(mfa_phone=PHONE).verify_recovery_code(RECOVERY_CODE)


class TestSentTo:
    """What a code was not sent to is not where the next one goes."""

    def test_phone_whose_sending_failed_is_forgotten(self, wire: Wire) -> None:
        challenge = challenge_of("SMS")
        plan(wire, SEND_SMS, {"statusCode": 422, "message": "too soon"})
        with pytest.raises(InvalidOperationError, match="too soon"):
            challenge.send_sms(_THEIRS)
        with pytest.raises(ValueError, match="the user has none bound"):
            challenge.send_sms()

    def test_phone_before_it_is_kept(self, wire: Wire) -> None:
        challenge = challenge_of("SMS")
        plan(wire, SEND_SMS)
        challenge.send_sms(PHONE)
        plan(wire, SEND_SMS, OSError("cut"))
        with pytest.raises(ConnectionFailedError):
            challenge.send_sms(_THEIRS)
        plan(wire, SEND_SMS)
        challenge.send_sms()
        assert sent_body(wire.requests[-1])["phoneNumber"] == PHONE

    def test_address_whose_sending_failed_is_forgotten(self, wire: Wire) -> None:
        challenge = challenge_of("EMAIL")
        plan(wire, SEND_EMAIL, {"statusCode": 422, "message": "too soon"})
        with pytest.raises(InvalidOperationError, match="too soon"):
            challenge.send_email("their@example.com")
        with pytest.raises(ValueError, match="the user has none bound"):
            challenge.send_email()


class TestOnTheSandbox:
    @each_binding
    def test_thief_of_a_password_does_not_pass(
        self, sandbox: Sandbox, client: AuthenticationClient, bind: Step
    ) -> None:
        victim = sandbox.add_user(username="example-victim", phone=PHONE, factors=["OTP"])
        challenge = challenged(sandbox, client, victim)
        with pytest.raises(FactorNotOfferedError):
            bind(challenge)
        assert list(sandbox.outbox) == []

    def test_newcomer_binds_once_and_then_needs_it(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        challenge.send_sms(PHONE)
        passed(challenge.verify_sms(sandbox.outbox.last_code(phone=PHONE)), newcomer, client)
        again = challenged(sandbox, client, newcomer)
        assert [(way.factor_type, way.bound) for way in again.methods] == [("SMS", True)]
        with pytest.raises(FactorNotOfferedError):
            again.send_sms(_THEIRS)

    @pytest.mark.parametrize("form", ["empty", "absent", "otp"])
    def test_users_own_mfa_takes_the_authenticator_alone(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser, form: str
    ) -> None:
        sandbox.settings.personal_trigger_methods = form
        sandbox.require_mfa("personal")
        challenge = client.challenge(asked(client, user))
        for bind in _BINDING.values():
            with pytest.raises(FactorNotOfferedError):
                bind(challenge)
        passed(challenge.verify_totp(user.totp_code()), user, client)


class TestConfirmingAgain:
    """An authenticator whose confirmation got lost, before or after it was bound."""

    @pytest.mark.parametrize("lost", ["drop", "reset"])
    @pytest.mark.parametrize("path", ["totp/associate/confirm", "totp/verify"])
    @pytest.mark.parametrize("elsewhere", [False, True])
    def test_finishes(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        newcomer: SandboxUser,
        lost: str,
        path: str,
        elsewhere: bool,
    ) -> None:
        if path == "totp/verify":  # once it is done, nothing but a lenient service says so again
            sandbox.settings.mfa_token_single_use = False
            sandbox.settings.totp_replay = True
        challenge = challenged(sandbox, client, newcomer)
        challenge.associate_totp()
        code = newcomer.totp_code()
        getattr(sandbox.faults, lost)(path=f"/api/v2/mfa/{path}")
        with pytest.raises(ConnectionFailedError) as caught:
            challenge.confirm_totp(code)
        assert caught.value.outcome_unknown
        if elsewhere:
            challenge = client.challenge(challenge.trigger)
        passed(challenge.confirm_totp(code), newcomer, client)

    def test_after_the_challenge_was_finished_means_signing_in_again(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        challenge.associate_totp()
        sandbox.faults.drop(path="/api/v2/mfa/totp/verify")
        with pytest.raises(ConnectionFailedError):
            challenge.confirm_totp(newcomer.totp_code())
        with pytest.raises(ExpiredError, match="sign in again"):
            challenge.confirm_totp(newcomer.totp_code())
        sandbox.clock.advance(30)
        again = challenged(sandbox, client, newcomer)
        passed(again.verify_totp(newcomer.totp_code()), newcomer, client)
