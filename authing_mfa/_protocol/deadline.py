"""Measure time also while the machine sleeps, which ``time.monotonic`` does not on Linux."""

from __future__ import annotations

import sys
import time

import attrs


def monotonic() -> float:
    """Return seconds, of which only differences mean something; a sleep counts on Linux.

    Windows counts it by itself, macOS does not. Pyodide names the clock and cannot read it.
    """
    if sys.platform == "emscripten" or not hasattr(time, "CLOCK_BOOTTIME"):
        return time.monotonic()
    asleep = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return time.monotonic() + round(asleep, 2)  # the two are not read at the same moment


@attrs.frozen
class Deadline:
    """The moment at which a whole call must be over, also if the machine slept meanwhile."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline that many seconds from now."""
        return cls(monotonic() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds until then; negative when it has passed."""
        return self.at - monotonic()
