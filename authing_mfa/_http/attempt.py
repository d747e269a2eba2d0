"""One try of one call, as its connection sees it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from .._protocol.messages import Deadline


class Flight:
    """One try of one call.

    Attributes:
        left: Whether a byte of the request may have gone out. None before the request is handed to
            an adapter, and where nobody can tell: the adapter or connection is not ours.
    """

    __slots__ = ("deadline", "left")

    def __init__(self, deadline: Deadline) -> None:
        self.deadline: Deadline = deadline
        self.left: bool | None = None


# Not a threading.local: greenlets share their thread's, each has a context of its own.
_current: Final[ContextVar[Flight | None]] = ContextVar("flight", default=None)

begin: Final = _current.set
"""Let what is sent from here on, by this thread or greenlet, keep to a flight."""
end: Final = _current.reset
"""Put back what was current before; takes what ``begin`` returned."""

_LONGEST_SECONDS: Final = 86_400.0  # not infinite: a socket takes no such timeout


def current() -> Flight:
    """Return the flight that a connection is to keep to; a loose one in a tool's own thread."""
    return _current.get() or Flight(Deadline.after(_LONGEST_SECONDS))
