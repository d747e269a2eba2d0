"""A run that is killed or stopped goes on where it was."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from authing_mfa import ConfigurationError
from authing_mfa.audit import AuditProgress, audit_coverage, read_report

from .audits import audit_at, in_process, make_client, stored
from .dated_pool import Dated
from .pool_server import Pool, serve

KILLS = 10
USERS = 1500
AUDIT = """
    from tests.audit.audits import audit_at
    print("begins", flush=True)
    audit_at(sys.argv[1], sys.argv[2], workers=4, rate=1200)
"""


@pytest.mark.slow
def test_run_killed_ten_times_ends_with_exactly_the_users_of_the_pool(store: Path) -> None:
    pool = Pool(USERS)
    moments = random.Random()
    with serve(pool) as host:
        for _ in range(KILLS):
            process = in_process(AUDIT, host, store)
            with process:
                assert process.stdout is not None
                assert process.stdout.readline() == "begins\n"
                until = sum(pool.calls.values()) + moments.randrange(120)
                while sum(pool.calls.values()) < until and process.poll() is None:
                    time.sleep(0.001)
                process.kill()
        killed = pool.calls["get-user-mfa-info"]
        report = audit_at(host, store)
    assert sorted(pool.ids()) == sorted(stored(store))
    assert (report.overall.users, report.overall.unknown, report.gone) == (USERS, 0, 0)
    assert killed > 0
    # Only who was being asked for when the process died is asked for again: 4 workers, 16 users.
    assert sum(pool.asked.values()) <= USERS + KILLS * 2 * 4 * 16


@pytest.mark.slow
def test_run_that_is_interrupted_goes_on(store: Path) -> None:
    pool = Pool(500)

    def interrupt(progress: AuditProgress) -> None:
        if progress.done > 100:
            raise KeyboardInterrupt

    pool.delay = 0.002
    with serve(pool) as host:
        with pytest.raises(KeyboardInterrupt):
            audit_at(host, store, progress=interrupt)
        stopped = read_report(store)
        report = audit_at(host, store)
    assert 100 < 500 - stopped.pending < 500
    assert stopped.finished_at is None
    assert (report.overall.users, report.pending) == (500, 0)
    assert sum(pool.asked.values()) < 564


@pytest.mark.slow
def test_finished_audit_adds_who_came_since_and_tries_again_who_failed(store: Path) -> None:
    pool = Pool(300)
    pool.fail(7, 3, statusCode=500)
    with serve(pool) as host:
        first = audit_at(host, store)
        pool.users += 30
        second = audit_at(host, store)
    assert (first.overall.users, first.failed) == (300, 1)
    assert (second.overall.users, second.failed) == (330, 0)
    assert pool.asked[pool.user_id(7)] == 4
    # Another user is asked for when only the seventh fails: twice in the first run.
    assert sum(pool.asked.values()) <= 330 + 3 + 2


def test_store_that_is_in_use_is_refused(store: Path) -> None:
    pool = Pool(100)
    refusals: list[str] = []

    def begin_another(progress: AuditProgress) -> None:
        with pytest.raises(ConfigurationError) as refused:
            audit_coverage(client, store)
        refusals.append(str(refused.value))

    with serve(pool) as host, make_client(host) as client:
        audit_coverage(client, store, workers=2, rate=1e6, progress=begin_another)
    assert refusals
    assert f"store: {store} is in use by another run" in refusals[0]
    assert "give this one a file of its own" in refusals[0]


@pytest.mark.slow
def test_store_in_use_by_another_process_is_refused_until_that_dies(store: Path) -> None:
    code = """
        from tests.audit.audits import audit_at
        wait = lambda progress: (print(flush=True), sys.stdin.read())
        audit_at(sys.argv[1], sys.argv[2], progress=wait)
    """
    with serve(Pool(100)) as host:
        with in_process(code, host, store) as process:
            assert process.stdout is not None
            process.stdout.readline()
            with pytest.raises(ConfigurationError, match="in use"):
                audit_at(host, store)
            with pytest.raises(ConfigurationError, match="in use"):
                read_report(store)
            process.kill()
        assert audit_at(host, store).overall.users == 100


@pytest.mark.parametrize("answer", [{"statusCode": 404}, {"statusCode": 404, "apiCode": 2004}])
def test_user_who_was_gone_and_is_listed_again_is_asked_for_again(
    store: Path, answer: dict[str, int]
) -> None:
    pool = Dated([f"2024-01-{day:02}T00:00:00.000Z" for day in range(1, 31)])
    pool.fail(7, 1, **answer)
    seen: list[AuditProgress] = []
    with serve(pool) as host:
        assert audit_at(host, store).gone == 1
        report = audit_at(host, store, progress=seen.append)
    assert (report.overall.users, report.gone, report.pending) == (30, 0, 0)
    assert (seen[-1].listed, seen[-1].done) == (30, 30)
