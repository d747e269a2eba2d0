"""The sandbox's sockets: a threaded server on loopback, whose connections are kept."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from contextlib import suppress
from typing import Any, cast

from werkzeug.serving import ThreadedWSGIServer, select_address_family

from .handler import Handler
from .service import Service

_BACKLOG = 128
_STOP_WITHIN = 2.0
_POLL = 0.05


class Server:
    """A server thread around a service; ``url`` is known once it is started.

    Args:
        host: A loopback address or ``localhost``, which is 127.0.0.1.
        port: 0 for a free one.

    Raises:
        ValueError: The host is not loopback.
    """

    def __init__(self, service: Service, host: str = "127.0.0.1", port: int = 0) -> None:
        self._service = service
        self._host = _loopback(host)
        self._port = port
        self._running: tuple[_WerkzeugServer, threading.Thread] | None = None
        self.url: str = ""

    def start(self) -> None:
        """Bind and serve; a taken port is an OSError."""
        if self._running is not None:
            return
        server = _WerkzeugServer(self._host, self._bind(), self._service)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{host}:{server.port}"
        thread = threading.Thread(
            target=server.serve_forever, args=(_POLL,), name="authing-mfa-sandbox", daemon=True
        )
        thread.start()
        self._running = (server, thread)

    def stop(self) -> None:
        """Close every connection and wait for the threads."""
        if self._running is None:
            return
        server, thread = self._running
        self._running = None
        server.shutdown()
        thread.join()
        server.close_connections()

    def _bind(self) -> socket.socket:
        listener = socket.socket(select_address_family(self._host, self._port))
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
        return listener


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        is_loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ValueError(
            f"the sandbox serves this machine alone: {host!r} is not a loopback address, "
            "use 127.0.0.1 or ::1"
        )
    return address


class _WerkzeugServer(ThreadedWSGIServer):
    """Werkzeug's server, which also knows its connections, to close them at the end."""

    def __init__(self, host: str, listener: socket.socket, service: Service) -> None:
        # Werkzeug ends the process when it cannot bind; with a bound socket that stays ours.
        # There is no WSGI application: the handler asks the service itself.
        with listener:
            super().__init__(host, 0, cast("Any", None), Handler, fd=listener.fileno())
        self.service = service
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def close_connections(self) -> None:
        """End idle connections and calls under way."""
        end = time.monotonic() + _STOP_WITHIN
        with self._changed:
            for connection in self._open:
                _shut(connection)
            self.stopping.set()
            while self._open and self._changed.wait(end - time.monotonic()):
                pass


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # the other end may be quicker
        connection.shutdown(socket.SHUT_RDWR)
