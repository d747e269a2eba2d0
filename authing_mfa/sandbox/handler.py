"""One connection: requests read whole, each response written in one piece."""

from __future__ import annotations

import functools
import io
import socket
import struct
import sys
import threading
import time
from email.errors import (
    FirstHeaderLineIsContinuationDefect,
    MissingHeaderBodySeparatorDefect,
)
from email.utils import formatdate
from http import HTTPStatus
from typing import IO, Any, Protocol, cast

from werkzeug.serving import WSGIRequestHandler

from . import page
from .faults import Fault
from .page import guard
from .refusals import Refusal
from .service import Service
from .wire import Request, Response

MAX_BODY = 1 << 20
_DISCARDED = 16 * MAX_BODY
_PIECE = 1 << 16
# A line with a blank before its colon, or at its start: it, or what follows it, was not read.
_NOT_READ = (MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)
_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class _Host(Protocol):
    service: Service
    stopping: threading.Event


class Handler(WSGIRequestHandler):
    """Hands requests to the service.

    Werkzeug closes the connection after each response, as an application may leave a part of its
    request unread; here nothing is left unread, so connections are kept.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    close_connection: bool
    environ: dict[str, Any]

    def run_wsgi(self) -> None:
        """Answer one request."""
        began = time.perf_counter()
        try:
            self.environ = self.make_environ()
        except ValueError:  # a target that is no URL
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        method, path = self.command, str(self.environ["PATH_INFO"])
        if page.owns(method, path):
            self._write(self._page(method, path))
            return
        fault = None if self._is_foreign else self._host.service.faults.take(method, path)
        response = self._respond(method, path, fault)
        # Noted first, so that whoever has the response finds its entry.
        self._note(method, path, response, fault, began)
        if response is None:
            self._cut(reset=fault is not None and fault.connection == "reset")
        else:
            self._write(response)

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        """Refuse a malformed HTTP request."""
        self.close_connection = True
        name = "bad_argument" if code < HTTPStatus.INTERNAL_SERVER_ERROR else "unsupported"
        self._write(self._host.service.refuse(Refusal(name, http_status=code)))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the journal holds the request."""

    @property
    def _is_foreign(self) -> bool:
        sites = self._sites()
        return guard.is_foreign(sites.get("host"), sites.get("origin"))

    @property
    def _host(self) -> _Host:
        return cast("_Host", self.server)

    def _respond(self, method: str, path: str, fault: Fault | None) -> Response | None:
        if fault is not None:
            self._host.stopping.wait(fault.delay)
            if fault.connection == "reset":
                return None
        try:
            request = self._read(method, path)
        except Refusal as refusal:
            self.close_connection = True
            return self._host.service.refuse(refusal)
        if self._is_foreign:
            return self._host.service.refuse(Refusal("foreign", http_status=403), request.language)
        response = self._host.service.respond(request, fault)
        return None if fault is not None and fault.connection == "drop" else response

    def _page(self, method: str, path: str) -> Response:
        try:
            return page.respond(self._host.service, self._read(method, path))
        except Refusal as refusal:
            self.close_connection = True
            return self._host.service.refuse(refusal)

    def _read(self, method: str, path: str) -> Request:
        return Request(
            method=method,
            path=path,
            query=str(self.environ["QUERY_STRING"]),
            headers={name.lower(): value for name, value in self.headers.items()} | self._sites(),
            body=self._body(),
        )

    def _sites(self) -> dict[str, str]:
        """Return where the request goes and comes from; the target may name the host, too.

        What stands twice is joined by commas, and so no name of this machine.
        """
        names = {"host": "HTTP_HOST", "origin": "HTTP_ORIGIN"}
        return {name: self.environ[key] for name, key in names.items() if key in self.environ}

    def _body(self) -> bytes:
        self._refuse_ambiguous_length()
        if self.environ.get("wsgi.input_terminated"):
            # Through a buffer: Werkzeug's reader shrinks the memory that it is given where a chunk
            # breaks off, and Python then reads beyond it. A buffer's memory cannot shrink.
            return _read_chunked(io.BufferedReader(self.environ["wsgi.input"]))
        stated = self.environ.get("CONTENT_LENGTH", "").strip() or "0"
        if not (stated.isascii() and stated.isdigit() and len(stated) <= 20):
            raise Refusal("bad_argument", "Content-Length", http_status=400)
        length = int(stated)
        if length > MAX_BODY:
            self._discard(min(length, _DISCARDED))
            raise Refusal("too_large", http_status=413)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError("the request ended early")
        return body

    def _refuse_ambiguous_length(self) -> None:
        """Refuse a request of ambiguous length (RFC 9112, section 6.3)."""
        codings = self.headers.get_all("Transfer-Encoding", [])
        lengths = self.headers.get_all("Content-Length", [])
        if len(codings) + len(lengths) > 1:
            raise Refusal("bad_argument", "Content-Length, Transfer-Encoding", http_status=400)
        if codings and codings[0].strip().lower() != "chunked":
            raise Refusal("bad_argument", "Transfer-Encoding", http_status=400)
        if any(isinstance(defect, _NOT_READ) for defect in self.headers.defects):
            raise Refusal("bad_argument", "headers", http_status=400)

    def _discard(self, length: int) -> None:
        """Read on, so that the client sees its refusal and not a reset."""
        while length > 0 and (piece := self.rfile.read(min(length, _PIECE))):
            length -= len(piece)

    def _write(self, response: Response) -> None:
        body = response.encode()
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(body)),
            "Date": _date(int(self._host.service.context.clock.now())),
            "X-Authing-Sandbox": "1",
            **response.headers,
        }
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {response.http_status} {_reason(response.http_status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        # One write: two small ones meet the other end's delayed acknowledgement.
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def _cut(self, *, reset: bool) -> None:
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
            self.connection.close()

    def _note(
        self, method: str, path: str, response: Response | None, fault: Fault | None, began: float
    ) -> None:
        service = self._host.service
        facts = {} if response is None else response.facts()
        service.journal.add(
            method,
            path,
            at=service.context.clock.now(),
            ms=(time.perf_counter() - began) * 1000,
            fault=None if fault is None else fault.name,
            **facts,
        )


def _read_chunked(stream: IO[bytes]) -> bytes:
    pieces, size = [], 0
    try:
        while size <= MAX_BODY and (piece := stream.read(_PIECE)):
            pieces.append(piece)
            size += len(piece)
    except (OSError, ValueError):
        raise Refusal("bad_argument", "chunks", http_status=400) from None
    if size > MAX_BODY:
        raise Refusal("too_large", http_status=413)
    return b"".join(pieces)


@functools.lru_cache(maxsize=1)
def _date(second: int) -> str:
    """Write a second as HTTP does; many responses are of the same."""
    return formatdate(second, usegmt=True)


def _reason(http_status: int) -> str:
    try:
        return HTTPStatus(http_status).phrase
    except ValueError:
        return "Unknown"
