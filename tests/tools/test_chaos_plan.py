"""The plans: nothing in the tables is in vain, and no two waits race with the deadline."""

from __future__ import annotations

import pytest

from tools.chaos import broken, extra, good, hands, refusals
from tools.chaos.plan import WRITES, Plan, planned

ACTS = (
    *(*good.PLAIN, *good.DELAY, *good.FRAMING, *good.TRAILER, *extra.DUPLICATE, *extra.INTERIM),
    *(*broken.DROP, *broken.RESET, *broken.CUT, *broken.CORRUPT, *broken.RECORD),
    *(*broken.REDIRECT, *broken.STALL, *broken.LATE),
    *(*refusals.REFUSE, *refusals.BUSY, *refusals.THROTTLE),
)
HANDS = (*hands.TLS, *hands.TLS_STALLS, *hands.PLAIN)


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return [planned(1, number) for number in range(4000)]


def test_everything_is_drawn_in_time(plans: list[Plan]) -> None:
    met = {str(one) for plan in plans for one in (*plan.hands, *plan.acts)}
    assert met == {str(one) for one in (*ACTS, *HANDS)}


def test_names_are_unique() -> None:
    assert len(ACTS) + len(HANDS) == len({str(one) for one in (*ACTS, *HANDS)})


def test_every_write_is_drawn(plans: list[Plan]) -> None:
    assert WRITES - {plan.method for plan in plans} == set()


def test_nothing_stalls_twice(plans: list[Plan]) -> None:
    for plan in plans:
        assert plan.stalls <= 1 or plan.route.endswith("hurried")


def test_connection_of_ones_own_does_not_rest(plans: list[Plan]) -> None:
    assert {(None, None, None)} == {plan.rests for plan in plans if plan.own}


def test_another_seed_is_another_plan(plans: list[Plan]) -> None:
    assert [planned(2, number) for number in range(50)] != plans[:50]
