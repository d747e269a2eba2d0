"""A run as a short table: what was done to the calls, and how they ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from .run import Report

_ENDS: Final = {
    "value": "value",
    "ConnectionFailedError": "failed",
    "RequestTimeoutError": "timeout",
    "InvalidResponseError": "invalid",
}
_COLUMNS: Final = (*_ENDS.values(), "refused")


def lines(report: Report) -> Iterator[str]:
    """Write the table: a row for what befell a call first, a column for how it ended."""
    ends: Counter[tuple[str, str]] = Counter()
    for plan, result in zip(report.plans, report.results, strict=True):
        row = str(plan.first).partition(":")[0]
        ends[row, _ENDS.get(result.end, "refused")] += 1
    yield "".join([f"{'first met':<12}", *(f"{column:>9}" for column in _COLUMNS)])
    for row in sorted({row for row, _ in ends}):
        yield "".join([f"{row:<12}", *(f"{ends[row, column]:>9}" for column in _COLUMNS)])
    yield ""
    yield from _facts(report)


def _facts(report: Report) -> Iterator[str]:
    kinds = Counter(verdict.kind for verdict in report.verdicts)
    pairs = zip(report.plans, report.results, strict=True)
    worst = max((result.seconds - plan.deadline for plan, result in pairs), default=0.0)
    tries = sum(result.tries for result in report.results)
    yield f"seed {report.seed}: {len(report.results)} calls, {tries} tries, {report.seconds:.0f} s"
    yield ", ".join(f"{kinds[kind]} {kind}" for kind in ("exact", "lost", "late"))
    yield f"slowest call against its deadline: {worst:+.3f} s; longest pause {report.pause:.3f} s"
    yield f"{report.watch.records} log records read; {len(report.wrong)} complaints"
