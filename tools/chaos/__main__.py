"""`python -m tools.chaos [--calls N] [--threads N] [--seed N] [--only N ...]`: a long run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .report import lines
from .run import run

_SHOWN = 50


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="only these calls")
    chosen = parser.parse_args(arguments)
    numbers = chosen.only or range(chosen.calls)
    report = run(numbers, threads=chosen.threads, seed=chosen.seed)
    print("\n".join(lines(report)))
    for complaint in report.wrong[:_SHOWN]:
        print(f"seed {chosen.seed}, {complaint}", file=sys.stderr)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
