"""What cannot work is refused at once, with what to do."""

from __future__ import annotations

import functools
import multiprocessing
import os
import sqlite3
import threading
import traceback
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from authing_mfa import AuthingMFAError, ConfigurationError, ManagementClient, UserFilter
from authing_mfa.audit import audit_coverage, read_report

from .audits import audit, audit_at, make_client
from .pool_server import ACCESS_KEY_ID, ACCESS_KEY_SECRET, Pool, serve

NOWHERE = "http://127.0.0.1:1"
"""Nobody listens there: an argument that is refused is refused before anything is sent."""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("rate", value) for value in (0, -1, float("nan"), float("inf"), "300", True)),
        *(("workers", value) for value in (0, -1, 1025, 2.0)),
        *(("walk_limit", value) for value in (0, 49, "many")),
        *(("retry_rounds", value) for value in (-1, 0.5)),
        *(("patience", value) for value in (0, -1)),
        ("progress", "bar"),
        ("executor", "threads"),
        ("filters", UserFilter("status", "EQUAL", "Activated")),
        ("filters", "status"),
        ("filters", 7),
        ("filters", [UserFilter("status", "EQUAL", float("nan"))]),
        ("filters", [UserFilter("status", "EQUAL", "\ud800")]),
        ("by_filter", [UserFilter("status", "EQUAL", "Activated")]),
        ("by_filter", [1]),
        ("by_filter", []),
        ("by_filter", {"on": UserFilter("status", "EQUAL", "Activated")}),
        ("by_filter", {"on": [1]}),
        ("by_filter", {"on": None}),
        ("by_filter", {1: [], "on": []}),
        ("by_filter", {"": []}),
        ("worker_client", 5),
        ("worker_client", "client"),
    ],
)
def test_argument_that_cannot_work_is_refused(name: str, value: object, store: Path) -> None:
    with make_client(NOWHERE) as client, pytest.raises(ConfigurationError, match=f"^{name}: "):
        audit_coverage(client, store, **{name: value})  # type: ignore[arg-type]
    assert not store.exists()


@pytest.mark.parametrize("value", ["", 7, None])
def test_store_that_is_no_path_is_refused(value: Any) -> None:
    with make_client(NOWHERE) as client, pytest.raises(ConfigurationError, match=r"^store: "):
        audit_coverage(client, value)


def test_store_in_no_directory_is_refused(tmp_path: Path) -> None:
    with (
        make_client(NOWHERE) as client,
        pytest.raises(ConfigurationError, match=r"no directory .* make it first"),
    ):
        audit_coverage(client, tmp_path / "missing" / "audit.sqlite3")


def test_store_that_is_a_directory_is_refused(tmp_path: Path) -> None:
    with make_client(NOWHERE) as client, pytest.raises(ConfigurationError, match="directory"):
        audit_coverage(client, tmp_path)


def test_filter_that_is_none_is_refused(store: Path) -> None:
    for condition in ({"field": "status"}, UserFilter("status", "IN", {"Activated"})):
        with (
            make_client(NOWHERE) as client,
            pytest.raises(ConfigurationError, match=r"^filters: "),
        ):
            audit_coverage(client, store, filters=[condition])  # type: ignore[list-item]


def test_another_client_is_refused(store: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^client: wanted a ManagementClient, got str"):
        audit_coverage("client", store)  # type: ignore[arg-type]


def test_executor_that_is_shut_down_is_refused(store: Path) -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with make_client(NOWHERE) as client, pytest.raises(ConfigurationError) as refused:
        audit_coverage(client, store, executor=executor)
    assert "executor: it is shut down" in str(refused.value)
    assert "make a new one" in str(refused.value)


def test_executor_without_a_free_worker_is_refused(store: Path) -> None:
    is_over = threading.Event()
    with ThreadPoolExecutor(1) as executor, make_client(NOWHERE) as client:
        executor.submit(is_over.wait)
        with pytest.raises(ConfigurationError, match="none of its workers was free"):
            audit_coverage(client, store, executor=executor, patience=0.1)
        is_over.set()


def test_store_of_another_pool_is_refused(store: Path) -> None:
    audit(Pool(10), store)
    with serve(Pool(10)) as other, pytest.raises(ConfigurationError) as refused:
        audit_at(other, store)
    assert "belongs to another audit (not the same: host); give this one a file" in str(
        refused.value
    )


@pytest.mark.parametrize("name", ["filters", "by_filter"])
def test_store_of_an_audit_with_other_filters_is_refused(name: str, store: Path) -> None:
    conditions = [UserFilter("status", "EQUAL", "Suspended")]
    value: Any = conditions if name == "filters" else {"Locked out": conditions}
    with serve(Pool(10)) as host:
        audit_at(host, store)
        with pytest.raises(ConfigurationError, match=rf"\(not the same: {name}\)"):
            audit_at(host, store, **{name: value})


def test_store_of_another_version_is_refused(store: Path) -> None:
    with serve(Pool(10)) as host:
        audit_at(host, store)
        with sqlite3.connect(store) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        with pytest.raises(ConfigurationError, match=r"another version .* another file"):
            audit_at(host, store)
    with pytest.raises(ConfigurationError, match=r"another version .* another file"):
        read_report(store)


@pytest.mark.parametrize("content", [b"user_id,status\n" * 100, None])
def test_file_that_is_no_store_is_refused_and_left_alone(
    content: bytes | None, store: Path
) -> None:
    if content is None:
        with sqlite3.connect(store) as connection:
            connection.execute("CREATE TABLE mine (x)")
        connection.close()
        content = store.read_bytes()
    else:
        store.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is no store of an audit"):
        audit(Pool(10), store)
    with pytest.raises(ConfigurationError, match="is no store of an audit"):
        read_report(store)
    assert store.read_bytes() == content


def test_report_of_no_store_is_refused(store: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no file"):
        read_report(store)
    assert not store.exists()


@pytest.mark.slow
def test_client_without_its_secret_is_not_sent_to_other_processes(store: Path) -> None:
    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor,
        make_client(NOWHERE) as client,
        pytest.raises(ConfigurationError, match=r"worker_client=ManagementClient\.from_env"),
    ):
        audit_coverage(client, store, executor=executor)


@pytest.mark.slow
def test_client_that_cannot_be_pickled_is_not_sent_to_other_processes(store: Path) -> None:
    options = {"on_call": lambda _: None, "pickle_secrets": True}
    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor,
        make_client(NOWHERE, **options) as client,
        pytest.raises(ConfigurationError, match="cannot be pickled"),
    ):
        audit_coverage(client, store, executor=executor)


