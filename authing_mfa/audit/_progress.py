"""The progress of a run: its counts, and the calls of the caller's function."""

from __future__ import annotations

import logging
import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Final, Literal

import attrs

from ._tasks import State

REPORT_SECONDS: Final = 0.2
"""The callback is called at most this often, and once at the end of each stage."""

logger: Final = logging.getLogger("authing_mfa")

Stage = Literal["listing", "checking", "retrying"]


@attrs.frozen(kw_only=True)
class AuditProgress:
    """The state of a run at one moment.

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


@attrs.define(eq=False)
class Progress:
    """The counts of a run.

    Attributes:
        callback: Called with them now and then.
        total: Users in the pool, as the service counts them.
        users: Listed users in each state.
        checked: Users asked for in this run.
    """

    callback: Callable[[AuditProgress], object] | None
    total: int = attrs.field(default=0, init=False)
    users: Counter[int] = attrs.field(factory=Counter, init=False)
    checked: int = attrs.field(default=0, init=False)
    _began: float = attrs.field(factory=time.monotonic, init=False)
    _reported: float = attrs.field(default=float("-inf"), init=False)
    _has_warned: bool = attrs.field(default=False, init=False)

    def report(self, stage: Stage, *, now: bool = False) -> None:
        """Call the callback: at most five times a second, unless ``now``."""
        moment = time.monotonic()
        if self.callback is None or not (now or moment - self._reported >= REPORT_SECONDS):
            return
        self._reported = moment
        seconds, listed = moment - self._began, self.users.total()
        progress = AuditProgress(
            stage=stage,
            total=max(self.total, listed),
            listed=listed,
            done=self.users[State.CHECKED] + self.users[State.GONE],
            failed=self.users[State.FAILED] + self.users[State.FAILED_BEFORE],
            seconds=seconds,
            rate=self.checked / seconds if seconds > 0 else 0.0,
        )
        try:
            self.callback(progress)
        except Exception as error:
            logger.exception("progress raised; the audit itself is not affected")
            if not self._has_warned:  # a program without logging would hear nothing of it
                self._has_warned = True
                kind = type(error).__name__
                text = f"progress raised {kind}; the audit goes on (logger authing_mfa says more)"
                warnings.warn(text, RuntimeWarning, stacklevel=2)
