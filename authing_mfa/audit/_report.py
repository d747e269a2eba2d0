"""The report of an audit: read from its store, and written to files."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

import attrs

from .._values.arguments import count, text
from ..errors import AuditStoppedError, ConfigurationError
from . import _html, _tables
from ._coverage import Summary, UserCoverage, coverage, read_factors, split
from ._store import Store, decoding, place_to_read
from ._tasks import State
from ._walk import to_instant

_UNTIL: Final = 'SELECT max("end") FROM ranges WHERE walk = 0 AND NOT is_undated'
_BY_STATUS: Final = """SELECT status, state, factors, count(*) FROM users
    WHERE state != ? GROUP BY status, state, factors"""
_BY_WALK: Final = """SELECT walk, state, factors, count(*)
    FROM members JOIN users ON number = user
    WHERE state != ? GROUP BY walk, state, factors"""
_USERS: Final = """SELECT user_id, status, created_at, state, factors, error,
    (SELECT group_concat(walk) FROM members WHERE user = number), number
    FROM users WHERE number > ? AND state != ? AND (factors = '' OR NOT ?)
    ORDER BY number LIMIT ?"""
_CHUNK: Final = 1_000
"""Rows that are read at a time: between two times the store is free for a run."""


@attrs.frozen(kw_only=True)
class CoverageReport(Summary):
    """The MFA coverage of a pool.

    Attributes:
        store: The file that it was read from, and that its rows are read from.
        pool: The pool's id; where requests are signed with an access key, the key's.
        host: The address of the service.
        started_at: When the first run on this store began.
        finished_at: When the latest run came to its end; None where none has.
        created_until: Nobody who was created later is in it; None of an empty pool.
        overall: All users.
        by_status: Users of each status.
        by_filter: Users under each name that ``by_filter`` was given.
        pending: Users who were not asked for yet: the run was stopped.
        failed: Users whose call failed; their rows say why.
        gone: Users who were deleted before they were asked for; counted nowhere else.
    """

    def rows(self, *, without_factor: bool = False) -> Iterator[UserCoverage]:
        """Yield the users, in the order in which they were found; reads as it goes.

        Args:
            without_factor: Only those who are known to have no second factor.

        Raises:
            ConfigurationError: The store is gone, damaged, or in use by a run.
        """
        names, last = list(self.by_filter), 0
        with place_to_read(self.store) as place:
            while True:
                with Store.open_to_read(place, self.store) as opened:
                    rows = opened.select(_USERS, last, State.GONE, without_factor, _CHUNK)
                if not rows:
                    return
                last = rows[-1][-1]
                with decoding(self.store):
                    users = [_user(names, row) for row in rows]
                yield from users

    def write_csv(self, file: str | Path | TextIO) -> None:
        """Write a line for each user, with a heading; safe to open in a spreadsheet.

        A cell that a spreadsheet would take for a formula begins with an apostrophe.

        Args:
            file: Where to. A new file is for its owner alone, as with the other formats.

        Raises:
            ConfigurationError: There can be no such file, or it is the store.
            AuditStoppedError: It cannot be written, since the disk is full.
        """
        with _opened(file, self.store) as opened:
            _tables.write_csv(self.rows(), opened)

    def write_jsonl(self, file: str | Path | TextIO) -> None:
        """Write a line of JSON for each user."""
        with _opened(file, self.store) as opened:
            _tables.write_jsonl(self.rows(), opened)

    def write_html(self, file: str | Path | TextIO, *, most_listed: int = 1000) -> None:
        """Write one page for people, with charts and tables; it loads nothing from elsewhere.

        Args:
            file: Where to.
            most_listed: Users without a second factor that it names at most.
        """
        most_listed = count("most_listed", most_listed)
        with _opened(file, self.store) as opened:
            _html.write_html(self, self.rows(without_factor=True), opened, most_listed)

    def to_dataframe(self) -> Any:
        """Return a row for each user as a pandas frame; the whole pool is in memory then.

        Raises:
            ConfigurationError: pandas is not installed.
        """
        return _tables.to_dataframe(self.rows())


def read_report(store: str | Path) -> CoverageReport:
    """Return the report of a store, also of a run that was stopped on the way.

    Raises:
        ConfigurationError: There is no such store, it is in use, damaged, or of another version.
    """
    path = store_path(store)
    with place_to_read(path) as place, Store.open_to_read(place, path) as opened, decoding(path):
        opened.check("quick_check")  # a run looks at the indexes, too
        return _read(opened)


def store_path(store: str | Path) -> Path:
    """Return the path of a store.

    Raises:
        ConfigurationError: It cannot be one.
    """
    path = Path(text("store", str(store) if isinstance(store, Path) else store))
    if "\0" in str(path):
        raise ConfigurationError("store: wanted a path; no file's name holds a NUL character")
    return path


def _read(store: Store) -> CoverageReport:
    facts, states = store.facts(), store.tally()
    finished_at = facts.get("finished_at")
    ((until,),) = store.select(_UNTIL)
    by_status = store.select(_BY_STATUS, State.GONE)
    by_walk = split(store.select(_BY_WALK, State.GONE))
    return CoverageReport(
        store=store.path,
        pool=facts["pool"],
        host=facts["host"],
        started_at=datetime.fromisoformat(facts["started_at"]),
        finished_at=datetime.fromisoformat(finished_at) if finished_at else None,
        created_until=None if until is None else to_instant(until),
        overall=coverage(by_status),
        by_status={status: coverage(rows) for status, rows in split(by_status).items()},
        by_filter={
            name: coverage(by_walk.get(walk, ()))
            for walk, name in enumerate(json.loads(facts["by_filter"]), 1)
        },
        pending=states[State.PENDING],
        failed=states[State.FAILED] + states[State.FAILED_BEFORE],
        gone=states[State.GONE],
    )


def _user(names: Sequence[str], row: Sequence[Any]) -> UserCoverage:
    user_id, status, created_at, state, factors, error, walks, _ = row
    return UserCoverage(
        user_id=user_id,
        status=status,
        created_at=None if created_at is None else to_instant(created_at),
        factors=read_factors(state, factors),
        error=error,
        filters=tuple(names[int(walk) - 1] for walk in walks.split(",")) if walks else (),
    )


@contextlib.contextmanager
def _opened(file: str | Path | TextIO, store: Path) -> Iterator[TextIO]:
    if not isinstance(file, (str, Path)):
        if not hasattr(file, "write"):
            raise ConfigurationError(
                f"file: wanted a path or an open text file, got {type(file).__name__}"
            )
        yield file
        return
    is_store = False
    with contextlib.suppress(OSError, ValueError):  # one of them is not there
        is_store = store.samefile(file)
    if is_store:
        raise ConfigurationError(f"file: {file!s} is the audit's own store; name another file")
    try:
        opened = open(file, "w", encoding="utf-8", newline="", opener=_private)  # noqa: SIM115
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"file: {file!s} cannot be written ({error})") from None
    try:
        with opened:
            yield opened
    except OSError as error:
        raise AuditStoppedError(
            f"file: {file} cannot be written ({error.strerror}); what is stored stands: free the "
            "disk, then write it again: read_report() reads the store"
        ) from None


def _private(path: str, flags: int) -> int:
    """Open a report for its owner alone: it names accounts that are easy to take over."""
    return os.open(path, flags, 0o600)
