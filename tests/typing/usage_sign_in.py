"""How a sign-in and its step-up are used, for the type checkers: read by them, never run.

Each ``type: ignore`` stands on a mistake that they must find.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, assert_type

from authing_mfa import (
    AuthenticationClient,
    ChallengeMethod,
    Channel,
    FactorType,
    MFAChallenge,
    MFARequiredError,
    MFATrigger,
    OfferedMethod,
    OTPSetup,
    PasswordEncryption,
    QRCode,
    SignInOptions,
    StepUpResult,
    StepUpUser,
    TokenSet,
)


def store_tokens(tokens: TokenSet) -> None:
    assert_type(tokens.access_token, str)
    assert_type(tokens.refresh_token, str | None)
    assert_type(tokens.expires_at, datetime.datetime)
    assert_type(tokens.expired, bool)
    assert_type(tokens.to_dict(), dict[str, Any])
    assert_type(TokenSet.from_dict(tokens.to_dict()), TokenSet)


def sign_in(client: AuthenticationClient) -> TokenSet:
    options = SignInOptions(scope="openid offline_access", context={"a": [1]}, auto_register=True)
    assert_type(client.sign_in("example-user", password="example-password"), TokenSet)
    client.sign_in(email="test@example.com", pass_code="123456", options=options)
    client.sign_in(phone="18800000000", phone_country_code="+1", pass_code="123456")
    client.sign_in(username="example-user", password="example-password", directory="LDAP")
    encryption = PasswordEncryption("rsa")
    return client.sign_in("example-user", password="example-password", encryption=encryption)


def sign_in_wrongly(client: AuthenticationClient) -> None:
    client.sign_in("example-user", "example-password")  # type: ignore[call-arg]
    client.sign_in(7, password="example-password")  # type: ignore[arg-type]
    client.sign_in("example-user", passcode="123456")  # type: ignore[call-arg]
    client.sign_in("example-user", password="x", options={"scope": "openid"})  # type: ignore[arg-type]


def go_on_as(client: AuthenticationClient, tokens: TokenSet) -> AuthenticationClient:
    client.set_access_token(tokens)
    client.set_access_token("example-token")
    assert_type(client.for_visitor(lang="ja-JP"), AuthenticationClient)
    AuthenticationClient(
        app_id="a",
        app_host="b",
        access_token=tokens,
        client_auth="none",
        on_new_tokens=store_tokens,
        genauth_headers=True,
        pickle_secrets=True,
    )
    client.as_user(tokens, on_new_tokens=lambda fresh: fresh.refresh_token)
    client.as_user(None)  # type: ignore[arg-type]
    return client.as_user(tokens)


def send_codes(client: AuthenticationClient) -> None:
    client.send_sms("18800000000", channel=Channel.LOGIN, phone_country_code="+1")
    client.send_email("test@example.com")
    client.send_email("test@example.com", channel="CHANNEL_LOGIN")  # type: ignore[arg-type]
    returns_nothing: Callable[[], None] = client.sign_out
    returns_nothing()


def meet_mfa(client: AuthenticationClient) -> MFAChallenge | None:
    try:
        client.sign_in("example-user", password="example-password")
    except MFARequiredError as error:
        challenge = client.challenge(
            error.trigger,
            application_paths=True,
            totp_source="SELF",
            authorize_sends=True,
            allow_binding=True,
        )
        assert_type(challenge, MFAChallenge)
        return challenge
    return None


def read_challenge(challenge: MFAChallenge) -> None:
    assert_type(challenge.trigger, MFATrigger)
    assert_type(challenge.methods, tuple[ChallengeMethod, ...])
    for method in challenge.methods:
        assert_type(method.factor_type, FactorType)
        assert_type(method.bound, bool)
        assert_type(method.masked_target, str)
    for offered in challenge.trigger.application_mfa:
        assert_type(offered, OfferedMethod)
        assert_type(offered.sort, int)
    assert_type(MFATrigger.from_dict(challenge.trigger.to_dict()), MFATrigger)


def prove(client: AuthenticationClient, trigger: MFATrigger, token: str | None) -> bool:
    assert_type(trigger.asks_for_factor, bool)
    assert_type(trigger.totp_mfa_enabled, bool | None)
    client.has_passed(trigger, token)  # type: ignore[call-arg]
    return client.has_passed(trigger, token, used_before=lambda digest: False, max_age=60)


def verify(challenge: MFAChallenge) -> StepUpResult:
    challenge.send_sms()
    challenge.send_sms("18800000000", phone_country_code="+1")
    challenge.send_email("test@example.com")
    assert_type(challenge.can_bind(email="test@example.com"), bool)
    assert_type(challenge.verify_sms("123456", phone_number="18800000000"), StepUpResult)
    assert_type(challenge.verify_email("123456"), StepUpResult)
    assert_type(challenge.verify_face("face/example"), StepUpResult)
    assert_type(challenge.verify_recovery_code("e7ad-aaa4"), StepUpResult)
    challenge.verify_totp(123456)  # type: ignore[arg-type]
    return challenge.verify_totp("123456")


def bind(challenge: MFAChallenge) -> StepUpResult:
    setup = challenge.associate_totp()
    assert_type(setup, OTPSetup)
    assert_type(setup.qr, QRCode)
    assert_type(setup.qr.svg(), str)
    assert_type(setup.qr.png(scale=4), bytes)
    assert_type(setup.qr.terminal(), str)
    challenge.associate_face("a", "b", is_external_photo=True)
    challenge.associate_face("a")  # type: ignore[call-arg]
    return challenge.confirm_totp("123456")


def read_result(result: StepUpResult) -> str | None:
    assert_type(result.user, StepUpUser)
    assert_type(result.user.user_id, str)
    assert_type(result.token, str | None)
    result.user["password"]  # type: ignore[index]
    return result.recovery_code
