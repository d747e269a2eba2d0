"""Charts of a report as SVG that needs no script, and their numbers as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import attrs

from ._coverage import Coverage

PARTS: Final = {
    "none": "No second factor",
    "single": "One kind of factor",
    "several": "Two kinds or more",
    "unknown": "Not known",
}
"""Fields of ``Coverage`` that add up to its users, and their words."""

_WIDTH: Final = 640
_LABEL_WIDTH: Final = 150
_ROW_HEIGHT: Final = 34
_BAR_HEIGHT: Final = 22


@attrs.frozen
class Bar:
    """One row of a chart.

    Attributes:
        segments: Class of the style, words, and users; drawn from left to right.
        whole: Users that the full width stands for.
    """

    label: str
    segments: Sequence[tuple[str, str, int]]
    whole: int


def shares_chart(name: str, title: str, coverages: Mapping[str, Coverage]) -> str:
    """Return a figure of how users divide into the four parts, a bar for each name."""
    bars = [
        Bar(
            label,
            [(part, words, getattr(coverage, part)) for part, words in PARTS.items()],
            coverage.users,
        )
        for label, coverage in coverages.items()
    ]
    return _figure(name, title, bars, heads=["", "Users", *PARTS.values()])


def factors_chart(name: str, title: str, coverage: Coverage) -> str:
    """Return a figure of how many users have bound each kind of factor."""
    known = coverage.users - coverage.unknown
    bars = [
        Bar(str(kind), [("several", f"have {kind}", users)], known)
        for kind, users in coverage.by_factor.items()
    ]
    return _figure(name, title, bars, heads=["", "Users known", "Users who have it"])


def _figure(name: str, title: str, bars: Sequence[Bar], heads: Sequence[str]) -> str:
    height = _ROW_HEIGHT * len(bars)
    drawn = "".join(_bar(bar, _ROW_HEIGHT * row) for row, bar in enumerate(bars))
    told = "; ".join(_told(bar) for bar in bars)
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg role="img" aria-labelledby="{name}-svg-title {name}-svg-desc" '
        f'viewBox="0 0 {_WIDTH} {height}">'
        f'<title id="{name}-svg-title">{escape(title)}</title>'
        f'<desc id="{name}-svg-desc">{escape(told)}</desc>{drawn}</svg>'
        f"{_table(heads, bars)}</figure>"
    )


def _bar(bar: Bar, top: int) -> str:
    middle = top + _ROW_HEIGHT / 2
    drawn = [
        f'<text x="{_LABEL_WIDTH - 10}" y="{middle + 5}" text-anchor="end">'
        f"{escape(_shortened(bar.label))}</text>"
        f'<rect class="track" x="{_LABEL_WIDTH}" y="{top + 6}" '
        f'width="{_WIDTH - _LABEL_WIDTH}" height="{_BAR_HEIGHT}"/>'
    ]
    left = float(_LABEL_WIDTH)
    for part, words, users in bar.segments:
        width = (_WIDTH - _LABEL_WIDTH) * users / bar.whole if bar.whole else 0.0
        if width:
            drawn.append(
                f'<rect class="{part}" x="{left:.2f}" y="{top + 6}" width="{width:.2f}" '
                f'height="{_BAR_HEIGHT}"><title>{escape(_said(words, users, bar.whole))}</title>'
                "</rect>"
            )
        left += width
    return "".join(drawn)


def _told(bar: Bar) -> str:
    said = ", ".join(_said(words, users, bar.whole) for _, words, users in bar.segments)
    return f"{bar.label}: {said}"


def _said(words: str, users: int, whole: int) -> str:
    return f"{words} {users:,} ({percent(users, whole)})"


def percent(users: int, whole: int) -> str:
    """Return a share for reading; never 0 % or 100 % of what is not."""
    if not whole:
        return "–"
    share = f"{100 * users / whole:.1f}"
    if share == "0.0" and users:
        return "<0.1 %"
    if share == "100.0" and users < whole:
        return ">99.9 %"
    return f"{share} %"


def _table(heads: Sequence[str], bars: Sequence[Bar]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, bars))}</tbody></table>"
    )


def _row(bar: Bar) -> str:
    cells = "".join(
        f"<td>{users:,} <small>{escape(percent(users, bar.whole))}</small></td>"
        for _, _, users in bar.segments
    )
    return f'<tr><th scope="row">{escape(bar.label)}</th><td>{bar.whole:,}</td>{cells}</tr>'


def _shortened(label: str) -> str:
    return label if len(label) <= 17 else f"{label[:16]}…"
