"""Binding on the way, and going on in another request, over HTTP against the sandbox."""

from __future__ import annotations

import pytest

from authing_mfa import (
    AuthenticationClient,
    CodeRejectedError,
    ConflictError,
    FaceRejectedError,
    ForbiddenError,
    InvalidOperationError,
    MFAChallenge,
    UnauthorizedError,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .answers import EMAIL, PHONE
from .conftest import Connect
from .flows import asked, challenged, in_another_request, passed


class TestBindingOnTheWay:
    def test_phone(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        assert challenge.can_bind(phone_number="18800000001")
        challenge.send_sms("188-0000-0001")
        result = challenge.verify_sms(sandbox.outbox.last_code(phone="18800000001"))
        passed(result, newcomer, client)
        sms = challenged(sandbox, client, newcomer).methods[0]
        assert (sms.bound, sms.masked_target) == (True, "+86 188****0001")

    def test_phone_abroad(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        challenge.send_sms("2025550100", phone_country_code="+1")
        challenge.verify_sms(sandbox.outbox.last_code(phone="2025550100"))
        assert challenged(sandbox, client, newcomer).methods[0].masked_target == "+1 ****0100"

    def test_address_in_another_request(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        challenge.send_email("new@example.com")
        later = in_another_request(client, challenge)
        code = sandbox.outbox.last_code(email="new@example.com")
        passed(later.verify_email(code, email="new@example.com"), newcomer, client)

    def test_of_what_somebody_else_has_is_foreseen(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        user: SandboxUser,
        newcomer: SandboxUser,
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        assert not challenge.can_bind(phone_number=PHONE)
        assert not challenge.can_bind(email=EMAIL)
        assert challenge.can_bind(email="new@example.com")

    def test_authenticator(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        otp = challenge.associate_totp()
        assert otp.png.startswith(b"\x89PNG")
        with pytest.raises(CodeRejectedError):
            challenge.confirm_totp(newcomer.totp_code(step=100))
        passed(challenge.confirm_totp(newcomer.totp_code()), newcomer, client)
        assert otp.recovery_code == newcomer.recovery_code()
        sandbox.clock.advance(30)
        again = challenged(sandbox, client, newcomer)
        passed(again.verify_totp(newcomer.totp_code()), newcomer, client)

    @pytest.mark.parametrize("http_status", [200, 400])
    def test_authenticator_with_a_wrong_code_under_either_http_status(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        newcomer: SandboxUser,
        http_status: int,
    ) -> None:
        sandbox.settings.confirm_http_status = http_status
        challenge = challenged(sandbox, client, newcomer)
        challenge.associate_totp()
        with pytest.raises(CodeRejectedError) as caught:
            challenge.confirm_totp(newcomer.totp_code(step=100))
        assert caught.value.http_status == http_status

    def test_authenticator_whose_first_code_is_used_up_by_confirming(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        sandbox.settings.totp_enroll_uses_code = True
        challenge = challenged(sandbox, client, newcomer)
        challenge.associate_totp()
        with pytest.raises(CodeRejectedError):
            challenge.confirm_totp(newcomer.totp_code())
        sandbox.clock.advance(30)
        passed(challenge.verify_totp(newcomer.totp_code()), newcomer, client)

    def test_authenticator_in_another_request(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        challenge.associate_totp()
        later = in_another_request(client, challenge)
        passed(later.confirm_totp(newcomer.totp_code()), newcomer, client)

    def test_second_authenticator_is_a_conflict(
        self, client: AuthenticationClient, challenge: MFAChallenge
    ) -> None:
        with pytest.raises(ConflictError):
            client.challenge(challenge.trigger, allow_binding=True).associate_totp()

    def test_face(
        self, sandbox: Sandbox, client: AuthenticationClient, newcomer: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, newcomer)
        with pytest.raises(FaceRejectedError):
            challenge.verify_face("sandbox/photo.jpg")
        challenge.associate_face("sandbox/a.jpg", "sandbox/b.jpg")
        passed(challenge.verify_face("sandbox/photo.jpg"), newcomer, client)


class TestStored:
    def test_challenge_goes_on_in_another_request(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        user: SandboxUser,
        challenge: MFAChallenge,
    ) -> None:
        challenge.send_sms()
        later = in_another_request(client, challenge)
        assert challenge.methods == later.methods
        passed(later.verify_sms(sandbox.outbox.last_code(phone=PHONE)), user, client)

    def test_challenge_goes_on_in_another_client(
        self, sandbox: Sandbox, connect: Connect, user: SandboxUser, challenge: MFAChallenge
    ) -> None:
        other = connect()
        passed(in_another_request(other, challenge).verify_totp(user.totp_code()), user, other)


class TestSending:
    def test_twice_within_the_minute_is_refused(self, challenge: MFAChallenge) -> None:
        challenge.send_sms()
        with pytest.raises(InvalidOperationError):
            challenge.send_sms()

    def test_where_the_service_wants_a_token(
        self,
        sandbox: Sandbox,
        client: AuthenticationClient,
        user: SandboxUser,
        challenge: MFAChallenge,
    ) -> None:
        sandbox.settings.send_needs_token = True
        with pytest.raises(UnauthorizedError):
            challenge.send_sms()
        authorized = client.challenge(challenge.trigger, authorize_sends=True)
        authorized.send_sms()
        passed(authorized.verify_sms(sandbox.outbox.last_code(phone=PHONE)), user, client)

    def test_factor_that_is_switched_off_meanwhile_is_forbidden(
        self, sandbox: Sandbox, client: AuthenticationClient, user: SandboxUser
    ) -> None:
        challenge = challenged(sandbox, client, user, ["EMAIL"])
        sandbox.settings.personal_trigger_methods = "otp"
        sandbox.require_mfa("personal")
        forged = client.challenge(asked(client, user)).trigger.to_dict()
        forged["mfaToken"] = challenge.trigger.mfa_token
        with pytest.raises(ForbiddenError):
            client.challenge(type(challenge.trigger).from_dict(forged)).verify_totp(
                user.totp_code()
            )
