"""The second factor at sign-in: docs/signin.md, docs/own_login.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import responses

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    ExpiredError,
    FactorNotOfferedError,
    InvalidResponseError,
    ManagementClient,
    MFAChallenge,
    MFARequiredError,
    MFATrigger,
    TransportError,
)
from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.wire import HOST

from .people import Lost, Program, begin_challenge, came, odd_answers

_ALL = ["OTP", "SMS", "EMAIL", "FACE"]


@pytest.fixture
def guarded(sandbox: Sandbox) -> Sandbox:
    """Give a service whose application asks everybody for a second factor."""
    sandbox.require_mfa("application", methods=_ALL)
    return sandbox


def _sent(sandbox: Sandbox, call: Callable[[], Any]) -> int:
    before = len(sandbox.journal)
    with pytest.raises(FactorNotOfferedError):
        call()
    return len(sandbox.journal) - before


def _reset_totp(user: SandboxUser) -> bool:
    try:
        user.totp_code()
    except LookupError:
        return True
    return False


# -- the password alone is never enough


def test_password_alone_gives_no_token(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser, ben_user: SandboxUser
) -> None:
    for user in (anna_user, ben_user, anna_user):
        with pytest.raises(MFARequiredError):
            app.sign_in(user.username, password=user.password)


def test_only_what_the_user_has_is_offered(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser, ben_user: SandboxUser
) -> None:
    anna, ben = begin_challenge(app, anna_user), begin_challenge(app, ben_user)
    assert sorted(str(it.factor_type) for it in anna.methods) == ["OTP", "SMS"]
    assert [str(it.factor_type) for it in ben.methods] == ["EMAIL"]
    assert {it.bound for it in (*anna.methods, *ben.methods)} == {True}


def test_with_a_bound_factor_nothing_is_sent_elsewhere(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser
) -> None:
    challenge = begin_challenge(app, anna_user)
    attempts: list[Callable[[], Any]] = [
        lambda: challenge.send_sms("13912345678"),
        lambda: challenge.verify_sms("123456", phone_number="13912345678"),
        lambda: challenge.send_email("mallory@example.com"),
        lambda: challenge.verify_email("123456", email="mallory@example.com"),
        lambda: challenge.send_email(),
        lambda: challenge.associate_totp(),
        lambda: challenge.associate_face("a", "b"),
        lambda: challenge.verify_face("a"),
    ]
    assert [_sent(guarded, attempt) for attempt in attempts] == [0] * len(attempts)
    assert list(guarded.outbox) == []


def test_with_another_bound_factor_no_authenticator_is_confirmed(
    guarded: Sandbox, app: AuthenticationClient, ben_user: SandboxUser
) -> None:
    challenge = begin_challenge(app, ben_user)
    assert _sent(guarded, lambda: challenge.confirm_totp("123456")) == 0
    assert _sent(guarded, lambda: challenge.verify_totp("123456")) == 0
    assert _sent(guarded, lambda: challenge.verify_recovery_code("-".join(["0000"] * 6))) == 0


@pytest.mark.slow
def test_bound_target_may_be_named_again_in_another_process(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser, second_process: Program
) -> None:
    challenge = begin_challenge(app, anna_user)
    challenge.send_sms()
    program = """if True:
        import json, sys
        from authing_mfa import AuthenticationClient, MFATrigger
        app_id, app_host, stored, code = sys.argv[1:]
        with AuthenticationClient(app_id=app_id, app_host=app_host) as client:
            challenge = client.challenge(MFATrigger.from_dict(json.loads(stored)))
            print(json.dumps(challenge.verify_sms(code).user.user_id))
    """
    stored = json.dumps(challenge.trigger.to_dict())
    code = guarded.outbox.last_code(phone="13800000000")
    told = second_process(program, guarded.app_id, guarded.url, stored, code)
    assert told == anna_user.user_id


def test_user_without_a_factor_binds_one_on_the_way(
    guarded: Sandbox, app: AuthenticationClient
) -> None:
    user = guarded.add_user(username="carla")
    challenge = begin_challenge(app, user)
    assert {it.bound for it in challenge.methods} == {False}
    challenge.send_sms("13600000001")
    result = challenge.verify_sms(guarded.outbox.last_code(phone="13600000001"))
    assert result.user.user_id == user.user_id


def test_caller_may_allow_binding_by_name(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser
) -> None:
    challenge = begin_challenge(app, anna_user, allow_binding=True)
    assert "EMAIL" in [str(it.factor_type) for it in challenge.methods]
    for odd in (None, 0, "", "yes", 1):
        with pytest.raises(ConfigurationError):
            begin_challenge(app, anna_user, allow_binding=odd)


@pytest.mark.parametrize("name", ["mfaPhone", "mfaEmail"])
def test_odd_bound_target_is_never_taken_for_none_with_others_bound(name: str) -> None:
    usual = {
        "mfaToken": "example-mfa-token",
        "applicationMfa": [
            {"mfaPolicy": kind, "status": 1, "sort": 1} for kind in ("OTP", "SMS", "EMAIL")
        ],
        "mfaPhone": "18800000000",
        "mfaEmail": "test@example.com",
        "totpMfaEnabled": True,
    }
    for stored in odd_answers(usual, name):
        try:
            trigger = MFATrigger.from_dict(stored)
        except ConfigurationError:
            continue
        with AuthenticationClient(app_id="app_example", app_host=HOST) as client:
            challenge = client.challenge(trigger)
            with pytest.raises(ConfigurationError):
                challenge.send_sms("13912345678")
            with pytest.raises(ConfigurationError):
                challenge.send_email("mallory@example.com")


# -- a user's own MFA


def test_mfa_of_the_user_alone_asks_for_the_authenticator(
    sandbox: Sandbox, app: AuthenticationClient, anna_user: SandboxUser, ben_user: SandboxUser
) -> None:
    sandbox.require_mfa("personal")
    challenge = begin_challenge(app, anna_user)
    assert [str(it.factor_type) for it in challenge.methods] == ["OTP"]
    assert challenge.verify_totp(anna_user.totp_code()).user.user_id == anna_user.user_id
    assert app.sign_in("ben", password=ben_user.password).expired is False


# -- verify or raise


def test_wrong_code_leaves_another_try(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser
) -> None:
    challenge = begin_challenge(app, anna_user)
    wrong = "000000" if anna_user.totp_code() != "000000" else "111111"
    with pytest.raises(CodeRejectedError):
        challenge.verify_totp(wrong)
    assert challenge.verify_totp(anna_user.totp_code()).user.user_id == anna_user.user_id


def test_code_of_one_user_does_not_finish_the_challenge_of_another(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser
) -> None:
    carla = guarded.add_user(username="carla", factors=["OTP"])
    anna, other = begin_challenge(app, anna_user), begin_challenge(app, carla)
    code = carla.totp_code()
    if code != anna_user.totp_code():
        with pytest.raises(CodeRejectedError):
            anna.verify_totp(code)
    assert other.verify_totp(code).user.user_id == carla.user_id
    assert anna.verify_totp(anna_user.totp_code()).user.user_id == anna_user.user_id


@pytest.mark.parametrize(("lost", "sent"), [("lost_before", 1), ("lost_after", 1)])
def test_lost_answer_of_a_challenge_is_in_doubt(
    guarded: Sandbox,
    app: AuthenticationClient,
    anna_user: SandboxUser,
    lost: str,
    sent: int,
    request: pytest.FixtureRequest,
) -> None:
    lose: Lost = request.getfixturevalue(lost)
    challenge = begin_challenge(app, anna_user)
    lose("totp/verify")
    with pytest.raises(TransportError) as caught:
        challenge.verify_totp(anna_user.totp_code())
    assert caught.value.outcome_unknown is True
    assert len(came(guarded, "totp/verify")) == sent


# -- binding an authenticator on the way


@pytest.mark.parametrize("lost", ["lost_before", "lost_after"])
@pytest.mark.parametrize("path", ["totp/associate/confirm", "totp/verify"])
def test_confirm_totp_finishes_after_a_lost_answer(
    guarded: Sandbox,
    app: AuthenticationClient,
    path: str,
    lost: str,
    request: pytest.FixtureRequest,
) -> None:
    lose: Lost = request.getfixturevalue(lost)
    guarded.settings.totp_replay = True
    guarded.settings.mfa_token_single_use = False
    user = guarded.add_user(username="carla")
    challenge = begin_challenge(app, user)
    challenge.associate_totp()
    lose(path)
    with pytest.raises(TransportError) as caught:
        challenge.confirm_totp(user.totp_code())
    assert caught.value.outcome_unknown is True
    assert challenge.confirm_totp(user.totp_code()).user.user_id == user.user_id


# -- the recovery code


def test_recovery_code_works_once_and_is_replaced(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser
) -> None:
    used = anna_user.recovery_code()
    result = begin_challenge(app, anna_user).verify_recovery_code(used)
    assert result.recovery_code == anna_user.recovery_code() != used
    with pytest.raises(CodeRejectedError):
        begin_challenge(app, anna_user).verify_recovery_code(used)


def _recovered(answer: Any) -> Any:
    """Return what verify_recovery_code makes of an answer."""
    with responses.RequestsMock() as mocked:
        mocked.add("POST", HOST + "/api/v2/mfa/totp/recovery", json=answer)
        with AuthenticationClient(app_id="app_example", app_host=HOST) as client:
            trigger = MFATrigger.from_dict(
                {
                    "mfaToken": "example-mfa-token",
                    "applicationMfa": [{"mfaPolicy": "OTP", "status": 1, "sort": 1}],
                    "totpMfaEnabled": True,
                }
            )
            return client.challenge(trigger).verify_recovery_code("-".join(["0a1b"] * 6))


_NEW = "7a1b-2c3d-4e5f-6a7b-8c9d-0e1f"
_RECOVERED = {
    "code": 200,
    "message": "ok",
    "recoveryCode": _NEW,
    "data": {"id": "0123456789abcdef01234567", "token": "example-token", "email": "a@example.com"},
}


@pytest.mark.parametrize(
    "place", [("message",), ("data",), ("data", "id"), ("data", "token"), ("data", "email")]
)
def test_new_recovery_code_is_never_lost(place: tuple[str, ...]) -> None:
    for answer in odd_answers(_RECOVERED, *place, extra=("x" * 5000, [1], {"a": None})):
        try:
            code = _recovered(answer).recovery_code
        except AuthingMFAError as error:
            code = getattr(error, "recovery_code", None)
        assert (place, answer, code) == (place, answer, _NEW)


def test_recovery_without_a_new_code_says_so() -> None:
    for answer in odd_answers(_RECOVERED, "recoveryCode"):
        try:
            code = _recovered(answer).recovery_code
        except InvalidResponseError as error:
            assert error.outcome_unknown is True  # noqa: PT017
            continue
        assert code is None


# -- time


def test_challenge_knows_its_end(
    guarded: Sandbox, app: AuthenticationClient, anna_user: SandboxUser
) -> None:
    challenge = begin_challenge(app, anna_user)
    assert challenge.expired is False
    assert challenge.expires_at is not None
    guarded.clock.advance(361)
    with pytest.raises(ExpiredError):
        challenge.verify_totp(anna_user.totp_code())


# -- behind a login of one's own


def _own_login() -> dict[str, Any]:
    """Return what docs/own_login.md defines, or shows how to import."""
    from pathlib import Path

    page = Path(__file__).parents[2] / "docs" / "own_login.md"
    blocks = page.read_text("utf-8").split("```python\n")[1:]
    plain = [it.split("```")[0] for it in blocks]
    space: dict[str, Any] = {}
    for block in plain:
        if not block.startswith(">>>"):
            exec(block, space)
    return space


@pytest.mark.repository
def test_with_nothing_bound_and_nothing_asked_there_is_no_challenge(
    sandbox: Sandbox, admin: ManagementClient
) -> None:
    second_factor = _own_login()["second_factor"]
    user = sandbox.add_user(username="carla")
    sandbox.require_mfa(None)
    try:
        trigger = second_factor(admin, sandbox.app_id, user.user_id)
    except AuthingMFAError:
        return
    assert trigger is None or trigger.mfa_token


@pytest.mark.repository
def test_mfa_of_the_user_alone_is_not_passed_by_the_password(
    sandbox: Sandbox, admin: ManagementClient, anna_user: SandboxUser
) -> None:
    second_factor = _own_login()["second_factor"]
    sandbox.require_mfa("personal")
    assert second_factor(admin, sandbox.app_id, anna_user.user_id) is not None


def test_challenge_of_an_own_login_has_a_challenge(
    guarded: Sandbox, app: AuthenticationClient, admin: ManagementClient, anna_user: SandboxUser
) -> None:
    trigger = admin.get_mfa_trigger_data(guarded.app_id, anna_user.user_id)
    challenge = app.challenge(trigger)
    assert isinstance(challenge, MFAChallenge)
    result = challenge.verify_totp(anna_user.totp_code())
    assert result.user.user_id == anna_user.user_id
