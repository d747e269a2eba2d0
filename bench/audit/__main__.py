"""`python -m bench.audit [--users N]`: memory and time of a large pool, and calls a second."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.audit.measure import Figures, audited

SMALL_POOL = 10_000
MOST_MIB_MORE = 50
THREADS = 64
DELAY = 0.05
REACH = 0.85
SATURATED = 0.9
"""Of a core: Python runs one thread at a time, and the others need it now and then."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.audit", description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000, help="size of the large pool")
    parser.add_argument("--only", choices=("size", "rate"), help="one of the two measurements")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as directory:
        if chosen.only != "size":
            rate(Path(directory))
        if chosen.only != "rate":
            size(Path(directory), chosen.users)


def rate(directory: Path) -> None:
    """Audit with 64 threads against a server that takes 50 ms."""
    figures = audited(30_000, directory, workers=THREADS, delay=DELAY)
    ideal = THREADS / DELAY
    share = figures.calls_per_second / ideal
    limit = _limit(figures)
    reached = share >= REACH or figures.cores >= SATURATED
    print(
        f"{THREADS} threads, answers after {DELAY * 1000:.0f} ms: "
        f"{figures.calls_per_second:,.0f} calls/s, {share:.0%} of the ideal {ideal:,.0f}, "
        f"{figures.cores:.2f} cores; limit: {limit} ({_verdict(reached)})",
        flush=True,
    )


def _limit(figures: Figures) -> str:
    if figures.cores >= SATURATED:
        return "a core was saturated"
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = f", on a machine with {load:.1f} programs for {cores} cores" if load > cores else ""
    return f"the server's 50 ms{busy}"


def size(directory: Path, users: int) -> None:
    """Audit a small pool and a large one."""
    small = audited(SMALL_POOL, directory, workers=8)
    print(_line(small), flush=True)
    large = audited(users, directory, workers=8, show=sys.stderr.isatty())
    print(_line(large), flush=True)
    more = large.peak_mib - small.peak_mib
    growth = large.cpu_microseconds_per_user / small.cpu_microseconds_per_user
    print(f"memory: {more:+.1f} MiB ({_verdict(more <= MOST_MIB_MORE)})")
    print(
        f"time for each user: {large.microseconds_per_user / small.microseconds_per_user:.2f} "
        f"times as long, {growth:.2f} times the processor's ({_verdict(growth <= 1.1)})"
    )


def _line(figures: Figures) -> str:
    return (
        f"{figures.users:>9,} users: {figures.seconds:8.1f} s, "
        f"{figures.microseconds_per_user:6.0f} us a user "
        f"({figures.cpu_microseconds_per_user:.0f} us of processor), "
        f"peak {figures.peak_mib:6.1f} MiB, store {figures.store_mib:.1f} MiB"
    )


def _verdict(reached: bool) -> str:
    return "reached" if reached else "NOT reached"


if __name__ == "__main__":
    main()
