"""The audit's store: one SQLite file that survives a kill at any point."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import attrs

from ..errors import AuditStoppedError, ConfigurationError
from ._walk import ListedUser, Range
from ._work import FAILED, PENDING, Result

VERSION: Final = 1
"""Of the tables below."""
APPLICATION_ID: Final = 0x414D4641
"""What SQLite's header says of a file of ours."""

_SCHEMA: Final = (
    "CREATE TABLE facts (name TEXT PRIMARY KEY, fact TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE ranges (
        number INTEGER PRIMARY KEY, walk INTEGER NOT NULL, cursor INTEGER NOT NULL,
        "end" INTEGER NOT NULL, page INTEGER NOT NULL, fresh INTEGER NOT NULL,
        is_over INTEGER NOT NULL DEFAULT 0
    )""",
    f"""CREATE TABLE users (
        number INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
        created_at INTEGER, state INTEGER NOT NULL DEFAULT {PENDING}, factors TEXT, error TEXT
    )""",
    f"CREATE INDEX pending ON users (number) WHERE state = {PENDING}",
    f"CREATE INDEX failed ON users (number) WHERE state = {FAILED}",
    """CREATE TABLE members (
        user INTEGER NOT NULL, walk INTEGER NOT NULL, PRIMARY KEY (user, walk)
    ) WITHOUT ROWID""",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)
COUNT_STATES: Final = "SELECT state, count(*) FROM users GROUP BY state"
_RANGE: Final = 'number, walk, cursor, "end", page, fresh'


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
        with _failures(path):
            path.touch(mode=0o600)  # it says whose accounts are easy to take over
            store = cls(path, sqlite3.connect(path, timeout=0, isolation_level=None))
            try:
                is_new = is_empty(store._connection)
                if not is_new:  # first of all: a file that is not ours must not be changed
                    check_version(store._connection, path)
                store._lock()
                if is_new:
                    store._create(identity)
                store._compare(identity)
            except BaseException:
                store._connection.close()
                raise
        return store

    def close(self) -> None:
        """Let the file go."""
        self._connection.close()

    def _lock(self) -> None:
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("COMMIT")

    def _create(self, identity: Mapping[str, str]) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        with self.transaction():
            for statement in _SCHEMA:
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
        with _failures(self.path):
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

    def end_of(self, walk: int) -> int | None:
        """Return the last instant of a walk's ranges; None before it was begun."""
        query = 'SELECT max("end") FROM ranges WHERE walk = ?'
        return self._one(query, walk)  # type: ignore[no-any-return]

    def ranges(self, walk: int) -> list[Range]:
        """Return the ranges of a walk that are not walked to their ends."""
        names = ("number", "walk", "cursor", "end", "page", "fresh")
        query = f"SELECT {_RANGE} FROM ranges WHERE walk = ? AND NOT is_over"  # noqa: S608
        rows = self._connection.execute(query, (walk,))
        return [Range(**dict(zip(names, row, strict=True))) for row in rows]

    def keep_range(self, range: Range) -> Range:
        """Write a range, and return it with its number."""
        row = (range.number or None, range.walk, range.cursor, range.end, range.page, range.fresh)
        query = f"INSERT OR REPLACE INTO ranges ({_RANGE}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
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

    def keep_results(self, results: Sequence[Result]) -> None:
        """Write what became of users."""
        self._connection.executemany(
            "UPDATE users SET state = ?, factors = ?, error = ? WHERE number = ?",
            [(result.state, result.factors, result.error, result.number) for result in results],
        )

    def users_in(self, state: int, *, after: int, count: int) -> tuple[tuple[int, str], ...]:
        """Return the next users in a state: row and user id."""
        # The state stands in the text, since SQLite uses a partial index for literals only.
        query = f"SELECT number, user_id FROM users WHERE state = {int(state)} AND number > ?"  # noqa: S608
        rows = self._connection.execute(f"{query} ORDER BY number LIMIT ?", (after, count))
        return tuple(rows.fetchall())

    def tally(self) -> Counter[int]:
        """Count the users in each state."""
        return Counter(dict(self._connection.execute(COUNT_STATES).fetchall()))

    def _one(self, query: str, *values: Any) -> Any:
        return self._connection.execute(query, values).fetchone()[0]


@contextlib.contextmanager
def open_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store that no run uses.

    Raises:
        ConfigurationError: There is none, it is in use, or it is of another version.
    """
    if not path.is_file():
        raise ConfigurationError(f"store: there is no file {path}; audit_coverage() makes it")
    with _failures(path):
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        with contextlib.closing(connection):
            check_version(connection, path)
            connection.execute("PRAGMA query_only = 1")
            yield connection


def is_empty(connection: sqlite3.Connection) -> bool:
    """Tell whether a database has no tables yet."""
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(count == 0)


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what this version does not read.

    Raises:
        ConfigurationError: It is no store, or one of another version.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application_id != APPLICATION_ID:
        raise ConfigurationError(f"store: {path} is no store of an audit; give it another file")
    if version != VERSION:
        raise ConfigurationError(
            f"store: {path} was written by another version of authing-mfa (its tables are version "
            f"{version}, these are {VERSION}); use that version, or begin anew in another file"
        )


def read_facts(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the facts of the run, by name."""
    return dict(connection.execute("SELECT name, fact FROM facts").fetchall())


@contextlib.contextmanager
def _failures(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into errors of ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise ConfigurationError(
                f"store: {path} is in use by another run; wait for its end, or give this one a "
                "file of its own"
            ) from None
        raise _unusable(path, error) from None
    except OSError as error:
        raise _unusable(path, error) from None
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(
            f"store: {path} is no store of an audit ({error}); give it another file"
        ) from None


def _unusable(path: Path, error: Exception) -> AuditStoppedError:
    return AuditStoppedError(
        f"store: {path} cannot be used ({error}); what it holds stands: free the disk or mend the "
        "file's permissions, then run again to go on"
    )
