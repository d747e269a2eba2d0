"""Everybody of the pool is in the report, once, with their factors."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from authing_mfa import FactorType, UserFilter
from authing_mfa.audit import AuditProgress, Coverage, audit_coverage

from .audits import audit, make_client, stored
from .pool_server import ACCESS_KEY_ID, Pool, serve


@pytest.mark.parametrize(
    "users",
    [0, 1, 51, *(pytest.param(n, marks=pytest.mark.slow) for n in (49, 50, 100, 1000, 2345))],
)
def test_everybody_is_listed_once(users: int, store: Path) -> None:
    pool = Pool(users)
    report = audit(pool, store)
    assert report.overall.users == users
    assert sorted(pool.ids()) == sorted(stored(store))


def test_factors_are_counted(store: Path) -> None:
    report = audit(Pool(100), store)
    by_factor = {
        FactorType.OTP: 40,
        FactorType.SMS: 40,
        FactorType.EMAIL: 40,
        FactorType.FACE: 10,
    }
    expected = Coverage(users=100, none=30, single=30, several=40, unknown=0, by_factor=by_factor)
    assert report.overall == expected
    assert report.overall.share == pytest.approx(0.7)


def test_statuses_are_counted_apart(store: Path) -> None:
    report = audit(Pool(100), store)
    assert {status: coverage.users for status, coverage in report.by_status.items()} == {
        "Activated": 75,
        "Suspended": 25,
    }


@pytest.mark.slow
def test_filters_narrow_the_audit(store: Path) -> None:
    pool = Pool(1000)
    report = audit(pool, store, filters=[UserFilter("status", "EQUAL", "Suspended")])
    assert report.overall.users == sum(pool.asked.values()) == 250


@pytest.mark.slow
def test_named_filters_are_counted_apart_and_asked_once(store: Path) -> None:
    pool = Pool(1000)
    named = {
        "Nobody": [UserFilter("status", "EQUAL", "Archived")],
        "Locked out": [UserFilter("status", "EQUAL", "Suspended")],
        "All": [UserFilter("status", "IN", ["Suspended", "Activated"])],
    }
    report = audit(pool, store, by_filter=named)
    assert {name: coverage.users for name, coverage in report.by_filter.items()} == {
        "All": 1000,
        "Locked out": 250,
        "Nobody": 0,
    }
    assert sum(pool.asked.values()) == 1000
    first, *_ = report.rows()
    assert first.filters == ("All",)


def test_report_says_what_it_is_of(store: Path) -> None:
    pool = Pool(10)
    report = audit(pool, store)
    assert (report.pool, report.created_until) == ("pool", pool.created_at(9))
    assert report.finished_at is not None
    assert report.started_at <= report.finished_at


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")
def test_store_is_for_its_owner_alone(store: Path) -> None:
    audit(Pool(10), store)
    assert store.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_progress_ends_with_everybody_done(store: Path) -> None:
    seen: list[AuditProgress] = []
    audit(Pool(300), store, progress=seen.append)
    assert {"listing", "checking"} <= {progress.stage for progress in seen}
    last = seen[-1]
    assert (last.total, last.listed, last.done, last.failed) == (300, 300, 300, 0)
    assert last.rate > 0


def test_progress_that_raises_is_warned_of_once_and_does_not_stop_the_audit(store: Path) -> None:
    def fail(progress: AuditProgress) -> None:
        raise RuntimeError

    with pytest.warns(RuntimeWarning, match="progress raised RuntimeError") as warned:
        report = audit(Pool(10), store, progress=fail)
    assert (report.overall.users, len(warned)) == (10, 1)


def test_client_that_signs_its_requests_audits_as_well(store: Path) -> None:
    pool = Pool(60)
    with serve(pool) as host, make_client(host, signing="authing") as client:
        report = audit_coverage(client, store, workers=2)
    assert (report.overall.users, report.pool) == (60, ACCESS_KEY_ID)
    assert pool.calls["get-management-token"] == 0


@pytest.mark.slow
def test_executor_of_the_caller_is_used_and_left_open(store: Path) -> None:
    with ThreadPoolExecutor(3, thread_name_prefix="mine") as executor:
        assert audit(Pool(200), store, executor=executor).overall.users == 200
        assert "mine" in executor.submit(_thread_name).result()


def _thread_name() -> str:
    return threading.current_thread().name


@pytest.mark.slow
def test_two_times_as_many_tasks_as_workers_are_submitted_at_most(store: Path) -> None:
    executor = _Counting(2)
    with executor:
        audit(Pool(1000), store, executor=executor)
    assert executor.most == 4


@pytest.mark.slow
def test_no_task_is_running_when_an_interrupted_run_returns(store: Path) -> None:
    def interrupt(progress: AuditProgress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    with (
        serve(Pool(1000, delay=0.05)) as host,
        make_client(host) as client,
        _Counting(2) as executor,
    ):
        with pytest.raises(KeyboardInterrupt):
            audit_coverage(client, store, executor=executor, progress=interrupt)
        assert all(future.done() for future in executor.futures)


class _Counting(ThreadPoolExecutor):
    """Counts how many tasks are submitted at a time."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.out = self.most = 0
        self.futures: list[Future[Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.out += 1
        self.most = max(self.most, self.out)
        future = super().submit(fn, *args, **kwargs)
        self.futures.append(future)
        future.add_done_callback(self._came_back)
        return future

    def _came_back(self, future: object) -> None:
        self.out -= 1
