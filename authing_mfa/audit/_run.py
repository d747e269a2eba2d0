"""One run of an audit: list who is there, ask for each, and try again who failed."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import count
from typing import Any, Final

import attrs

from .. import _retry
from ..errors import (
    AuthingMFAError,
    ForbiddenError,
    InvalidResponseError,
    ThrottleError,
    UnauthorizedError,
)
from ..management import ManagementClient
from ..pool import UserFilter, UserSort
from ._crew import Crew
from ._desk import Desk
from ._progress import Reporter, Stage
from ._store import Store
from ._walk import Range, to_number
from ._work import (
    CHECKED,
    FAILED,
    GONE,
    PENDING,
    SERVICE_TROUBLE,
    Checked,
    CheckUsers,
    Listed,
    ListUsers,
    Outcome,
    pause_of,
)

SETTLING: Final = 60_000_000
"""Microseconds that a new user may take to show in the lists; walked once more at the end."""
IN_A_ROW: Final = 3
"""A failure counts as the service's, not a user's, when this many units in a row met only it."""


@attrs.define(eq=False, kw_only=True)
class Run:
    """What one run works with.

    Attributes:
        walks: The filters of each walk: the pool's, then those of each named filter.
        batch: Users in a unit.
    """

    client: ManagementClient
    store: Store
    crew: Crew
    desk: Desk
    walks: Sequence[tuple[UserFilter, ...]]
    batch: int
    walk_limit: int
    retry_rounds: int
    patience: float
    reporter: Reporter
    _serials: Any = attrs.field(factory=count, init=False)
    _users: Counter[int] = attrs.field(factory=Counter, init=False)
    _total: int = attrs.field(default=0, init=False)
    _asked: int = attrs.field(default=0, init=False)
    _barren: int = attrs.field(default=0, init=False)
    _answered_at: float = attrs.field(factory=time.monotonic, init=False)

    def go(self) -> None:
        """Bring the store up to date with the pool.

        Raises:
            AuthingMFAError: It could not go on; what is stored stands.
        """
        self._users = self.store.tally()
        self._list(newcomers=False)
        self._check(PENDING)
        self._list(newcomers=True)
        self._check(PENDING)
        for _ in range(self.retry_rounds):
            self._check(FAILED)
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        with self.store.transaction():
            self.store.keep_facts({"finished_at": now})

    def _list(self, *, newcomers: bool) -> None:
        for walk in range(len(self.walks)):
            end = self.store.end_of(walk)
            if end is None:
                self._plan(walk, None)
            elif newcomers:
                self._plan(walk, end - SETTLING)
            self._walk(walk)

    def _plan(self, walk: int, start: int | None) -> None:
        """Begin a walk, from ``start`` or the oldest user to the newest of now."""
        end = self._edge(walk, UserSort("createdAt", "desc"))
        if end is None:
            return
        if start is None:
            start = self._edge(walk, UserSort("createdAt", "asc"))
        with self.store.transaction():
            self.store.keep_range(Range(walk=walk, cursor=min(start or end, end), end=end))

    def _edge(self, walk: int, sort: UserSort) -> int | None:
        """Return when the first user in an order was created; None where there is no user."""
        self.crew.pace.take()
        page = self.client.list_users(limit=1, filters=self.walks[walk], sort=(sort,))
        if walk == 0:
            self._total = page.total_count
        if not page.users:
            return None
        created_at = page.users[0].created_at
        if created_at is None:
            where = "data.list[0].createdAt"
            raise InvalidResponseError(f"{where}: wanted an instant, got nothing", where=where)
        return to_number(created_at)

    def _walk(self, walk: int) -> None:
        idle = deque(self.store.ranges(walk))

        def next_unit() -> ListUsers | None:
            return self._list_unit(idle.popleft()) if idle else None

        def keep(outcomes: Sequence[Outcome]) -> None:
            pages = [outcome for outcome in outcomes if isinstance(outcome, Listed)]
            with self.store.transaction():
                for page in pages:
                    idle.extend(self._keep_page(page))
            self._tell("listing")
            for page in pages:
                if page.halt and not isinstance(page.halt, SERVICE_TROUBLE):
                    raise page.halt
                self._heed(page.halt, answered=page.total is not None)

        self.crew.work(next_unit, keep)
        self._tell("listing", now=True)

    def _list_unit(self, range: Range) -> ListUsers:
        filters = self.walks[range.walk]
        return ListUsers(serial=next(self._serials), range=range, filters=filters, desk=self.desk)

    def _keep_page(self, page: Listed) -> tuple[Range, ...]:
        """Write a page, and return what is left of its range."""
        if page.total is None:
            return (page.range,)
        new, new_to_walk = self.store.keep_users(page.users, page.range.walk)
        self._users[PENDING] += new
        rest = page.range.after(
            page.users, total=page.total, new=new_to_walk, walk_limit=self.walk_limit
        )
        if not rest:
            self.store.end_range(page.range)
        return tuple(self.store.keep_range(range) for range in rest)

    def _check(self, state: int) -> None:
        """Ask for everybody who is in a state."""
        stage: Stage = "checking" if state == PENDING else "retrying"
        left: deque[tuple[tuple[int, str], ...]] = deque()
        last = 0

        def next_unit() -> CheckUsers | None:
            nonlocal last
            if left:
                users = left.popleft()
            else:
                users = self.store.users_in(state, after=last, count=self.batch)
                if not users:
                    return None
                last = users[-1][0]
            return CheckUsers(serial=next(self._serials), users=users, desk=self.desk)

        def keep(outcomes: Sequence[Outcome]) -> None:
            checks = [outcome for outcome in outcomes if isinstance(outcome, Checked)]
            with self.store.transaction():
                for check in checks:
                    self._keep_check(check, state)
            self._tell(stage)
            left.extend(check.left for check in checks if check.left)
            for check in checks:
                self._heed(check.halt, answered=check.answered)

        self.crew.work(next_unit, keep)
        self._tell(stage, now=True)

    def _keep_check(self, check: Checked, state: int) -> None:
        self.store.keep_results(check.results)
        self._asked += len(check.results)
        self._users[state] -= len(check.results)
        self._users.update(result.state for result in check.results)

    def _heed(self, halt: AuthingMFAError | None, *, answered: bool) -> None:
        """Pause when the service wants it or fails; give up when it stays so.

        Raises:
            AuthingMFAError: What it stays at.
        """
        if answered:
            self._barren, self._answered_at = 0, time.monotonic()
        if halt is None:
            return
        if isinstance(halt, UnauthorizedError):
            raise halt
        self._barren += 1
        wait = self._wait_for(halt)
        silence = time.monotonic() - self._answered_at + wait
        is_hopeless = isinstance(halt, ForbiddenError) or silence > self.patience
        if wait > self.patience or (self._barren >= IN_A_ROW and is_hopeless):
            raise halt
        self.crew.pace.pause(wait)

    def _wait_for(self, halt: AuthingMFAError) -> float:
        if isinstance(halt, ThrottleError):
            return pause_of(halt)
        return _retry.pause(self._barren, None)

    def _tell(self, stage: Stage, *, now: bool = False) -> None:
        users = self._users
        self.reporter.tell(
            stage,
            total=self._total,
            listed=sum(users.values()),
            done=users[CHECKED] + users[GONE],
            failed=users[FAILED],
            asked=self._asked,
            now=now,
        )
