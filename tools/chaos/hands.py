"""What happens to a connection before a request can be read from it."""

from __future__ import annotations

import socket
from typing import Final

import attrs

from .acts import BROKEN, CONNECT_SECONDS, Outcome

_NEVER_LEFT: Final = attrs.evolve(BROKEN, left=False)
_STALLED: Final = Outcome("RequestTimeoutError", True, seconds=CONNECT_SECONDS, left=False)
_ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x28"
_HALF_HELLO: Final = b"\x16\x03\x03\x00\x7a\x02\x00"


@attrs.frozen
class Hand:
    """What becomes of one connection.

    Attributes:
        waits: Whether the client's first bytes are waited for.
        says: Sent in the clear.
        finish: As an act's.
    """

    name: str
    outcome: Outcome
    finish: str
    waits: bool = True
    says: bytes = b""

    def __str__(self) -> str:
        return f"connection: {self.name}"

    def play(self, sock: socket.socket) -> str:
        """Do it; return how it is to be finished."""
        if self.waits:
            sock.recv(1, socket.MSG_PEEK)
        if self.says:
            sock.sendall(self.says)
        return self.finish


# A reset before the client begins its handshake is left out: before Python 3.13 ssl leaves such a
# socket to the garbage collector, out of the client's reach.
TLS: Final = (
    Hand("closed at once", _NEVER_LEFT, "close", waits=False),
    Hand("closed at the hello", _NEVER_LEFT, "close"),
    Hand("reset at the hello", _NEVER_LEFT, "reset"),
    Hand("an alert", _NEVER_LEFT, "close", says=_ALERT),
    Hand("no TLS", _NEVER_LEFT, "close", says=b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    Hand("half a hello, then closed", _NEVER_LEFT, "close", says=_HALF_HELLO),
)
TLS_STALLS: Final = (
    Hand("stalled at the hello", _STALLED, "hold", waits=False),
    Hand("stalled in its hello", _STALLED, "hold", says=_HALF_HELLO),
)
PLAIN: Final = (
    Hand("closed unread", BROKEN, "close"),
    Hand("reset unread", BROKEN, "reset"),
)
