"""The rate limit that all workers share, and the pauses after failures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, Final, TypeVar

import attrs

from .._call import retry
from ..errors import (
    AuthingMFAError,
    ConnectionFailedError,
    InvalidResponseError,
    ServerError,
    ThirdPartyError,
    ThrottleError,
    TransportError,
)

T = TypeVar("T")

BURST_SECONDS: Final = 0.1
"""Unused capacity is kept this long, so that a hiccup does not lower the rate."""
DEFAULT_PAUSE: Final = 1.0
"""Seconds to wait after a 429 that does not say how long."""
FIRST_CONTACT: Final = 30.0
"""Longest patience, in seconds, with an address that never answered: it may be mistyped."""
TEMPORARY: Final = (TransportError, InvalidResponseError, ServerError, ThirdPartyError)
"""Errors that pass by themselves."""
MISFITS_IN_A_ROW: Final = 3
"""A response whose data does not fit passes less often than one that was cut off."""


@attrs.define(eq=False)
class RateLimiter:
    """A token bucket that can be paused for everybody.

    Attributes:
        rate: Calls a second.
    """

    rate: float
    _next_at: float = attrs.field(default=0.0, init=False)
    _resumes_at: float = attrs.field(default=0.0, init=False)
    _lock: Any = attrs.field(factory=threading.Lock, init=False, repr=False)
    _closed: Any = attrs.field(factory=threading.Event, init=False, repr=False)

    def acquire(self, calls: int = 1) -> None:
        """Wait until so many calls may be made.

        Raises:
            CancelledError: ``close`` was called, before or meanwhile.
        """
        while True:
            with self._lock:
                now = time.monotonic()
                at = max(self._next_at, self._resumes_at, now - BURST_SECONDS)
                self._next_at = at + calls / self.rate
            if self._closed.wait(max(0.0, at - now)):
                raise CancelledError
            if at >= self._resumes_at:  # else a pause came during the wait
                return

    def pause(self, seconds: float) -> None:
        """Let no call begin for so long, not even one that waits already."""
        with self._lock:
            self._resumes_at = max(self._resumes_at, time.monotonic() + seconds)

    def close(self) -> None:
        """End all waits, now and later; no further call is made."""
        self._closed.set()


@attrs.define(eq=False)
class Backoff:
    """Pauses all calls after a failure, and gives up when no answer came for too long.

    Attributes:
        limiter: What is paused.
        patience: Seconds without an answer after which to give up.
    """

    limiter: RateLimiter
    patience: float
    _failures: int = attrs.field(default=0, init=False)
    _failing_since: float | None = attrs.field(default=None, init=False)
    _was_reached: bool = attrs.field(default=False, init=False)

    def succeeded(self) -> None:
        """Begin anew: the service works."""
        self._failures, self._failing_since, self._was_reached = 0, None, True

    def failed(self, error: AuthingMFAError) -> None:
        """Pause all calls after a failure.

        Raises:
            AuthingMFAError: The failure itself: it does not pass, or has lasted too long.
        """
        if not isinstance(error, (*TEMPORARY, ThrottleError)):
            raise error
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        self._failures += 1
        self._was_reached |= not isinstance(error, ConnectionFailedError)
        limit = self.patience if self._was_reached else min(self.patience, FIRST_CONTACT)
        remaining = limit - (now - self._failing_since)
        if remaining < 0 or self._is_lasting(error):
            raise error
        if isinstance(error, ThrottleError):
            self.limiter.pause(pause_of(error))
        else:
            self.limiter.pause(min(retry.pause(self._failures, None), remaining))

    def retry(self, call: Callable[[], T]) -> T:
        """Return what a call returns, made again while its failures may pass.

        Raises:
            AuthingMFAError: It keeps failing.
        """
        while True:
            self.limiter.acquire()
            try:
                result = call()
            except AuthingMFAError as error:
                self.failed(error)
            else:
                self.succeeded()
                return result

    def _is_lasting(self, error: AuthingMFAError) -> bool:
        if isinstance(error, ThrottleError):
            return pause_of(error) > self.patience
        if not isinstance(error, InvalidResponseError):
            return False
        return (error.where or "").startswith("data") and self._failures >= MISFITS_IN_A_ROW


def pause_of(error: ThrottleError) -> float:
    """Return the seconds that the service wants."""
    return DEFAULT_PAUSE if error.retry_after is None else error.retry_after
