"""The table of figures is the one that `make bench` writes."""

from __future__ import annotations

import pytest

from .documents import ROOT, rows


@pytest.mark.repository
@pytest.mark.slow  # it imports the packages that are compared
def test_the_page_has_the_rows_that_are_measured() -> None:
    from bench.__main__ import cells
    from bench.rows import ROWS

    measured = [list(cells(row, row.reach)[:3]) for row in ROWS]
    page = (ROOT / "docs/speed.md").read_text(encoding="utf-8")
    assert measured == [shown[:3] for shown in rows(page)]
