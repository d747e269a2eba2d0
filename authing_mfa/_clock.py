"""A clock that goes on while the machine sleeps, which ``time.monotonic`` does not on Linux."""

from __future__ import annotations

import time


def _cannot_tell() -> float:
    return 0.0  # Windows counts it by itself; on macOS it is not counted


def _slept() -> float:
    """Return the seconds that the machine has been asleep since it was started."""
    asleep = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    return round(asleep, 2)  # the two are not read at the same moment


slept = _slept if hasattr(time, "CLOCK_BOOTTIME") else _cannot_tell


def now() -> float:
    """Return seconds to reckon with; only their differences mean something."""
    return time.monotonic() + slept()
