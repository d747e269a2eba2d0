"""Show a QR code in a notebook whose file must not hold it, or on a terminal."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

from .otp import QRCode

# Dark on white whatever the colours around, and so is the text in place of a missing picture.
_FRAME: Final = "display:inline-block;background:white;color:black"
_NOT_HERE: Final = (
    "The QR code is fetched once, by a browser on the machine that runs this. Show it again where "
    "the page was loaded again; for a browser on another machine see help(Enrollment.show_qr)."
)
_NO_PAGE: Final = "QR code: this front end shows no pages; print(enrollment.otp.qr.terminal())"
_GONE: Final = {"text/plain": "The QR code is no longer on show."}


class Picture:
    """A QR code on show.

    Attributes:
        embedded: Whether the page itself holds it.
    """

    def __init__(self, *, embedded: bool) -> None:
        self.embedded = embedded

    def clear(self) -> None:
        """Remove it where that can be done: a terminal has scrolled on."""


def show_for(seconds: float, code: QRCode, *, embed: bool) -> Picture:
    """Show a QR code on a notebook's page, or print it where there is no page.

    Args:
        seconds: Time until the page no longer shows it.
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
    """A QR code on a notebook's page, which IPython's ``publish`` writes to."""

    def __init__(
        self, publish: Callable[..., None], seconds: float, code: QRCode, *, embedded: bool
    ) -> None:
        from secrets import token_hex  # only notebooks need these

        from .notebook_server import PictureServer

        super().__init__(embedded=embedded)
        self._server = None if embedded else PictureServer(code.png())
        shown = f'<img src="{self._server.url}" alt="{_NOT_HERE}">' if self._server else code.svg()
        page = {"text/html": f'<div style="{_FRAME}">{shown}</div>', "text/plain": _NO_PAGE}
        self._publish = functools.partial(publish, transient={"display_id": token_hex()})
        self._publish(page)
        self._timer = threading.Timer(seconds, self.clear)
        self._timer.daemon = True
        self._timer.start()

    def clear(self) -> None:
        """Replace it with a line of text."""
        self._timer.cancel()
        if self._server is not None:
            self._server.close()
        self._publish(_GONE, update=True)
