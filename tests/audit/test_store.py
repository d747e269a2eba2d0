"""A store that is damaged, read-only, in use, or no store at all ends in an error of ours."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authing_mfa import AuthingMFAError, ConfigurationError, UserFilter
from authing_mfa.audit import AuditStoppedError, CoverageReport, audit_coverage, read_report

from .audits import audit, audit_at, in_process, make_client, stored
from .pool_server import Pool, serve

PAGE = 4096
NOBODY = 65534
"""A user id without any rights."""
only_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can become somebody else"
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    pool = Pool(400)
    pool.fail(9, 99, statusCode=500)
    store = tmp_path_factory.mktemp("sound") / "audit.sqlite3"
    audit(pool, store, by_filter={"On": [UserFilter("status", "EQUAL", "Activated")]})
    return store.read_bytes()


def use(store: Path) -> None:
    """Read all that a report has, in every form."""
    report = read_report(store)
    list(report.rows())
    for write in (report.write_csv, report.write_jsonl, report.write_html):
        write(os.devnull)


@pytest.mark.slow
@pytest.mark.parametrize("offset", [0, 1, 3, 5, 8, 12, 100, 200, 1000, 2048, 3000, 4000, 4090])
@pytest.mark.parametrize("junk", [b"\0" * 24, b"\xff" * 24])
def test_damaged_page_is_reported(offset: int, junk: bytes, sound: bytes, store: Path) -> None:
    for page in range(len(sound) // PAGE):
        at = page * PAGE + offset
        store.write_bytes(sound[:at] + junk + sound[at + len(junk) :])
        with contextlib.suppress(ConfigurationError, AuditStoppedError):
            use(store)


@pytest.mark.slow
def test_damage_anywhere_is_reported_by_the_run(sound: bytes, store: Path) -> None:
    moments = random.Random(7)
    with serve(Pool(400)) as host, make_client(host) as client:
        for _ in range(60):
            at, size = moments.randrange(len(sound)), moments.choice((1, 8, 300, PAGE))
            store.write_bytes(sound[:at] + moments.randbytes(size) + sound[at + size :])
            with contextlib.suppress(ConfigurationError, AuditStoppedError):
                audit_coverage(client, store, workers=2, patience=1)


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 1, 100, PAGE, PAGE + 100, 3 * PAGE])
def test_store_that_was_cut_off_is_refused(size: int, sound: bytes, store: Path) -> None:
    store.write_bytes(sound[:size])
    with pytest.raises(ConfigurationError, match=r"^store: "):
        read_report(store)


@pytest.mark.slow
def test_damage_during_a_run_stops_it(sound: bytes, store: Path) -> None:
    pool = Pool(3000)

    def damage(name: str, number: int) -> None:
        if name == "get-user-mfa-info" and number == 300:
            with store.open("r+b") as file:
                file.seek(PAGE)
                file.write(b"\xff" * PAGE * 20)

    pool.on_call = damage
    with contextlib.suppress(ConfigurationError, AuditStoppedError):
        audit(pool, store)


@contextlib.contextmanager
def read_only(directory: Path) -> Iterator[Path]:
    directory.chmod(0o555)
    for path in directory.iterdir():
        path.chmod(0o444)
    try:
        yield directory
    finally:
        directory.chmod(0o755)


def read_as_nobody(store: Path) -> str:
    code = """
        import os
        from authing_mfa.audit import read_report
        os.setgid(65534), os.setuid(65534)
        report = read_report(sys.argv[1])
        print(report.overall.users, report.pending, len(list(report.rows())))
    """
    with in_process(code, store) as process:
        said, _ = process.communicate(timeout=60)
    return said.strip()


@pytest.fixture
def open_place() -> Iterator[Path]:
    """Give a directory that everybody reaches."""
    directory = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    directory.chmod(0o755)
    yield directory
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()


@pytest.mark.slow
@only_root
def test_report_is_read_where_nothing_can_be_written(open_place: Path) -> None:
    store = open_place / "audit.sqlite3"
    audit(Pool(1200), store)
    with read_only(open_place):
        assert read_as_nobody(store) == "1200 0 1200"
        assert [path.name for path in open_place.iterdir()] == ["audit.sqlite3"]


@pytest.mark.slow
@only_root
def test_report_of_a_killed_run_is_read_where_nothing_can_be_written(open_place: Path) -> None:
    store = open_place / "audit.sqlite3"
    code = """
        from tests.audit.audits import audit_at
        wait = lambda progress: progress.done > 300 and (print(flush=True), sys.stdin.read())
        audit_at(sys.argv[1], sys.argv[2], progress=wait)
    """
    with serve(Pool(1200, delay=0.002)) as host, in_process(code, host, store) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    assert Path(f"{store}-wal").stat().st_size > 0
    with read_only(open_place):
        users, pending, rows = map(int, read_as_nobody(store).split())
    assert (users, rows) == (1200, 1200)
    assert 0 < pending < 1200
    assert read_report(store).pending == pending


@pytest.mark.slow
def test_rows_that_were_not_read_to_their_end_block_no_run(store: Path) -> None:
    pool = Pool(2500)
    with serve(pool) as host:
        rows = audit_at(host, store).rows()
        first = next(rows)
        pool.users += 1
        assert audit_at(host, store).overall.users == 2501
        assert len({first.user_id, *(row.user_id for row in rows)}) == 2501


@pytest.mark.slow
def test_rows_without_a_factor_come_in_order_over_many_reads(store: Path) -> None:
    report = audit(Pool(3600), store, workers=8)
    found = [row.user_id for row in report.rows(without_factor=True)]
    assert len(found) == report.overall.none == 1080
    assert found == [row.user_id for row in report.rows() if row.factors == ()]


@pytest.mark.slow
def test_two_runs_that_begin_at_once_leave_one_store(store: Path) -> None:
    code = """
        from tests.audit.audits import audit_at
        from authing_mfa import ConfigurationError
        try:
            print(audit_at(sys.argv[1], sys.argv[2]).overall.users)
        except ConfigurationError as error:
            print("in use" in str(error))
    """
    with serve(Pool(300)) as host:
        processes = [in_process(code, host, store) for _ in range(3)]
        said = {process.communicate(timeout=60)[0].strip() for process in processes}
        assert said <= {"300", "True"}
        assert audit_at(host, store).overall.users == 300


def test_store_holds_nothing_of_the_conditions(store: Path) -> None:
    conditions = [UserFilter("phone", "NOT_EQUAL", "13800000000")]
    pool = Pool(10)
    pool._range = lambda conditions: (0, 10, None)  # type: ignore[method-assign]
    audit(pool, store, filters=conditions, by_filter={"x": conditions})
    assert b"13800000000" not in store.read_bytes()


@pytest.mark.parametrize("name", ["a\0b", ":memory:", "x" * 5000, "x" * 300])
def test_path_that_cannot_be_a_store_is_refused_and_nothing_is_left(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serve(Pool(3)) as host:
        for path in (name, Path(name)):
            with pytest.raises(AuthingMFAError, match=r"^store: "):
                audit_at(host, path)  # type: ignore[arg-type]
            with pytest.raises(ConfigurationError, match=r"^store: "):
                read_report(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_device_is_no_store(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with make_client("http://127.0.0.1:1") as client:
        for path in ("/dev/null", "/dev/full", tmp_path / "pipe"):
            with pytest.raises(ConfigurationError, match="device"):
                audit_coverage(client, path)


def test_name_that_means_something_to_sqlite_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert audit(Pool(3), Path("file:x?mode=memory")).overall.users == 3
    assert (tmp_path / "file:x?mode=memory").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_reports_are_for_their_owner_alone(store: Path, tmp_path: Path) -> None:
    report = audit(Pool(5), store)
    for name in ("csv", "jsonl", "html"):
        path = tmp_path / f"report.{name}"
        getattr(report, f"write_{name}")(path)
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("users", [5, 300])
@pytest.mark.parametrize("name", ["csv", "jsonl", "html"])
def test_full_disk_under_a_report_is_an_error_of_ours(name: str, users: int, store: Path) -> None:
    report = audit(Pool(users), store, workers=8)
    with pytest.raises(AuditStoppedError, match=r"^file: /dev/full cannot be written"):
        getattr(report, f"write_{name}")("/dev/full")


@pytest.mark.parametrize("file", ["", "a\0b", "missing/report.csv", ".", 7, None, b"x"])
def test_file_that_cannot_be_written_is_refused(
    file: object, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report: CoverageReport = audit(Pool(3), store)
    with pytest.raises(ConfigurationError, match=r"^file: "):
        report.write_csv(file)  # type: ignore[arg-type]


def test_store_keeps_the_permissions_that_its_owner_gave_it(store: Path) -> None:
    with serve(Pool(5)) as host:
        audit_at(host, store)
        store.chmod(0o640)
        audit_at(host, store)
    assert store.stat().st_mode & 0o777 == 0o640
    assert len(stored(store)) == 5


def test_store_of_somebody_else_is_not_changed(store: Path) -> None:
    with sqlite3.connect(store) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = store.read_bytes(), store.stat().st_mtime_ns
    with pytest.raises(ConfigurationError, match="no store"):
        audit(Pool(3), store)
    assert (store.read_bytes(), store.stat().st_mtime_ns) == before
