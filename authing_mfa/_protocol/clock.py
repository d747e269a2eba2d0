"""Measure time also while the machine sleeps, which ``time.monotonic`` does not on Linux."""

from __future__ import annotations

import time

import attrs

if hasattr(time, "CLOCK_BOOTTIME"):

    def now() -> float:
        """Return seconds, of which only differences mean something."""
        asleep = time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic() + round(asleep, 2)  # the two are not read at the same moment

else:  # Windows counts a sleep by itself; on macOS it is not counted

    def now() -> float:
        """Return seconds, of which only differences mean something."""
        return time.monotonic()


@attrs.frozen
class Deadline:
    """The moment at which a whole call must be over, also if the machine slept meanwhile."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline that many seconds from now."""
        return cls(now() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds until then; negative when it has passed."""
        return self.at - now()
