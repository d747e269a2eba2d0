"""The calls a second that a pool may make."""

from __future__ import annotations

from authing_mfa.sandbox import Sandbox

from .calls import Caller, codes

PATH = "/api/v3/get-global-mfa-settings"


def test_so_many_calls_a_second_are_answered(back_end: Caller, sandbox: Sandbox) -> None:
    assert sandbox.settings.calls_per_second == 300
    sandbox.settings.calls_per_second = 4
    # The token that `back_end` has was the first call of this second.
    answers = [back_end.send("GET", PATH) for _ in range(4)]
    assert [each.status_code for each in answers] == [200] * 3 + [429]
    assert codes(answers[-1].json()) == (429, None)
    assert answers[-1].headers["Retry-After"] == "1"
    sandbox.clock.advance(1)
    assert back_end.send("GET", PATH).status_code == 200


def test_there_may_be_no_limit(back_end: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.calls_per_second = 1
    assert back_end.send("GET", PATH).status_code == 429
    sandbox.settings.calls_per_second = None
    assert back_end.send("GET", PATH).status_code == 200


def test_the_calls_of_users_are_not_counted(
    back_end: Caller, caller: Caller, sandbox: Sandbox
) -> None:
    sandbox.settings.calls_per_second = 1
    assert caller.send("GET", "/api/v3/list-enrolled-factors").status_code == 200
    assert back_end.send("GET", PATH).status_code == 429


def test_a_reset_begins_to_count_anew(sandbox: Sandbox, stranger: Caller) -> None:
    sandbox.settings.calls_per_second = 1
    stranger.send("GET", PATH)
    sandbox.reset()
    sandbox.clock.freeze()
    sandbox.settings.calls_per_second = 1
    assert stranger.send("GET", PATH).status_code == 200
