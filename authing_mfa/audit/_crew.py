"""Keeping an executor busy, with a bounded number of units in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from queue import SimpleQueue
from typing import Any, Final

import attrs

from ..errors import AuditStoppedError, AuthingMFAError, ConfigurationError
from ._pace import Pace
from ._work import Outcome, Unit, perform


@attrs.define(eq=False)
class Crew:
    """Hands out units as they are wanted, never more than ``limit`` at a time.

    Attributes:
        executor: Runs them.
        pace: The rate limit. Threads of this process wait at it themselves, before each call;
            for other processes a unit is handed out when all its calls may be made.
        workers: Calls at a time.
        is_here: Whether the units run in threads of this very interpreter; ``check`` finds out.
    """

    executor: Executor
    pace: Pace
    workers: int = 1
    is_here: bool = attrs.field(default=False, init=False)
    _done: Any = attrs.field(factory=SimpleQueue, init=False, repr=False)
    _out: set[Future[Outcome]] = attrs.field(factory=set, init=False, repr=False)

    @property
    def limit(self) -> int:
        """Units that are handed out at most."""
        # Threads wait for a turn themselves: twice as many units keep them busy, and do no harm.
        return 2 * self.workers if self.is_here else self.workers

    def check(self, patience: float) -> None:
        """Find out where an executor runs its work, and refuse one that takes none.

        Args:
            patience: Seconds to wait for a worker.

        Raises:
            ConfigurationError: It is shut down, or has no worker to spare.
        """
        try:
            place = self.executor.submit(place_of_work).result(patience)
        except RuntimeError:
            raise ConfigurationError(
                "executor: it is shut down, or its workers are gone; make a new one and keep it "
                "open until the audit is over: with ThreadPoolExecutor(64) as executor: ..."
            ) from None
        except FutureTimeoutError:
            raise ConfigurationError(
                f"executor: none of its workers was free within {patience:g} s; start workers, or "
                "give the audit an executor of its own"
            ) from None
        # An InterpreterPoolExecutor is a ThreadPoolExecutor, too, and shares nothing.
        is_threads = isinstance(self.executor, ThreadPoolExecutor)
        self.is_here = is_threads and place == place_of_work()

    def work(
        self,
        next_unit: Callable[[], Unit | None],
        keep: Callable[[Sequence[Outcome]], None],
    ) -> None:
        """Have units done until there are no more.

        Args:
            next_unit: Gives the next unit; None where there is none before others come back.
            keep: Takes what came back.

        Raises:
            AuditStoppedError: A unit was lost.
        """
        while True:
            while len(self._out) < self.limit and (unit := next_unit()):
                self._hand_out(unit)
            if not self._out:
                return
            keep(self._collect())

    def dismiss(self) -> None:
        """Call back what has not begun, and wait for the calls of this process that have."""
        self.pace.end()
        running = [future for future in self._out if not future.cancel()]
        if self.is_here:
            wait(running)
        self._out.clear()

    def _hand_out(self, unit: Unit) -> None:
        if not self.is_here:
            self.pace.take(unit.calls)
        try:
            future = self.executor.submit(perform, unit)
        except RuntimeError as error:
            raise _lost(error) from None
        self._out.add(future)
        future.add_done_callback(self._done.put)

    def _collect(self) -> list[Outcome]:
        """Wait for a unit, and take all others that are back as well."""
        outcomes = [self._take_back(self._done.get())]
        while not self._done.empty():
            outcomes.append(self._take_back(self._done.get()))
        return outcomes

    def _take_back(self, future: Future[Outcome]) -> Outcome:
        self._out.discard(future)
        try:
            return future.result()
        except AuthingMFAError:
            raise
        except Exception as error:
            raise _lost(error) from error


_MARK: Final = object()


def place_of_work() -> tuple[int, int]:
    """Return what tells an interpreter from all others: its process, and one of its objects."""
    return os.getpid(), id(_MARK)


def _lost(error: BaseException) -> AuditStoppedError:
    return AuditStoppedError(
        f"executor: it lost a unit of work ({type(error).__name__}); what is stored stands: see "
        "to the workers, then run again to go on"
    )
