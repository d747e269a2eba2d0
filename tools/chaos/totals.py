"""What a whole run must show: each call's verdict, and what only all of them together tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from .calls import Result
from .oracle import Verdict, judge
from .plan import Plan
from .process import Told
from .server import Entry

_FEW: Final = {"lost": 0.05, "late": 0.02}
"""How many calls, as a share of all, may be of each kind whose end cannot be foretold."""
_SPARE: Final = 10
_AT_ONCE: Final = 0.5


def verdicts(
    plans: Sequence[Plan], results: Sequence[Result], told: Told, pause: float
) -> list[Verdict]:
    """Judge each call by its plan and by the server's ledger."""
    return [
        judge(plan, result, told.entries.get(plan.number, Entry()), pause)
        for plan, result in zip(plans, results, strict=True)
    ]


def complaints(plans: Sequence[Plan], judged: Sequence[Verdict], told: Told) -> Iterator[str]:
    """Yield what is wrong with the calls, one by one and together, and with the server."""
    for plan, verdict in zip(plans, judged, strict=True):
        for complaint in verdict.wrong:
            yield f"call {plan.number} ({plan}): {complaint}"
    yield from _too_many(plans, judged)
    yield from _wrong_server(judged, told)


def _too_many(plans: Sequence[Plan], judged: Sequence[Verdict]) -> Iterator[str]:
    """Yield where calls that escape the exact judgement are more than chance makes them."""
    kinds = Counter(verdict.kind for verdict in judged)
    for kind, share in _FEW.items():
        if kinds[kind] > _SPARE + share * len(judged):
            yield f"{kinds[kind]} calls of {len(judged)} are {kind}"
    firsts = [plan.first for plan in plans]
    met = Counter(firsts)
    late = [first for first, it in zip(firsts, judged, strict=True) if it.kind == "late"]
    for first, count in Counter(late).items():
        if count > max(2, met[first] / 2):
            yield f"{count} of {met[first]} calls that met {first} are late"


def _wrong_server(judged: Sequence[Verdict], told: Told) -> Iterator[str]:
    lost = sum(verdict.lost for verdict in judged)
    # Whoever finds a connection closed leaves it alone; a try is lost where the two meet.
    if lost > told.refused + _AT_ONCE * told.rested + _SPARE / 2:
        closed = f"{told.rested} connections closed while idle, {told.refused} at a request"
        yield f"{lost} tries were lost, with {closed}"
    if told.strangers:
        yield f"{told.strangers} requests or connections belonged to no call, or to two"
    if told.trapped:
        yield f"{told.trapped} redirects were followed"
    if told.open:
        yield f"{told.open} connections are still open at the server"
