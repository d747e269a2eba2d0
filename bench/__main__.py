"""`python -m bench [--quick] [WORD ...]`: measure the rows that hold a WORD, or all of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bench.rows import ROWS, Row


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only rows that hold a WORD")
    parser.add_argument("--quick", action="store_true", help="a tenth of the rounds, rougher")
    chosen = parser.parse_args(arguments)
    print(f"{'what':<38} {'beside':<24} {'figure':>10} {'reach':>10}")
    for row in ROWS:
        if not chosen.words or any(word in row.what for word in chosen.words):
            print(line(row, rounds=1 if chosen.quick else 10), flush=True)


def line(row: Row, *, rounds: int) -> str:
    figure = row.measure(rounds)
    verdict = "reached" if figure <= row.reach else "NOT reached"
    shown, reach = (f"{number:.2f} {row.unit}" for number in (figure, row.reach))
    return f"{row.what:<38} {row.beside:<24} {shown:>10} {reach:>10}  {verdict}"


if __name__ == "__main__":
    main()
