"""Programs of the tests, each in processes of its own, which do not outlive the test."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS = 60
"""A program that has not ended by then hangs."""

STRICT = ("-X", "dev", "-W", "error")
FORKING = (*STRICT, "-W", "ignore::DeprecationWarning")
"""From Python 3.12 on, forking beside threads warns; it is what such a program is about."""


def _environment() -> dict[str, str]:
    """Leave the measuring of coverage out: it has locks of its own, and work to do at an exit."""
    return {name: value for name, value in os.environ.items() if "COVERAGE" not in name}


@contextlib.contextmanager
def running(
    program: Path | str, *arguments: str, flags: tuple[str, ...] = STRICT
) -> Iterator[subprocess.Popen[str]]:
    """Run a program's file or its text; end it and all its children afterwards."""
    what = [str(program)] if isinstance(program, Path) else ["-c", textwrap.dedent(program)]
    with subprocess.Popen(
        [sys.executable, *flags, *what, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(),
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def ended(process: subprocess.Popen[str], given: str = "") -> tuple[int, str, str]:
    """Wait for a program's end; return its code and what it wrote."""
    out, err = process.communicate(given, timeout=SECONDS)
    return process.returncode, out, err


def told(program: Path | str, given: Any = None, *, flags: tuple[str, ...] = STRICT) -> Any:
    """Run a program that takes JSON and prints JSON, and is to end well and without a word."""
    with running(program, flags=flags) as process:
        code, out, err = ended(process, json.dumps(given))
    assert (code, err) == (0, ""), err
    return json.loads(out)
