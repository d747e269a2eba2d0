"""How values look in a notebook, and showing a QR code that its file must not hold."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from .._values.qr import QRCode
    from .handout import Handout


# The notebook's own colours, so that a table reads on light and on dark.
_CELL: Final = "border:1px solid currentColor;padding:.2em .6em;text-align:left"
_TABLE: Final = "border-collapse:collapse;background:transparent;color:inherit"
# Dark on white whatever the colours around, and so is the text in place of a missing picture.
_FRAME: Final = "display:inline-block;background:white;color:black"
_NOT_HERE: Final = (
    "The QR code is fetched once, by a browser on the machine that runs this. Show it again where "
    "the page was loaded again; for a browser on another machine see help(Enrollment.show_qr)."
)
_NO_PAGE: Final = "QR code: this front end shows no pages; print(enrollment.otp.qr.terminal())"
_GONE: Final = {"text/plain": "The QR code is no longer on show."}


class Shown:
    """A value that a notebook shows as a small table, masked like its ``repr``.

    ``match`` takes its fields by name, or by position in the order of the documentation; a type
    checker knows the names only.
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # attrs makes a class with slots twice, the second time with its fields; it leaves those
        # out of __match_args__ that are keywords, and here all are.
        fields = vars(cls).get("__attrs_attrs__", ())
        names = tuple(field.name for field in fields if field.init)
        setattr(cls, "__match_args__", names)  # noqa: B010  a type checker lets none be assigned

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


class Picture:
    """A QR code on show.

    Attributes:
        embedded: Whether the page itself holds it.
    """

    def __init__(self, *, embedded: bool) -> None:
        self.embedded = embedded

    def clear(self) -> None:
        """Take it away where that can be done: a terminal has scrolled on."""


def show_for(seconds: float, code: QRCode, *, embed: bool) -> Picture:
    """Show a QR code on a notebook's page for so long, or print it where there is no page.

    Args:
        seconds: Until it is taken away, if nobody does so before.
        code: What to draw.
        embed: Put the picture into the page, instead of handing it to the browser past it.
    """
    ipython = sys.modules.get("IPython")
    shell: Any = ipython and ipython.get_ipython()
    if hasattr(shell, "kernel"):
        return OnPage(shell.display_pub.publish, seconds, code, embedded=embed)
    print(code.terminal(), end="")  # noqa: T201  the terminal is where it is to go
    return Picture(embedded=embed)


class OnPage(Picture):
    """A QR code on a notebook's page; ``publish`` is how IPython puts things there."""

    def __init__(
        self, publish: Callable[..., None], seconds: float, code: QRCode, *, embedded: bool
    ) -> None:
        from secrets import token_hex  # only notebooks need it

        super().__init__(embedded=embedded)
        self._handout = None if embedded else _hand_out(code.png())
        shown = code.svg() if self._handout is None else _image(self._handout.url)
        page = {"text/html": f'<div style="{_FRAME}">{shown}</div>', "text/plain": _NO_PAGE}
        self._publish = functools.partial(publish, transient={"display_id": token_hex()})
        self._publish(page)
        self._timer = threading.Timer(seconds, self.clear)
        self._timer.daemon = True
        self._timer.start()

    def clear(self) -> None:
        """Put a line of text in its place."""
        self._timer.cancel()
        if self._handout is not None:
            self._handout.close()
        self._publish(_GONE, update=True)


def _hand_out(png: bytes) -> Handout:
    from .handout import Handout

    return Handout(png)


def _image(url: str) -> str:
    return f'<img src="{url}" alt="{_NOT_HERE}">'
