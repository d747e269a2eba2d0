"""Calls by the thousand through a server that misbehaves by a seeded plan.

`python -m tools.chaos` makes a hundred thousand of them; a failure there names seed and call.
"""

from __future__ import annotations

import sys

import pytest

from tools.chaos.__main__ import main
from tools.chaos.plan import planned
from tools.chaos.run import Report, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="resets connections by SO_LINGER"),
]


def ends(report: Report) -> dict[int, str]:
    """Return how each call ended whose end the plan foretells."""
    judged = zip(report.results, report.verdicts, strict=True)
    return {result.number: result.end for result, verdict in judged if verdict.kind == "exact"}


def test_calls_that_nothing_stalls_end_as_their_plan_says() -> None:
    plans = (planned(1, number) for number in range(200))
    numbers = [plan.number for plan in plans if not plan.stalls]
    report = run(numbers, threads=8, seed=1)
    assert report.wrong == []
    assert numbers == [result.number for result in report.results]


def test_a_thousand_calls_in_many_threads_end_as_their_plan_says() -> None:
    report = run(range(1000), threads=32, seed=2)
    assert report.wrong == []
    assert list(range(1000)) == [result.number for result in report.results]


def test_same_seed_brings_the_same_ends() -> None:
    one, other = (ends(run(range(200), threads=threads, seed=3)) for threads in (4, 16))
    both = one.keys() & other.keys()
    assert len(both) > 150
    assert {number: one[number] for number in both} == {number: other[number] for number in both}


def test_command_repeats_single_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "4", "--threads", "2", "--only", "5", "17", "99"]) == 0
    told = capsys.readouterr()
    assert "seed 4: 3 calls" in told.out
    assert told.err == ""