def test_client_on_a_session_of_the_caller_is_used_in_threads(store: Path) -> None:
    with serve(Pool(30)) as host, requests.Session() as session:
        client = ManagementClient(
            access_key_id="0123456789abcdef01234567",
            access_key_secret="example-access-key-secret",
            host=host,
            session=session,
        )
        assert audit_coverage(client, store, workers=2).overall.users == 30


def test_filters_may_be_a_generator(store: Path) -> None:
    conditions = (UserFilter("status", "EQUAL", name) for name in ("Suspended",))
    assert audit(Pool(8), store, filters=conditions).overall.users == 2


@pytest.mark.parametrize("most_listed", [-1, 1.5, "many", True, None])
def test_number_of_listed_users_that_cannot_be_is_refused(most_listed: Any, store: Path) -> None:
    report = audit(Pool(3), store)
    with pytest.raises(ConfigurationError, match=r"^most_listed: "):
        report.write_html(store.with_suffix(".html"), most_listed=most_listed)
    assert not store.with_suffix(".html").exists()


class _Interpreters(ThreadPoolExecutor):
    """Runs its work as Python 3.14's InterpreterPoolExecutor does: pickled, and not in this one.

    It is a ThreadPoolExecutor, too; the work runs in an interpreter of its own.
    """

    def __init__(self, processes: ProcessPoolExecutor) -> None:
        super().__init__(1)
        self.processes = processes

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self.processes.submit(fn, *args, **kwargs)


@pytest.mark.slow
def test_executor_of_other_interpreters_is_not_taken_for_threads(store: Path) -> None:
    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as processes,
        _Interpreters(processes) as executor,
        make_client(NOWHERE) as client,
        pytest.raises(ConfigurationError, match="the client's secret does not travel"),
    ):
        audit_coverage(client, store, executor=executor)


def _no_client() -> str:
    return "client"


@pytest.mark.slow
def test_worker_client_that_makes_no_client_is_refused(store: Path) -> None:
    with (
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as processes,
        serve(Pool(3)) as host,
        pytest.raises(ConfigurationError, match="worker_client: wanted a function that returns"),
    ):
        audit_at(host, store, executor=processes, worker_client=_no_client)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["store", "key", "service", "executor", "pickle"])
def test_no_frame_of_a_refused_audit_shows_the_secret(trouble: str, store: Path) -> None:
    pool = Pool(20)
    pool.rejects_keys = trouble == "key"
    pool.is_throttling = trouble == "service"
    processes = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
    make: Any = functools.partial(
        ManagementClient, access_key_id=ACCESS_KEY_ID, access_key_secret=ACCESS_KEY_SECRET
    )
    if trouble == "executor":
        processes.shutdown()
    if trouble == "pickle":
        make = functools.partial(lambda secret: None, ACCESS_KEY_SECRET)
    if trouble == "store":
        store.write_bytes(b"not a store" * 99)
    options: Any = {"worker_client": make, "patience": 0.1, "executor": processes}
    if trouble == "service":
        options["executor"] = None
    with serve(pool) as host, processes, make_client(host) as client:
        try:
            audit_coverage(client, store, **options)
        except AuthingMFAError as error:
            shown = "".join(
                line
                for frame in traceback.TracebackException.from_exception(
                    error, capture_locals=True
                ).stack
                if f"{os.sep}authing_mfa{os.sep}audit{os.sep}" in frame.filename
                for line in (frame.locals or {}).values()
            )
        else:
            shown = "no error"
    assert "<ManagementClient " in shown
    assert ACCESS_KEY_SECRET not in shown
