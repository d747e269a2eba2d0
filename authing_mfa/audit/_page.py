"""A report as one page of HTML, for people: nothing is loaded, and no script runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from itertools import islice
from typing import Final, TextIO

from ._charts import PARTS, factors_chart, percent, shares_chart
from ._coverage import Summary, UserCoverage

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


def write_page(
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
    file.write(_without_factor(report.overall.none, without_factor, most_listed))
    file.write("</main></body></html>\n")


def _head(report: Summary) -> str:
    title = f"MFA coverage of {report.pool}"
    facts = {
        "User pool": report.pool,
        "Service": report.host,
        "Begun": _moment(report.started_at),
        "Finished": _moment(report.finished_at) if report.finished_at else "not yet",
        "Users created until": _moment(report.created_until) if report.created_until else "–",
    }
    shown = "".join(f"<dt>{name}</dt><dd>{escape(fact)}</dd>" for name, fact in facts.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><dl>{shown}</dl>"
    )


def _sections(report: Summary) -> Iterable[str]:
    overall = report.overall
    known = overall.users - overall.unknown
    yield _figures(
        {
            "users": f"{overall.users:,}",
            "have a second factor": percent(overall.single + overall.several, known),
            "have none": f"{overall.none:,}",
            "have one kind only": f"{overall.single:,}",
        }
    )
    yield _caution(report)
    yield f"<h2>All users</h2>{_key()}{shares_chart('all', 'Users', {'All': overall})}"
    yield f"<h2>Factors</h2>{factors_chart('factors', 'Users with each factor', overall)}"
    if report.by_status:
        chart = shares_chart("status", "Users of each status", report.by_status)
        yield f"<h2>By status</h2>{_key()}{chart}"
    if report.by_filter:
        chart = shares_chart("filter", "Users under each filter", report.by_filter)
        yield f"<h2>By filter</h2>{_key()}{chart}"


def _figures(figures: dict[str, str]) -> str:
    items = "".join(f"<li><b>{escape(shown)}</b>{name}</li>" for name, shown in figures.items())
    return f'<ul class="figures">{items}</ul>'


def _caution(report: Summary) -> str:
    said = {
        "Users who were not asked for, since the audit was stopped": report.pending,
        "Users who could not be asked for (the CSV says why)": report.failed,
        "Users who were deleted meanwhile, and are left out": report.gone,
    }
    return "".join(f"<p>{words}: {users:,}.</p>" for words, users in said.items() if users)


def _key() -> str:
    items = "".join(
        f'<li><i style="background: var(--{part})"></i>{words}</li>'
        for part, words in PARTS.items()
    )
    return f'<ul class="key">{items}</ul>'


def _without_factor(users: int, rows: Iterable[UserCoverage], most_listed: int) -> str:
    if not users or not most_listed:
        return ""
    listed = "".join(_row(user) for user in islice(rows, most_listed))
    rest = f"<p>The first {most_listed:,} of {users:,}; the CSV has all.</p>"
    return (
        f"<h2>Users without a second factor</h2>{rest if users > most_listed else ''}"
        f'<table><thead><tr><th scope="col">User id</th><th scope="col">Status</th>'
        f'<th scope="col">Created</th></tr></thead><tbody>{listed}</tbody></table>'
    )


def _row(user: UserCoverage) -> str:
    created = _moment(user.created_at) if user.created_at else "–"
    return (
        f"<tr><td>{escape(user.user_id)}</td><td>{escape(user.status)}</td><td>{created}</td></tr>"
    )


def _moment(instant: datetime) -> str:
    return f"{instant.replace(tzinfo=None).isoformat(' ', 'minutes')} UTC"
