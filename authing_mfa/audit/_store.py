"""The audit's store: one SQLite file that survives a kill at any point."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import attrs

from ..errors import AuditStoppedError, ConfigurationError
from ._file import (
    COUNT_STATES,
    SCHEMA,
    check_version,
    check_whole,
    connect,
    failures,
    is_empty,
    make,
    read_facts,
)
from ._walk import ListedUser, Range
from ._work import CHECKED, GONE, PENDING, Result

_RANGE: Final = ("number", "walk", "cursor", "end", "page", "fresh", "planned_at", "is_undated")
_RANGE_COLUMNS: Final = ", ".join(f'"{name}"' for name in _RANGE)


@attrs.frozen
class Store:
    """The tables, open for one run alone; only the thread that opened them may use them."""

    path: Path
    _connection: sqlite3.Connection = attrs.field(repr=False)

    @classmethod
    def open(cls, path: Path, identity: Mapping[str, str]) -> Store:
        """Open a store for a run, or create it; the lock on it dies with the process.

        Args:
            path: The file.
            identity: What must be the same each time, by name.

        Raises:
            ConfigurationError: It belongs to another audit or version, is in use, or is no store.
            AuditStoppedError: It cannot be read or written.
        """
        with failures(path):
            make(path)
            store = cls(path, connect(path))
            try:
                if not is_empty(store._connection):  # what is not ours must not be changed
                    check_version(store._connection, path)
                store._lock()
                if is_empty(store._connection):
                    store._create(identity)
                check_whole(store._connection, path)
                store._compare(identity)
            except BaseException:
                store._connection.close()
                raise
        return store

    def close(self) -> None:
        """Let the file go, as one that can be read where nothing can be written."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()

    def _lock(self) -> None:
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("COMMIT")

    def _create(self, identity: Mapping[str, str]) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self.transaction():
            for statement in SCHEMA:
                self._connection.execute(statement)
            self.keep_facts({**identity, "started_at": now})

    def _compare(self, identity: Mapping[str, str]) -> None:
        facts = read_facts(self._connection)
        differing = [name for name, fact in identity.items() if facts.get(name) != fact]
        if differing:
            raise ConfigurationError(
                f"store: {self.path} belongs to another audit (not the same: "
                f"{', '.join(differing)}); give this one a file of its own"
            )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all that happens within, or nothing.

        Raises:
            AuditStoppedError: It could not be written; what was there before stands.
        """
        with failures(self.path, damage=AuditStoppedError):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def keep_facts(self, facts: Mapping[str, str]) -> None:
        """Write facts of the run, by name."""
        self._connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    @property
    def is_finished(self) -> bool:
        """Whether a run on it came to its end."""
        return bool(self._all("SELECT 1 FROM facts WHERE name = 'finished_at'"))

    def known_until(self, walk: int, clock_error: int) -> int | None:
        """Return until when a walk knows, or will know, everybody; None before it was begun.

        A user may be dated in the future, so that the time of the walk is a bound, too.

        Args:
            walk: Which.
            clock_error: Microseconds by which that time may be wrong.
        """
        query = """SELECT max(min("end", planned_at - ?)) FROM ranges
            WHERE walk = ? AND NOT is_undated"""
        ((until,),) = self._all(query, clock_error, walk)
        return until  # type: ignore[no-any-return]

    def known_in(self, walk: int) -> int:
        """Count the users of a walk, without those who are gone."""
        members = "" if walk == 0 else "JOIN members ON user = number AND walk = ?"
        query = f"SELECT count(*) FROM users {members} WHERE state != {GONE}"  # noqa: S608
        ((count,),) = self._all(query, *((walk,) if walk else ()))
        return count  # type: ignore[no-any-return]

    def ranges(self, walk: int) -> list[Range]:
        """Return the ranges of a walk that are not walked to their ends."""
        query = f"SELECT {_RANGE_COLUMNS} FROM ranges WHERE walk = ? AND NOT is_over"  # noqa: S608
        found = [dict(zip(_RANGE, row, strict=True)) for row in self._all(query, walk)]
        return [Range(**{**row, "is_undated": bool(row["is_undated"])}) for row in found]

    def keep_range(self, range: Range) -> Range:
        """Write a range, and return it with its number."""
        row = (range.number or None, *(getattr(range, name) for name in _RANGE[1:]))
        places = ", ".join("?" * len(row))
        query = f"INSERT OR REPLACE INTO ranges ({_RANGE_COLUMNS}) VALUES ({places})"  # noqa: S608
        return attrs.evolve(range, number=self._connection.execute(query, row).lastrowid or 0)

    def end_range(self, range: Range) -> None:
        """Note that a range is walked to its end."""
        self._connection.execute("UPDATE ranges SET is_over = 1 WHERE number = ?", (range.number,))

    def keep_users(self, users: Sequence[ListedUser], walk: int) -> tuple[int, int]:
        """Write users that are not known yet.

        Args:
            users: A page.
            walk: The walk that found them.

        Returns:
            How many are new to the store, and how many to this walk.
        """
        before = self._connection.total_changes
        self._connection.executemany(
            "INSERT OR IGNORE INTO users (user_id, status, created_at) VALUES (?, ?, ?)",
            [attrs.astuple(user) for user in users],
        )
        new = self._connection.total_changes - before
        if walk == 0:
            return new, new
        self._connection.executemany(
            "INSERT OR IGNORE INTO members SELECT number, ? FROM users WHERE user_id = ?",
            [(walk, user.user_id) for user in users],
        )
        return new, self._connection.total_changes - before - new

    def revive(self, users: Sequence[ListedUser]) -> int:
        """Put who is listed though they were gone among those who were not asked for yet.

        Returns:
            How many there are.
        """
        before = self._connection.total_changes
        query = f"UPDATE users SET state = {PENDING} WHERE user_id = ? AND state = {GONE}"  # noqa: S608
        self._connection.executemany(query, [(user.user_id,) for user in users])
        return self._connection.total_changes - before

    def keep_results(self, results: Sequence[Result]) -> None:
        """Write what became of users."""
        self._connection.executemany(
            "UPDATE users SET state = ?, factors = ?, error = ? WHERE number = ?",
            [(result.state, result.factors, result.error, result.number) for result in results],
        )

    def move(self, state: int, to: int) -> None:
        """Put everybody who is in one state into another."""
        query = f"UPDATE users SET state = ? WHERE state = {int(state)}"  # noqa: S608
        self._connection.execute(query, (to,))

    def users_in(self, state: int, *, after: int, count: int) -> tuple[tuple[int, str], ...]:
        """Return the next users in a state: row and user id."""
        # The state stands in the text, since SQLite uses a partial index for literals only.
        query = f"SELECT number, user_id FROM users WHERE state = {int(state)} AND number > ?"  # noqa: S608
        return tuple(self._all(f"{query} ORDER BY number LIMIT ?", after, count))

    def checked(self, count: int) -> list[str]:
        """Return the ids of some users whose factors are known."""
        query = "SELECT user_id FROM users WHERE state = ? ORDER BY number DESC LIMIT ?"
        return [user_id for (user_id,) in self._all(query, CHECKED, count)]

    def tally(self) -> Counter[int]:
        """Count the users in each state."""
        return Counter(dict(self._all(COUNT_STATES)))

    def _all(self, query: str, *values: Any) -> list[Any]:
        with failures(self.path, damage=AuditStoppedError):
            return self._connection.execute(query, values).fetchall()
