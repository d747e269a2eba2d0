"""The judge: each rule finds what breaks it, and lets go what keeps it."""

from __future__ import annotations

from typing import Any

import pytest

from tools.chaos import broken, good, hands, refusals
from tools.chaos.acts import Act
from tools.chaos.calls import Result
from tools.chaos.hands import Hand
from tools.chaos.oracle import judge
from tools.chaos.plan import Plan
from tools.chaos.server import Entry

OK = good.PLAIN[0]
DROP = broken.DROP[1]
STALL = broken.STALL[0]
INVALID = broken.CORRUPT[0]
ODD_DATA = next(act for act in broken.CORRUPT if act.in_data)
DRIP = broken.LATE[0]
REFUSED = next(act for act in refusals.REFUSE if act.outcome.status == 404)
FAILED = next(act for act in refusals.REFUSE if act.outcome.status == 500)
BUSY = refusals.BUSY[0]
AT_ONCE = refusals.THROTTLE[1]
CLOSED_HELLO = hands.TLS[0]
CLOSED_UNREAD = hands.PLAIN[0]
BROKEN = "ConnectionFailedError"
TIMEOUT = "RequestTimeoutError"


def read(*acts: Act, **differences: Any) -> Plan:
    usual = {"number": 1, "method": "get_factor", "route": "plain", "hands": ()}
    return Plan(**{**usual, **differences}, acts=acts, rests=(None,) * 3)


def write(*acts: Act, **differences: Any) -> Plan:
    return read(*acts, method="reset_factor", **differences)


def own(plan: Plan, *spoilt: Hand) -> Plan:
    """Return the plan on a route of its own, with connections that are spoilt."""
    return Plan(1, plan.method, "tls, own", spoilt, plan.acts, plan.rests)


def ended(end: str = "value", tries: int = 1, seconds: float = 0.1, **facts: Any) -> Result:
    return Result(number=1, end=end, tries=tries, seconds=seconds, **facts)


def arrived(times: int = 1, *, whole: int | None = None, spoilt: int = 0) -> Entry:
    return Entry(hands=spoilt, begun=times, whole=times if whole is None else whole)


