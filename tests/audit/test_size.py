"""A pool ten times as large takes no more memory, and ten times the work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .audits import HERE, in_process, stored
from .pool_server import Pool

pytestmark = pytest.mark.slow

CODE = """
    import io, json, resource, time
    from tests.audit.audits import audit_at
    report = audit_at(sys.argv[1], sys.argv[2], workers=8)
    spent = time.process_time()
    report.write_csv("/dev/null")
    report.write_jsonl("/dev/null")
    report.write_html("/dev/null")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([report.overall.users, peak * 1024, spent]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units elsewhere")
def test_ten_thousand_users_take_the_memory_of_a_thousand(tmp_path: Path) -> None:
    figures = {}
    for users in (1_000, 10_000):
        store = tmp_path / f"{users}.sqlite3"
        command = [sys.executable, str(HERE / "pool_server.py"), "--users", str(users)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            host = server.stdout.readline().strip()
            said, _ = in_process(CODE, host, store).communicate(timeout=300)
            assert server.stdin is not None
            server.stdin.close()
        audited, *figures[users] = json.loads(said)
        assert audited == users
        assert Pool(users).ids() == set(stored(store))
    (little, short), (much, long) = figures[1_000], figures[10_000]
    assert much - little < 12 * 2**20
    # Processor time, imports and all: ten times the users, and far from a hundred times.
    assert long < 20 * short
