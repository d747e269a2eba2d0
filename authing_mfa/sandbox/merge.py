"""Generated users and those that are held, as one list in the order of their creation.

No list is made: the place of each user is computed, so that a page of a million costs as much as
one of a hundred.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence

import attrs

from .conditions import Condition
from .directory import Directory
from .generated import GeneratedPool, Rows
from .people import STATUSES, User
from .refusals import Refusal

Aged = tuple[tuple[int, int], User]
"""A user after the instant of creation in milliseconds, and the place at that instant."""


@attrs.frozen
class Merge:
    """The users of a pool that meet some conditions.

    Args:
        pool: where the generated ones come from.
        span: their indexes.
        rows: the indexes that count, for their status.
        gone: those of them that do not count, in order.
        held: users beside, oldest first.
        places: their places in the whole list.
    """

    pool: GeneratedPool
    span: range
    rows: Rows
    gone: Sequence[int]
    held: Sequence[User] = ()
    places: Sequence[int] = ()

    @classmethod
    def of(cls, users: Directory, conditions: Iterable[Condition], held: Sequence[Aged]) -> Merge:
        """Merge the generated users that meet the conditions with those that are held."""
        pool = users.generated
        span, statuses = _span(pool, conditions), _statuses(conditions)
        first, last = (bisect.bisect_left(users.gone, end) for end in (span.start, span.stop))
        gone = [index for index in users.gone[first:last] if pool.status(index) in statuses]
        merge = cls(pool, span, pool.of_status(statuses), gone)
        places = [merge._before(age) + place for place, (age, _) in enumerate(held)]
        return attrs.evolve(merge, held=[user for _, user in held], places=places)

    def __len__(self) -> int:
        return self._count(self.span.stop) + len(self.held)

    def page(self, skip: int, limit: int, *, is_descending: bool) -> list[User]:
        """Return some users, oldest or newest first."""
        total = len(self)
        places = range(min(skip, total), min(skip + limit, total))
        return [self._at(total - 1 - place if is_descending else place) for place in places]

    def _at(self, place: int) -> User:
        before = bisect.bisect_left(self.places, place)
        if before < len(self.places) and self.places[before] == place:
            return self.held[before]
        return self.pool.user(self._nth(place - before))

    def _nth(self, position: int) -> int:
        """Return the index of a generated user by its position among those that count."""
        if not self.gone:
            return self.rows.nth(position + self.rows.count(self.span.start))
        found = bisect.bisect_right(self.span, position, key=self._count)
        return self.span[found - 1]

    def _before(self, age: tuple[int, int]) -> int:
        """Count the generated users who are older than somebody who is held."""
        created_at, number = age
        if number < self.pool.size:
            return self._count(number)
        everyone = range(self.pool.size)
        return self._count(bisect.bisect_right(everyone, created_at, key=self.pool.created_at))

    def _count(self, index: int) -> int:
        """Count the generated users below an index who count."""
        index = min(max(index, self.span.start), self.span.stop)
        passed = self.rows.count(index) - self.rows.count(self.span.start)
        return passed - bisect.bisect_left(self.gone, index)


def _statuses(conditions: Iterable[Condition]) -> frozenset[str]:
    asked = [each for each in conditions if each.field == "status"]
    return frozenset(
        status for status in STATUSES if all(each.is_met_by(status) for each in asked)
    )


def _span(pool: GeneratedPool, conditions: Iterable[Condition]) -> range:
    everyone, low, high = range(pool.size), 0, pool.size
    for each in conditions:
        if each.field != "createdAt":
            continue
        if not each.is_range():
            raise Refusal("bad_argument", f"a generated pool has no {each.operator} of createdAt")
        lower, upper = each.ends()
        below = bisect.bisect_left if each.inclusive else bisect.bisect_right
        above = bisect.bisect_right if each.inclusive else bisect.bisect_left
        if lower is not None:
            low = max(low, below(everyone, lower, key=pool.created_at))
        if upper is not None:
            high = min(high, above(everyone, upper, key=pool.created_at))
    return range(low, max(low, high))
