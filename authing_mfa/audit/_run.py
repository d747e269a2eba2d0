"""One run of an audit: list who is there, ask for each, and try again who failed."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import attrs

from .._values.users import UserFilter, UserPage, UserSort
from ..errors import AuthingMFAError
from ._clients import SharedClient, TaskClient
from ._health import HealthCheck
from ._progress import Progress, Stage
from ._rate import TEMPORARY, Backoff
from ._store import Store
from ._tasks import OF_EVERY_CALL, Checked, CheckUsers, Listed, ListUsers, Result, State
from ._walk import EARLIEST, LATEST, Range, to_number
from ._workers import WorkerPool

SETTLING: Final = 60_000_000
"""Microseconds that a new user may take to show in the lists; walked once more at the end."""
CLOCK_ERROR: Final = 86_400_000_000
"""Microseconds by which this machine's clock and the service's may differ."""
UNDATED_TRIES: Final = 3
"""How often users without ``createdAt`` are asked for: not every service can list them."""

logger: Final = logging.getLogger("authing_mfa")


@attrs.define(eq=False, kw_only=True)
class Run:
    """One run, from the first list to the last retry.

    Attributes:
        client: For the calls of the run itself; tries each once.
        task_client: For the calls of the tasks.
        walks: The filters of each walk: the pool's, then those of each named filter.
        batch: Users in a task.
    """

    client: SharedClient
    task_client: TaskClient
    store: Store
    workers: WorkerPool
    walks: Sequence[tuple[UserFilter, ...]]
    batch: int
    walk_limit: int
    retry_rounds: int
    backoff: Backoff
    health: HealthCheck
    progress: Progress
    _with_undated: set[int] = attrs.field(factory=set, init=False)
    _undated_tries: int = attrs.field(default=0, init=False)

    def go(self) -> None:
        """Bring the store up to date with the pool.

        Raises:
            AuthingMFAError: It could not go on; what is stored stands.
        """
        with self.store.transaction():
            self.store.move(State.FAILED, State.FAILED_BEFORE)
        self.progress.users = self.store.tally()
        self._list()
        self._check(State.PENDING)
        self._list_newcomers()
        self._check(State.PENDING)
        self._check(State.FAILED_BEFORE)
        for _ in range(self.retry_rounds):
            self._check(State.FAILED)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self.store.transaction():
            self.store.save_facts({"finished_at": now})

    def _list(self) -> None:
        """List the whole pool, or what a run that was stopped had not listed yet."""
        for walk in range(len(self.walks)):
            is_begun = self.store.known_until(walk, CLOCK_ERROR) is not None
            if not is_begun or (self.store.is_finished and not self.store.ranges(walk)):
                self._plan(walk, None)
            self._walk(walk)

    def _list_newcomers(self) -> None:
        """List who came since the walks were planned, and who has no instant of creation."""
        for walk in range(len(self.walks)):
            known_until = self.store.known_until(walk, CLOCK_ERROR)
            total = self._plan(walk, None if known_until is None else known_until - SETTLING)
            self._walk(walk)
            if walk in self._with_undated or total > self.store.known_in(walk):
                self._undated_tries = 0
                self._save_range(Range(walk=walk, cursor=EARLIEST, end=EARLIEST, is_undated=True))
                self._walk(walk)

    def _plan(self, walk: int, start: int | None) -> int:
        """Begin a walk from ``start``, or else the oldest user, to the user who is the newest now.

        Returns:
            The number of users, as the service counts them.
        """
        planned_at = to_number(datetime.now(UTC))
        newest = self._edge(walk, "desc")
        if not newest.users:
            return 0
        end = self._instant(walk, newest, unknown=LATEST)
        if start is None:
            start = self._instant(walk, self._edge(walk, "asc"), unknown=EARLIEST)
        start = max(EARLIEST, min(start, end))
        self._save_range(Range(walk=walk, cursor=start, end=end, planned_at=planned_at))
        return newest.total_count

    def _save_range(self, range: Range) -> None:
        with self.store.transaction():
            self.store.save_range(range)

    def _edge(self, walk: int, order: Literal["asc", "desc"]) -> UserPage:
        """Return a page of the first user in an order."""
        sort, filters = (UserSort("createdAt", order),), self.walks[walk]
        page = self.backoff.retry(
            lambda: self.client.handle.list_users(limit=1, filters=filters, sort=sort)
        )
        if walk == 0:
            self.progress.total = page.total_count
        return page

    def _instant(self, walk: int, page: UserPage, *, unknown: int) -> int:
        """Return when the first user of a page was created."""
        if not page.users:
            return unknown
        created_at = page.users[0].created_at
        if created_at is None:
            self._with_undated.add(walk)
            return unknown
        return to_number(created_at)

    def _walk(self, walk: int) -> None:
        """List the users of all ranges of a walk."""
        idle = deque(self.store.ranges(walk))
        filters = self.walks[walk]

        def next_task() -> ListUsers | None:
            if not idle:
                return None
            return ListUsers(range=idle.popleft(), filters=filters, client=self.task_client)

        def keep(pages: Sequence[Listed]) -> None:
            with self.store.transaction():
                for page in pages:
                    idle.extend(self._save_page(page))
            self.progress.report("listing")
            for page in pages:
                if page.error is None:
                    self.backoff.succeeded()
                elif not page.range.is_undated or isinstance(page.error, OF_EVERY_CALL):
                    self.backoff.failed(page.error)

        self.workers.work(next_task, keep)
        self.progress.report("listing", now=True)

    def _save_page(self, page: Listed) -> Sequence[Range]:
        """Write a page, and return the ranges that remain of its range."""
        rest: Sequence[Range] = ()
        if page.error is None:
            new, new_to_walk = self.store.save_users(page.users, page.range.walk)
            revived = self.store.revive(page.users)
            self.progress.users.update({State.PENDING: new + revived, State.GONE: -revived})
            if any(user.created_at is None for user in page.users):
                self._with_undated.add(page.range.walk)
            rest = page.range.after(
                page.users, total=page.total, new=new_to_walk, walk_limit=self.walk_limit
            )
        elif not self._is_unsupported(page.range, page.error):
            return (page.range,)
        if not rest:
            self.store.end_range(page.range)
        return [self.store.save_range(range) for range in rest]

    def _is_unsupported(self, range: Range, error: AuthingMFAError) -> bool:
        """Return whether the service cannot list the users without an instant."""
        if not range.is_undated or isinstance(error, OF_EVERY_CALL):
            return False
        self._undated_tries += 1
        if isinstance(error, TEMPORARY) and self._undated_tries < UNDATED_TRIES:
            return False
        kind = type(error).__name__
        logger.warning("users without createdAt cannot be listed, and are left out: %s", kind)
        return True

    def _check(self, state: State) -> None:
        """Ask for everybody who is in a state."""
        stage: Stage = "checking" if state == State.PENDING else "retrying"
        again: deque[tuple[tuple[int, str], ...]] = deque()
        last = 0

        def next_task() -> CheckUsers | None:
            nonlocal last
            users = self.store.users_in(state, after=last, count=self.batch)
            if users:
                last = users[-1][0]
            elif again:  # last, so that others can be fine before
                users = again.popleft()
            else:
                return None
            return CheckUsers(users=users, client=self.task_client)

        def keep(checks: Sequence[Checked]) -> None:
            judgement = self.health.judge(checks)
            self._save_results(judgement.standing, state)
            self.progress.report(stage)
            again.extend(check.remaining for check in checks if check.remaining)
            again.extend(_batches(judgement.again, self.batch))
            for error in (*(check.throttled for check in checks), judgement.error):
                if error is not None:
                    self.backoff.failed(error)

        self.workers.work(next_task, keep)
        self.progress.report(stage, now=True)

    def _save_results(self, results: Sequence[Result], state: State) -> None:
        with self.store.transaction():
            self.store.save_results(results)
        self.progress.checked += len(results)
        self.progress.users[state] -= len(results)
        self.progress.users.update(result.state for result in results)


def _batches(results: Sequence[Result], size: int) -> Iterable[tuple[tuple[int, str], ...]]:
    users = [(result.number, result.user_id) for result in results]
    return (tuple(users[at : at + size]) for at in range(0, len(users), size))
