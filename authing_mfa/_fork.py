"""What a child process must not take over from its parent."""

from __future__ import annotations

import importlib
import os
import sys
import weakref
from typing import Final, Protocol


class Renewed(Protocol):
    """What holds a lock or a connection."""

    def renew(self) -> None:
        """Leave it to the parent, and begin with a new one."""


_living: Final[weakref.WeakSet[Renewed]] = weakref.WeakSet()


def renew_in_child(thing: Renewed) -> None:
    """Renew a thing in each child, as long as it lives: who held its lock did not come along."""
    _living.add(thing)


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
