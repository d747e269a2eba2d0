"""A report as an object, CSV, JSON lines, a page and a frame."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from authing_mfa import ConfigurationError, FactorType, UserFilter
from authing_mfa.audit import CoverageReport, UserCoverage, read_report
from authing_mfa.audit._html import percent
from authing_mfa.audit._tables import write_csv

from .audits import audit
from .pool_server import Pool


class Hostile(Pool):
    """Its users have ids and statuses that mean something to a spreadsheet or a browser."""

    def user_id(self, index: int) -> str:
        return {0: "=1+1", 1: "+1", 2: "-1", 3: "@x", 4: "<b>&"}.get(index, super().user_id(index))

    def status(self, index: int) -> str:
        return "<script>alert(1)</script>" if index == 4 else super().status(index)

    def answer(self, method: str, path: str, query: str, body: bytes) -> tuple[int, Any]:
        for index in range(5):
            known = _quoted(super().user_id(index))
            query = query.replace(_quoted(self.user_id(index)), known)
        return super().answer(method, path, query, body)


def _quoted(text: str) -> str:
    return f"userId={quote(text, safe='')}&"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> CoverageReport:
    pool = Pool(60)
    pool.fail(9, 99, statusCode=500)
    named = {"Locked <out>": [UserFilter("status", "EQUAL", "Suspended")]}
    store = tmp_path_factory.mktemp("report") / "audit.sqlite3"
    return audit(pool, store, by_filter=named, workers=1)


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_report_is_read_again_from_the_store(report: CoverageReport) -> None:
    assert report == read_report(report.store)
    assert report == read_report(str(report.store))


def test_parts_add_up_to_the_users(report: CoverageReport) -> None:
    whole = report.overall
    assert whole.users == whole.none + whole.single + whole.several + whole.unknown == 60
    assert whole.users == sum(part.users for part in report.by_status.values())


def test_share_of_nobody_is_unknown(store: Path) -> None:
    assert audit(Pool(0), store).overall.share is None


def test_rows_hold_what_is_known_of_each_user(report: CoverageReport) -> None:
    rows = list(report.rows())
    pool = Pool(60)
    assert [row.user_id for row in rows] == [pool.user_id(index) for index in range(60)]
    assert rows[5].factors == (FactorType.OTP, FactorType.SMS)
    assert rows[5].created_at == pool.created_at(5)
    assert (rows[9].factors, rows[9].filters) == (None, ())
    assert rows[3].filters == ("Locked <out>",)


def test_rows_may_be_those_without_a_factor(report: CoverageReport) -> None:
    rows = list(report.rows(without_factor=True))
    assert report.overall.none == len(rows)
    assert {row.factors for row in rows} == {()}


def test_csv_has_a_line_for_each_user(report: CoverageReport) -> None:
    file = io.StringIO()
    report.write_csv(file)
    rows = lines(file.getvalue())
    assert len(rows) == 60
    assert rows[5] == {
        "user_id": Pool(60).user_id(5),
        "status": "Activated",
        "created_at": "2020-01-01T00:00:35+00:00",
        "otp": "yes",
        "sms": "yes",
        "email": "no",
        "face": "no",
        "factors": "2",
        "error": "",
        "filters": "",
    }
    assert (rows[9]["otp"], rows[9]["factors"]) == ("", "")
    assert rows[9]["error"].startswith("ServerError: ")


def test_csv_cell_is_no_formula(store: Path) -> None:
    report = audit(Hostile(5), store, workers=1)
    file = io.StringIO()
    report.write_csv(file)
    assert [row["user_id"] for row in lines(file.getvalue())] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "<b>&",
    ]


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"＝＋－＠﹢"])
def test_cell_that_a_spreadsheet_would_run_is_text(start: str) -> None:
    user = UserCoverage(
        user_id=f"{start}1", status="Activated", created_at=None, factors=(), error=f"{start}2",
        filters=(f"{start}3",),
    )  # fmt: skip
    file = io.StringIO(newline="")
    write_csv([user], file)
    (row,) = csv.DictReader(io.StringIO(file.getvalue(), newline=""))
    assert [row["user_id"], row["error"], row["filters"]] == [
        f"'{start}{number}" for number in (1, 2, 3)
    ]


def test_json_lines_have_one_for_each_user(report: CoverageReport) -> None:
    file = io.StringIO()
    report.write_jsonl(file)
    rows = [json.loads(line) for line in file.getvalue().splitlines()]
    assert len(rows) == 60
    assert rows[5]["factors"] == ["OTP", "SMS"]
    assert rows[9]["factors"] is None
    assert rows[3]["filters"] == ["Locked <out>"]


def test_files_are_written_where_wanted(report: CoverageReport, tmp_path: Path) -> None:
    report.write_csv(tmp_path / "a.csv")
    report.write_jsonl(str(tmp_path / "a.jsonl"))
    report.write_html(tmp_path / "a.html")
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 61
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 60
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")


class _Page(HTMLParser):
    """Reads a page, and checks that each element is closed in its turn."""

    VOID = ("meta", "rect")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attrs for name, attrs in self.tags if name == tag)


def page_of(report: CoverageReport, **options: Any) -> _Page:
    file = io.StringIO()
    report.write_html(file, **options)
    page = _Page(file.getvalue())
    assert page.open == []
    return page


def test_page_loads_nothing_and_runs_nothing(report: CoverageReport) -> None:
    page = page_of(report)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert not any({"src", "href", "onclick"} & set(attrs) for _, attrs in page.tags)
    policies = [attrs["content"] for attrs in page.all("meta") if "http-equiv" in attrs]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_each_chart_has_title_description_and_table(report: CoverageReport) -> None:
    page = page_of(report)
    charts = list(page.all("svg"))
    ids = [attrs.get("id") for _, attrs in page.tags if attrs.get("id")]
    assert len(charts) == len(list(page.all("desc"))) == len(list(page.all("figure"))) == 4
    for chart in charts:
        assert chart["role"] == "img"
        assert set((chart["aria-labelledby"] or "").split()) <= set(ids)
    assert len(ids) == len(set(ids))
    assert len(list(page.all("table"))) == 5  # one a chart, and the users without a factor


def test_page_says_the_numbers(report: CoverageReport) -> None:
    words = " ".join(page_of(report).words)
    assert "MFA coverage of pool" in words
    assert f"{report.overall.none}" in words
    assert "Users who could not be asked for (the CSV says why): 1." in words
    assert Pool(60).user_id(0) in words


def test_page_reads_in_light_and_dark(report: CoverageReport) -> None:
    style = page_of(report).words[1]
    assert "color-scheme: light dark" in style
    assert "prefers-color-scheme: dark" in style


def test_page_shows_hostile_names_as_text(store: Path) -> None:
    page = page_of(audit(Hostile(5), store, workers=1))
    assert "script" not in {tag for tag, _ in page.tags}
    assert any("<script>alert" in words for words in page.words)


def test_page_names_so_many_users_at_most(report: CoverageReport) -> None:
    words = " ".join(page_of(report, most_listed=2).words)
    assert f"The first 2 of {report.overall.none}" in words
    assert Pool(60).user_id(20) not in words


@pytest.mark.slow
def test_frame_has_a_row_for_each_user(report: CoverageReport) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = report.to_dataframe()
    assert len(frame) == 60
    assert report.overall.by_factor[FactorType.OTP] == frame["otp"].sum()
    assert frame["factors"].isna().sum() == 1


def test_frame_without_pandas_is_refused(
    report: CoverageReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigurationError, match="pip install pandas"):
        report.to_dataframe()


@pytest.mark.parametrize(
    ("users", "whole", "said"),
    [
        (0, 10, "0.0 %"),
        (10, 10, "100.0 %"),
        (1, 100_000, "<0.1 %"),
        (99_999, 100_000, ">99.9 %"),
        (0, 0, "–"),
    ],
)
def test_share_is_never_rounded_to_nobody_or_everybody(users: int, whole: int, said: str) -> None:
    assert percent(users, whole) == said


@pytest.mark.parametrize("write", ["write_csv", "write_jsonl", "write_html"])
@pytest.mark.parametrize("is_link", [False, True])
def test_report_is_not_written_over_its_store(tmp_path: Path, write: str, is_link: bool) -> None:
    store = tmp_path / "audit.sqlite3"
    report = audit(Pool(3), store)
    file = tmp_path / "link" if is_link else store
    if is_link:
        file.symlink_to(store)
    with pytest.raises(ConfigurationError, match="own store"):
        getattr(report, write)(file)
    assert read_report(store).overall.users == 3
