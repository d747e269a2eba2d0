"""Telling how far a run has come."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from typing import Final, Literal

import attrs

REPORT_SECONDS: Final = 0.2
"""The callback is called at most this often, and once at the end of each stage."""

logger: Final = logging.getLogger("authing_mfa")

Stage = Literal["listing", "checking", "retrying"]


@attrs.frozen(kw_only=True)
class AuditProgress:
    """How far a run has come.

    Attributes:
        stage: ``listing`` users, ``checking`` their factors, or ``retrying`` those who failed.
        total: Users in the pool, by the service's count until all are listed.
        listed: Users found so far.
        done: Users whose factors are known, earlier runs on the same store included.
        failed: Users whose call failed; tried again at the end.
        seconds: Since this run began.
        rate: Users asked for a second, in this run so far.
    """

    stage: Stage
    total: int
    listed: int
    done: int
    failed: int
    seconds: float
    rate: float


@attrs.define
class Reporter:
    """Calls the callback now and then."""

    callback: Callable[[AuditProgress], object] | None
    _began: float = attrs.field(factory=time.monotonic, init=False)
    _reported: float = attrs.field(default=float("-inf"), init=False)
    _has_warned: bool = attrs.field(default=False, init=False)

    def tell(
        self,
        stage: Stage,
        *,
        total: int,
        listed: int,
        done: int,
        failed: int,
        asked: int,
        now: bool = False,
    ) -> None:
        """Report, unless the last report is fresh and it need not be ``now``."""
        moment = time.monotonic()
        if self.callback is None or not (now or moment - self._reported >= REPORT_SECONDS):
            return
        self._reported = moment
        seconds = moment - self._began
        progress = AuditProgress(
            stage=stage,
            total=max(total, listed),
            listed=listed,
            done=done,
            failed=failed,
            seconds=seconds,
            rate=asked / seconds if seconds > 0 else 0.0,
        )
        try:
            self.callback(progress)
        except Exception as error:
            logger.exception("progress raised; the audit itself is not affected")
            self._warn(error)

    def _warn(self, error: Exception) -> None:
        """Warn once: a program without logging would hear nothing of it."""
        if not self._has_warned:
            self._has_warned = True
            kind = type(error).__name__
            message = f"progress raised {kind}; the audit goes on (logger authing_mfa says more)"
            warnings.warn(message, RuntimeWarning, stacklevel=2)
