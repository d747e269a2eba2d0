"""A server on loopback that says any bytes in answer to a request."""

from __future__ import annotations

import contextlib
import socket
import threading

_PATIENCE = 10
_IDLE = 0.05


class Answering:
    """One connection at a time; `connections` counts them.

    Attributes:
        answer: What is said to the next request.
        then: What is said to those after it, on the connection that is kept for them; where there
            is nothing, `answer` is said to all, and each connection closed.
    """

    def __init__(self, then: bytes = b"") -> None:
        self.answer = b""
        self.connections = 0
        self._then = then
        self._is_stopping = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="fuzz:answering")
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Answering:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_stopping = True
        socket.create_connection(self._listener.getsockname(), _PATIENCE).close()  # wakes accept
        self._thread.join(_PATIENCE)
        self._listener.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while not self._is_stopping:
            connection, _ = self._listener.accept()
            self.connections += 1
            with connection, contextlib.suppress(OSError, ValueError):  # the client may leave
                connection.settimeout(_PATIENCE)
                self._attend(connection)

    def _attend(self, connection: socket.socket) -> None:
        while True:
            _read_request(connection)
            # Before it is said: whoever has heard it may set the next one.
            said, self.answer = self.answer, self._then or self.answer
            connection.sendall(said)
            if not self._then:
                return
            connection.settimeout(_IDLE)


def _read_request(connection: socket.socket) -> None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += _some(connection)
    head, _, body = raw.partition(b"\r\n\r\n")
    stated = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(stated[0].partition(b":")[2]) if stated else 0
    while len(body) < length:
        body += _some(connection)


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 16)
    if not piece:
        raise ConnectionResetError
    return piece
