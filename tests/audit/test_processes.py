"""The tasks run in other processes, and carry no secret that shows."""

from __future__ import annotations

import functools
import logging
import multiprocessing
import pickle
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from authing_mfa import ConfigurationError, ManagementClient
from authing_mfa._secrets import Sealed
from authing_mfa.audit import AuditStoppedError, audit_coverage
from authing_mfa.audit._clients import pickled
from authing_mfa.audit._tasks import CheckUsers, ListUsers
from authing_mfa.audit._walk import Range

from .audits import audit_at, make_client
from .pool_server import ACCESS_KEY_ID, ACCESS_KEY_SECRET, Pool, serve

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="the [dask] extra is not installed")
    cluster = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=2,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )
    with cluster, distributed.Client(cluster) as client:
        yield client


def from_environment(host: str) -> Any:
    """Return what makes the client where a task runs."""
    return functools.partial(
        ManagementClient,
        host=host,
        access_key_id=ACCESS_KEY_ID,
        access_key_secret=ACCESS_KEY_SECRET,
    )


def test_client_travels_with_its_secret_if_the_caller_says_so(
    processes: Executor, store: Path
) -> None:
    pool = Pool(200)
    with serve(pool) as host, make_client(host, pickle_secrets=True) as client:
        report = audit_coverage(client, store, executor=processes, workers=2, rate=2000)
    assert (report.overall.users, report.overall.unknown) == (200, 0)
    assert set(pool.asked) == pool.ids()


def test_client_is_made_where_the_tasks_run(processes: Executor, store: Path) -> None:
    pool = Pool(200)
    with serve(pool) as host:
        options = {"executor": processes, "worker_client": from_environment(host)}
        report = audit_at(host, store, rate=2000, **options)
    assert (report.overall.users, report.overall.unknown) == (200, 0)
    # The coordinator's token, and one for each process: not one for each task.
    assert pool.calls["get-management-token"] <= 3


def test_processes_that_meet_429_are_paused_and_nobody_is_lost(
    processes: Executor, store: Path
) -> None:
    pool = Pool(150, rate=150, retry_after=0.1)
    with serve(pool) as host:
        options = {"executor": processes, "worker_client": from_environment(host)}
        report = audit_at(host, store, rate=1000, **options)
    assert pool.calls["429"] > 0
    assert (report.overall.users, report.failed) == (150, 0)


def test_429_in_one_process_pauses_all(processes: Executor, store: Path) -> None:
    pool = Pool(400, retry_after=1.0)
    moments: list[float] = []

    def throttle(name: str, number: int) -> None:
        pool.is_throttling = name == "get-user-mfa-info" and number == 50
        if number >= 50 and name == "get-user-mfa-info":
            moments.append(time.monotonic())

    pool.on_call = throttle
    with serve(pool) as host:
        options = {"executor": processes, "worker_client": from_environment(host)}
        audit_at(host, store, rate=2000, **options)
    early = [moment for moment in moments[1:] if moment < moments[0] + 1.0]
    assert len(early) <= 32  # the two tasks that were submitted


def test_error_of_making_the_client_stops_the_run_once(processes: Executor, store: Path) -> None:
    with serve(Pool(20)) as host, pytest.raises(ConfigurationError, match="access_key_id"):
        audit_at(
            host,
            store,
            executor=processes,
            worker_client=functools.partial(
                ManagementClient, access_key_id="", access_key_secret=None
            ),
        )


def test_worker_that_dies_stops_the_run_and_the_next_goes_on(store: Path) -> None:
    pool = Pool(100)
    with serve(pool) as host:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:

            def kill(name: str, number: int) -> None:
                if name == "get-user-mfa-info" and number == 30:
                    for process in list(executor._processes.values()):
                        process.kill()

            pool.on_call = kill
            with pytest.raises(AuditStoppedError, match="run again to go on"):
                audit_at(
                    host, store, executor=executor, worker_client=from_environment(host), rate=500
                )
        pool.on_call = None
        assert audit_at(host, store).overall.users == 100


def test_dask_cluster_of_two_processes_audits_the_pool(cluster: Any, store: Path) -> None:
    pool = Pool(400)
    pool.fail(7, 2, statusCode=503)
    with serve(pool) as host, make_client(host, pickle_secrets=True) as client:
        executor = cluster.get_executor()
        report = audit_coverage(client, store, executor=executor, workers=4, rate=2000)
    assert (report.overall.users, report.overall.unknown, report.failed) == (400, 0, 0)
    assert set(pool.asked) == pool.ids()
    assert pool.asked[pool.user_id(7)] == 3
    assert pool.calls["get-management-token"] <= 3


def test_dask_executor_that_is_shut_down_is_refused(cluster: Any, store: Path) -> None:
    executor = cluster.get_executor()
    executor.shutdown()
    with (
        make_client("http://127.0.0.1:1", pickle_secrets=True) as client,
        pytest.raises(ConfigurationError, match="shut down"),
    ):
        audit_coverage(client, store, executor=executor)


def test_secret_is_in_no_repr_of_a_task_nor_in_the_store_nor_in_the_log(
    cluster: Any, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), serve(Pool(30)) as host:
        with make_client(host, pickle_secrets=True) as client:
            audit_coverage(client, store, executor=cluster.get_executor(), workers=2)
            sent = pickled(client, None)
        made = pickled(make_client(host), Sealed(from_environment(host)))
    tasks = (
        CheckUsers(users=((1, "example"),), client=sent),
        ListUsers(range=Range(walk=0, cursor=0, end=1), filters=(), client=made),
    )
    for task in tasks:
        assert ACCESS_KEY_SECRET not in repr(task)
        assert ACCESS_KEY_SECRET in pickle.dumps(task).decode("latin-1")
    assert ACCESS_KEY_SECRET not in caplog.text
    assert ACCESS_KEY_SECRET.encode() not in store.read_bytes()
