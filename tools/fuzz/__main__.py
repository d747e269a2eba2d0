"""`python -m tools.fuzz TARGET [--seconds N] [--corpus DIR]`: fuzz a target, or all in turn.

Prints a line for each new find, and at the end the runs, the coverage as it grew, and the finds.
Needs the extra `fuzz`, for which Python must be 3.11 or newer.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import attrs

from .targets import TARGETS

_ROOT = Path(__file__).parent.parent.parent
_CORPUS = _ROOT / ".make" / "fuzz"
_COVERAGE = re.compile(r"^#\d+\t(\w+)\s+cov: (\d+)")
_RUNS = re.compile(r"^stat::number_of_executed_units:\s+(\d+)")
_KEPT_LINES = 40


@attrs.define
class Report:
    """What one target's run showed."""

    runs: int = 0
    coverage: list[int] = attrs.field(factory=list)
    finds: int = 0
    last_lines: list[str] = attrs.field(factory=list)

    def read(self, line: str) -> None:
        """Take a line of libFuzzer's in."""
        if line.startswith("FIND "):
            self.finds += 1
            print(line, flush=True)
        elif found := _COVERAGE.match(line):
            self.coverage += [int(found[2])] if found[1] != "READ" else []
        elif found := _RUNS.match(line):
            self.runs = int(found[1])
        self.last_lines = [*self.last_lines[1 - _KEPT_LINES :], line]


def _fuzz(name: str, seconds: int, folder: Path) -> Report:
    command = [sys.executable, "-m", f"{__package__}.fuzzer", name, str(seconds), str(folder)]
    report = Report()
    with subprocess.Popen(
        command, cwd=_ROOT, env=_plain(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            report.read(line.decode("utf-8", "replace").rstrip("\n"))
    if child.returncode:
        print("\n".join(report.last_lines))
        raise SystemExit(f"{name}: the fuzzer ended with {child.returncode}")
    return report


def _plain() -> dict[str, str]:
    """Return the environment without what a client would read of it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith(("_proxy", "_ca_bundle"))
    }


def main() -> int:
    """Fuzz what the command line names; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--corpus", type=Path, default=_CORPUS, help="kept from run to run")
    arguments = parser.parse_args()
    if find_spec("atheris") is None:
        parser.error("needs atheris: pip install 'authing-mfa[fuzz]'")
    names = list(TARGETS) if arguments.target == "all" else [arguments.target]
    finds = 0
    for name in names:
        report = _fuzz(name, arguments.seconds, arguments.corpus.absolute() / name)
        first, last = (report.coverage or [0])[0], (report.coverage or [0])[-1]
        speed = report.runs // max(1, arguments.seconds)
        print(
            f"{name}: {report.runs} runs, {speed} a second, "
            f"coverage {first} -> {last}, {report.finds} finds",
            flush=True,
        )
        finds += report.finds
    return min(1, finds)


if __name__ == "__main__":
    sys.exit(main())
