"""``authing-mfa``, the command line."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

__all__ = ["main"]

_NEEDED = ("click", "rich")
_INTERRUPTED = 130


def main() -> int:
    """Run the command line on this process's arguments; return its exit code."""
    _heed_a_second_interrupt()
    try:
        from .app import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        sys.stderr.write('authing-mfa needs an extra: pip install "authing-mfa[cli]"\n')
        return 2
    return run(sys.argv[1:])


def _heed_a_second_interrupt() -> None:
    """End at once on a second Ctrl-C: the first one may still be tidying up, or be stuck."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return  # ignored in a background job, or somebody else's

    def at_once(number: int, frame: FrameType | None) -> None:
        if sys.stderr.isatty():
            os.write(2, b"\x1b[?25h\n")  # a progress bar hides the cursor
        os._exit(_INTERRUPTED)

    def interrupt(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, at_once)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
