"""How long a run goes on without an answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

import attrs

from .. import _retry
from ..errors import (
    AuthingMFAError,
    ConnectionFailedError,
    InvalidResponseError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    TransportError,
)
from ._pace import Pace

T = TypeVar("T")

DEFAULT_PAUSE: Final = 1.0
"""Seconds to wait after a 429 that does not say how long."""
FIRST_CONTACT: Final = 30.0
"""Longest patience, in seconds, with an address that never answered: it may be mistyped."""
TROUBLE: Final = (TransportError, InvalidResponseError, ServerError, ThirdPartyError)
"""What passes by itself."""
MISFITS_IN_A_ROW: Final = 3
"""A response whose data does not fit passes less often than one that was cut off."""


@attrs.define(eq=False)
class Patience:
    """Says how long to wait after a failure, and when to give up.

    Attributes:
        seconds: Without an answer, after which to give up.
    """

    seconds: float
    _failures: int = attrs.field(default=0, init=False)
    _failing_since: float | None = attrs.field(default=None, init=False)
    _was_reached: bool = attrs.field(default=False, init=False)

    def answered(self) -> None:
        """Hear that the service works."""
        self._failures, self._failing_since, self._was_reached = 0, None, True

    def heed(self, error: AuthingMFAError) -> float:
        """Return the seconds to wait after a failure.

        Raises:
            AuthingMFAError: The failure itself: it does not pass, or has lasted too long.
        """
        if not isinstance(error, (*TROUBLE, ThrottleError)):
            raise error
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        self._failures += 1
        self._was_reached |= not isinstance(error, ConnectionFailedError)
        remaining = self._limit() - (now - self._failing_since)
        wait = self._wait(error)
        is_hopeless = isinstance(error, ThrottleError) and wait > self.seconds
        if remaining < 0 or is_hopeless or self._is_misfit(error):
            raise error
        return wait if isinstance(error, ThrottleError) else min(wait, remaining)

    def until_answered(self, call: Callable[[], T], pace: Pace) -> T:
        """Return what a call returns, made again while that makes sense.

        Raises:
            AuthingMFAError: It keeps failing.
        """
        while True:
            pace.take()
            try:
                result = call()
            except AuthingMFAError as error:
                pace.pause(self.heed(error))
            else:
                self.answered()
                return result

    def _limit(self) -> float:
        return self.seconds if self._was_reached else min(self.seconds, FIRST_CONTACT)

    def _wait(self, error: AuthingMFAError) -> float:
        return pause_of(error) if isinstance(error, ThrottleError) else self._back_off()

    def _back_off(self) -> float:
        return _retry.pause(self._failures, None)

    def _is_misfit(self, error: AuthingMFAError) -> bool:
        if not isinstance(error, InvalidResponseError):
            return False
        return (error.where or "").startswith("data") and self._failures >= MISFITS_IN_A_ROW


def pause_of(error: ThrottleError) -> float:
    """Return the seconds that the service wants."""
    return DEFAULT_PAUSE if error.retry_after is None else error.retry_after
