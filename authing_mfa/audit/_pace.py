"""The rate limit that all workers share."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

import attrs

SAVED_SECONDS: Final = 0.1
"""Turns that nobody took are kept this long, so that a hiccup does not lower the rate."""


@attrs.define(eq=False)
class Pace:
    """A token bucket: gives each call its turn, and stops for everybody when told to wait.

    Attributes:
        rate: Calls a second.
    """

    rate: float
    _next_turn: float = attrs.field(default=0.0, init=False)
    _resumes_at: float = attrs.field(default=0.0, init=False)
    _lock: Any = attrs.field(factory=threading.Lock, init=False, repr=False)
    _ended: Any = attrs.field(factory=threading.Event, init=False, repr=False)

    def take(self, calls: int = 1) -> bool:
        """Wait until so many calls may be made; False once ``end`` was called."""
        while not self._ended.is_set():
            turn, wait = self._reserve(calls)
            if wait > 0:
                self._ended.wait(wait)
            if turn >= self._resumes_at:  # else a pause came while this turn was waited for
                return not self._ended.is_set()
        return False

    def pause(self, seconds: float) -> None:
        """Let no call begin for so long, not even one whose turn was given."""
        with self._lock:
            self._resumes_at = max(self._resumes_at, time.monotonic() + seconds)
            self._next_turn = max(self._next_turn, self._resumes_at)

    def end(self) -> None:
        """Send everybody home who waits, now and later."""
        self._ended.set()

    def _reserve(self, calls: int) -> tuple[float, float]:
        with self._lock:
            now = time.monotonic()
            turn = max(self._next_turn, self._resumes_at, now - SAVED_SECONDS)
            self._next_turn = turn + calls / self.rate
            return turn, turn - now
