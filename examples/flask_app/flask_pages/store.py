"""Sessions on the server's side: a row each, in a file that all processes of the site share."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from authing_mfa import ExpiredError


class Held(dict[str, Any]):
    """What a session holds; its repr is silent, because reports of errors show variables."""

    def __repr__(self) -> str:
        """Tell that something is held."""
        return "<held>"


class Store:
    """Keeps sessions by the digests of their ids, so that who reads the file cannot use them.

    What is not there any more is never written again: a late answer ends in ``ExpiredError``.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        Path(path).touch(mode=0o600)
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode=WAL")
        with self._transaction() as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS sessions"
                " (id TEXT PRIMARY KEY, held TEXT NOT NULL, ends_at REAL NOT NULL)"
            )

    def begin(self, held: Held, seconds: float) -> str:
        """Keep a new session so long, whatever happens in it; return its id."""
        new_id = secrets.token_urlsafe(32)
        now = time.time()
        row = (_digest(new_id), json.dumps(held), now + seconds)
        with self._transaction() as database:
            database.execute("DELETE FROM sessions WHERE ends_at <= ?", (now,))
            database.execute("INSERT INTO sessions VALUES (?, ?, ?)", row)
        return new_id

    def read(self, session_id: str) -> Held | None:
        """Return what a session holds; None where it is over."""
        with self._transaction("BEGIN") as database:
            return _read(database, session_id)

    @contextlib.contextmanager
    def change(self, session_id: str) -> Iterator[Held]:
        """Give what a session holds, to be changed while nobody else changes it.

        Raises:
            ExpiredError: It is over.
        """
        with self._transaction() as database:
            held = _read(database, session_id)
            if held is None:
                raise ExpiredError("the session is over")
            yield held
            row = (json.dumps(held), _digest(session_id))
            database.execute("UPDATE sessions SET held = ? WHERE id = ?", row)

    def rename(self, session_id: str) -> str:
        """Return a new id for a session; the old one is worth nothing from now on.

        Raises:
            ExpiredError: It is over.
        """
        new_id = secrets.token_urlsafe(32)
        with self._transaction() as database:
            row = (_digest(new_id), _digest(session_id), time.time())
            renamed = database.execute(
                "UPDATE sessions SET id = ? WHERE id = ? AND ends_at > ?", row
            )
            if renamed.rowcount != 1:
                raise ExpiredError("the session is over")
        return new_id

    def end(self, session_id: str) -> Held | None:
        """Forget a session and return what it held; None for whoever comes second."""
        with self._transaction() as database:
            held = _read(database, session_id)
            database.execute("DELETE FROM sessions WHERE id = ?", (_digest(session_id),))
            return held

    @contextlib.contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=5, isolation_level=None)
        with contextlib.closing(database):
            database.execute(begin)
            yield database  # what is raised here closes it, and nothing was written
            database.execute("COMMIT")


def _read(database: sqlite3.Connection, session_id: str) -> Held | None:
    found = database.execute(
        "SELECT held FROM sessions WHERE id = ? AND ends_at > ?",
        (_digest(session_id), time.time()),
    ).fetchone()
    return None if found is None else Held(json.loads(found[0]))


def _digest(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
