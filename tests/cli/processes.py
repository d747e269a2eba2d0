"""The command in a process of its own, at a terminal or in a pipe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

COMMAND = [sys.executable, "-m", "authing_mfa.cli"]
TIMEOUT = 60

posix = pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal, and signals")

# Starting costs more than running: one process runs many commands, a line before and after each.
_MANY = """
import json, sys
from authing_mfa.cli.app import run
for arguments in json.loads(sys.argv[1]):
    print("<<<", flush=True)
    code = run(arguments)
    print(f">>> {code}", flush=True)
"""


@attrs.frozen
class Shown:
    """The output of a command, and its exit code."""

    code: int
    text: str


def many_in_a_pipe(commands: Sequence[Sequence[str]]) -> list[Shown]:
    """Run commands one after the other; standard error is left out."""
    done = subprocess.run(
        [sys.executable, "-c", _MANY, json.dumps(commands)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    return _shown(done.stdout)


def many_at_a_terminal(commands: Sequence[Sequence[str]], **environment: str) -> list[Shown]:
    """Run commands one after the other; both outputs are the terminal's."""
    with terminal(["-c", _MANY, json.dumps(commands)], **environment) as person:
        person.expect(_end_of_file())
        return _shown(person.before.replace("\r\n", "\n"))


@contextmanager
def terminal(arguments: Sequence[str], **environment: str) -> Iterator[Any]:
    """Give a person at a terminal who has typed this Python command."""
    import pexpect  # type: ignore[import-untyped]

    plain = {**os.environ, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    person = pexpect.spawn(
        sys.executable,
        list(arguments),
        env={**plain, **environment},
        encoding="utf-8",
        timeout=TIMEOUT,
        dimensions=(60, 120),
    )
    try:
        yield person
    finally:
        person.close(force=True)


def at_a_terminal(*arguments: str, **environment: str) -> Any:
    """Return a context with a person who has typed a command of ours."""
    return terminal(["-m", "authing_mfa.cli", *arguments], **environment)


def end(person: Any) -> Shown:
    """Wait for the end; return what was shown since the last question."""
    person.expect(_end_of_file())
    text = person.before.replace("\r\n", "\n")
    person.close()
    return Shown(person.exitstatus, text)


def _end_of_file() -> Any:
    import pexpect

    return pexpect.EOF


def _shown(text: str) -> list[Shown]:
    found = re.findall(r"<<<\n(.*?)>>> (\d+)\n", text, re.DOTALL)
    return [Shown(int(code), body) for body, code in found]
