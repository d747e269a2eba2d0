"""A small server on real sockets that breaks the rules of HTTP by a plan."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import attrs

Steps: TypeAlias = Iterable["bytes | float"]


@attrs.frozen
class Arrival:
    """A request that arrived whole; `connection` counts from 0, `at` is a Unix time."""

    method: str
    target: str
    headers: http.client.HTTPMessage
    body: bytes
    connection: int
    at: float

    @property
    def token(self) -> str | None:
        """Return the Authorization header."""
        return self.headers["Authorization"]


def keep(_: socket.socket) -> bool:
    """Leave the connection open for the next request."""
    return True


def close(_: socket.socket) -> bool:
    """Close the connection."""
    return False


def reset(sock: socket.socket) -> bool:
    """Close the connection with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def hold(sock: socket.socket) -> bool:
    """Say nothing more until the client gives up."""
    while sock.recv(65536):
        pass
    return False


def _nothing(_: Arrival) -> Steps:
    return ()


@attrs.frozen
class Act:
    """What happens to one request: bytes to send and seconds to wait, then an end.

    Where `reads` is false, the request is left unread (on a TLS server: before the handshake)
    and only the end is played. Where `encrypts` is true, TLS begins after the steps.
    """

    steps: Callable[[Arrival], Steps] = _nothing
    end: Callable[[socket.socket], bool] = keep
    reads: bool = True
    encrypts: bool = False


class Server:
    """Listen on a free loopback port and play a plan, an act for each request.

    The last act of a plan goes on for ever. `begun` counts the requests whose first byte came,
    `arrivals` holds those that came whole, `sent` counts the bytes sent.

    Args:
        tls: Speak TLS with this context.
        tunnel: The context for what follows an act that encrypts.
    """

    def __init__(
        self, tls: ssl.SSLContext | None = None, tunnel: ssl.SSLContext | None = None
    ) -> None:
        self.arrivals: list[Arrival] = []
        self.connections = 0
        self.begun = 0
        self.sent = 0
        self._tls = tls
        self._tunnel = tunnel
        self._plan: list[Act] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    @property
    def port(self) -> int:
        """Return the port that it listens on."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Return scheme, host and port, as `app_host` wants them."""
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    def plan(self, *acts: Act) -> None:
        """Play these acts from the next request on."""
        with self._lock:
            self._plan = list(acts)

    def settle(self) -> None:
        """Wait until every connection so far has been closed."""
        for thread in tuple(self._threads[1:]):
            thread.join(timeout=10)

    def __enter__(self) -> Server:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        # Wakes accept(); the accepting thread is alone in waiting for the listener.
        socket.create_connection(("127.0.0.1", self.port)).close()
        for sock in tuple(self._sockets):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in tuple(self._threads):
            thread.join(timeout=10)
        self._listener.close()
        assert [thread.name for thread in self._threads if thread.is_alive()] == []

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name=f"server:{target.__name__}")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self._stopping.is_set():
                sock.close()
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(sock)
            self.connections += 1
            self._start(self._attend, sock, self.connections - 1)

    def _attend(self, sock: socket.socket, number: int) -> None:
        # The client may be gone at any step; that is its right.
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(sock)
            if self._tls is not None and self._peek().reads:
                sock = stack.enter_context(self._encrypt(sock, self._tls))
            while (act := self._serve(sock, number)) is not None:
                if act.encrypts and self._tunnel is not None:
                    sock = stack.enter_context(self._encrypt(sock, self._tunnel))

    def _encrypt(self, sock: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        secure = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._sockets.append(secure)
        try:
            secure.do_handshake()
        except OSError:
            secure.close()
            raise
        return secure

    def _serve(self, sock: socket.socket, number: int) -> Act | None:
        """Play the next act; return it, or None once the connection is to be closed."""
        first = sock.recv(1)
        if not first:
            return None
        act = self._take()
        if not act.reads:
            act.end(sock)
            return None
        arrival = _read(sock, first, number)
        with self._lock:
            self.arrivals.append(arrival)
        for step in act.steps(arrival):
            self._play(sock, step)
        return act if act.end(sock) else None

    def _play(self, sock: socket.socket, step: bytes | float) -> None:
        if isinstance(step, bytes):
            sock.sendall(step)
            with self._lock:
                self.sent += len(step)
        elif self._stopping.wait(step):
            raise ConnectionAbortedError("the server stops")

    def _peek(self) -> Act:
        with self._lock:
            return self._plan[0]

    def _take(self) -> Act:
        with self._lock:
            self.begun += 1
            return self._plan.pop(0) if len(self._plan) > 1 else self._plan[0]


def _read(sock: socket.socket, first: bytes, number: int) -> Arrival:
    raw = first
    while b"\r\n\r\n" not in raw:
        raw += _receive(sock)
    head, body = raw.split(b"\r\n\r\n", 1)
    line, _, fields = head.partition(b"\r\n")
    headers = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
    while len(body) < int(headers.get("Content-Length", "0")):
        body += _receive(sock)
    method, target, _ = line.decode("ascii").split(" ")
    return Arrival(method, target, headers, body, number, time.time())


def _receive(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise ConnectionResetError("the client left in the middle of a request")
    return data
