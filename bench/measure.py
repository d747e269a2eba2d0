"""Ways to measure: processor time side by side, and whole interpreters."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

Call = Callable[[], object]


def cpu_ratio(ours: Call, beside: Call, *, rounds: int, calls: int) -> float:
    """Return the median over the rounds of `ours`' processor time by `beside`'s.

    Both run `calls` times in each round, in alternating order, so that a machine that slows down
    or speeds up does so for both. Only this process is counted: servers belong in another one.
    """
    ratios = []
    for call in (ours, beside):
        cpu_of(call, calls)
    for turn in range(rounds):
        order = (ours, beside) if turn % 2 else (beside, ours)
        spent = {call: cpu_of(call, calls) for call in order}
        ratios.append(spent[ours] / spent[beside])
    return statistics.median(ratios)


def cpu_of(call: Call, calls: int) -> float:
    """Return the processor time of one call, in seconds, as the mean of so many.

    The collector's work for what the calls make counts; that for everything else here does not.
    """
    gc.collect()
    gc.freeze()
    start = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - start) / calls


def fresh_ratio(ours: str, beside: str, *, rounds: int) -> float:
    """Return the ratio of two statements' processor time, each in a fresh interpreter (median)."""
    timer = "import time; start = time.process_time(); {}; print(time.process_time() - start)"
    ratios = [
        fresh(timer.format(ours)) / fresh(timer.format(beside))
        for _ in range(rounds + 1)  # the first round may have to compile modules
    ]
    return statistics.median(ratios[1:])


def fresh(code: str, *arguments: str, python: str = sys.executable) -> float:
    """Run `code` in a new interpreter and return the number that it prints."""
    # Everybody imports compiled modules, unless a machine forbids to keep them.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [python, "-W", "ignore", "-c", code, *arguments]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=env).stdout)
