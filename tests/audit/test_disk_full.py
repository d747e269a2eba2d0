"""A disk that fills stops the run, which goes on when there is room again."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authing_mfa.audit import AuditStoppedError

from .audits import audit_at, in_process, stored
from .pool_server import Pool, serve

pytestmark = pytest.mark.slow

USERS = 1000


@contextlib.contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(path)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip("this user may not mount a small disk")
    try:
        yield path
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_full_disk_stops_the_run_and_the_next_goes_on(tmp_path: Path) -> None:
    pool = Pool(USERS)
    with serve(pool) as host, small_disk(tmp_path / "small") as disk:
        store = disk / "audit.sqlite3"
        with pytest.raises(AuditStoppedError) as stopped:
            audit_at(host, store, workers=4)
        assert "full" in str(stopped.value)
        assert "free the disk" in str(stopped.value)
        assert "run again to go on" in str(stopped.value)
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        held = set(stored(store))
        assert held
        report = audit_at(host, store, workers=4)
        assert sorted(pool.ids()) == sorted(stored(store))
    assert (report.overall.users, report.overall.unknown) == (USERS, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_limit_on_the_file_stops_the_run_and_the_next_goes_on(store: Path) -> None:
    code = """
        import resource
        from tests.audit.audits import audit_at
        from authing_mfa.audit import AuditStoppedError
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
        try:
            audit_at(sys.argv[1], sys.argv[2], workers=4)
        except AuditStoppedError as error:
            print(error)
    """
    pool = Pool(USERS)
    with serve(pool) as host:
        said, _ = in_process(code, host, store).communicate(timeout=60)
        assert "run again to go on" in said
        report = audit_at(host, store, workers=4)
    assert sorted(pool.ids()) == sorted(stored(store))
    assert (report.overall.users, report.overall.unknown) == (USERS, 0)
