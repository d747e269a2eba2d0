"""One run of an audit: list who is there, ask for each, and try again who failed."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

import attrs

from .._values.users import UserFilter, UserPage, UserSort
from ..errors import AuthingMFAError, ThrottleError, UnauthorizedError
from ..management import ManagementClient
from ._crew import Crew
from ._desk import Desk
from ._patience import TROUBLE, Patience
from ._progress import Reporter, Stage
from ._store import Store
from ._walk import EARLIEST, LATEST, Range, to_number
from ._witness import Witness
from ._work import (
    CHECKED,
    FAILED,
    FAILED_BEFORE,
    GONE,
    PENDING,
    Checked,
    CheckUsers,
    Listed,
    ListUsers,
    Outcome,
    Result,
)

SETTLING: Final = 60_000_000
"""Microseconds that a new user may take to show in the lists; walked once more at the end."""
CLOCK_ERROR: Final = 86_400_000_000
"""Microseconds by which this machine's clock and the service's may differ."""
UNDATED_TRIES: Final = 3
"""How often users without ``createdAt`` are asked for: not every service knows the question."""
NOT_OF_A_QUESTION: Final = (ThrottleError, UnauthorizedError)
"""Errors that any other call would meet as well."""

logger: Final = logging.getLogger("authing_mfa")


@attrs.define(eq=False, kw_only=True)
class Run:
    """What one run works with.

    Attributes:
        client: Tries each call once.
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
    patience: Patience
    reporter: Reporter
    _witness: Witness = attrs.field(init=False)
    _serials: Any = attrs.field(factory=count, init=False)
    _users: Counter[int] = attrs.field(factory=Counter, init=False)
    _total: int = attrs.field(default=0, init=False)
    _asked: int = attrs.field(default=0, init=False)
    _with_undated: set[int] = attrs.field(factory=set, init=False)
    _undated_tries: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._witness = Witness(client=self.client, store=self.store, pace=self.crew.pace)

    def go(self) -> None:
        """Bring the store up to date with the pool.

        Raises:
            AuthingMFAError: It could not go on; what is stored stands.
        """
        with self.store.transaction():
            self.store.move(FAILED, FAILED_BEFORE)
        self._users = self.store.tally()
        self._list()
        self._check(PENDING)
        self._list_newcomers()
        self._check(PENDING)
        self._check(FAILED_BEFORE)
        for _ in range(self.retry_rounds):
            self._check(FAILED)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self.store.transaction():
            self.store.keep_facts({"finished_at": now})

    def _list(self) -> None:
        """List the whole pool; where an earlier run was stopped, what it had not listed yet."""
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
                self._list_undated(walk)

    def _list_undated(self, walk: int) -> None:
        self._undated_tries = 0
        undated = Range(walk=walk, cursor=EARLIEST, end=EARLIEST, is_undated=True)
        with self.store.transaction():
            self.store.keep_range(undated)
        self._walk(walk)

    def _plan(self, walk: int, start: int | None) -> int:
        """Begin a walk, from ``start`` or the oldest user to the newest of now.

        Returns:
            How many users there are, as the service counts them.
        """
        planned_at = to_number(datetime.now(UTC))
        newest = self._edge(walk, UserSort("createdAt", "desc"))
        if newest is None:
            return 0
        end = self._instant(walk, newest, unknown=LATEST)
        if start is None:
            oldest = self._edge(walk, UserSort("createdAt", "asc"))
            start = EARLIEST if oldest is None else self._instant(walk, oldest, unknown=EARLIEST)
        start = max(EARLIEST, min(start, end))
        with self.store.transaction():
            self.store.keep_range(Range(walk=walk, cursor=start, end=end, planned_at=planned_at))
        return newest.total_count

    def _instant(self, walk: int, page: UserPage, *, unknown: int) -> int:
        """Return when the first user of a page was created."""
        created_at = page.users[0].created_at
        if created_at is None:
            self._with_undated.add(walk)
        return unknown if created_at is None else to_number(created_at)

    def _edge(self, walk: int, sort: UserSort) -> UserPage | None:
        """Return the first user in an order; None where there is no user."""
        filters = self.walks[walk]
        page = self.patience.until_answered(
            lambda: self.client.list_users(limit=1, filters=filters, sort=(sort,)), self.crew.pace
        )
        if walk == 0:
            self._total = page.total_count
        return page if page.users else None

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
                self._heed_page(page)

        self.crew.work(next_unit, keep)
        self._tell("listing", now=True)

    def _list_unit(self, range: Range) -> ListUsers:
        filters = self.walks[range.walk]
        return ListUsers(serial=next(self._serials), range=range, filters=filters, desk=self.desk)

    def _keep_page(self, page: Listed) -> tuple[Range, ...]:
        """Write a page, and return what is not walked yet of its range."""
        rest: tuple[Range, ...] = ()
        if page.total is not None:
            new, new_to_walk = self.store.keep_users(page.users, page.range.walk)
            revived = self.store.revive(page.users)
            self._users.update({PENDING: new + revived, GONE: -revived})
            if any(user.created_at is None for user in page.users):
                self._with_undated.add(page.range.walk)
            rest = page.range.after(
                page.users, total=page.total, new=new_to_walk, walk_limit=self.walk_limit
            )
        elif not self._is_not_to_be_had(page):
            return (page.range,)
        if not rest:
            self.store.end_range(page.range)
        return tuple(self.store.keep_range(range) for range in rest)

    def _is_not_to_be_had(self, page: Listed) -> bool:
        """Tell whether the service does not know the question for users without an instant."""
        if not (page.range.is_undated and page.halt) or isinstance(page.halt, NOT_OF_A_QUESTION):
            return False
        self._undated_tries += 1
        if isinstance(page.halt, TROUBLE) and self._undated_tries < UNDATED_TRIES:
            return False
        kind = type(page.halt).__name__
        logger.warning("users without createdAt cannot be listed, and are left out: %s", kind)
        return True

    def _heed_page(self, page: Listed) -> None:
        if page.total is not None:
            self.patience.answered()
        elif page.halt and (not page.range.is_undated or isinstance(page.halt, NOT_OF_A_QUESTION)):
            self.crew.pace.pause(self.patience.heed(page.halt))

    def _check(self, state: int) -> None:
        """Ask for everybody who is in a state."""
        stage: Stage = "checking" if state == PENDING else "retrying"
        again: deque[tuple[tuple[int, str], ...]] = deque()
        last = 0

        def next_unit() -> CheckUsers | None:
            nonlocal last
            users = self.store.users_in(state, after=last, count=self.batch)
            if users:
                last = users[-1][0]
            elif again:  # last, so that others can be fine before
                users = again.popleft()
            else:
                return None
            return CheckUsers(serial=next(self._serials), users=users, desk=self.desk)

        def keep(outcomes: Sequence[Outcome]) -> None:
            checks = [outcome for outcome in outcomes if isinstance(outcome, Checked)]
            results, trouble, doubted = self._judged(checks)
            with self.store.transaction():
                self._keep_results(results, state)
            self._tell(stage)
            again.extend(check.remaining for check in checks if check.remaining)
            again.extend(_batches(doubted, self.batch))
            for halt in (*(check.halt for check in checks), trouble):
                if halt is not None:
                    self.crew.pace.pause(self.patience.heed(halt))

        self.crew.work(next_unit, keep)
        self._tell(stage, now=True)

    def _judged(
        self, checks: Sequence[Checked]
    ) -> tuple[list[Result], AuthingMFAError | None, list[Result]]:
        """Return results that stand, what the service fails by, and results that fail by that.

        Who is fine shows that the service works: those who failed before, in the same unit, failed
        alone. For those who failed after, a witness is asked for.
        """
        standing: list[Result] = []
        doubted: list[Result] = []
        for check in checks:
            sure, unsure = _divided(check.results)
            standing += sure
            doubted += unsure
        if any(_is_fine(result) for result in standing):
            self.patience.answered()
            self._witness.note(standing)
        if not doubted:
            return standing, None, []
        verdict = self._witness.verdict(doubted)
        if verdict.error is None:
            self.patience.answered()
        elif verdict.is_known:
            return standing, verdict.error, doubted
        return standing + doubted, verdict.error, []

    def _keep_results(self, results: Sequence[Result], state: int) -> None:
        self.store.keep_results(results)
        self._asked += len(results)
        self._users[state] -= len(results)
        self._users.update(result.state for result in results)

    def _tell(self, stage: Stage, *, now: bool = False) -> None:
        users = self._users
        self.reporter.tell(
            stage,
            total=self._total,
            listed=sum(users.values()),
            done=users[CHECKED] + users[GONE],
            failed=users[FAILED] + users[FAILED_BEFORE],
            asked=self._asked,
            now=now,
        )


def _is_fine(result: Result) -> bool:
    return result.state in (CHECKED, GONE)


def _divided(results: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    """Return results that stand, and those that may be the service's fault."""
    fine = [position for position, result in enumerate(results, 1) if _is_fine(result)]
    rest = results[fine[-1] if fine else 0 :]
    unsure = [result for result in rest if result.doubt is not None]
    return [result for result in results if result not in unsure], unsure


def _batches(results: Sequence[Result], size: int) -> Iterable[tuple[tuple[int, str], ...]]:
    users = [(result.number, result.user_id) for result in results]
    return (tuple(users[at : at + size]) for at in range(0, len(users), size))
