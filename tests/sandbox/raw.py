"""Bytes on a socket, for requests that no client library would send."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from authing_mfa.sandbox import Sandbox

TIMEOUT = 10


def connect(sandbox: Sandbox) -> socket.socket:
    """Open a connection to a sandbox."""
    parts = urlsplit(sandbox.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=TIMEOUT)


def exchange(sandbox: Sandbox, request: bytes) -> bytes:
    """Send bytes and read until the other end closes."""
    with connect(sandbox) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    return b"".join(pieces)
