"""Users of any instant of creation count once, also by the next run, whatever the count says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from authing_mfa import UserFilter
from authing_mfa.audit import read_report
from tests.support.sampling import few

from .audits import audit, audit_at, stored
from .dated_pool import Dated
from .pool_server import serve

EPOCH = "1970-01-01T00:00:00.000Z"
YEAR_1 = "0001-01-01T00:00:00.000Z"
YEAR_9999 = "9999-12-31T23:59:59.999Z"
TODAY = ["2024-01-01T00:00:00.000Z", "2024-01-02T00:00:00.000Z", "2024-01-03T00:00:00.000Z"]


def at(days: float) -> str:
    """Return an instant so many days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="milliseconds")


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize(
    "instants",
    [
        [EPOCH, *TODAY, TODAY[0]],
        [*["1969-12-31T23:59:59.999Z"] * 60, *TODAY],
        ["1900-06-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", EPOCH, *TODAY],
        [YEAR_1, *TODAY],
        [YEAR_9999, *TODAY],
        [YEAR_1, EPOCH, *TODAY, YEAR_9999],
        [YEAR_1, YEAR_9999],
        ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"],
        [YEAR_1],
        [EPOCH],
        [YEAR_9999],
        pytest.param(
            [
                f"19{year}-0{month}-01T00:00:00.000Z"
                for year in range(50, 90)
                for month in range(1, 10)
            ],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_users_of_every_instant_count(instants: list[str], inclusive: bool, store: Path) -> None:
    pool = Dated(instants, inclusive=inclusive)
    report = audit(pool, store)
    assert sorted(stored(store)) == sorted(pool.ids())
    assert (report.overall.users, report.overall.unknown) == (len(instants), 0)
    assert len(list(report.rows())) == len(instants)


@pytest.mark.parametrize("days", few([400, 1, None], 1))
def test_users_who_come_after_one_dated_in_the_future_are_found_by_the_next_run(
    days: int | None, store: Path
) -> None:
    pool = Dated([*TODAY, at(days) if days else YEAR_9999])
    with serve(pool) as host:
        audit_at(host, store)
        pool.add(at(0))
        report = audit_at(host, store)
    assert report.overall.users == 5


def test_user_who_comes_meanwhile_is_found_beside_one_dated_in_the_future(store: Path) -> None:
    pool = Dated([*TODAY, at(3)])

    def join(name: str, number: int) -> None:
        if name == "get-user-mfa-info" and number == 1:
            pool.add(at(0))

    pool.on_call = join
    assert audit(pool, store).overall.users == 5


def test_user_who_is_imported_with_an_old_instant_is_found_by_the_next_run(store: Path) -> None:
    pool = Dated([*TODAY])
    with serve(pool) as host:
        audit_at(host, store)
        pool.add("2001-01-01T00:00:00.000Z")
        assert audit_at(host, store).overall.users == 4
    assert set(pool.asked.values()) == {1}


@pytest.mark.parametrize("nulls_first", [True, False])
@pytest.mark.parametrize("undated", [1, pytest.param(120, marks=pytest.mark.slow)])
def test_users_without_an_instant_count(undated: int, nulls_first: bool, store: Path) -> None:
    pool = Dated([*TODAY, *[None] * undated], nulls_first=nulls_first)
    report = audit(pool, store, by_filter={"On": [UserFilter("status", "EQUAL", "Activated")]})
    assert report.overall.users == 3 + undated
    assert report.by_filter["On"].users == report.by_status["Activated"].users
    assert [row.created_at for row in report.rows()].count(None) == undated


def test_pool_of_users_without_an_instant_is_audited(store: Path) -> None:
    report = audit(Dated([None] * 70), store)
    assert (report.overall.users, report.overall.unknown) == (70, 0)


def test_service_that_cannot_list_users_without_an_instant_has_the_others_audited(
    store: Path,
) -> None:
    report = audit(Dated([*TODAY, None], knows_null=False), store)
    assert (report.overall.users, report.overall.unknown) == (3, 0)


def test_users_without_an_instant_are_not_asked_for_where_nobody_is_missing(store: Path) -> None:
    pool = Dated([*TODAY])
    audit(pool, store)
    asked = [each["operator"] for conditions in pool.conditions for each in conditions]
    assert "IS_NULL" not in asked


@pytest.mark.slow
@pytest.mark.parametrize("count", [-1000, -51, -1, 1, 1000])
@pytest.mark.parametrize("ties", [1, 130])
def test_count_that_lags_hides_nobody(ties: int, count: int, store: Path) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    instants = [(start + timedelta(hours=index // ties)).isoformat() for index in range(260)]
    pool = Dated(instants, count=count)
    report = audit(pool, store)
    assert report.overall.users == 260


def test_report_of_the_first_and_the_last_instant_is_written(store: Path, tmp_path: Path) -> None:
    audit(Dated([YEAR_1, YEAR_9999]), store)
    report = read_report(store)
    report.write_html(tmp_path / "page.html", most_listed=9)
    report.write_csv(tmp_path / "users.csv")
    report.write_jsonl(tmp_path / "users.jsonl")
    assert "0001-01-01 00:00 UTC" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "9999-12-31T23:59:59" in (tmp_path / "users.csv").read_text(encoding="utf-8")
