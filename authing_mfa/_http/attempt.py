"""One attempt to send a request, as its session and its connection see it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

import attrs
from requests.auth import AuthBase

from .._protocol.deadline import Deadline
from .._protocol.envelope import Envelope
from .._protocol.response import Response
from .._values.arguments import LONGEST_SECONDS
from ..errors import AuthingMFAError


@attrs.define(eq=False, repr=False)
class Attempt:
    """One attempt to send a request, and what came of it.

    Attributes:
        sent: Whether a byte of the request may have left. None before the request is handed to an
            adapter. Our adapter sets it to False, our connection to True just before the first
            byte, and any response to True. Where adapter or connection is not ours, it stays None
            until the error of the attempt decides.
        auth: The signature of the request.
        envelope: The response, opened.
        error: The error that ended the attempt.
    """

    deadline: Deadline
    sent: bool | None = None
    auth: AuthBase | None = None
    response: Response | None = None
    envelope: Envelope | None = None
    error: AuthingMFAError | None = None


# Not a threading.local: greenlets share their thread's, each has a context of its own.
_current: Final[ContextVar[Attempt | None]] = ContextVar("attempt", default=None)

begin: Final = _current.set
"""Make an attempt the current one of this thread or greenlet."""
end: Final = _current.reset
"""Restore the attempt that was current before; takes what ``begin`` returned."""


def current() -> Attempt:
    """Return the attempt that a connection sends for; a loose one in a thread of a tool's own."""
    # Not without a deadline: a socket takes no infinite timeout.
    return _current.get() or Attempt(Deadline.after(LONGEST_SECONDS))
