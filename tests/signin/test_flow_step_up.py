"""From a password to a verified second factor, over HTTP against the sandbox."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime

import attrs
import pytest

from authing_mfa import (
    AccountLockedError,
    AuthenticationClient,
    CodeRejectedError,
    ExpiredError,
    FaceRejectedError,
    FactorNotOfferedError,
    FactorType,
    InvalidArgumentError,
    MFAChallenge,
    MFARequiredError,
    NotFoundError,
    StepUpResult,
    ThrottleError,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .answers import EMAIL, PHONE, another
from .flows import asked, challenged, passed

_LOCKED = (AccountLockedError, ThrottleError)
_BOTH_FORMS = pytest.mark.parametrize(
    ("form", "application_paths"), [("plain", False), ("applications", True)]
)


class TestAsking:
    def test_application_asks_by_its_methods_in_its_order(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, user, ["OTP", "EMAIL", "SMS"])
        assert [(method.factor_type, method.masked_target) for method in challenge.methods] == [
            ("OTP", ""),
            ("EMAIL", "t***@example.com"),
            ("SMS", "+86 188****0000"),
        ]
        assert all(method.bound for method in challenge.methods)

    def test_methods_that_are_off_are_not_offered(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
    ) -> None:
        sandbox.settings.trigger_lists_off = True
        challenge = challenged(sandbox, client, user, ["EMAIL"])
        assert len(challenge.trigger.application_mfa) == 4
        assert [method.factor_type for method in challenge.methods] == ["EMAIL"]

    def test_newcomer_has_nothing_bound(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        methods = challenged(sandbox, client, newcomer).methods
        assert {(method.bound, method.masked_target) for method in methods} == {(False, "")}

    @pytest.mark.parametrize("form", ["empty", "absent", "otp"])
    def test_users_own_mfa_asks_for_totp(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser, form: str
    ) -> None:
        sandbox.settings.personal_trigger_methods = form
        sandbox.require_mfa("personal")
        with pytest.raises(MFARequiredError) as caught:
            client.sign_in("example-user", password=user.password)
        assert (caught.value.api_code, caught.value.api_code) == (1635, 1635)
        challenge = client.challenge(asked(client, user))
        assert [(it.factor_type, it.bound) for it in challenge.methods] == [(FactorType.OTP, True)]
        passed(challenge.verify_totp(user.totp_code()), user, client)

    def test_users_own_mfa_does_not_ask_a_newcomer(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        sandbox.require_mfa("personal")
        assert client.sign_in("example-newcomer", password=newcomer.password).access_token

    def test_application_asks_by_code_1636(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
    ) -> None:
        sandbox.require_mfa("application")
        with pytest.raises(MFARequiredError) as caught:
            client.sign_in("example-user", password=user.password)
        assert caught.value.api_code == 1636

    def test_end_is_six_minutes_away(self, challenge: MFAChallenge) -> None:
        assert challenge.expires_at is not None
        left = challenge.expires_at - datetime.now(UTC)
        assert 300 < left.total_seconds() <= 360


class TestEachFactor:
    def test_sms(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        user: SandboxUser,
        challenge: MFAChallenge,
    ) -> None:
        challenge.send_sms()
        code = sandbox.outbox.last_code(phone=PHONE)
        with pytest.raises(CodeRejectedError):
            challenge.verify_sms(another(code))
        passed(challenge.verify_sms(code), user, client)

    def test_email(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        user: SandboxUser,
        challenge: MFAChallenge,
    ) -> None:
        challenge.send_email()
        code = sandbox.outbox.last_code(email=EMAIL)
        with pytest.raises(CodeRejectedError):
            challenge.verify_email(another(code))
        passed(challenge.verify_email(code), user, client)

    def test_totp(
        self, client: AuthenticationClient, user: SandboxUser, challenge: MFAChallenge
    ) -> None:
        with pytest.raises(CodeRejectedError) as caught:
            challenge.verify_totp(user.totp_code(step=100))
        assert caught.value.api_code == 6001
        passed(challenge.verify_totp(user.totp_code()), user, client)

    def test_face(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        user: SandboxUser,
        challenge: MFAChallenge,
    ) -> None:
        sandbox.settings.face_matches = False
        with pytest.raises(FaceRejectedError):
            challenge.verify_face("sandbox/photo.jpg")
        sandbox.settings.face_matches = True
        passed(challenge.verify_face("sandbox/photo.jpg"), user, client)

    def test_recovery_code(
        self, client: AuthenticationClient, user: SandboxUser, challenge: MFAChallenge
    ) -> None:
        with pytest.raises(CodeRejectedError) as caught:
            challenge.verify_recovery_code("0" * 24)
        assert caught.value.api_code == 6002
        passed(challenge.verify_recovery_code(user.recovery_code()), user, client)

    @_BOTH_FORMS
    def test_on_a_deployment_that_has_one_form_of_the_paths(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        user: SandboxUser,
        form: str,
        application_paths: bool,
    ) -> None:
        sandbox.settings.v2_paths = (form,)
        steps: list[Callable[[MFAChallenge], StepUpResult]] = [
            lambda challenge: challenge.verify_totp(user.totp_code()),
            lambda challenge: challenge.verify_recovery_code(user.recovery_code()),
            lambda challenge: challenge.verify_face("sandbox/photo.jpg"),
        ]
        for verify in steps:
            fitting = challenged(sandbox, client, user, application_paths=application_paths)
            passed(verify(fitting), user, client)
            other = challenged(sandbox, client, user, application_paths=not application_paths)
            with pytest.raises(NotFoundError):
                verify(other)

    def test_which_is_not_offered_is_refused(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, user, ["EMAIL"])
        requests = len(sandbox.journal)
        with pytest.raises(FactorNotOfferedError):
            challenge.verify_totp(user.totp_code())
        assert len(sandbox.journal) == requests

    def test_newer_refusals_are_the_same_errors(
        self, sandbox: Sandbox, user: SandboxUser, challenge: MFAChallenge
    ) -> None:
        sandbox.settings.v2_errors = "statusCode"
        with pytest.raises(CodeRejectedError) as caught:
            challenge.verify_totp(user.totp_code(step=100))
        assert (caught.value.status_code, caught.value.api_code) == (400, 6001)
        sandbox.clock.advance(361)
        with pytest.raises(ExpiredError):
            challenge.verify_totp(user.totp_code())

    def test_leaves_the_records_secrets_where_they_are(
        self, user: SandboxUser, challenge: MFAChallenge
    ) -> None:
        result = challenge.verify_totp(user.totp_code())
        kept = repr(attrs.asdict(result)) + repr(pickle.dumps(result)) + repr(result)
        secrets = (user.password, user.password_hash, user.salt)
        assert [secret for secret in secrets if secret in kept] == []

    def test_of_another_phone_than_the_bound_one_is_refused(
        self, sandbox: Sandbox, client: AuthenticationClient, challenge: MFAChallenge
    ) -> None:
        challenge = client.challenge(challenge.trigger, allow_binding=True)
        challenge.send_sms("18800000001")
        with pytest.raises(InvalidArgumentError):
            challenge.verify_sms(sandbox.outbox.last_code(phone="18800000001"))


class TestRecoveryCode:
    def test_new_one_works_and_old_one_is_dead(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
    ) -> None:
        old = user.recovery_code()
        new = challenged(sandbox, client, user).verify_recovery_code(old).recovery_code
        assert new is not None
        assert old != new
        with pytest.raises(CodeRejectedError):
            challenged(sandbox, client, user).verify_recovery_code(old)
        newer = challenged(sandbox, client, user).verify_recovery_code(new).recovery_code
        assert user.recovery_code() == newer

    def test_other_verifications_bring_none(
        self, user: SandboxUser, challenge: MFAChallenge
    ) -> None:
        assert challenge.verify_totp(user.totp_code()).recovery_code is None


class TestTooManyTries:
    @pytest.mark.parametrize("refusal", [None, (403, 2005)])
    def test_lock_every_factor_for_a_while(
        self,
        sandbox: Sandbox,
        user: SandboxUser,
        challenge: MFAChallenge,
        refusal: tuple[int, int] | None,
    ) -> None:
        if refusal is not None:
            old = sandbox.settings.refusals["too_many_attempts"]
            sandbox.settings.refusals["too_many_attempts"] = type(old)(*refusal)
        sandbox.settings.max_code_failures = 3
        for _ in range(3):
            with pytest.raises(CodeRejectedError):
                challenge.verify_totp(user.totp_code(step=100))
        with pytest.raises(_LOCKED):
            challenge.verify_totp(user.totp_code())
        with pytest.raises(_LOCKED):
            challenge.verify_recovery_code(user.recovery_code())

    def test_pass_by_themselves(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
    ) -> None:
        sandbox.settings.max_code_failures = 1
        with pytest.raises(CodeRejectedError):
            challenged(sandbox, client, user).verify_totp(user.totp_code(step=100))
        sandbox.clock.advance(sandbox.settings.lockout_time)
        passed(challenged(sandbox, client, user).verify_totp(user.totp_code()), user, client)

    def test_may_end_the_challenge(
        self, sandbox: Sandbox, user: SandboxUser, challenge: MFAChallenge
    ) -> None:
        sandbox.settings.mfa_token_max_failures = 1
        with pytest.raises(CodeRejectedError):
            challenge.verify_totp(user.totp_code(step=100))
        with pytest.raises(ExpiredError):
            challenge.verify_totp(user.totp_code())


class TestEnd:
    def test_by_the_services_clock_is_told_by_every_call(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        user: SandboxUser,
        challenge: MFAChallenge,
    ) -> None:
        challenge = client.challenge(challenge.trigger, allow_binding=True)
        sandbox.clock.advance(361)
        assert not challenge.expired
        for call in (
            lambda: challenge.verify_totp(user.totp_code()),
            lambda: challenge.verify_sms("123456"),
            lambda: challenge.verify_email("123456"),
            lambda: challenge.verify_face("sandbox/photo.jpg"),
            lambda: challenge.verify_recovery_code(user.recovery_code()),
            lambda: challenge.associate_totp(),
            lambda: challenge.can_bind(email=EMAIL),
        ):
            with pytest.raises(ExpiredError, match="sign in again"):
                call()

    def test_by_this_machines_clock_is_refused_here(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
    ) -> None:
        sandbox.settings.mfa_token_lifetime = 0
        sandbox.require_mfa("application")
        with pytest.raises(ExpiredError, match="has run out"):
            client.challenge(asked(client, user))

    def test_comes_with_success(self, user: SandboxUser, challenge: MFAChallenge) -> None:
        challenge.verify_recovery_code(user.recovery_code())
        with pytest.raises(ExpiredError):
            challenge.verify_totp(user.totp_code())
