"""What only a whole run tells: each kind of complaint is made."""

from __future__ import annotations

import pytest

from tools.chaos.oracle import Verdict
from tools.chaos.plan import planned
from tools.chaos.process import Told
from tools.chaos.totals import complaints

PLANS = [planned(1, number) for number in range(2000)]
EXACT, LOST, LATE = Verdict("exact", ()), Verdict("lost", (), lost=2), Verdict("late", ())
ALIKE = [plan for plan in PLANS if str(plan.first) == "plain: gzip"][:100]


def made(judged: list[Verdict], **facts: int) -> list[str]:
    """Return the complaints about calls that met the same, and were judged so."""
    counted = dict.fromkeys(("strangers", "trapped", "rested", "refused", "open"), 0)
    told = Told({}, **{**counted, **facts})
    return list(complaints(ALIKE[: len(judged)], judged, told))


def test_good_run_has_no_complaint() -> None:
    assert made([EXACT] * 100) == []


def test_wrong_call_is_named_with_its_plan() -> None:
    (complaint,) = made([*[EXACT] * 99, Verdict("exact", ("it is odd",))])
    assert f"call {ALIKE[-1].number} ({ALIKE[-1]}): it is odd" == complaint


def test_few_lost_and_late_calls_are_let_go() -> None:
    assert made([*[LOST] * 15, *[LATE] * 12, *[EXACT] * 73], refused=30) == []


def test_many_lost_calls_are_too_many() -> None:
    assert made([*[LOST] * 16, *[EXACT] * 84], refused=32) == ["16 calls of 100 are lost"]


def test_many_late_calls_are_too_many() -> None:
    assert made([*[LATE] * 13, *[EXACT] * 87]) == ["13 calls of 100 are late"]


def test_act_that_makes_calls_late_is_named() -> None:
    wanted = ["3 of 5 calls that met plain: gzip are late"]
    assert wanted == made([*[LATE] * 3, *[EXACT] * 2])


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"strangers": 1}, "1 requests or connections belonged to no call, or to two"),
        ({"trapped": 2}, "2 redirects were followed"),
        ({"open": 3}, "3 connections are still open at the server"),
    ],
)
def test_what_the_server_saw_is_told(facts: dict[str, int], complaint: str) -> None:
    assert made([EXACT] * 100, **facts) == [complaint]


def test_try_may_be_lost_when_its_connection_is_closed_at_once() -> None:
    assert made([*[LOST] * 7, *[EXACT] * 93], rested=16, refused=1) == []


def test_closed_connections_that_are_used_all_the_same_are_told() -> None:
    (complaint,) = made([*[LOST] * 8, *[EXACT] * 92], rested=16, refused=1)
    wanted = "16 tries were lost, with 16 connections closed while idle, 1 at a request"
    assert wanted == complaint
