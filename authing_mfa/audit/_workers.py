"""A pool of workers: an executor kept busy, with a bounded number of tasks in it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from queue import SimpleQueue
from typing import Any, Final, Protocol, TypeVar

import attrs

from ..errors import AuditStoppedError, AuthingMFAError, ConfigurationError
from ._rate import RateLimiter

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Task(Protocol[T_co]):
    """A unit of work: some calls."""

    @property
    def calls(self) -> int:
        """The number of calls that it makes at most."""

    def perform(self) -> T_co:
        """Make the calls, where the executor runs it."""


@attrs.define(eq=False)
class WorkerPool:
    """Submits tasks as they are wanted, a bounded number at a time.

    Attributes:
        executor: Runs them.
        limiter: The rate limit. Threads of this process wait for it themselves, before each call;
            for other processes a task is submitted when all its calls may be made.
        workers: Calls at a time.
        is_threads: Whether the tasks run in threads of this very interpreter.
    """

    executor: Executor
    limiter: RateLimiter
    workers: int
    is_threads: bool
    _done: Any = attrs.field(factory=SimpleQueue, init=False, repr=False)
    _submitted: set[Future[Any]] = attrs.field(factory=set, init=False, repr=False)

    def work(
        self,
        next_task: Callable[[], Task[T] | None],
        keep: Callable[[Sequence[T]], None],
    ) -> None:
        """Submit tasks until there are no more.

        Args:
            next_task: Gives the next task; None where there is none before others are done.
            keep: Takes the outcomes of some.

        Raises:
            AuditStoppedError: A task was lost.
        """
        # Threads wait for the rate limit themselves: twice as many tasks keep them busy.
        limit = 2 * self.workers if self.is_threads else self.workers
        while True:
            while len(self._submitted) < limit and (task := next_task()):
                self._submit(task)
            if not self._submitted:
                return
            outcomes = [self._outcome(self._done.get())]
            while not self._done.empty():
                outcomes.append(self._outcome(self._done.get()))
            keep(outcomes)

    def close(self) -> None:
        """Cancel tasks that have not begun, and wait for those that have in this process."""
        self.limiter.close()
        running = [future for future in self._submitted if not future.cancel()]
        if self.is_threads:
            wait(running)

    def _submit(self, task: Task[Any]) -> None:
        if not self.is_threads:
            self.limiter.acquire(task.calls)
        try:
            future = self.executor.submit(task.perform)
        except RuntimeError as error:
            raise _lost(error) from None
        self._submitted.add(future)
        future.add_done_callback(self._done.put)

    def _outcome(self, future: Future[Any]) -> Any:
        self._submitted.discard(future)
        try:
            return future.result()
        except AuthingMFAError:
            raise
        except Exception as error:
            raise _lost(error) from error


@contextlib.contextmanager
def worker_pool(
    executor: Executor | None, workers: int, rate: float, patience: float
) -> Iterator[WorkerPool]:
    """Give a pool on an executor, or on threads of its own, and close it at the end.

    Args:
        executor: The caller's; it is not shut down.
        workers: Calls at a time.
        rate: Calls a second.
        patience: Seconds to wait for a worker.

    Raises:
        ConfigurationError: It is none, is shut down, or has no worker to spare.
    """
    if executor is not None and not isinstance(executor, Executor):
        raise ConfigurationError(
            "executor: wanted a concurrent.futures.Executor, such as ThreadPoolExecutor(64) or "
            f"distributed.Client(...).get_executor(), got {type(executor).__name__}"
        )
    with contextlib.ExitStack() as stack:
        if executor is None:
            executor = ThreadPoolExecutor(workers, thread_name_prefix="authing-mfa-audit")
            stack.enter_context(executor)
        pool = WorkerPool(executor, RateLimiter(rate), workers, _is_threads(executor, patience))
        stack.enter_context(contextlib.closing(pool))
        yield pool


def _is_threads(executor: Executor, patience: float) -> bool:
    """Return whether an executor runs tasks in threads here; refuse one that takes none."""
    try:
        place = executor.submit(current_interpreter).result(patience)
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
    return isinstance(executor, ThreadPoolExecutor) and place == current_interpreter()


_MARK: Final = object()


def current_interpreter() -> tuple[int, int]:
    """Return an identity of this interpreter: its process, and one of its objects."""
    return os.getpid(), id(_MARK)


def _lost(error: BaseException) -> AuditStoppedError:
    return AuditStoppedError(
        f"executor: it lost a task ({type(error).__name__}); what is stored stands: see "
        "to the workers, then run again to go on"
    )
