"""Measures for how long a busy machine keeps a thread that wants to run from running."""

from __future__ import annotations

import threading
import time
from typing import Final

_BEAT: Final = 0.02


class Pulse:
    """A thread that wakes often, and notes how late it was at worst.

    Attributes:
        longest: In seconds.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=60)

    def _beat(self) -> None:
        due = time.monotonic() + _BEAT
        while not self._stopped.wait(_BEAT):
            now = time.monotonic()
            self.longest = max(self.longest, now - due)
            due = now + _BEAT
