"""Results to standard output, all the rest to standard error."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs
import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from .. import OTPSetup
from .._secrets import conceal

_CONTROLLING: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that control a terminal, end a line or have no agreed shape."""
_STYLES: Final = {"ok": "green", "warning": "yellow", "failed": "red"}


@attrs.frozen
class Output:
    """Writes a command's result, for people or as JSON."""

    as_json: bool = False

    def rows(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """Write a list: a table on a terminal, lines with tabs in a pipe.

        Args:
            rows: Each a JSON object; in text only its ``columns`` show.
            columns: Keys of a row, in order.
        """
        if self.as_json:
            write_json(rows)
            return
        out = console()
        shown = [[plain(row[name]) for name in columns] for row in rows]
        if not out.is_terminal:
            click.echo("".join("\t".join(cells) + "\n" for cells in shown), nl=False)
            return
        table = Table(box=None, pad_edge=False, header_style="cyan")
        for name in columns:
            table.add_column(name.replace("_", " "), overflow="fold")
        for cells in shown:
            table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in cells))
        out.print(table)

    def fields(self, facts: Mapping[str, Any]) -> None:
        """Write one object; in text a line for each field that is no object itself."""
        if self.as_json:
            write_json(facts)
            return
        out = console()
        for name, value in facts.items():
            if isinstance(value, Mapping):
                continue
            label, text = name.replace("_", " "), plain(value)
            if out.is_terminal:
                out.print(Text.assemble((f"{label:<14} ", "cyan"), text))
            else:
                click.echo(f"{label}\t{text}")

    def line(self, text: str, facts: Mapping[str, Any]) -> None:
        """Write one line in text, an object in JSON."""
        if self.as_json:
            write_json(facts)
        else:
            say(text)


def console(*, stderr: bool = False) -> Console:
    """Return the terminal or pipe; rich drops colours for a pipe and ``NO_COLOR``."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def say(text: str) -> None:
    """Write one line to standard output."""
    click.echo(plain(text))


def note(text: str, style: str = "") -> None:
    """Write a line to standard error."""
    console(stderr=True).print(Text(plain(text), style=style), soft_wrap=True)


def show_otp(otp: OTPSetup) -> None:
    """Show QR code, key and recovery code on standard error: they are no result."""
    if console(stderr=True).is_terminal:
        click.echo(otp.qr.terminal(), err=True)
    note(conceal(f"scan the QR code, or type this key into the app: {otp.manual_key}"))
    note(conceal(f"keep this recovery code, shown only now: {otp.recovery_code}"))


def write_json(value: Any, *, indent: int | None = 2) -> None:
    """Write a JSON document to standard output."""
    click.echo(json.dumps(value, indent=indent, default=_to_json))


def plain(value: Any) -> str:
    """Return a value as one line of text without control characters."""
    text = conceal(_joined(value))
    return "".join(" " if unicodedata.category(one) in _CONTROLLING else one for one in text)


def progress(label: str) -> Progress:
    """Return a progress bar on standard error; silent where that is not a terminal."""
    err = console(stderr=True)
    return Progress(
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def _joined(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(str(item) for item in value)
    return str(value)


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else list(value)
