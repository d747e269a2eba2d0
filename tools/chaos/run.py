"""One run: the calls in their threads, what is left behind, and the judgement."""

from __future__ import annotations

import contextlib
import operator
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import attrs

from . import totals
from .callers import Callers
from .calls import Result
from .oracle import Verdict
from .plan import Plan, planned
from .process import Process
from .pulse import Pulse
from .watch import Watch

_DESCRIPTORS: Final = Path("/proc/self/fd")
_STANDSTILL: Final = 30.0


@attrs.define
class Report:
    """What a run showed.

    Attributes:
        pause: How long the machine kept a thread from running at worst.
        plans: Those of the calls that ended, in the order of their numbers, like all below.
        wrong: Every complaint, with the call's number where it is one call's.
    """

    seed: int
    seconds: float
    pause: float
    plans: list[Plan]
    results: list[Result]
    verdicts: list[Verdict]
    watch: Watch
    wrong: list[str]


def run(numbers: Sequence[int], *, threads: int, seed: int) -> Report:
    """Make the calls, and judge each by its plan and by the server's ledger."""
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder, Process(seed, threads, Path(folder)) as process:
        before = _held()
        with watch.listening():
            began = time.monotonic()
            with Pulse() as pulse, contextlib.ExitStack() as stack:
                results = _all_made(Callers(process, stack), numbers, threads, seed)
            seconds = time.monotonic() - began
            left = list(_left_behind(before))
        told = process.settled()
    results.sort(key=lambda result: result.number)
    plans = [planned(seed, result.number) for result in results]
    verdicts = totals.verdicts(plans, results, told, pulse.longest)
    missing = sorted(set(numbers) - {result.number for result in results})
    wrong = [
        *(f"call {number}: it did not end" for number in missing),
        *totals.complaints(plans, verdicts, told),
        *left,
        *watch.wrong(),
    ]
    return Report(seed, seconds, pulse.longest, plans, results, verdicts, watch, wrong)


def _all_made(callers: Callers, numbers: Sequence[int], threads: int, seed: int) -> list[Result]:
    """Make the calls; the threads begin together, and each takes every n-th."""
    made: list[list[Result]] = [[] for _ in range(threads)]
    together = threading.Barrier(threads)

    def work(slot: int) -> None:
        together.wait(timeout=60)
        made[slot].extend(callers.call(seed, number, slot) for number in numbers[slot::threads])

    # Daemons, so that a call that hangs is a failure of the run and not of its end.
    crew = [threading.Thread(target=work, args=(slot,), daemon=True) for slot in range(threads)]
    for thread in crew:
        thread.start()
    _wait(crew, made)
    return [result for results in made for result in results]


def _wait(crew: Sequence[threading.Thread], made: Sequence[Sequence[Result]]) -> None:
    """Wait for the threads, or until no call has ended for longer than any may take."""
    count, moved = 0, time.monotonic()
    while any(thread.is_alive() for thread in crew) and time.monotonic() < moved + _STANDSTILL:
        time.sleep(0.02)
        if (now := sum(map(len, made))) != count:
            count, moved = now, time.monotonic()


def _held() -> tuple[int, int, int]:
    """Return the threads, descriptors and sockets that this process holds."""
    if not _DESCRIPTORS.exists():
        return threading.active_count(), 0, 0
    targets = []
    for link in _DESCRIPTORS.iterdir():
        with contextlib.suppress(OSError):  # the listing's own is gone again
            targets.append(str(link.readlink()))
    sockets = sum(target.startswith("socket:") for target in targets)
    return threading.active_count(), len(targets), sockets


def _left_behind(before: tuple[int, int, int]) -> Iterator[str]:
    """Yield what this process holds more than before; waits five seconds at most."""
    patience = time.monotonic() + 5
    while time.monotonic() < patience and any(map(operator.gt, _held(), before)):
        time.sleep(0.05)
    names = ("threads", "descriptors", "sockets")
    for name, was, held in zip(names, before, _held(), strict=True):
        if held > was:
            yield f"{held - was} {name} are left"
