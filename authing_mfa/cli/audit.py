"""``authing-mfa admin audit``: the share of a user pool that has a second factor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import click
from rich.progress import Progress

from ..audit import AuditProgress, Coverage, CoverageReport, audit_coverage
from . import output
from .connect import connected
from .settings import Settings, for_administrator

_FILE: Final = click.Path(dir_okay=False, writable=True)


def _checked(context: click.Context, option: click.Parameter, path: str | None) -> str | None:
    """Refuse a file that could not be written once the long work is done."""
    if path is not None and not Path(path).absolute().parent.is_dir():
        raise click.BadParameter(f"there is no directory {Path(path).parent}; make it first")
    return path


@click.command()
@click.argument("store", type=_FILE)
@click.option("--workers", type=click.IntRange(1), default=32, show_default=True)
@click.option("--rate", type=float, default=300, show_default=True, help="Calls a second at most.")
@click.option(
    "--html", type=_FILE, callback=_checked, help="Write a page with charts, for people."
)
@click.option("--csv", type=_FILE, callback=_checked, help="Write a line for each user.")
@click.option("--jsonl", type=_FILE, callback=_checked, help="Write a line of JSON for each user.")
@for_administrator
def audit(
    settings: Settings, /, store: str, workers: int, rate: float, **files: str | None
) -> None:
    """Count who in the user pool has which factors, and who has none.

    All answers go into the file STORE: a run that was stopped goes on there when it is called
    again. For another audit, name another file.
    """
    _check_apart(store, files)
    with (
        connected(settings) as service,
        service.management_client() as client,
        output.progress("{task.description}") as bar,
    ):
        report = audit_coverage(client, store, workers=workers, rate=rate, progress=_drawing(bar))
    _write(report, files)
    settings.output.fields(_facts(report, as_json=settings.as_json))


def _check_apart(store: str, files: dict[str, str | None]) -> None:
    """Refuse a report that would be written over the store once the long work is done."""
    for name, path in files.items():
        if path is not None and Path(path).resolve() == Path(store).resolve():
            message = "it is STORE itself; name another file"
            raise click.BadParameter(message, param_hint=f"--{name}")


def _drawing(bar: Progress) -> Callable[[AuditProgress], None]:
    task = bar.add_task("listing", total=None)

    def draw(progress: AuditProgress) -> None:
        bar.update(task, description=progress.stage, total=progress.total, completed=progress.done)

    return draw


def _write(report: CoverageReport, files: dict[str, str | None]) -> None:
    writers = {"html": report.write_html, "csv": report.write_csv, "jsonl": report.write_jsonl}
    for name, path in files.items():
        if path is not None:
            writers[name](path)


def _facts(report: CoverageReport, *, as_json: bool) -> dict[str, Any]:
    if as_json:
        return {
            **attrs.asdict(report, recurse=False),
            "store": str(report.store),
            "overall": _numbers(report.overall),
            "by_status": {name: _numbers(one) for name, one in report.by_status.items()},
            "by_filter": {name: _numbers(one) for name, one in report.by_filter.items()},
        }
    overall, share = report.overall, report.overall.share
    return {
        "users": overall.users,
        "without_factor": overall.none,
        "one_factor": overall.single,
        "several": overall.several,
        "unknown": overall.unknown,
        "covered": "" if share is None else f"{share:.1%}",
        **{str(kind): count for kind, count in overall.by_factor.items()},
        "failed": report.failed,
    }


def _numbers(coverage: Coverage) -> dict[str, Any]:
    by_factor = {str(kind): count for kind, count in coverage.by_factor.items()}
    facts = attrs.asdict(coverage, recurse=False)
    return {**facts, "by_factor": by_factor, "share": coverage.share}
