"""The audit's store: one SQLite file that survives a kill at any point."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs

from ..errors import AuditStoppedError, ConfigurationError
from ._tasks import Result, State
from ._walk import EARLIEST, LATEST, ListedUser, Range

VERSION: Final = 2
"""Of the tables below."""
APPLICATION_ID: Final = 0x414D4641
"""What SQLite's header says of a file of ours."""

_RANGE: Final = tuple(field.name for field in attrs.fields(Range))
_RANGE_COLUMNS: Final = ", ".join(f'"{name}"' for name in _RANGE)
_ARE_NUMBERS: Final = " AND ".join(
    f"typeof([{name}]) = 'integer'" for name in (*_RANGE[1:], "is_over")
)
# The checks of types detect a damaged page: SQLite itself stores any type anywhere.
_SCHEMA: Final = (
    """CREATE TABLE facts (
        name TEXT PRIMARY KEY, fact TEXT NOT NULL CHECK (typeof(fact) = 'text')
    ) WITHOUT ROWID""",
    f"""CREATE TABLE ranges (
        number INTEGER PRIMARY KEY, walk INTEGER NOT NULL, cursor INTEGER NOT NULL,
        "end" INTEGER NOT NULL, page INTEGER NOT NULL, fresh INTEGER NOT NULL,
        planned_at INTEGER NOT NULL, is_undated INTEGER NOT NULL,
        is_over INTEGER NOT NULL DEFAULT 0,
        CHECK ({_ARE_NUMBERS}),
        CHECK (cursor BETWEEN {EARLIEST} AND {LATEST} AND "end" BETWEEN {EARLIEST} AND {LATEST})
    )""",
    f"""CREATE TABLE users (
        number INTEGER PRIMARY KEY, user_id TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
        created_at INTEGER, state INTEGER NOT NULL DEFAULT {State.PENDING:d}, factors TEXT,
        error TEXT,
        CHECK (typeof(user_id) = 'text' AND typeof(status) = 'text'),
        CHECK (created_at IS NULL OR typeof(created_at) = 'integer'
            AND created_at BETWEEN {EARLIEST} AND {LATEST}),
        CHECK (typeof(state) = 'integer' AND state BETWEEN {min(State):d} AND {max(State):d}),
        CHECK (typeof(factors) IN ('text', 'null') AND typeof(error) IN ('text', 'null'))
    )""",
    *(
        f"CREATE INDEX {state.name.lower()} ON users (number) WHERE state = {state:d}"
        for state in (State.PENDING, State.FAILED, State.FAILED_BEFORE)
    ),
    """CREATE TABLE members (
        user INTEGER NOT NULL, walk INTEGER NOT NULL, PRIMARY KEY (user, walk),
        CHECK (typeof(user) = 'integer' AND typeof(walk) = 'integer')
    ) WITHOUT ROWID""",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

_LOCK: Final = """PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT"""
StoreError: TypeAlias = ConfigurationError | AuditStoppedError


@attrs.frozen
class Store:
    """The store, for the thread that opened it alone.

    Attributes:
        path: What errors call it.
        damage: The error where they are found to be damaged.
    """

    path: Path
    _connection: sqlite3.Connection = attrs.field(repr=False)
    _damage: type[StoreError] = ConfigurationError

    @classmethod
    def open(cls, path: Path, identity: Mapping[str, str]) -> Store:
        """Open a store for one run alone, or create it; the lock on it dies with the process.

        Args:
            path: The file.
            identity: What must be the same each time, by name.

        Raises:
            ConfigurationError: It belongs to another audit or version, is in use, or is no store.
            AuditStoppedError: It cannot be read or written.
        """
        with _errors_of(path), contextlib.ExitStack() as stack:
            _make(path)
            connection = stack.enter_context(contextlib.closing(_connect(path)))
            store = cls(path, connection)
            if not _is_empty(connection):  # a file of somebody else must not be changed
                store._check_version()
            connection.executescript(_LOCK)
            if _is_empty(connection):
                store._create(identity)
            store.check("integrity_check")
            store._compare(identity)
            stack.pop_all()
        return cls(path, connection, AuditStoppedError)

    @classmethod
    @contextlib.contextmanager
    def open_to_read(cls, place: Path, path: Path) -> Iterator[Store]:
        """Open a store that no run uses.

        Args:
            place: Where it is read.
            path: What errors call it.

        Raises:
            ConfigurationError: It is in use, damaged, or of another version.
        """
        with _errors_of(path), contextlib.closing(_connect(place)) as connection:
            store = cls(path, connection)
            store._check_version()
            connection.execute("PRAGMA query_only = 1")
            yield store

    def close(self) -> None:
        """Close the file, and leave it in a mode that can be read where nothing can be written."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()

    def check(self, name: str) -> None:
        """Refuse a damaged store.

        Args:
            name: SQLite's name of the check.

        Raises:
            ConfigurationError: A page of it is damaged.
        """
        if self.select(f"PRAGMA {name}(1)") != [("ok",)]:
            raise _damaged(self.path)

    def _check_version(self) -> None:
        """Refuse a file that is no store, or one of another version."""
        ((application_id,),) = self.select("PRAGMA application_id")
        ((version,),) = self.select("PRAGMA user_version")
        if application_id != APPLICATION_ID:
            raise _no_store(self.path)
        if version != VERSION:
            raise ConfigurationError(
                f"store: {self.path} was written by another version of authing-mfa (its tables "
                f"are version {version}, these are {VERSION}); use that version, or begin anew in "
                "another file"
            )

    def _create(self, identity: Mapping[str, str]) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self.transaction():
            for statement in _SCHEMA:
                self._connection.execute(statement)
            self.save_facts({**identity, "started_at": now})

    def _compare(self, identity: Mapping[str, str]) -> None:
        facts = self.facts()
        differing = [name for name, fact in identity.items() if facts.get(name) != fact]
        if differing:
            raise ConfigurationError(
                f"store: {self.path} belongs to another audit (not the same: "
                f"{', '.join(differing)}); give this one a file of its own"
            )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all changes made within, or none.

        Raises:
            AuditStoppedError: It could not be written; what was there before stands.
        """
        with _errors_of(self.path, self._damage):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def save_facts(self, facts: Mapping[str, str]) -> None:
        """Write facts of the run, by name."""
        self._connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    @property
    def is_finished(self) -> bool:
        """True once a run on it came to its end."""
        return bool(self.select("SELECT 1 FROM facts WHERE name = 'finished_at'"))

    def known_until(self, walk: int, clock_error: int) -> int | None:
        """Return the instant up to which a walk covers all users; None before it was begun.

        A user may be dated in the future, so the time when the walk began is a bound, too.

        Args:
            walk: Its number.
            clock_error: Microseconds by which that time may be wrong.
        """
        query = """SELECT max(min("end", planned_at - ?)) FROM ranges
            WHERE walk = ? AND NOT is_undated"""
        ((until,),) = self.select(query, clock_error, walk)
        return until  # type: ignore[no-any-return]

    def known_in(self, walk: int) -> int:
        """Count the users of a walk, without those who are gone."""
        members = "" if walk == 0 else "JOIN members ON user = number AND walk = ?"
        query = f"SELECT count(*) FROM users {members} WHERE state != {State.GONE:d}"  # noqa: S608
        ((count,),) = self.select(query, *((walk,) if walk else ()))
        return count  # type: ignore[no-any-return]

    def ranges(self, walk: int) -> list[Range]:
        """Return the ranges of a walk that are not walked to their ends."""
        query = f"SELECT {_RANGE_COLUMNS} FROM ranges WHERE walk = ? AND NOT is_over"  # noqa: S608
        return [Range(**dict(zip(_RANGE, row, strict=True))) for row in self.select(query, walk)]

    def save_range(self, range: Range) -> Range:
        """Write a range, and return it with its number."""
        row = (range.number or None, *attrs.astuple(range)[1:])
        places = ", ".join("?" * len(row))
        query = f"INSERT OR REPLACE INTO ranges ({_RANGE_COLUMNS}) VALUES ({places})"  # noqa: S608
        return attrs.evolve(range, number=self._connection.execute(query, row).lastrowid or 0)

    def end_range(self, range: Range) -> None:
        """Note that a range is walked to its end."""
        self._connection.execute("UPDATE ranges SET is_over = 1 WHERE number = ?", (range.number,))

    def save_users(self, users: Sequence[ListedUser], walk: int) -> tuple[int, int]:
        """Write the users that are not in the store yet.

        Args:
            users: A page.
            walk: The walk that found them.

        Returns:
            The number of users new to the store, and of those new to this walk.
        """
        new = self._changed(
            "INSERT OR IGNORE INTO users (user_id, status, created_at) VALUES (?, ?, ?)",
            [attrs.astuple(user) for user in users],
        )
        if walk == 0:
            return new, new
        return new, self._changed(
            "INSERT OR IGNORE INTO members SELECT number, ? FROM users WHERE user_id = ?",
            [(walk, user.user_id) for user in users],
        )

    def revive(self, users: Sequence[ListedUser]) -> int:
        """Make listed users pending who were gone before, and return how many."""
        return self._changed(
            "UPDATE users SET state = ? WHERE user_id = ? AND state = ?",
            [(State.PENDING, user.user_id, State.GONE) for user in users],
        )

    def save_results(self, results: Sequence[Result]) -> None:
        """Write the results of users."""
        self._connection.executemany(
            "UPDATE users SET state = ?, factors = ?, error = ? WHERE number = ?",
            [(result.state, result.factors, result.error, result.number) for result in results],
        )

    def move(self, state: State, to: State) -> None:
        """Move all users from one state to another."""
        query = f"UPDATE users SET state = ? WHERE state = {state:d}"  # noqa: S608
        self._connection.execute(query, (to,))

    def users_in(self, state: State, *, after: int, count: int) -> tuple[tuple[int, str], ...]:
        """Return the next users in a state: row and user id."""
        # The state stands in the text, since SQLite uses a partial index for literals only.
        query = f"SELECT number, user_id FROM users WHERE state = {state:d} AND number > ?"  # noqa: S608
        return tuple(self.select(f"{query} ORDER BY number LIMIT ?", after, count))

    def checked(self, count: int) -> list[str]:
        """Return the ids of some users whose factors are known."""
        query = "SELECT user_id FROM users WHERE state = ? ORDER BY number DESC LIMIT ?"
        return [user_id for (user_id,) in self.select(query, State.CHECKED, count)]

    def tally(self) -> Counter[int]:
        """Count the users in each state."""
        return Counter(dict(self.select("SELECT state, count(*) FROM users GROUP BY state")))

    def facts(self) -> dict[str, str]:
        """Return the facts of the run, by name."""
        return dict(self.select("SELECT name, fact FROM facts"))

    def select(self, query: str, *values: Any) -> list[Any]:
        """Return the rows that a query finds.

        Raises:
            ConfigurationError: The store is damaged or in use.
            AuditStoppedError: It cannot be read, or was damaged during the run.
        """
        with _errors_of(self.path, self._damage):
            return self._connection.execute(query, values).fetchall()

    def _changed(self, query: str, rows: Sequence[Any]) -> int:
        """Write rows, and return how many changed."""
        before = self._connection.total_changes
        self._connection.executemany(query, rows)
        return self._connection.total_changes - before


@contextlib.contextmanager
def place_to_read(path: Path) -> Iterator[Path]:
    """Give the path to read a store at: its own, or that of a temporary copy.

    SQLite must write to recover what a killed run left; where it cannot, it recovers a copy.

    Raises:
        ConfigurationError: There is no store, or it is in use.
    """
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # a path that cannot be
        is_file = False
    if not is_file:
        raise ConfigurationError(f"store: there is no file {path}; audit_coverage() makes it")
    if not _must_be_copied(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as directory:
        with _errors_of(path):
            for suffix in ("", "-wal", "-journal"):
                part = path.with_name(path.name + suffix)
                if part.exists():
                    shutil.copyfile(part, Path(directory, part.name))
        yield Path(directory, path.name)


@contextlib.contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turn errors of reading damaged contents into a ``ConfigurationError``."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        error = _damaged(path)
    else:
        return
    raise error


@contextlib.contextmanager
def _errors_of(path: Path, damage: type[StoreError] = ConfigurationError) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into errors of this package.

    Args:
        path: The store.
        damage: The error for a damaged one.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _refusal(path, error, damage) from None
    except UnicodeError:  # SQLite's own message may quote what is damaged
        raise _damaged(path, damage) from None
    except OSError as error:
        raise _unusable(path, error) from None


def _refusal(path: Path, error: sqlite3.Error, damage: type[StoreError]) -> StoreError:
    text = str(error)
    if "locked" in text:
        return ConfigurationError(
            f"store: {path} is in use by another run; wait for its end, or give this one a "
            "file of its own"
        )
    if "not a database" in text:
        return _no_store(path)
    # A damaged text cannot be decoded; a damaged schema lacks a table or a column.
    is_lack = any(words in text for words in ("decode", "no such", "malformed"))
    if is_lack or not isinstance(error, sqlite3.OperationalError):
        return _damaged(path, damage)
    return _unusable(path, error)


def _no_store(path: Path) -> ConfigurationError:
    return ConfigurationError(f"store: {path} is no store of an audit; give it another file")


def _damaged(path: Path, kind: type[StoreError] = ConfigurationError) -> StoreError:
    return kind(f"store: {path} is damaged; begin anew in another file, or restore a copy of it")


def _unusable(path: Path, error: Exception) -> AuditStoppedError:
    return AuditStoppedError(
        f"store: {path} cannot be used ({error}); what it holds stands: free the disk or mend the "
        "file's permissions, then run again to go on"
    )


def _make(path: Path) -> None:
    """Make a missing file for its owner alone: it names accounts that are easy to take over."""
    # One that is there is not even opened: to close it would end SQLite's lock of another run.
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _connect(path: Path) -> sqlite3.Connection:
    """Connect to a file; do not wait for a lock."""
    # An absolute path is always a file: ":memory:" and "file:" mean something to SQLite.
    return sqlite3.connect(path.absolute(), timeout=0, isolation_level=None)


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Return whether a database has no tables yet."""
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(count == 0)


def _must_be_copied(path: Path) -> bool:
    """Return whether SQLite must recover the store in a place that it cannot write to."""
    try:
        with contextlib.closing(_connect(path)) as connection:
            _is_empty(connection)
    except (sqlite3.Error, UnicodeError) as error:
        places = (path, path.absolute().parent)
        return "locked" not in str(error) and not all(os.access(at, os.W_OK) for at in places)
    return False
