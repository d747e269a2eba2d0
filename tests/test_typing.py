"""The types that users see, as mypy sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from source import PACKAGE

pytest.importorskip("mypy")

_USAGE = Path(__file__).parent / "typing" / "usage.py"


def test_public_types_hold_under_strict_checking(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    cache = getattr(pytestconfig, "cache", None)
    installed = "site-packages" in PACKAGE.parts
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"),
            "--follow-imports=silent",  # as for an installed package
            *("--cache-dir", str(cache.mkdir("mypy")) if cache else os.devnull),
            str(_USAGE),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path if installed else PACKAGE.parent,
        env={**os.environ, "MYPYPATH": ""},
    )
    assert ("", 0) == (done.stdout + done.stderr, done.returncode)
