"""A report as one page of HTML, for people: nothing is loaded, and no script runs.

Its charts are SVG, each with its numbers as a table below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from itertools import islice
from typing import Final, TextIO

import attrs

from ._coverage import Coverage, Summary, UserCoverage

_PARTS: Final = {
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
_LONGEST_LABEL: Final = 17
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a; --line: #d0d7de;
  --none: #b3261e; --single: #c27c0e; --several: #1f6f54; --unknown: #7d8590; --track: #eef1f4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --soft: #9aa4af;
  --line: #30363d; --none: #ff7b72; --single: #e3b341; --several: #56d4a0; --unknown: #8b949e;
  --track: #1c2128; } }
@media print { :root { color-scheme: light; } details { display: block; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.7rem; margin: 0; } h2 { font-size: 1.2rem; margin: 2.5rem 0 0; }
p, dl { color: var(--soft); } dl { display: grid; grid-template-columns: max-content 1fr;
  gap: 0 1rem; } dd { margin: 0; color: var(--ink); overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; list-style: none; }
.figures li { flex: 1 1 9rem; border: 1px solid var(--line); border-radius: 8px; padding: 1rem;
  color: var(--soft); }
.figures b { display: block; font-size: 1.8rem; line-height: 1.2; color: var(--ink); }
figure { margin: 1rem 0 0; overflow-x: auto; } figcaption { color: var(--soft); }
svg { width: 100%; height: auto; } text { fill: var(--ink); font-size: 13px; }
rect { stroke: var(--paper); } rect.track { fill: var(--track); } rect.none { fill: var(--none); }
rect.single { fill: var(--single); } rect.several { fill: var(--several); }
rect.unknown { fill: var(--unknown); }
.key { display: flex; flex-wrap: wrap; gap: 0 1.2rem; padding: 0; list-style: none; }
.key i { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; overflow-wrap: break-word; }
td { white-space: nowrap; } td:first-child { white-space: normal; }
small { color: var(--soft); }
"""


@attrs.frozen
class _Bar:
    """One row of a chart.

    Attributes:
        segments: Class of the style, words, and users; drawn from left to right.
        whole: Users that the full width stands for.
    """

    label: str
    segments: Sequence[tuple[str, str, int]]
    whole: int


def write_html(
    report: Summary, without_factor: Iterable[UserCoverage], file: TextIO, most_listed: int
) -> None:
    """Write the page.

    Args:
        report: The numbers.
        without_factor: Users without a second factor; not read where none is to be named.
        file: Where to.
        most_listed: Users without a second factor that are named at most.
    """
    file.write(_head(report))
    file.writelines(_sections(report))
    if report.overall.none and most_listed:
        file.writelines(_users(report.overall.none, without_factor, most_listed))
    file.write("</main></body></html>\n")


def _head(report: Summary) -> str:
    title = escape(f"MFA coverage of {report.pool}")
    facts = {
        "User pool": report.pool,
        "Service": report.host,
        "Begun": _moment(report.started_at),
        "Finished": _moment(report.finished_at, "not yet"),
        "Users created until": _moment(report.created_until),
    }
    shown = "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{title}</h1><dl>{shown}</dl>"
    )


def _sections(report: Summary) -> Iterator[str]:
    overall = report.overall
    known = overall.users - overall.unknown
    figures = {
        "users": f"{overall.users:,}",
        "have a second factor": percent(overall.single + overall.several, known),
        "have none": f"{overall.none:,}",
        "have one kind only": f"{overall.single:,}",
    }
    yield _list("figures", (f"<b>{escape(text)}</b>{name}" for name, text in figures.items()))
    cautions = {
        "Users who were not asked for, since the audit was stopped": report.pending,
        "Users who could not be asked for (the CSV says why)": report.failed,
        "Users who were deleted meanwhile, and are left out": report.gone,
    }
    yield from (f"<p>{words}: {users:,}.</p>" for words, users in cautions.items() if users)
    yield f"<h2>All users</h2>{_shares_chart('all', 'Users', {'All': overall})}"
    yield f"<h2>Factors</h2>{_factors_chart('factors', 'Users with each factor', overall)}"
    if report.by_status:
        chart = _shares_chart("status", "Users of each status", report.by_status)
        yield f"<h2>By status</h2>{chart}"
    if report.by_filter:
        chart = _shares_chart("filter", "Users under each filter", report.by_filter)
        yield f"<h2>By filter</h2>{chart}"


