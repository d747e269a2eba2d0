"""The audit counts everybody once, and ends: docs/audit.md."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from authing_mfa import (
    AuthingMFAError,
    ConfigurationError,
    FactorType,
    ForbiddenError,
    ManagementClient,
    UnauthorizedError,
    UserFilter,
)
from authing_mfa.audit import AuditProgress, CoverageReport, audit_coverage, read_report
from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.sampling import few

from .people import PACKAGE, YEAR_9999, YEAR_ONE, came, outcome_of


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "audit.sqlite3"


@pytest.fixture
def admin(sandbox: Sandbox) -> Any:
    with ManagementClient(**sandbox.management_credentials, timeout=5, deadline=10) as admin:
        yield admin


def _audit(admin: ManagementClient, store: Path, **options: Any) -> CoverageReport:
    return audit_coverage(admin, store, **{"patience": 3, "workers": 4, **options})


def _ids(report: CoverageReport) -> list[str]:
    return sorted(row.user_id for row in report.rows())


def _add(sandbox: Sandbox, count: int, **facts: Any) -> list[SandboxUser]:
    start = len(sandbox.users)
    return [sandbox.add_user(username=f"user-{start + it}", **facts) for it in range(count)]


# -- everybody, once


@pytest.mark.parametrize("count", few([0, 1, 50, 51, 2, 49, 101], 4))
def test_everybody_is_counted_once(
    sandbox: Sandbox, admin: ManagementClient, store: Path, count: int
) -> None:
    users = _add(sandbox, count)
    report = _audit(admin, store)
    assert _ids(report) == sorted(user.user_id for user in users)
    assert (report.overall.users, report.overall.none) == (count, count)
    assert report.finished_at is not None


@pytest.mark.parametrize(
    "instant", few([YEAR_ONE, 0, YEAR_9999, -86400, -1, 0.5, 1, 2**31, 4_102_444_800])
)
def test_user_of_any_instant_is_counted(
    sandbox: Sandbox, admin: ManagementClient, store: Path, instant: float
) -> None:
    users = [*_add(sandbox, 2), *_add(sandbox, 1, created_at=instant), *_add(sandbox, 2)]
    report = _audit(admin, store)
    assert _ids(report) == sorted(user.user_id for user in users)
    later = _add(sandbox, 3)
    again = _audit(admin, store)
    assert _ids(again) == sorted(user.user_id for user in [*users, *later])


def test_users_of_all_instants_are_counted_with_a_small_reach(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    users = [
        it
        for instant in (YEAR_ONE, -1, 0, 1, 1_700_000_000, YEAR_9999)
        for it in _add(sandbox, 12, created_at=instant)
    ]
    report = _audit(admin, store, walk_limit=50)
    assert _ids(report) == sorted(user.user_id for user in users)


def test_users_of_one_instant_beyond_the_reach_are_not_lost_silently(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    users = _add(sandbox, 120, created_at=0)
    sandbox.settings.list_users_reach = 50
    try:
        report = _audit(admin, store, walk_limit=50)
    except AuthingMFAError:
        return
    assert _ids(report) == sorted(user.user_id for user in users)


def test_report_adds_up(sandbox: Sandbox, admin: ManagementClient, store: Path) -> None:
    sandbox.add_user(phone="13800000000", factors=["SMS", "OTP"])
    sandbox.add_user(phone="13900000000", factors=["OTP"])
    _add(sandbox, 2)
    overall = _audit(admin, store).overall
    assert (overall.users, overall.none, overall.single, overall.several) == (4, 2, 1, 1)
    assert (overall.unknown, overall.share, overall.by_factor[FactorType.OTP]) == (0, 0.5, 2)


def test_empty_pool_has_a_report(sandbox: Sandbox, admin: ManagementClient, store: Path) -> None:
    report = _audit(admin, store)
    assert (report.overall.users, report.created_until, list(report.rows())) == (0, None, [])
    report.write_html(store.with_suffix(".html"))
    report.write_csv(store.with_suffix(".csv"))


# -- going on


def test_running_it_twice_counts_nobody_twice(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _add(sandbox, 60)
    first = _audit(admin, store)
    asked = len(came(sandbox, "get-user-mfa-info"))
    second = _audit(admin, store)
    assert _ids(first) == _ids(second)
    assert asked == 60
    assert len(came(sandbox, "get-user-mfa-info")) == 60


def test_who_came_since_is_added(sandbox: Sandbox, admin: ManagementClient, store: Path) -> None:
    _add(sandbox, 5)
    _audit(admin, store)
    sandbox.clock.advance(10)
    _add(sandbox, 5)
    assert _audit(admin, store).overall.users == 10


@pytest.mark.parametrize("retry_rounds", few([1, 0, 2], 1))
def test_who_failed_is_in_the_report_and_tried_again(
    sandbox: Sandbox, admin: ManagementClient, store: Path, retry_rounds: int
) -> None:
    users = _add(sandbox, 10)
    _audit(admin, store.with_name("other.sqlite3"))
    fault = sandbox.faults.status(500, path="get-user-mfa-info", times=1 + retry_rounds)
    report = _audit(admin, store, retry_rounds=retry_rounds, workers=1)
    assert fault.hits == 1 + retry_rounds
    assert report.overall.users == len(users)
    again = _audit(admin, store, retry_rounds=retry_rounds)
    assert (again.failed, again.overall.unknown, again.overall.none) == (0, 0, 10)


@pytest.mark.parametrize("status", few([404, 500, 400, 403, 409, 422], 2))
def test_user_whose_call_fails_ends_no_run(
    sandbox: Sandbox, admin: ManagementClient, store: Path, status: int
) -> None:
    _add(sandbox, 12)
    sandbox.faults.status(status, path="get-user-mfa-info", times=1)
    report = _audit(admin, store, workers=1, retry_rounds=0)
    assert report.overall.users + report.gone == 12
    assert (report.failed + report.gone, report.finished_at is None) == (1, False)


@pytest.mark.parametrize(
    ("fault", "options"),
    few(
        [
            ("truncate", {}),
            ("status", {"status_code": 503}),
            ("throttle", {"retry_after": 0}),
            ("html", {"status": 200}),
            ("html", {"status": 502}),
            ("status", {"status_code": 500}),
            ("reset", {}),
            ("drop", {}),
        ]
    ),
)
@pytest.mark.parametrize("path", ["list-users", "get-user-mfa-info", "get-management-token"])
def test_one_spoilt_answer_ends_no_audit(
    sandbox: Sandbox,
    admin: ManagementClient,
    store: Path,
    fault: str,
    options: dict[str, Any],
    path: str,
) -> None:
    _add(sandbox, 55)
    one = getattr(sandbox.faults, fault)(path=path, times=1, **options)
    report = _audit(admin, store, patience=10)
    assert one.hits == 1
    assert (report.overall.users, report.failed, report.pending) == (55, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["status", "html", "reset", "drop"])
def test_service_that_is_down_ends_the_run_after_the_patience(
    sandbox: Sandbox, admin: ManagementClient, store: Path, fault: str
) -> None:
    _add(sandbox, 20)
    _audit(admin, store)
    _add(sandbox, 10)
    getattr(sandbox.faults, fault)(path="get-user-mfa-info", times=None)
    with pytest.raises(AuthingMFAError):
        _audit(admin, store, patience=1)
    sandbox.faults.clear()
    assert read_report(store).failed == 0
    report = _audit(admin, store)
    assert (report.overall.users, report.overall.none) == (30, 30)


@pytest.mark.parametrize(("status", "kind"), [(401, UnauthorizedError), (403, ForbiddenError)])
def test_key_that_may_not_is_told_by_the_first_call(
    sandbox: Sandbox,
    admin: ManagementClient,
    store: Path,
    status: int,
    kind: type[AuthingMFAError],
) -> None:
    _add(sandbox, 5)
    sandbox.faults.status(status, path="list-users", times=None)
    with pytest.raises(kind):
        _audit(admin, store)


@pytest.mark.slow
def test_killed_run_goes_on_where_it_was(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    users = _add(sandbox, 60)
    sandbox.faults.latency(0.02, path="get-user-mfa-info", times=None)
    program = """if True:
        import json, sys
        from authing_mfa import ManagementClient
        from authing_mfa.audit import audit_coverage
        with ManagementClient(**json.loads(sys.argv[1])) as admin:
            show = lambda it: print(it.done, flush=True)
            audit_coverage(admin, sys.argv[2], workers=2, progress=show)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", program, json.dumps(sandbox.management_credentials), str(store)],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) > 10:
            break
    process.kill()
    process.wait()
    process.stdout.close()
    sandbox.faults.clear()
    report = _audit(admin, store)
    assert _ids(report) == sorted(user.user_id for user in users)
    assert (report.pending, report.failed) == (0, 0)


