"""How a call must have ended, by its plan and by what the server saw of it.

Two kinds of calls are told apart and counted, since their end cannot be foretold:

- *lost*: a try met a connection that the server had closed while it was idle. Nobody can know
  beforehand whose try that is. It must have failed like a broken connection; the rest is exact,
  and all together may not have lost more tries than so many connections can cost.
- *late*: something timed out that was not meant to, on a machine that was busy for a second. Only
  what holds for every call is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

import authing_mfa

from .acts import BROKEN, MAX_RETRIES, READ_SECONDS, Outcome
from .calls import Result
from .plan import Plan
from .server import Entry

GRACE: Final = 1.0
"""Seconds after its deadline by which a call must be over."""
TRIES: Final = MAX_RETRIES + 1
_TRANSPORT: Final = frozenset({"ConnectionFailedError", "RequestTimeoutError"})
_IN_DOUBT: Final = _TRANSPORT | {"InvalidResponseError", "ServerError", "ThirdPartyError"}


@attrs.frozen
class Verdict:
    """What is wrong with a call, whether it was "exact", "lost" or "late", and its lost tries."""

    kind: str
    wrong: tuple[str, ...]
    lost: int = 0


def judge(plan: Plan, result: Result, entry: Entry, pause: float = 0.0) -> Verdict:
    """Hold one call to what every call is promised, and to its plan.

    Args:
        pause: How long the machine kept a thread from running at worst.
    """
    always = (*result.odd, *_broken_promises(plan, result, entry, pause))
    met = _met(plan, entry)
    lost = result.tries - len(met)
    by_plan = tuple(_differences(plan, result, met))
    late = bool(by_plan) and _was_held_up(plan, result, met)
    kind = "late" if late else "lost" if lost > 0 else "exact"
    return Verdict(kind, always if late else (*always, *by_plan), lost if kind == "lost" else 0)


def _broken_promises(plan: Plan, result: Result, entry: Entry, pause: float) -> Iterator[str]:
    """Yield what must never be, whatever the server did."""
    if result.seconds > plan.deadline + GRACE + pause:
        yield f"it took {result.seconds:.2f} s, beyond its deadline of {plan.deadline} s"
    if result.end != "value" and not hasattr(authing_mfa, result.end):
        yield f"it ended in {result.end}"
    if result.tries > TRIES:
        yield f"it was tried {result.tries} times"
    yield from _broken_write(result, entry) if plan.writes else _broken_read(result, entry)


def _broken_read(result: Result, entry: Entry) -> Iterator[str]:
    if result.unknown:
        yield "a read says that its outcome is unknown"
    if result.end == "value" and not entry.whole:
        yield "it got a value that nobody gave"


def _broken_write(result: Result, entry: Entry) -> Iterator[str]:
    if max(entry.begun, entry.whole) > 1:
        yield f"a write arrived {entry.whole} times, and began to {entry.begun} times"
    if result.end not in _TRANSPORT and entry.whole != 1:
        yield f"a write was answered that arrived {entry.whole} times"
    if result.unknown and result.end not in _IN_DOUBT:
        yield f"{result.end} says that its outcome is unknown"
    if not result.unknown and result.end in _IN_DOUBT - _TRANSPORT:
        yield f"{result.end} of a write says that its outcome is known"
    if not result.unknown and result.end in _TRANSPORT and entry.begun:
        yield f"{result.end} says that nothing arrived, and it did"


def _met(plan: Plan, entry: Entry) -> Sequence[Outcome]:
    """Return what the call met, as far as the server saw it."""
    hands = [hand.outcome for hand in plan.hands[: entry.hands]]
    return [*hands, *map(plan.outcome, plan.acts[: entry.begun])]


def _differences(plan: Plan, result: Result, met: Sequence[Outcome]) -> Iterator[str]:
    """Yield where a call did not end as its plan, and the lost tries, say it must."""
    lost = result.tries - len(met)
    if lost < 0:
        yield f"{len(met)} tries came in, {result.tries} were made"
        return
    if lost and plan.own:
        yield f"{lost} tries were lost, though no connection had been idle"
    goes_on = [_is_tried_again(plan, outcome) for outcome in met]
    if not all(goes_on[:-1]):
        yield "it was tried again after what must end it"
        return
    ends = [met[-1]] if met and not (lost and plan.writes) else []
    if lost and all(goes_on):
        ends.append(BROKEN)
    yield from _different_end(plan, result, ends)


def _is_tried_again(plan: Plan, outcome: Outcome) -> bool:
    return outcome.again and not (plan.writes and outcome.left)


def _different_end(plan: Plan, result: Result, ends: Sequence[Outcome]) -> Iterator[str]:
    for end in ends:
        told = (result.end, result.status, result.retry_after)
        gave_up_rightly = result.tries == TRIES or not _is_tried_again(plan, end)
        unknown = plan.writes and end.left and end.end in _IN_DOUBT
        wanted = (end.end, end.status, end.retry_after)
        if (*wanted, unknown) == (*told, result.unknown) and gave_up_rightly:
            return
    wanted_ends = " or ".join(end.end for end in ends) or "something else"
    yield (
        f"wanted {wanted_ends}, got {result.end} (status {result.status}, unknown "
        f"{result.unknown}, retry after {result.retry_after}) at try {result.tries}"
    )


def _was_held_up(plan: Plan, result: Result, met: Sequence[Outcome]) -> bool:
    """Tell whether a timeout can have passed beside those that the plan holds."""
    planned = sum(outcome.seconds for outcome in met)
    return result.seconds >= planned + min(READ_SECONDS, plan.deadline)
