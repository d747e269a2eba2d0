"""`python -m bench [--quick] [--page FILE] [WORD ...]`: measure the rows that hold a WORD."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from bench.rows import ROWS, Row

TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
HEAD = ("What", "Beside", "Reach", "Measured")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only rows that hold a WORD")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rounds, rougher")
    parser.add_argument("--page", type=Path, help="put the table there, in place of the old one")
    chosen = parser.parse_args(arguments)
    lines = [_line(HEAD), "|---|---|---|---|"]
    print(lines[0])
    for row in ROWS:
        if not chosen.words or any(word in f"{row.what} {row.beside}" for word in chosen.words):
            lines.append(_line(cells(row, row.measure(1 if chosen.quick else 10))))
            print(lines[-1], flush=True)
    if chosen.page is not None:
        text = chosen.page.read_text(encoding="utf-8")
        chosen.page.write_text(TABLE.sub("\n".join([*lines, ""]), text), encoding="utf-8")


def cells(row: Row, figure: float) -> tuple[str, str, str, str]:
    """Return what a line of the table shows."""
    bound = "at least" if row.at_least else "at most"
    verdict = "" if row.is_reached(figure) else " (not reached)"
    return (
        row.what,
        row.beside,
        f"{bound} {_number(row, row.reach)}",
        _number(row, figure) + verdict,
    )


def _number(row: Row, number: float) -> str:
    return f"{number:.3g} {row.unit}".strip()


def _line(shown: Sequence[str]) -> str:
    return "| {:<30} | {:<24} | {:<13} | {:<8} |".format(*shown)


if __name__ == "__main__":
    main()