RIGHT = {
    "a value": (read(OK), ended(), arrived()),
    "a value after two drops": (read(DROP, DROP, OK), ended(tries=3), arrived(3)),
    "three drops": (read(DROP, DROP, DROP), ended(BROKEN, 3), arrived(3)),
    "a refusal": (read(REFUSED), ended("NotFoundError", status=404), arrived()),
    "a throttle": (
        write(AT_ONCE),
        ended("ThrottleError", status=429, retry_after=0.0),
        arrived(),
    ),
    "a deadline": (read(DRIP, route="plain, hurried"), ended(TIMEOUT, seconds=0.5), arrived()),
    "data that nobody reads": (write(ODD_DATA), ended(), arrived()),
    "a write": (write(OK), ended(), arrived()),
    "a write in doubt": (write(DROP), ended(BROKEN, unknown=True), arrived()),
    "a write cut off": (write(DROP), ended(BROKEN, unknown=True), arrived(whole=0)),
    "a write that failed": (
        write(FAILED),
        ended("ServerError", status=500, unknown=True),
        arrived(),
    ),
    "a write at the second handshake": (
        own(write(OK), CLOSED_HELLO),
        ended(tries=2),
        arrived(spoilt=1),
    ),
    "a write that never left": (
        own(write(OK), *(CLOSED_HELLO,) * 3),
        ended(BROKEN, tries=3),
        arrived(0, spoilt=3),
    ),
    "a write that was left unread": (
        own(write(OK), CLOSED_UNREAD),
        ended(BROKEN, unknown=True),
        arrived(0, spoilt=1),
    ),
}
WRONG = {
    "beyond its deadline": (read(OK), ended(seconds=4.1), arrived(), "beyond its deadline"),
    "an error of somebody else": (read(OK), ended("ValueError"), arrived(), "ended in ValueError"),
    "an odd value": (read(OK), ended(odd=("it is odd",)), arrived(), "it is odd"),
    "tried too often": (read(DROP, DROP, DROP), ended(BROKEN, 4), arrived(3), "tried 4 times"),
    "a value out of nowhere": (read(OK), ended(), arrived(0), "a value that nobody gave"),
    "a read in doubt": (read(DROP), ended(BROKEN, 3, unknown=True), arrived(3), "a read says"),
    "a write twice": (write(OK), ended(tries=2), arrived(2), "arrived 2 times"),
    "a write begun twice": (write(DROP), ended(tries=2), arrived(2, whole=1), "began to 2 times"),
    "a write out of nowhere": (write(OK), ended(), arrived(0), "that arrived 0 times"),
    "a refusal out of nowhere": (
        write(REFUSED),
        ended("NotFoundError", status=404),
        arrived(0),
        "that arrived 0 times",
    ),
    "a write that says it never left": (
        write(DROP),
        ended(BROKEN, unknown=False),
        arrived(),
        "nothing arrived, and it did",
    ),
    "a refusal in doubt": (
        write(REFUSED),
        ended("NotFoundError", status=404, unknown=True),
        arrived(),
        "its outcome is unknown",
    ),
    "a failure without doubt": (
        write(FAILED),
        ended("ServerError", status=500),
        arrived(),
        "its outcome is known",
    ),
    "a doubt where nothing left": (
        own(write(OK), *(CLOSED_HELLO,) * 3),
        ended(BROKEN, tries=3, unknown=True),
        arrived(0, spoilt=3),
        "got ConnectionFailedError",
    ),
    "a write given up at its first handshake": (
        own(write(OK), CLOSED_HELLO),
        ended(BROKEN),
        arrived(0, spoilt=1),
        "at try 1",
    ),
    "a write tried again after it left": (
        own(write(OK), CLOSED_UNREAD),
        ended(tries=2),
        arrived(spoilt=1),
        "after what must end it",
    ),
    "a read given up too early": (read(DROP, OK), ended(BROKEN), arrived(), "at try 1"),
    "a read given up at the second": (
        read(DROP, DROP, OK),
        ended(BROKEN, 2),
        arrived(2),
        "at try 2",
    ),
    "a read that could have succeeded": (
        read(OK),
        ended("InvalidResponseError"),
        arrived(),
        "wanted value",
    ),
    "a value that could not be": (read(INVALID), ended(), arrived(), "got value"),
    "a value from odd data": (read(ODD_DATA), ended(), arrived(), "got value"),
    "a refusal tried again": (read(REFUSED, OK), ended(tries=2), arrived(2), "must end it"),
    "another status": (
        read(REFUSED),
        ended("NotFoundError", status=400),
        arrived(),
        "status 400",
    ),
    "another time to wait": (
        write(AT_ONCE),
        ended("ThrottleError", status=429),
        arrived(),
        "retry after None",
    ),
    "more arrivals than tries": (read(DROP, OK), ended(), arrived(2), "2 tries came in, 1 were"),
    "a timeout too early": (read(STALL), ended(TIMEOUT, 1, seconds=0.4), arrived(), "at try 1"),
    "a lost try on a new connection": (
        own(read(OK), CLOSED_HELLO),
        ended(tries=3),
        arrived(spoilt=1),
        "were lost",
    ),
    "a lost write that is not in doubt": (write(OK), ended(BROKEN), arrived(0), "unknown False"),
    "a read given up after a lost try": (read(OK), ended(BROKEN), arrived(0), "at try 1"),
    "a busy service for a lost try": (
        read(OK),
        ended("ServerError", 3, status=502),
        arrived(0),
        "wanted ConnectionFailedError",
    ),
}


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)
def test_call_that_keeps_its_promises_is_let_go(case: tuple[Plan, Result, Entry]) -> None:
    verdict = judge(*case)
    assert (verdict.kind, verdict.wrong) == ("exact", ())


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_call_that_breaks_a_promise_is_found(case: tuple[Plan, Result, Entry, str]) -> None:
    plan, result, entry, complaint = case
    assert complaint in "; ".join(judge(plan, result, entry).wrong)


@pytest.mark.parametrize(
    ("plan", "result", "entry"),
    [
        (read(OK), ended(tries=2), arrived()),
        (read(BUSY, OK), ended(tries=3), arrived(2)),
        (read(DROP, DROP), ended(BROKEN, 3), arrived(2)),
        (read(OK), ended(BROKEN, 3), arrived(0)),
        (write(OK), ended(BROKEN, unknown=True), arrived(0)),
    ],
)
def test_try_on_a_connection_that_was_closed_while_idle_is_counted(
    plan: Plan, result: Result, entry: Entry
) -> None:
    verdict = judge(plan, result, entry)
    assert (verdict.kind, verdict.wrong) == ("lost", ())


def test_call_may_be_as_late_as_the_machine_was() -> None:
    assert judge(read(OK), ended(seconds=4.1), arrived(), pause=0.2).wrong == ()


def test_timeout_on_a_busy_machine_is_counted() -> None:
    verdict = judge(write(OK), ended(TIMEOUT, seconds=1.01, unknown=True), arrived())
    assert (verdict.kind, verdict.wrong) == ("late", ())


def test_late_write_keeps_its_promises_all_the_same() -> None:
    verdict = judge(write(OK), ended(TIMEOUT, seconds=1.01), arrived())
    assert (verdict.kind, len(verdict.wrong)) == ("late", 1)