# -- the report's files


def test_reading_a_report_asks_nobody_and_writes_nothing(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _add(sandbox, 5)
    _audit(admin, store)
    store.chmod(0o400)
    seen = len(sandbox.journal), store.read_bytes(), sorted(store.parent.iterdir())
    report = read_report(store)
    assert (report.overall.users, len(list(report.rows()))) == (5, 5)
    assert (len(sandbox.journal), store.read_bytes(), sorted(store.parent.iterdir())) == seen


def test_rows_that_are_not_read_to_their_end_block_no_run(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _add(sandbox, 5)
    rows = _audit(admin, store).rows()
    next(iter(rows))
    _add(sandbox, 1)
    assert _audit(admin, store).overall.users == 6


@pytest.mark.parametrize("write", ["write_csv", "write_jsonl", "write_html"])
def test_what_is_written_is_for_its_owner(
    sandbox: Sandbox, admin: ManagementClient, store: Path, write: str
) -> None:
    _add(sandbox, 3)
    report = _audit(admin, store)
    file = store.with_suffix(".out")
    getattr(report, write)(file)
    assert [oct(it.stat().st_mode & 0o777) for it in (store, file)] == ["0o600", "0o600"]


@pytest.mark.parametrize("write", ["write_csv", "write_jsonl", "write_html"])
def test_full_disk_is_an_error_of_ours(
    sandbox: Sandbox, admin: ManagementClient, store: Path, write: str
) -> None:
    _add(sandbox, 3)
    report = _audit(admin, store)
    with pytest.raises(AuthingMFAError):
        getattr(report, write)("/dev/full")


@pytest.mark.parametrize(
    "start", few(["=", "＝", "@", "\t", "+", "-", "\r", "\n", "＋", "－", "＠"], 2)
)
def test_spreadsheet_runs_nothing_of_a_row(
    sandbox: Sandbox, admin: ManagementClient, store: Path, start: str
) -> None:
    sandbox.add_user(username="mallory")
    everybody = [UserFilter("status", "EQUAL", "Activated")]
    report = _audit(admin, store, by_filter={f"{start}cmd|' /C calc'!A0": everybody})
    file = store.with_suffix(".csv")
    report.write_csv(file)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert [cell for cell in cells if cell.startswith(start)] == []
    assert any("calc" in cell for cell in cells)


@pytest.mark.slow
def test_damaged_store_is_an_error_of_ours(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _add(sandbox, 60)
    _audit(admin, store)
    whole = store.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 25)):
        store.write_bytes(whole[:place] + b"\xa5" * 200 + whole[place + 200 :])
        for act in (lambda: list(read_report(store).rows()), lambda: _audit(admin, store)):
            outcome_of(act)
    for content in (b"", b"not a store", whole[:100]):
        store.write_bytes(content)
        outcome_of(lambda: read_report(store))


# -- refused at once


@pytest.mark.parametrize(
    "options",
    [
        {"filters": UserFilter("status", "EQUAL", "Activated")},
        {"filters": ["status"]},
        {"by_filter": [UserFilter("status", "EQUAL", "Activated")]},
        {"by_filter": [1]},
        {"by_filter": {"": []}},
        {"by_filter": {"x": UserFilter("status", "EQUAL", "Activated")}},
        {"workers": 0},
        {"workers": True},
        {"workers": 1025},
        {"rate": 0},
        {"rate": -1},
        {"rate": float("nan")},
        {"walk_limit": 0},
        {"walk_limit": "x"},
        {"retry_rounds": -1},
        {"patience": 0},
        {"patience": "x"},
        {"worker_client": 5},
        {"executor": 5},
        {"progress": 5},
    ],
)
def test_what_cannot_work_is_refused_and_leaves_no_file(
    sandbox: Sandbox, admin: ManagementClient, store: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        _audit(admin, store, **options)
    assert list(store.parent.iterdir()) == []
    assert list(sandbox.journal) == []


@pytest.mark.parametrize("name", ["", ":memory:", "a\0b", "no/such/folder/x", 5, None, "."])
def test_store_that_cannot_be_is_refused(
    sandbox: Sandbox,
    admin: ManagementClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: Any,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError):
        _audit(admin, name)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigurationError):
        read_report(name)


def test_store_of_other_filters_is_refused(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _audit(admin, store, filters=[UserFilter("status", "EQUAL", "Activated")])
    for filters in ([], [UserFilter("status", "EQUAL", "Suspended")]):
        with pytest.raises(ConfigurationError):
            _audit(admin, store, filters=filters)


def test_two_pools_never_share_a_store(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _audit(admin, store)
    with (
        Sandbox() as other,
        ManagementClient(**other.management_credentials) as their_admin,
        pytest.raises(ConfigurationError),
    ):
        _audit(their_admin, store)


def test_second_run_on_a_store_in_use_is_refused(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _add(sandbox, 5)
    refused: list[Exception] = []

    def progress(_: AuditProgress) -> None:
        if not refused:
            try:
                _audit(admin, store)
            except AuthingMFAError as error:
                refused.append(error)

    _audit(admin, store, progress=progress)
    assert [type(it) for it in refused] == [ConfigurationError]


def test_filters_narrow_and_by_filter_counts_besides(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    sandbox.add_user(phone="13800000000", factors=["SMS"])
    _add(sandbox, 3)
    _add(sandbox, 2, status="Suspended")
    report = _audit(
        admin,
        store,
        filters=[UserFilter("status", "EQUAL", "Activated")],
        by_filter={
            "with a phone": [UserFilter("phone", "NOT_NULL")],
            "nobody": [UserFilter("status", "EQUAL", "Archived")],
        },
    )
    assert report.overall.users == 4
    assert report.by_filter["with a phone"].users == 1
    assert report.by_filter["nobody"].users == 0


def test_what_progress_raises_is_not_swallowed_without_a_word(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _add(sandbox, 5)

    def progress(_: AuditProgress) -> None:
        raise RuntimeError("the screen is gone")

    with pytest.warns(RuntimeWarning, match="progress raised RuntimeError"):
        assert _audit(admin, store, progress=progress).overall.users == 5


def test_executor_of_the_caller_is_used_and_left_open(
    sandbox: Sandbox, admin: ManagementClient, store: Path
) -> None:
    _add(sandbox, 20)
    with ThreadPoolExecutor(4) as executor:
        assert _audit(admin, store, executor=executor).overall.users == 20
        assert executor.submit(int, "7").result() == 7


@pytest.mark.slow
def test_workers_may_be_processes(sandbox: Sandbox, store: Path) -> None:
    users = _add(sandbox, 30)
    context = multiprocessing.get_context("spawn")
    options: dict[str, Any] = {"pickle_secrets": True}
    with (
        ManagementClient(**sandbox.management_credentials, **options) as admin,
        ProcessPoolExecutor(2, mp_context=context) as executor,
    ):
        report = _audit(admin, store, executor=executor, workers=2, patience=30)
    assert _ids(report) == sorted(user.user_id for user in users)
