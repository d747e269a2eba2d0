"""Health checks, which tell a user whose call fails from a service that fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import attrs

from .._values.users import UserSort
from ..errors import APIError, AuthingMFAError, ForbiddenError, TransportError
from ._clients import SharedClient
from ._rate import Backoff
from ._store import Store
from ._tasks import DOUBTFUL, OF_EVERY_CALL, Checked, Result, State, says_there_is_none

ACTIVATED: Final = "Activated"
"""The status of users of whom nothing hinders an answer."""
PROBES: Final = 3
"""Users who were fine that are asked for at most: one may have been suspended meanwhile."""
STRANGERS: Final = 5
"""Users that are asked for where nobody was fine yet: so many of the newest, and of the oldest."""


@attrs.frozen
class Judgement:
    """The results of some tasks, judged.

    Attributes:
        standing: Results that stand.
        again: Users who failed because the service fails; to be asked for again.
        error: The error of the service; None where it works.
    """

    standing: Sequence[Result]
    again: Sequence[Result] = ()
    error: AuthingMFAError | None = None


@attrs.define(eq=False)
class HealthCheck:
    """Asks for users who were fine before when others fail."""

    client: SharedClient
    store: Store
    backoff: Backoff
    _fine: Any = attrs.field(factory=lambda: deque(maxlen=PROBES), init=False, repr=False)

    def judge(self, checks: Sequence[Checked]) -> Judgement:
        """Divide results into those that stand and those of users to ask for again.

        A user who is answered shows that the service works: those who failed before, in the same
        task, failed alone. For those who failed after the last answer, a probe decides.
        """
        standing: list[Result] = []
        doubted: list[Result] = []
        for check in checks:
            sure, unsure = _divided(check.results)
            standing += sure
            doubted += unsure
        if any(result.is_answered for result in standing):
            self.backoff.succeeded()
        self._fine.extend(result.user_id for result in standing if result.state == State.CHECKED)
        if not doubted:
            return Judgement(standing)
        error, is_known = self._probe(doubted)
        if error is None:
            self.backoff.succeeded()
        elif is_known:
            return Judgement(standing, doubted, error)
        return Judgement(standing + doubted, (), error)

    def _probe(self, doubts: Sequence[Result]) -> tuple[AuthingMFAError | None, bool]:
        """Return the error of the service, if any, and whether it is certain.

        It is not certain where nobody was ever fine: these users may fail alone.
        """
        user_ids = list(self._fine) or self.store.checked(PROBES)
        if user_ids:
            return self._met(user_ids), True
        try:
            user_ids = self._strangers(doubts)
        except AuthingMFAError as error:
            return error, True
        if not user_ids:  # nobody else can be asked for: any response shows that the service works
            others = (it.doubt for it in doubts if not isinstance(it.doubt, APIError))
            return next(others, None), False
        met = self._met(user_ids)
        return met, isinstance(met, (ForbiddenError, *OF_EVERY_CALL))

    def _met(self, user_ids: Sequence[str]) -> AuthingMFAError | None:
        """Return the error of asking for these users; None where one of them is answered."""
        met: AuthingMFAError | None = None
        for user_id in user_ids:
            error = self._ask(user_id)
            if error is None or isinstance(error, (TransportError, *OF_EVERY_CALL)):
                return error
            if met is None or isinstance(met, ForbiddenError):
                met = error
        return met

    def _ask(self, user_id: str) -> AuthingMFAError | None:
        """Return the error of asking for a user; None where there is an answer."""
        try:
            with self.client.call() as client:
                client.get_user_mfa_info(user_id)
        except AuthingMFAError as error:
            is_failure = isinstance(error, (*DOUBTFUL, *OF_EVERY_CALL))
            return error if is_failure and not says_there_is_none(error) else None
        self._fine.append(user_id)
        return None

    def _strangers(self, doubts: Sequence[Result]) -> list[str]:
        """Return activated users of the whole pool, those who failed just now last."""
        failed = {result.user_id for result in doubts}
        found: dict[str, None] = {}
        for order in ("desc", "asc"):
            with self.client.call() as client:
                page = client.list_users(sort=(UserSort("createdAt", order),))
            active = [user.user_id for user in page.users if user.status == ACTIVATED]
            active.sort(key=failed.__contains__)
            found.update(dict.fromkeys(active[:STRANGERS]))
        return sorted(found, key=failed.__contains__)


def _divided(results: Sequence[Result]) -> tuple[Sequence[Result], Sequence[Result]]:
    """Return results that stand, and those that the service may be to blame for."""
    answered = [at for at, result in enumerate(results, 1) if result.is_answered]
    last = answered[-1] if answered else 0
    sure = [result for result in results[last:] if result.doubt is None]
    unsure = [result for result in results[last:] if result.doubt is not None]
    return [*results[:last], *sure], unsure
