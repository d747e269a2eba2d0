"""`python -m tools.mutation [MODULE ...]`: mutate, and compare what survives with survivors.md.

Ends with 1 where a survivor is not explained there, or an explained one does not survive any
more. Needs mutmut, `pip install 'authing-mfa[mutation]'`, and Python 3.11 or newer.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .modules import MODULES
from .mutants import Mutant, listed
from .run import ROOT, run

_TREE = ROOT / ".make" / "mutants"
_LIST = Path(__file__).with_name("survivors.md")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as _protocol.envelope")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--tree", type=Path, default=_TREE, help="where the copy is made")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.modules) - set(MODULES):
        parser.error(f"no such module: {', '.join(sorted(unknown))}; known: {', '.join(MODULES)}")
    explained = listed(_LIST.read_text(encoding="utf-8"))
    print(f"{'module':<20} {'mutants':>8} {'killed':>8} {'explained':>10} {'unexplained':>12}")
    complaints = [
        complaint
        for module in chosen.modules or MODULES
        for complaint in check(module, explained, chosen.tree, chosen.children)
    ]
    print(*complaints, sep="\n\n")
    return 1 if complaints else 0


def check(module: str, explained: Counter[Mutant], tree: Path, children: int) -> list[str]:
    """Mutate one module, print its numbers, and return what is wrong with its survivors."""
    outcome = run(module, tree, children)
    expected = Counter({m: n for m, n in explained.items() if m.module == f"authing_mfa.{module}"})
    unexplained, gone = outcome.survivors - expected, expected - outcome.survivors
    killed = outcome.total - outcome.survivors.total()
    known = (outcome.survivors & expected).total()
    print(
        f"{module:<20} {outcome.total:>8} {killed:>8} {known:>10} {unexplained.total():>12}",
        flush=True,
    )
    return [
        *(f"Survives, and is not explained:\n{mutant}" for mutant in unexplained.elements()),
        *(f"Is explained, and does not survive:\n{mutant}" for mutant in gone.elements()),
    ]


if __name__ == "__main__":
    sys.exit(main())
