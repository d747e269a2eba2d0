"""The sandbox's clock, which every rule reads."""

from __future__ import annotations

import math
import threading
import time


class Clock:
    """A clock that tests may move forward and stop.

    Instants are Unix seconds. Time never goes back: thawing goes on from the frozen instant.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = 0.0
        self._frozen_at: float | None = None

    def __repr__(self) -> str:
        state = "frozen" if self.frozen else "running"
        return f"<Clock {self.now():.3f} {state}>"

    @property
    def frozen(self) -> bool:
        """Whether the clock is frozen."""
        return self._frozen_at is not None

    def now(self) -> float:
        """Return the sandbox's time in Unix seconds."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> None:
        """Move forward by ``seconds``, frozen or not.

        Raises:
            ValueError: ``seconds`` is negative, or no number of seconds.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError("the sandbox's clock only moves forward, by seconds")
        with self._lock:
            self._ahead += seconds
            if self._frozen_at is not None:
                self._frozen_at += seconds

    def freeze(self) -> None:
        """Stop at the present instant until ``unfreeze``."""
        with self._lock:
            self._frozen_at = self._now()

    def unfreeze(self) -> None:
        """Run again, from the instant at which the clock stood still."""
        with self._lock:
            if self._frozen_at is not None:
                self._ahead = self._frozen_at - time.time()
                self._frozen_at = None

    def reset(self) -> None:
        """Run at the real time again."""
        with self._lock:
            self._ahead, self._frozen_at = 0.0, None

    def _now(self) -> float:
        return time.time() + self._ahead if self._frozen_at is None else self._frozen_at
