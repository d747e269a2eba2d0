"""How values look in a notebook, and showing what must not stay in its file."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import attrs

# The notebook's own colours, so that a table reads on light and on dark.
_CELL: Final = "border:1px solid currentColor;padding:.2em .6em;text-align:left"
_TABLE: Final = "border-collapse:collapse;background:transparent;color:inherit"


class Shown:
    """A value that a notebook shows as a small table, masked like its ``repr``."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return table([], [(name, shown) for name, shown in _masked(self)])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table; all text is escaped."""
    lines = [_row("th", head)] if head else []
    lines += [_row("td", row) for row in rows]
    return f'<table style="{_TABLE}">{"".join(lines)}</table>'


def _row(tag: str, cells: Sequence[str]) -> str:
    from html import escape  # its table of entities is long: only notebooks pay for it

    body = "".join(f'<{tag} style="{_CELL}">{escape(cell)}</{tag}>' for cell in cells)
    return f"<tr>{body}</tr>"


def _masked(value: Any) -> Iterable[tuple[str, str]]:
    for field in attrs.fields(type(value)):
        if field.repr:
            show = field.repr if callable(field.repr) else str
            yield field.name, show(getattr(value, field.name))


class Picture(Protocol):
    """A picture on show."""

    def clear(self) -> None:
        """Take it away."""


def show_for(seconds: float, svg: str, text: str) -> Picture:
    """Show a picture in a notebook for so long, or print its text where there is none.

    What is cleared is not in the notebook's file when it is saved afterwards.
    """
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if not hasattr(shell, "kernel"):
        print(text)  # noqa: T201  the terminal is where it is to go
        return _Printed()
    return _Displayed(seconds, svg)


class _Printed:
    def clear(self) -> None:
        """Leave it: a terminal has scrolled on."""


class _Displayed:
    def __init__(self, seconds: float, svg: str) -> None:
        from IPython.display import HTML, display

        frame = f'<div style="background:white;display:inline-block">{svg}</div>'
        self._empty = HTML("")
        self._place = display(HTML(frame), display_id=True)
        self._timer = threading.Timer(seconds, self.clear)
        self._timer.daemon = True
        self._timer.start()

    def clear(self) -> None:
        self._timer.cancel()
        self._place.update(self._empty)
