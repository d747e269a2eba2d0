"""What the tests of the audit share."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from authing_mfa import ManagementClient
from authing_mfa.audit import CoverageReport, audit_coverage

from .pool_server import ACCESS_KEY_ID, ACCESS_KEY_SECRET, Pool, serve

FAST = 1e6
"""A rate that is never reached."""
HERE = Path(__file__).parent


def make_client(host: str, **options: Any) -> ManagementClient:
    usual = {"access_key_id": ACCESS_KEY_ID, "access_key_secret": ACCESS_KEY_SECRET}
    return ManagementClient(host=host, **{**usual, **options})


def audit(pool: Pool, store: Path, **options: Any) -> CoverageReport:
    """Audit a pool with two workers, unless told otherwise."""
    usual = {"workers": 2, "rate": FAST}
    with serve(pool) as host, make_client(host) as client:
        return audit_coverage(client, store, **{**usual, **options})


def audit_at(host: str, store: Path, **options: Any) -> CoverageReport:
    with make_client(host) as client:
        return audit_coverage(client, store, **{"workers": 2, "rate": FAST, **options})


def stored(store: Path, query: str = "SELECT user_id FROM users") -> list[Any]:
    """Return the first column of what a store holds."""
    connection = sqlite3.connect(store)
    try:
        return [row[0] for row in connection.execute(query)]
    finally:
        connection.close()


def in_process(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Run code in an interpreter of its own, with the arguments in ``sys.argv[1:]``."""
    whole = f"import sys\nsys.path.insert(0, {str(HERE.parents[1])!r})\n{textwrap.dedent(code)}"
    return subprocess.Popen(
        [sys.executable, "-c", whole, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
