"""Telling a user whose call fails from a service that is down."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Final

import attrs

from .._values.users import UserSort
from ..errors import (
    APIError,
    AuthingMFAError,
    ForbiddenError,
    ThrottleError,
    TransportError,
    UnauthorizedError,
)
from ..management import ManagementClient
from ._pace import Pace
from ._store import Store
from ._work import CHECKED, DOUBTFUL, Result, says_there_is_none

ACTIVATED: Final = "Activated"
"""The status of users of whom nothing hinders an answer."""
WITNESSES: Final = 3
"""Users who were fine that are asked for at most: one may have been suspended meanwhile."""
STRANGERS: Final = 5
"""Users that are asked for where nobody was fine yet: so many of the newest, and of the oldest."""

_OF_ALL: Final = (ThrottleError, UnauthorizedError)
"""Errors that a call for any other user would meet as well."""


@attrs.frozen
class Verdict:
    """Whose fault it is that some users failed.

    Attributes:
        error: What the service fails by; None where it works.
        is_known: Whether it does so by what it did before; otherwise nobody was ever fine, so
            that these users may as well fail alone.
    """

    error: AuthingMFAError | None
    is_known: bool


@attrs.define(eq=False, kw_only=True)
class Witness:
    """Asks again for a user who was fine before, when others fail.

    Attributes:
        client: Tries each call once.
    """

    client: ManagementClient
    store: Store
    pace: Pace
    _fine: Any = attrs.field(factory=lambda: deque(maxlen=WITNESSES), init=False, repr=False)

    def note(self, results: Iterable[Result]) -> None:
        """Remember who is fine."""
        self._fine.extend(result.user_id for result in results if result.state == CHECKED)

    def verdict(self, doubts: Sequence[Result]) -> Verdict:
        """Tell whether some users failed alone.

        Args:
            doubts: The users.
        """
        user_ids = list(self._fine) or self.store.checked(WITNESSES)
        if user_ids:
            return Verdict(self._met(user_ids), is_known=True)
        try:
            user_ids = self._strangers(doubts)
        except AuthingMFAError as error:
            return Verdict(error, is_known=True)
        met = self._met(user_ids) if user_ids else _unanswered(doubts)
        return Verdict(met, is_known=isinstance(met, (ForbiddenError, *_OF_ALL)))

    def _met(self, user_ids: Sequence[str]) -> AuthingMFAError | None:
        """Return what asking for these users meets; None where one of them is answered."""
        met: AuthingMFAError | None = None
        for user_id in user_ids:
            error = self._ask(user_id)
            if error is None or isinstance(error, (TransportError, *_OF_ALL)):
                return error
            if met is None or isinstance(met, ForbiddenError):
                met = error
        return met

    def _ask(self, user_id: str) -> AuthingMFAError | None:
        """Return what asking for a user meets; None where it is answered."""
        self.pace.take()
        try:
            self.client.get_user_mfa_info(user_id)
        except AuthingMFAError as error:
            is_told = isinstance(error, (*DOUBTFUL, *_OF_ALL)) and not says_there_is_none(error)
            return error if is_told else None
        self._fine.append(user_id)
        return None

    def _strangers(self, doubts: Sequence[Result]) -> list[str]:
        """Return activated users of the whole pool, those who failed just now last."""
        failed = {result.user_id for result in doubts}
        found: dict[str, None] = {}
        for order in ("desc", "asc"):
            self.pace.take()
            page = self.client.list_users(sort=(UserSort("createdAt", order),))
            active = [user.user_id for user in page.users if user.status == ACTIVATED]
            active.sort(key=failed.__contains__)
            found.update(dict.fromkeys(active[:STRANGERS]))
        return sorted(found, key=failed.__contains__)


def _unanswered(doubts: Sequence[Result]) -> AuthingMFAError | None:
    """Return an error that is no answer: where nobody else can be asked for, answers count."""
    errors = (result.doubt for result in doubts)
    return next((error for error in errors if not isinstance(error, APIError)), None)
