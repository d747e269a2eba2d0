"""The context that every handler is given: state, settings, clock, outbox and rate limit."""

from __future__ import annotations

import secrets

import attrs

from .clock import Clock
from .outbox import Outbox
from .settings import Settings
from .state import State


@attrs.define
class RateLimit:
    """Counts the calls of each second by the sandbox's clock."""

    _second: int = 0
    _calls: int = 0

    def allows(self, now: float, limit: int | None) -> bool:
        """Count a call; return whether it is within the limit of its second."""
        second = int(now)
        if second != self._second:
            self._second, self._calls = second, 0
        self._calls += 1
        return limit is None or self._calls <= limit


@attrs.define
class Context:
    """The state, the settings, the clock, the outbox and the rate limit."""

    state: State
    settings: Settings
    clock: Clock = attrs.field(factory=Clock)
    outbox: Outbox = attrs.field(factory=Outbox)
    rate: RateLimit = attrs.field(factory=RateLimit)


def new_id() -> str:
    """Return 24 hexadecimal digits, the form of the service's ids."""
    return secrets.token_hex(12)
