"""One try of one call, as its connection sees it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from ._wire import Deadline


class Flight:
    """One try of one call.

    Attributes:
        left: Whether a byte of the request may have gone out; None where nobody can tell, on an
            adapter or a connection that is not ours.
    """

    __slots__ = ("deadline", "left")

    def __init__(self, deadline: Deadline) -> None:
        self.deadline: Deadline = deadline
        self.left: bool | None = None


class _Current(threading.local):
    flight: Flight


current = _Current()
"""What this thread's connection is to keep to."""


@contextlib.contextmanager
def in_flight(flight: Flight) -> Iterator[None]:
    """Bound every read of this thread's request by the deadline, and watch it leave."""
    outer = getattr(current, "flight", flight)  # a hook on a request may send another
    current.flight = flight
    try:
        yield
    finally:
        current.flight = outer
