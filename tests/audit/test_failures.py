"""A user whose call fails is recorded and tried again; a rejected key stops the run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from authing_mfa import ForbiddenError, ServerError, UnauthorizedError
from authing_mfa.audit import AuditStoppedError

from .audits import audit, stored
from .pool_server import Pool

pytestmark = pytest.mark.slow


def test_failed_user_is_tried_again_at_the_end(store: Path) -> None:
    pool = Pool(100)
    pool.fail(7, 1, statusCode=503)
    report = audit(pool, store)
    assert (0, 100) == (report.failed, report.overall.users)
    assert pool.user_id(7) == pool.last_asked
    assert 2 == pool.asked[pool.user_id(7)]


@pytest.mark.parametrize("answer", [{"statusCode": 500}, {"http_status": 0}, {"statusCode": True}])
def test_user_who_keeps_failing_is_in_the_report_with_the_error(
    answer: dict[str, int], store: Path
) -> None:
    pool = Pool(100)
    pool.fail(7, 99, **answer)
    report = audit(pool, store)
    assert (1, 1, 100) == (report.failed, report.overall.unknown, report.overall.users)
    (failed,) = (user for user in report.rows() if user.error)
    assert (pool.user_id(7), None) == (failed.user_id, failed.factors)
    assert "Error: GET /api/v3/get-user-mfa-info: " in (failed.error or "")


def test_each_failed_user_is_tried_three_times_in_a_run(store: Path) -> None:
    pool = Pool(100)
    pool.fail(7, 99, statusCode=500)
    audit(pool, store, retry_rounds=2)
    assert 3 == pool.asked[pool.user_id(7)]


def test_page_missing_at_a_gateway_does_not_make_users_vanish(store: Path) -> None:
    pool = Pool(20)
    pool.fail(7, 99, http_status=404)
    assert (1, 0) == ((report := audit(pool, store)).failed, report.gone)


def test_one_user_whom_the_key_may_not_see_is_recorded(store: Path) -> None:
    pool = Pool(100)
    pool.fail(7, 99, statusCode=403)
    assert 1 == audit(pool, store).failed


def test_key_that_may_see_nobody_stops_the_run_soon(store: Path) -> None:
    pool = Pool(2000)
    for index in range(2000):
        pool.fail(index, 99, statusCode=403)
    with pytest.raises(ForbiddenError):
        audit(pool, store)
    assert 200 > sum(pool.asked.values())


def test_key_that_is_rejected_costs_one_call(store: Path) -> None:
    pool = Pool(100)
    pool.rejects_keys = True
    with pytest.raises(UnauthorizedError):
        audit(pool, store)
    assert {"get-management-token": 1} == pool.calls
    assert not store.exists()


def test_key_that_is_withdrawn_stops_the_run_once(store: Path) -> None:
    pool = Pool(2000)

    def withdraw(name: str, number: int) -> None:
        if name == "get-user-mfa-info" and number == 500:
            pool.rejects_keys = pool.refuses_token = True

    pool.on_call = withdraw
    with pytest.raises(UnauthorizedError):
        audit(pool, store)
    assert 520 > pool.calls["get-user-mfa-info"]
    assert 400 < len(stored(store, "SELECT 1 FROM users WHERE state = 1")) < 500


def test_lists_that_fail_now_and_then_are_asked_for_again(store: Path) -> None:
    pool = Pool(500)
    real = pool._list

    def fail_each_third(body: dict[str, object]) -> tuple[int, object]:
        if pool.calls["list-users"] % 3 == 0:
            return 502, None
        return real(body)

    pool._list = fail_each_third  # type: ignore[method-assign]
    assert 500 == audit(pool, store).overall.users


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
