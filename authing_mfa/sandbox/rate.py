"""The limit of calls a second that the pool's plan sets."""

from __future__ import annotations

import attrs


@attrs.define
class Rate:
    """Counts the calls of each second by the sandbox's clock."""

    _second: int = 0
    _calls: int = 0

    def allows(self, now: float, limit: int | None) -> bool:
        """Count a call; tell whether it is within the limit of its second."""
        second = int(now)
        if second != self._second:
            self._second, self._calls = second, 0
        self._calls += 1
        return limit is None or self._calls <= limit