def _users(count: int, users: Iterable[UserCoverage], most_listed: int) -> Iterator[str]:
    yield "<h2>Users without a second factor</h2>"
    if count > most_listed:
        yield f"<p>The first {most_listed:,} of {count:,}; the CSV has all.</p>"
    rows = (
        f"<td>{escape(user.user_id)}</td><td>{escape(user.status)}</td>"
        f"<td>{_moment(user.created_at)}</td>"
        for user in islice(users, most_listed)
    )
    yield _table(["User id", "Status", "Created"], rows)


def _shares_chart(name: str, title: str, coverages: Mapping[str, Coverage]) -> str:
    """Return a key of the four parts, and a chart with a bar for each name."""
    bars = [
        _Bar(
            label,
            [(part, words, getattr(coverage, part)) for part, words in _PARTS.items()],
            coverage.users,
        )
        for label, coverage in coverages.items()
    ]
    colours = (
        f'<i style="background: var(--{part})"></i>{words}' for part, words in _PARTS.items()
    )
    return _list("key", colours) + _figure(name, title, bars, ["", "Users", *_PARTS.values()])


def _factors_chart(name: str, title: str, coverage: Coverage) -> str:
    """Return a chart with a bar for each kind of factor."""
    known = coverage.users - coverage.unknown
    bars = [
        _Bar(str(kind), [("several", f"have {kind}", users)], known)
        for kind, users in coverage.by_factor.items()
    ]
    return _figure(name, title, bars, ["", "Users known", "Users who have it"])


def _figure(name: str, title: str, bars: Sequence[_Bar], heads: Sequence[str]) -> str:
    drawn = "".join(_drawn(bar, _ROW_HEIGHT * row) for row, bar in enumerate(bars))
    description = "; ".join(
        f"{bar.label}: {', '.join(_in_words(bar, *segment[1:]) for segment in bar.segments)}"
        for bar in bars
    )
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<svg role="img" aria-labelledby="{name}-svg-title {name}-svg-desc" '
        f'viewBox="0 0 {_WIDTH} {_ROW_HEIGHT * len(bars)}">'
        f'<title id="{name}-svg-title">{escape(title)}</title>'
        f'<desc id="{name}-svg-desc">{escape(description)}</desc>{drawn}</svg>'
        f"{_table(heads, map(_cells, bars))}</figure>"
    )


def _drawn(bar: _Bar, top: int) -> str:
    label, middle = bar.label, top + _ROW_HEIGHT / 2
    if len(label) > _LONGEST_LABEL:
        label = f"{label[: _LONGEST_LABEL - 1]}…"
    drawn = [
        f'<text x="{_LABEL_WIDTH - 10}" y="{middle + 5}" text-anchor="end">{escape(label)}</text>'
        f'<rect class="track" x="{_LABEL_WIDTH}" y="{top + 6}" '
        f'width="{_WIDTH - _LABEL_WIDTH}" height="{_BAR_HEIGHT}"/>'
    ]
    left = float(_LABEL_WIDTH)
    for part, words, users in bar.segments:
        if users:
            width = (_WIDTH - _LABEL_WIDTH) * users / bar.whole
            drawn.append(
                f'<rect class="{part}" x="{left:.2f}" y="{top + 6}" width="{width:.2f}" '
                f'height="{_BAR_HEIGHT}"><title>{escape(_in_words(bar, words, users))}</title>'
                "</rect>"
            )
            left += width
    return "".join(drawn)


def _in_words(bar: _Bar, words: str, users: int) -> str:
    return f"{words} {users:,} ({percent(users, bar.whole)})"


def _cells(bar: _Bar) -> str:
    cells = "".join(
        f"<td>{users:,} <small>{escape(percent(users, bar.whole))}</small></td>"
        for _, _, users in bar.segments
    )
    return f'<th scope="row">{escape(bar.label)}</th><td>{bar.whole:,}</td>{cells}'


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(f"<tr>{cells}</tr>" for cells in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _list(kind: str, items: Iterable[str]) -> str:
    return f'<ul class="{kind}">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def percent(users: int, whole: int) -> str:
    """Return a share as text: 0 % and 100 % only where it is exactly that."""
    if not whole:
        return "–"
    share = f"{100 * users / whole:.1f}"
    if share == "0.0" and users:
        return "<0.1 %"
    if share == "100.0" and users < whole:
        return ">99.9 %"
    return f"{share} %"


def _moment(instant: datetime | None, unknown: str = "–") -> str:
    if instant is None:
        return unknown
    return f"{instant.replace(tzinfo=None).isoformat(' ', 'minutes')} UTC"
