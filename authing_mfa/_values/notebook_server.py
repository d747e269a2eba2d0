"""Serve a picture once to a browser on this machine, so that the page need not hold it."""

from __future__ import annotations

import secrets
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

_HEADERS: Final = {
    "Content-Type": "image/png",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_LOOK_EVERY: Final = 0.2
"""Seconds until a closed server has freed its port and its thread."""


class PictureServer(socketserver.ThreadingTCPServer):
    """A PNG picture at an address on this machine that cannot be guessed and works once."""

    daemon_threads = True
    timeout = _LOOK_EVERY

    def __init__(self, png: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._picture = png
        self._path = f"/{secrets.token_urlsafe(24)}"
        self._lock = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the picture."""
        return f"http://127.0.0.1:{self.server_address[1]}{self._path}"

    def take(self, path: str) -> bytes | None:
        """Return the picture to the first who asks at its path, None to anybody else."""
        with self._lock:
            known = secrets.compare_digest(path.encode(), self._path.encode())
            if self._closed.is_set() or not known:
                return None
            self._closed.set()
            return self._picture

    def close(self) -> None:
        """Serve the picture no more; may be called again."""
        self._closed.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write nothing: a browser may close the connection at any time."""

    def _serve(self) -> None:
        with self:
            while not self._closed.is_set():
                self.handle_request()


class _Handler(BaseHTTPRequestHandler):
    server: PictureServer
    timeout = 2

    def do_GET(self) -> None:
        picture = self.server.take(self.path)
        if picture is None:
            self.send_error(404)
            return
        self.send_response(200)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(picture)))
        self.end_headers()
        self.wfile.write(picture)

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the path is secret."""
