"""Many clients and many users at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authing_mfa.sandbox import Message, Sandbox
from authing_mfa.sandbox.journal import KEPT

from .calls import Caller, ask, codes, enroll_sms, options
from .mixed_load import Load, misfits

THREADS = 16


def test_many_clients_each_get_their_own_answers(sandbox: Sandbox) -> None:
    def enroll_and_read(number: int) -> str:
        phone = f"139{number:08}"
        user = sandbox.add_user(phone=phone)
        with Caller(sandbox, user.access_token) as caller:
            enroll_sms(caller, phone)
            answer = caller.get("get-factor", factorId=f"{user.user_id}|phone")
            return str(answer["data"]["profile"]["phoneNumber"])

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(enroll_and_read, range(THREADS)))
    assert found == [f"139{number:08}" for number in range(THREADS)]


def test_a_code_is_taken_once_however_many_bring_it(sandbox: Sandbox) -> None:
    user = sandbox.add_user(factors=["OTP"])
    code = user.totp_code()

    def verify(_: int) -> bool:
        with Caller(sandbox, user.access_token) as caller:
            return bool(caller.post("mfa-totp-verify", totp=code)["data"]["verified"])

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(verify, range(THREADS))) == 1


def test_an_address_gets_one_message_however_many_ask(sandbox: Sandbox) -> None:
    users = [sandbox.add_user() for _ in range(THREADS)]

    def ask(number: int) -> tuple[int, int | None]:
        with Caller(sandbox, users[number].access_token) as caller:
            return codes(caller.request_enrollment("SMS", phoneNumber="13800000000"))

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, range(THREADS)))
    assert {each: found.count(each) for each in found} == {
        (200, None): 1,
        (422, None): THREADS - 1,
    }


@pytest.mark.slow
def test_the_state_stays_right_whatever_all_do_at_once() -> None:
    messages: list[Message] = []
    with Sandbox() as sandbox:  # its own, as a listener stays
        sandbox.outbox.listen(messages.append)
        load = Load(sandbox)
        load.run()
        assert misfits(load, len(messages)) == []
    outcomes = ("read", "send", "enroll", "reset", "verify", "step up")
    assert [each for each in outcomes if not load.done[f"{each} done"]] == []


def test_what_is_not_right_after_a_load_is_found(sandbox: Sandbox) -> None:
    load = Load(sandbox, clients=2)
    load.run(rounds=1)
    sent = load.done["send done"]
    assert misfits(load, sent) == []
    assert misfits(load, sent + 1) == ["a message went out for each request"]
    load.used += [("totp", "1")] * 2
    load.done["enroll done"] += 1
    assert misfits(load, sent) == [
        "no code was used twice",
        "bound is what was bound and not reset",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "complaint"),
    [
        ("", ""),
        ("inversion", "taken in either order: "),
        ("write", "held while sending: "),
    ],
)
def test_locks_are_taken_in_one_order_and_none_while_sending(plant: str, complaint: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.lock_order", *plant.split()],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    print(done.stderr)
    assert bool(plant) == bool(done.returncode)
    assert done.stdout.strip()[: len(complaint)] == complaint
    assert (done.stdout.strip() == "") == (not plant)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_thousands_of_users_are_listed_and_served(sandbox: Sandbox, back_end: Caller) -> None:
    sandbox.settings.calls_per_second = None
    users = [sandbox.add_user(phone=f"139{number:08}", factors=["SMS"]) for number in range(3_000)]
    listed = []
    for page in range(1, 61):
        answer = ask(back_end, options=options(page))
        assert answer["data"]["totalCount"] == 3_000
        listed += [each["userId"] for each in answer["data"]["list"]]
    assert listed == [user.user_id for user in users]

    def own_phone(number: int) -> str:
        with Caller(sandbox, users[number].access_token) as caller:
            data = caller.get("list-enrolled-factors")["data"]
            return str(data[0]["profile"]["phoneNumber"])

    some = range(0, 3_000, 50)
    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(own_phone, some)) == [f"139{number:08}" for number in some]


@pytest.mark.slow
def test_the_journal_keeps_the_newest_of_many(sandbox: Sandbox) -> None:
    before = _count(sandbox)

    def call(_: int) -> None:
        with Caller(sandbox) as caller:
            for _ in range(2 * KEPT // THREADS + 1):
                caller.get("system")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(call, range(THREADS)))
    calls = THREADS * (2 * KEPT // THREADS + 1)
    last = before + 1 + calls
    assert list(range(last - KEPT + 1, last + 1)) == [each.number for each in sandbox.journal]


def _count(sandbox: Sandbox) -> int:
    """Count the requests so far, by one more."""
    with Caller(sandbox) as caller:
        caller.get("system")
    return sandbox.journal[-1].number - 1
