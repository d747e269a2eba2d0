"""A second factor behind one's own login proves what it says: docs/own_login.md."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    ConfigurationError,
    ManagementClient,
    MFATrigger,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .people import Program, came, odd_answers, outcome_of


class _Used:
    """Marks each proof once, for all threads."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, digest: str) -> bool:
        with self._lock:
            known = digest in self.seen
            self.seen.append(digest)
            return known


@pytest.fixture
def used() -> _Used:
    return _Used()


Finish = Callable[[SandboxUser], tuple[MFATrigger, str]]


@pytest.fixture
def finish(sandbox: Sandbox, app: AuthenticationClient, admin: ManagementClient) -> Finish:
    """Give what begins and passes a challenge of a user."""
    sandbox.require_mfa("application", methods=["OTP", "SMS", "EMAIL"])

    def finish(user: SandboxUser) -> tuple[MFATrigger, str]:
        trigger = admin.get_mfa_trigger_data(sandbox.app_id, user.user_id)
        token = app.challenge(trigger).verify_totp(user.totp_code()).token
        sandbox.clock.advance(31)
        assert token is not None
        return trigger, token

    return finish


@pytest.fixture
def carla(sandbox: Sandbox) -> SandboxUser:
    return sandbox.add_user(username="carla", factors=["OTP"])


# -- whether a second factor is needed


@pytest.mark.parametrize("policy", ["application", "personal", None])
def test_whoever_has_an_authenticator_is_asked(
    sandbox: Sandbox, admin: ManagementClient, anna_user: SandboxUser, policy: str | None
) -> None:
    sandbox.require_mfa(policy)
    assert admin.get_mfa_trigger_data(sandbox.app_id, anna_user.user_id).asks_for_factor is True


def test_nobody_else_is_asked_where_the_application_asks_for_nothing(
    sandbox: Sandbox, admin: ManagementClient, ben_user: SandboxUser
) -> None:
    asked = []
    for policy in (None, "personal", "application"):
        sandbox.require_mfa(policy)
        trigger = admin.get_mfa_trigger_data(sandbox.app_id, ben_user.user_id)
        asked.append(trigger.asks_for_factor)
    assert asked == [False, False, True]


def test_what_a_trigger_does_not_tell_counts_as_yes() -> None:
    stored = {"mfaToken": "t", "applicationMfa": [], "totpMfaEnabled": False}
    assert MFATrigger.from_dict(stored).asks_for_factor is False
    for name in ("totpMfaEnabled", "applicationMfa"):
        for odd in odd_answers(stored, name):
            trigger = outcome_of(partial(MFATrigger.from_dict, odd))
            if odd.get(name, stored) != stored[name] and isinstance(trigger, MFATrigger):
                assert (name, odd, trigger.asks_for_factor) == (
                    name,
                    odd,
                    name == "totpMfaEnabled" or trigger.totp_mfa_enabled is not False,
                )


# -- what proves that a challenge was passed


def test_token_of_this_challenge_proves_it_once(
    app: AuthenticationClient, finish: Finish, anna_user: SandboxUser, used: _Used
) -> None:
    trigger, token = finish(anna_user)
    passed = [app.has_passed(trigger, token, used_before=used) for _ in range(3)]
    assert passed == [True, False, False]
    assert token not in used.seen


def test_threads_believe_it_once(
    app: AuthenticationClient, finish: Finish, anna_user: SandboxUser, used: _Used
) -> None:
    trigger, token = finish(anna_user)
    with ThreadPoolExecutor(8) as threads:
        passed = list(
            threads.map(lambda _: app.has_passed(trigger, token, used_before=used), range(16))
        )
    assert passed.count(True) == 1


def test_token_of_another_user_proves_nothing(
    app: AuthenticationClient,
    finish: Finish,
    anna_user: SandboxUser,
    carla: SandboxUser,
    used: _Used,
) -> None:
    annas, hers = finish(anna_user)
    carlas, theirs = finish(carla)
    assert app.has_passed(annas, theirs, used_before=used) is False
    assert app.has_passed(carlas, hers, used_before=used) is False
    assert app.has_passed(annas, hers, used_before=used) is True
    assert app.has_passed(carlas, theirs, used_before=used) is True


def test_what_was_there_before_the_challenge_proves_nothing(
    sandbox: Sandbox,
    app: AuthenticationClient,
    admin: ManagementClient,
    finish: Finish,
    anna_user: SandboxUser,
    used: _Used,
) -> None:
    sandbox.settings.introspection_accepts = ("mfa", "verified")
    _, earlier = finish(anna_user)
    sandbox.clock.advance(5)
    trigger = admin.get_mfa_trigger_data(sandbox.app_id, anna_user.user_id)
    unfinished = admin.get_mfa_trigger_data(sandbox.app_id, anna_user.user_id)
    for token in (trigger.mfa_token, unfinished.mfa_token, earlier, anna_user.new_mfa_token()):
        assert app.has_passed(trigger, token, used_before=used) is False
    assert used.seen == []


