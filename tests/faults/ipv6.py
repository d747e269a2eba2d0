"""Servers on the loopback address of IPv6, of the standard library: they only echo."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import acts


def is_here() -> bool:
    """Tell whether this machine has the loopback address of IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


class EchoServer(ThreadingHTTPServer):
    """Answers get-factor with the factor that was asked for; notes each request."""

    address_family = socket.AF_INET6

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("::1", 0), _Handler)
        self.seen: list[tuple[str, str, str | None]] = []
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a client left in a hurry: by now standard error may be closed."""

    @property
    def url(self) -> str:
        """The address, as `app_host` wants it."""
        return f"{self._scheme}://[::1]:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    server: EchoServer

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers["Host"]))
        factor_id = parse_qs(urlsplit(self.path).query)["factorId"][0]
        self.wfile.write(acts.whole(acts.envelope({**acts.FACTOR, "factorId": factor_id})))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.command, self.path, self.headers["Host"]))
        self.wfile.write(acts.whole(json.dumps({"statusCode": 200, "message": ""}).encode()))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[EchoServer]:
    """Serve until the block ends; the clients are to be closed before."""
    with EchoServer(tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="ipv6")
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
