"""What a child process must not take over from its parent, and locks that outlive a late patch."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from typing import Any, Final, Literal, Protocol

from ..errors import RequestTimeoutError


class Renewed(Protocol):
    """What holds a lock or a connection."""

    def renew(self) -> None:
        """Leave it to the parent, and begin with a new one."""


_living: Final[weakref.WeakSet[Renewed]] = weakref.WeakSet()


def renew_in_child(thing: Renewed) -> None:
    """Renew a thing in each forked child, while it lives: a lock held there is never released."""
    _living.add(thing)


class LateLock:
    """A lock that is made when it is taken, of the kind that ``threading`` makes by then.

    One made before gevent patched would stop all greenlets while one of them holds it. In a forked
    child it is a new one.
    """

    def __init__(self, kind: Literal["Lock", "RLock"]) -> None:
        self._kind = kind
        self._made: dict[Any, Any] = {}
        renew_in_child(self)

    def renew(self) -> None:
        """Leave the lock to the parent."""
        self._made = {}

    def now(self) -> Any:
        """Return the lock to take."""
        make = getattr(threading, self._kind)
        return self._made.setdefault(make, make())

    @contextlib.contextmanager
    def taken(self, seconds: float, doing: str) -> Iterator[None]:
        """Wait for the lock for so long, and hold it.

        Raises:
            RequestTimeoutError: Another thread was still ``doing`` what it is held for.
        """
        lock = self.now()
        if not lock.acquire(timeout=max(0.0, seconds)):
            raise RequestTimeoutError(f"another thread was still {doing}")
        try:
            yield
        finally:
            lock.release()


def _renew_all() -> None:
    for thing in list(_living):
        thing.renew()


def _finish_imports() -> None:
    """Wait for what another thread imports of us: the lock on it would stay taken in the child."""
    for name in list(sys.modules):
        if name.startswith(f"{__package__}."):
            importlib.import_module(name)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_finish_imports, after_in_child=_renew_all)