@pytest.mark.parametrize("token", [None, "", " ", "a\nb", "ü", "a token that somebody made up"])
def test_what_cannot_be_a_token_proves_nothing(
    sandbox: Sandbox,
    app: AuthenticationClient,
    finish: Finish,
    anna_user: SandboxUser,
    used: _Used,
    token: str | None,
) -> None:
    trigger, _ = finish(anna_user)
    assert app.has_passed(trigger, token, used_before=used) is False
    assert used.seen == []


@pytest.mark.parametrize("token", [0, b"t", [], True])
def test_what_is_no_text_is_an_error_or_proves_nothing(
    app: AuthenticationClient, finish: Finish, anna_user: SandboxUser, used: _Used, token: Any
) -> None:
    trigger, _ = finish(anna_user)
    outcome = outcome_of(lambda: app.has_passed(trigger, token, used_before=used))
    assert outcome is False or isinstance(outcome, ConfigurationError)


def test_token_that_comes_late_proves_nothing(
    sandbox: Sandbox,
    app: AuthenticationClient,
    finish: Finish,
    anna_user: SandboxUser,
    used: _Used,
) -> None:
    trigger, token = finish(anna_user)
    assert app.has_passed(trigger, token, used_before=used, max_age=0.001) is False
    assert app.has_passed(trigger, token, used_before=used) is True


@pytest.mark.parametrize(
    "options",
    [
        {"used_before": None},
        {"used_before": "no"},
        {"max_age": 0},
        {"max_age": -1},
        {"max_age": None},
        {"max_age": "600"},
        {"max_age": float("nan")},
        {"trigger": None},
        {"trigger": {"mfaToken": "t"}},
        {"trigger": "t"},
    ],
)
def test_what_cannot_work_sends_nothing(
    sandbox: Sandbox,
    app: AuthenticationClient,
    finish: Finish,
    anna_user: SandboxUser,
    used: _Used,
    options: dict[str, Any],
) -> None:
    trigger, token = finish(anna_user)
    sandbox.journal.clear()
    usual: dict[str, Any] = {"trigger": trigger, "token": token, "used_before": used}
    with pytest.raises(ConfigurationError):
        app.has_passed(**{**usual, **options})
    assert list(sandbox.journal) == []


@pytest.mark.parametrize("marked", [None, 0, "", "yes", 1, []])
def test_store_that_does_not_answer_passes_nobody(
    app: AuthenticationClient, finish: Finish, anna_user: SandboxUser, marked: Any
) -> None:
    trigger, token = finish(anna_user)
    outcome = outcome_of(lambda: app.has_passed(trigger, token, used_before=lambda _: marked))
    assert outcome is not True


@pytest.mark.parametrize("fault", ["reset", "drop", "truncate", "html"])
def test_lost_answer_passes_nobody_by_mistake(
    sandbox: Sandbox,
    app: AuthenticationClient,
    finish: Finish,
    anna_user: SandboxUser,
    used: _Used,
    fault: str,
) -> None:
    trigger, token = finish(anna_user)
    getattr(sandbox.faults, fault)(path="introspection", times=None)
    with pytest.raises(AuthingMFAError):
        app.has_passed(trigger, token, used_before=used)
    assert used.seen == []
    sandbox.faults.clear()
    assert app.has_passed(trigger, token, used_before=used) is True


@pytest.mark.parametrize("name", ["active", "userId", "iat", "exp"])
def test_answer_that_lacks_a_fact_passes_nobody(
    sandbox: Sandbox,
    app: AuthenticationClient,
    finish: Finish,
    anna_user: SandboxUser,
    used: _Used,
    name: str,
) -> None:
    trigger, token = finish(anna_user)
    sandbox.faults.null_fields(name, path="introspection", times=None)
    outcome = outcome_of(lambda: app.has_passed(trigger, token, used_before=used))
    if name != "exp":
        assert outcome is not True


@pytest.mark.repository
@pytest.mark.slow
def test_two_processes_believe_it_once(
    sandbox: Sandbox,
    app: AuthenticationClient,
    finish: Finish,
    anna_user: SandboxUser,
    second_process: Program,
    tmp_path: Path,
) -> None:
    trigger, token = finish(anna_user)
    page = Path(__file__).parents[2] / "docs" / "own_login.md"
    shown = page.read_text("utf-8").split("```python\n")[1].split("```")[0]
    program = (
        "import json, os, sys\nos.chdir(sys.argv[1])\n"
        + shown
        + """
with AuthenticationClient(app_id=sys.argv[2], app_host=sys.argv[3]) as client:
    trigger = MFATrigger.from_dict(json.loads(sys.argv[4]))
    print(json.dumps(client.has_passed(trigger, sys.argv[5], used_before=used_before)))
"""
    )
    arguments = [
        *(str(tmp_path), sandbox.app_id, sandbox.url),
        *(json.dumps(trigger.to_dict()), token),
    ]
    with ThreadPoolExecutor(2) as threads:
        passed = list(threads.map(lambda _: second_process(program, *arguments), range(2)))
    assert sorted(passed) == [False, True]
    assert len(came(sandbox, "introspection")) >= 2
