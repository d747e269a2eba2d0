"""The coverage of one user, and of many added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import attrs

from .._values.factors import FactorType
from ._tasks import State

KINDS: Final = (FactorType.OTP, FactorType.SMS, FactorType.EMAIL, FactorType.FACE)
"""Kinds of factor that the service tells of a user."""


Row = tuple[Any, int, str | None, int]
"""A key to group by, a state, kinds of factor, and the number of such users."""


@attrs.frozen(kw_only=True)
class Coverage:
    """The coverage of some users. Each is one of ``none``, ``single``, ``several``, ``unknown``.

    Attributes:
        users: All of them.
        none: Without a second factor.
        single: With factors of one kind.
        several: With factors of two kinds or more.
        unknown: Not asked for yet, or the call failed.
        by_factor: Users who have bound each kind of factor; one user may count under several.
    """

    users: int
    none: int
    single: int
    several: int
    unknown: int
    by_factor: Mapping[FactorType, int]

    @property
    def share(self) -> float | None:
        """The share with a second factor, 0 to 1, of those who are known; None of nobody."""
        known = self.users - self.unknown
        return (self.single + self.several) / known if known else None


@attrs.frozen(kw_only=True)
class UserCoverage:
    """One user of the pool.

    Attributes:
        status: As the service spells it, such as ``Activated``.
        factors: Kinds of factor that are bound; None where unknown.
        error: Why it is unknown; None for a user who was not asked for yet.
        filters: Names under which the user counts.
    """

    user_id: str
    status: str
    created_at: datetime | None
    factors: tuple[FactorType, ...] | None
    error: str | None
    filters: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Summary:
    """The numbers of a report: all but its rows."""

    store: Path
    pool: str
    host: str
    started_at: datetime
    finished_at: datetime | None
    created_until: datetime | None
    overall: Coverage
    by_status: Mapping[str, Coverage]
    by_filter: Mapping[str, Coverage]
    pending: int
    failed: int
    gone: int


def split(rows: Iterable[Row]) -> dict[Any, list[Row]]:
    """Group rows by their first member."""
    parts: dict[Any, list[Row]] = {}
    for row in rows:
        parts.setdefault(row[0], []).append(row)
    return parts


def coverage(rows: Iterable[Row]) -> Coverage:
    """Add up rows."""
    by_number: Counter[int | None] = Counter()
    by_factor: Counter[FactorType] = Counter(dict.fromkeys(KINDS, 0))
    for _, state, kinds, users in rows:
        factors = read_factors(state, kinds)
        by_number[None if factors is None else min(len(factors), 2)] += users
        by_factor.update(dict.fromkeys(factors or (), users))
    return Coverage(
        users=by_number.total(),
        none=by_number[0],
        single=by_number[1],
        several=by_number[2],
        unknown=by_number[None],
        by_factor=dict(by_factor),
    )


def read_factors(state: int, kinds: str | None) -> tuple[FactorType, ...] | None:
    """Read stored kinds of factor; None where they are not known."""
    if state != State.CHECKED:
        return None
    return tuple(FactorType(kind) for kind in kinds.split(",")) if kinds else ()
