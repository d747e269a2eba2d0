"""A user whose call fails is recorded and tried again; a rejected key stops the run."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authing_mfa import (
    ConnectionFailedError,
    ForbiddenError,
    InvalidResponseError,
    ServerError,
    UnauthorizedError,
    UserFilter,
)
from authing_mfa.audit import AuditStoppedError, CoverageReport, audit_coverage, read_report
from tests.support.sampling import few

from .audits import audit, audit_at, make_client, stored
from .pool_server import Pool, serve


def test_failed_user_is_tried_again_at_the_end(store: Path) -> None:
    pool = Pool(100)
    pool.fail(7, 1, statusCode=503)
    report = audit(pool, store)
    assert (report.failed, report.overall.users) == (0, 100)
    assert pool.last_asked == pool.user_id(7)
    assert pool.asked[pool.user_id(7)] == 2


@pytest.mark.parametrize(
    "answer", few([{"statusCode": 500}, {"http_status": 0}, {"statusCode": True}], 1)
)
def test_user_who_keeps_failing_is_in_the_report_with_the_error(
    answer: dict[str, int], store: Path
) -> None:
    pool = Pool(100)
    pool.fail(7, 99, **answer)
    report = audit(pool, store)
    assert (report.failed, report.overall.unknown, report.overall.users) == (1, 1, 100)
    (failed,) = (user for user in report.rows() if user.error)
    assert (pool.user_id(7), None) == (failed.user_id, failed.factors)
    assert "Error: GET /api/v3/get-user-mfa-info: " in (failed.error or "")


def test_each_failed_user_is_tried_three_times_in_a_run(store: Path) -> None:
    pool = Pool(100)
    pool.fail(7, 99, statusCode=500)
    audit(pool, store, retry_rounds=2)
    assert pool.asked[pool.user_id(7)] == 3


def test_page_missing_at_a_gateway_does_not_make_users_vanish(store: Path) -> None:
    pool = Pool(20)
    pool.fail(7, 99, http_status=404)
    assert ((report := audit(pool, store)).failed, report.gone) == (1, 0)


def test_one_user_whom_the_key_may_not_see_is_failed(store: Path) -> None:
    pool = Pool(100)
    pool.fail(7, 99, statusCode=403)
    assert audit(pool, store).failed == 1


@pytest.mark.slow
def test_key_that_may_see_nobody_stops_the_run_soon(store: Path) -> None:
    pool = Pool(2000)
    for index in range(2000):
        pool.fail(index, 99, statusCode=403)
    with pytest.raises(ForbiddenError):
        audit(pool, store)
    assert sum(pool.asked.values()) < 200


def suspend(pool: Pool, *indices: int, **answer: int) -> None:
    for index in indices:
        pool.fail(index, 10_000, **answer)


ALWAYS = [{"statusCode": 403}, {"statusCode": 500}, {"http_status": 502}, {"http_status": 0}]


@pytest.mark.slow
@pytest.mark.parametrize("answer", ALWAYS)
@pytest.mark.parametrize("workers", [1, 4])
def test_users_who_always_fail_in_a_row_are_reported_as_failed(
    workers: int, answer: dict[str, int], store: Path
) -> None:
    pool = Pool(120)
    suspend(pool, *range(40, 60), **answer)
    report = audit(pool, store, workers=workers, rate=workers * 400)
    assert (report.overall.users, report.failed, report.pending) == (120, 20, 0)
    assert report.finished_at is not None
    assert {pool.asked[pool.user_id(index)] for index in range(40, 60)} == {3}


def test_users_whose_call_is_unauthorized_fail_alone(store: Path) -> None:
    pool = Pool(60)
    suspend(pool, 0, 7, 8, 59, statusCode=401)
    report = audit(pool, store)
    assert (report.overall.users, report.failed, report.pending) == (60, 4, 0)
    assert report.finished_at is not None


@pytest.mark.slow
@pytest.mark.parametrize("answer", ALWAYS)
@pytest.mark.parametrize("failing", [range(70), range(10, 80)])
def test_users_who_always_fail_may_be_the_first_or_the_last(
    failing: range, answer: dict[str, int], store: Path
) -> None:
    pool = Pool(80)
    suspend(pool, *failing, **answer)
    report = audit(pool, store, patience=20)
    assert (report.overall.users, report.failed, report.pending) == (80, 70, 0)


@pytest.mark.parametrize("answer", few([{"statusCode": 403}, {"statusCode": 500}], 1))
def test_audit_of_suspended_users_alone_ends_with_all_of_them_failed(
    answer: dict[str, int], store: Path
) -> None:
    pool = Pool(80)
    suspend(pool, *(index for index in range(80) if pool.status(index) == "Suspended"), **answer)
    report = audit(pool, store, filters=[UserFilter("status", "EQUAL", "Suspended")])
    assert (report.overall.users, report.failed) == (20, 20)


@pytest.mark.slow
@pytest.mark.parametrize("answer", [{"statusCode": 500}, {"http_status": 0}])
def test_small_pool_in_which_everybody_fails_is_reported(
    answer: dict[str, int], store: Path
) -> None:
    pool = Pool(3)
    suspend(pool, *range(3), **answer)
    assert (audit(pool, store).failed, read_report(store).pending) == (3, 0)


@pytest.mark.slow
def test_service_that_goes_down_leaves_nobody_failed(store: Path) -> None:
    pool = Pool(500)

    def go_down(name: str, number: int) -> None:
        if name == "get-user-mfa-info" and number == 100:
            suspend(pool, *range(500), statusCode=503)

    pool.on_call = go_down
    with pytest.raises(ServerError):
        audit(pool, store, patience=0.3)
    pool.on_call = None
    report = read_report(store)
    assert (report.failed, report.finished_at) == (0, None)
    assert report.pending > 380
    pool.failures.clear()
    assert audit_again(pool, store).overall.unknown == 0


@pytest.mark.slow
def test_service_that_is_down_for_a_while_loses_nobody(store: Path) -> None:
    pool = Pool(300)
    real = pool._info

    def answer(user_id: str) -> tuple[int, object]:
        is_down = 100 < sum(pool.asked.values()) < 120
        if is_down:
            pool.asked[user_id] += 1
            return 200, b"<html>Down for maintenance</html>"
        return real(user_id)

    pool._info = answer  # type: ignore[method-assign]
    report = audit(pool, store, patience=20)
    assert (report.overall.unknown, report.overall.users) == (0, 300)


@pytest.mark.slow
def test_key_that_loses_its_right_on_the_way_stops_the_run(store: Path) -> None:
    pool = Pool(500)

    def withdraw(name: str, number: int) -> None:
        if name == "get-user-mfa-info" and number == 100:
            suspend(pool, *range(500), statusCode=403)

    pool.on_call = withdraw
    with pytest.raises(ForbiddenError):
        audit(pool, store)
    assert read_report(store).failed == 0


def test_users_who_failed_are_asked_for_by_the_next_run_without_retry_rounds(store: Path) -> None:
    pool = Pool(50)
    pool.fail(7, 1, statusCode=500)
    with serve(pool) as host:
        assert audit_at(host, store, retry_rounds=0).failed == 1
        assert audit_at(host, store, retry_rounds=0).failed == 0
    assert pool.asked[pool.user_id(7)] == 2


def test_run_that_is_stopped_keeps_why_users_failed_before(store: Path) -> None:
    pool = Pool(50)
    suspend(pool, 7, statusCode=500)
    with serve(pool) as host:
        audit_at(host, store, retry_rounds=0)
        pool.rejects_keys = pool.refuses_token = True
        with pytest.raises(UnauthorizedError):
            audit_at(host, store)
    report = read_report(store)
    assert (report.failed, report.pending) == (1, 0)


CUT_OFF = [
    (200, b'{"statusCode": 200, "data": {"totalCount": 500, "li'),
    (200, b"<html>A proxy's page</html>"),
    (200, {"statusCode": 500, "message": "Oops"}),
    (500, b""),
    (0, None),
]


@pytest.mark.slow
@pytest.mark.parametrize("answer", CUT_OFF)
@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_page_that_fails_once_is_asked_for_again(
    number: int, answer: tuple[int, object], store: Path
) -> None:
    pool = Pool(200)
    real = pool._list

    def answer_once(body: dict[str, object]) -> tuple[int, object]:
        return answer if pool.calls["list-users"] == number else real(body)

    pool._list = answer_once  # type: ignore[method-assign]
    assert audit(pool, store, patience=30).overall.users == 200


@pytest.mark.slow
@pytest.mark.parametrize("answer", CUT_OFF)
def test_token_that_fails_once_is_asked_for_again(answer: tuple[int, object], store: Path) -> None:
    pool = Pool(20)
    real = pool._token

    def answer_once() -> tuple[int, object]:
        return answer if pool.calls["get-management-token"] == 1 else real()

    pool._token = answer_once  # type: ignore[method-assign]
    assert audit(pool, store, patience=30).overall.users == 20


def test_page_that_never_fits_is_raised_soon(store: Path) -> None:
    pool = Pool(20)
    pool._list = lambda body: (  # type: ignore[method-assign]
        200,
        {"statusCode": 200, "data": {"totalCount": "20", "list": []}},
    )
    with pytest.raises(InvalidResponseError, match="totalCount"):
        audit(pool, store)
    assert pool.calls["list-users"] == 3


@pytest.mark.slow
def test_address_that_does_not_answer_is_given_up_after_the_patience(store: Path) -> None:
    began = time.monotonic()
    with make_client("http://127.0.0.1:1") as client, pytest.raises(ConnectionFailedError):
        audit_coverage(client, store, patience=0.5)
    assert time.monotonic() - began < 10
    assert not store.exists()


@pytest.mark.slow
@pytest.mark.parametrize("rate", [1.5, 3])
def test_tasks_of_one_user_that_fail_in_a_row_do_not_stop_the_run(
    rate: float, store: Path
) -> None:
    pool = Pool(8)
    suspend(pool, 2, 3, 4, 5, statusCode=500)
    report = audit(pool, store, workers=4, rate=rate * 4, retry_rounds=0)
    assert (report.overall.users, report.failed) == (8, 4)


def test_user_ids_that_no_call_can_name_are_failed_alone(store: Path) -> None:
    class Odd(Pool):
        def user_id(self, index: int) -> str:
            return {3: "", 4: "\ud800", 5: "  "}.get(index, super().user_id(index))

    report = audit(Odd(30), store)
    assert report.overall.users + report.gone == 30
    assert report.failed + report.gone == 3


def audit_again(pool: Pool, store: Path) -> CoverageReport:
    """Go on with a store at the address that it was made for."""
    with serve(pool) as host:
        with sqlite3.connect(store) as connection:
            connection.execute("UPDATE facts SET fact = ? WHERE name = 'host'", (host,))
        connection.close()
        return audit_at(host, store)


def test_key_that_is_rejected_costs_one_call(store: Path) -> None:
    pool = Pool(100)
    pool.rejects_keys = True
    with pytest.raises(UnauthorizedError):
        audit(pool, store)
    assert pool.calls == {"get-management-token": 1}
    assert not store.exists()


@pytest.mark.slow
def test_key_that_is_withdrawn_stops_the_run_once(store: Path) -> None:
    pool = Pool(2000)

    def withdraw(name: str, number: int) -> None:
        if name == "get-user-mfa-info" and number == 500:
            pool.rejects_keys = pool.refuses_token = True

    pool.on_call = withdraw
    with pytest.raises(UnauthorizedError):
        audit(pool, store)
    assert pool.calls["get-user-mfa-info"] < 520
    assert 400 < len(stored(store, "SELECT 1 FROM users WHERE state = 1")) < 500


@pytest.mark.slow
def test_lists_that_fail_now_and_then_are_asked_for_again(store: Path) -> None:
    pool = Pool(500)
    real = pool._list

    def fail_each_third(body: dict[str, object]) -> tuple[int, object]:
        if pool.calls["list-users"] % 3 == 0:
            return 502, None
        return real(body)

    pool._list = fail_each_third  # type: ignore[method-assign]
    assert audit(pool, store).overall.users == 500


@pytest.mark.slow
def test_service_that_stays_down_ends_the_run(store: Path) -> None:
    pool = Pool(500)

    def go_down(name: str, number: int) -> None:
        if name == "get-user-mfa-info" and number == 100:
            for index in range(500):
                pool.fail(index, 9999, statusCode=503)

    pool.on_call = go_down
    with pytest.raises(ServerError):
        audit(pool, store, patience=0.05)
    assert 90 <= len(stored(store, "SELECT 1 FROM users WHERE state = 1")) <= 100


def test_executor_that_is_shut_down_on_the_way_stops_the_run(store: Path) -> None:
    pool = Pool(500)
    with ThreadPoolExecutor(2) as executor:

        def shut_down(name: str, number: int) -> None:
            if name == "get-user-mfa-info" and number == 100:
                executor.shutdown(wait=False)

        pool.on_call = shut_down
        with pytest.raises(AuditStoppedError, match="run again to go on"):
            audit(pool, store, executor=executor)
    pool.on_call = None
    assert stored(store, "SELECT 1 FROM users WHERE state = 1")
