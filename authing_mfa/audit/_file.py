"""The file of an audit's store: its tables, how it is opened to be read, and what may be wrong."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import AuditStoppedError, ConfigurationError
from ._walk import EARLIEST, LATEST
from ._work import FAILED, FAILED_BEFORE, PENDING

VERSION: Final = 2
"""Of the tables below."""
APPLICATION_ID: Final = 0x414D4641
"""What SQLite's header says of a file of ours."""

_NUMBERS: Final = ("walk", "cursor", "end", "page", "fresh", "planned_at", "is_undated", "is_over")
_ARE_NUMBERS: Final = " AND ".join(f"typeof([{name}]) = 'integer'" for name in _NUMBERS)
# The checks of types tell a damaged page: SQLite itself stores anything anywhere.
SCHEMA: Final = (
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
        created_at INTEGER, state INTEGER NOT NULL DEFAULT {PENDING}, factors TEXT, error TEXT,
        CHECK (typeof(user_id) = 'text' AND typeof(status) = 'text'),
        CHECK (created_at IS NULL OR typeof(created_at) = 'integer'
            AND created_at BETWEEN {EARLIEST} AND {LATEST}),
        CHECK (typeof(state) = 'integer' AND state BETWEEN {PENDING} AND {FAILED_BEFORE}),
        CHECK (typeof(factors) IN ('text', 'null') AND typeof(error) IN ('text', 'null'))
    )""",
    f"CREATE INDEX pending ON users (number) WHERE state = {PENDING}",
    f"CREATE INDEX failed ON users (number) WHERE state = {FAILED}",
    f"CREATE INDEX failed_before ON users (number) WHERE state = {FAILED_BEFORE}",
    """CREATE TABLE members (
        user INTEGER NOT NULL, walk INTEGER NOT NULL, PRIMARY KEY (user, walk),
        CHECK (typeof(user) = 'integer' AND typeof(walk) = 'integer')
    ) WITHOUT ROWID""",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)
COUNT_STATES: Final = "SELECT state, count(*) FROM users GROUP BY state"


@contextlib.contextmanager
def place_to_read(path: Path) -> Iterator[Path]:
    """Find where a store can be read: where it is, or else a copy of it for the time being.

    What a killed run left behind has to be put right before it can be read, which takes a place
    where files can be written.

    Raises:
        ConfigurationError: There is no store, or it is in use.
    """
    if not is_file(path):
        raise ConfigurationError(f"store: there is no file {path}; audit_coverage() makes it")
    with contextlib.ExitStack() as stack:
        if _must_be_copied(path):
            directory = stack.enter_context(tempfile.TemporaryDirectory())
            yield _copy(path, Path(directory))
        else:
            yield path


@contextlib.contextmanager
def open_to_read(place: Path, path: Path) -> Iterator[sqlite3.Connection]:
    """Open a store that no run uses.

    Args:
        place: Where it is read.
        path: What errors call it.

    Raises:
        ConfigurationError: It is in use, damaged, or of another version.
    """
    with failures(path), contextlib.closing(connect(place)) as connection:
        check_version(connection, path)
        connection.execute("PRAGMA query_only = 1")
        yield connection


def is_file(path: Path) -> bool:
    """Tell whether there is a file; a path that cannot be is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


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


def check_whole(
    connection: sqlite3.Connection, path: Path, check: str = "integrity_check"
) -> None:
    """Refuse a damaged store before anybody believes it.

    Args:
        connection: To it.
        path: What the error calls it.
        check: SQLite's name of the check.

    Raises:
        ConfigurationError: A page of it is damaged.
    """
    (found,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
    if found != "ok":
        raise damaged(path)


@contextlib.contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turn what reading the contents of a damaged store raises into an error of ours."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        error = damaged(path)
    else:
        return
    raise error


def read_facts(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the facts of the run, by name."""
    return dict(connection.execute("SELECT name, fact FROM facts").fetchall())


def damaged(
    path: Path, kind: type[ConfigurationError | AuditStoppedError] = ConfigurationError
) -> ConfigurationError | AuditStoppedError:
    """Return the error of a store that does not hold what was written into it."""
    return kind(f"store: {path} is damaged; begin anew in another file, or restore a copy of it")


@contextlib.contextmanager
def failures(
    path: Path, *, damage: type[ConfigurationError | AuditStoppedError] = ConfigurationError
) -> Iterator[None]:
    """Turn what SQLite and the file system raise into errors of ours.

    Args:
        path: The store.
        damage: The error for a damaged one.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _refusal(path, error, damage) from None
    except UnicodeError:  # SQLite's own message may quote what is damaged
        raise damaged(path, damage) from None
    except OSError as error:
        raise _unusable(path, error) from None


def _refusal(
    path: Path, error: sqlite3.Error, damage: type[ConfigurationError | AuditStoppedError]
) -> ConfigurationError | AuditStoppedError:
    said = str(error)
    if "locked" in said:
        return ConfigurationError(
            f"store: {path} is in use by another run; wait for its end, or give this one a "
            "file of its own"
        )
    if "not a database" in said:
        return ConfigurationError(f"store: {path} is no store of an audit; give it another file")
    # A damaged text cannot be decoded; a damaged schema lacks a table or a column.
    is_lack = "decode" in said or "no such" in said or "malformed" in said
    if is_lack or not isinstance(error, sqlite3.OperationalError):
        return damaged(path, damage)
    return _unusable(path, error)


def _unusable(path: Path, error: Exception) -> AuditStoppedError:
    return AuditStoppedError(
        f"store: {path} cannot be used ({error}); what it holds stands: free the disk or mend the "
        "file's permissions, then run again to go on"
    )


def make(path: Path) -> None:
    """Make the file where there is none, for its owner alone: it says who is easy to take over."""
    # One that is there is not even opened: to close it would end SQLite's lock of another run.
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def connect(path: Path) -> sqlite3.Connection:
    """Connect to a file; where it is locked, do not wait."""
    # An absolute path is always a file: ":memory:" and "file:" mean something to SQLite.
    return sqlite3.connect(path.absolute(), timeout=0, isolation_level=None)


def _must_be_copied(path: Path) -> bool:
    """Tell whether what a killed run left has to be put right where nothing can be written."""
    try:
        with contextlib.closing(connect(path)) as connection:
            is_empty(connection)
    except (sqlite3.Error, UnicodeError) as error:
        places = (path, path.absolute().parent)
        return "locked" not in str(error) and not all(os.access(at, os.W_OK) for at in places)
    return False


def _copy(path: Path, directory: Path) -> Path:
    """Copy a store with what a killed run left of its last writes."""
    with failures(path):
        for part in (path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal"))):
            if part.exists():
                shutil.copyfile(part, directory / part.name)
    return directory / path.name
