"""Resetting in a forked child what it must not share with its parent, and locks that allow it."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from typing import Any, Final, Literal, Protocol

from .._protocol.deadline import Deadline
from ..errors import RequestTimeoutError


class Resettable(Protocol):
    """An object that holds a lock or a connection."""

    def reset_after_fork(self) -> None:
        """Replace the lock or connection by a new one: the old one belongs to the parent."""


_living: Final[weakref.WeakSet[Resettable]] = weakref.WeakSet()

reset_in_child: Final = _living.add
"""Have ``reset_after_fork`` of an object called in each forked child, while the object lives.

A lock that another thread held at the fork would never be released in the child.
"""


class LazyLock:
    """A lock that is made when it is first wanted, by what ``threading`` offers at that time.

    A lock made before gevent patched ``threading`` would stop all greenlets while one of them
    holds it. A forked child makes a new one.
    """

    def __init__(self, kind: Literal["Lock", "RLock"]) -> None:
        self._kind = kind
        self._made: dict[Any, Any] = {}
        reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Drop the parent's lock."""
        self._made = {}

    def get(self) -> Any:
        """Return the lock itself."""
        make = getattr(threading, self._kind)
        return self._made.setdefault(make, make())

    @contextlib.contextmanager
    def hold(self, deadline: Deadline, doing: str) -> Iterator[None]:
        """Wait for the lock until the deadline, and hold it in the block.

        Raises:
            RequestTimeoutError: Another thread was still ``doing`` what the lock protects.
        """
        lock = self.get()
        if not lock.acquire(timeout=max(0.0, deadline.remaining)):
            raise RequestTimeoutError(f"another thread was still {doing}")
        try:
            yield
        finally:
            lock.release()


def _finish_imports() -> None:
    """Wait until no thread imports a module of this package: its import lock would stay held."""
    package = __name__.partition(".")[0]
    for name in list(sys.modules):
        if name.startswith(f"{package}."):
            importlib.import_module(name)


def _reset_all() -> None:
    for thing in list(_living):
        thing.reset_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_finish_imports, after_in_child=_reset_all)
