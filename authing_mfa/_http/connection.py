"""Connections on which nothing outlasts the deadline, and which note that a request leaves."""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import math
import socket
from http import HTTPStatus
from typing import Any, Final

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HeaderParsingError, HTTPError, NewConnectionError
from urllib3.util.response import assert_header_parsing

from .._protocol.clock import Deadline
from .addresses import resolve
from .attempt import current

_KNOWN: Final = ("urllib3.connection", "urllib3.contrib.socks")
_PART_BYTES: Final = 16 * 1024  # a record of TLS: what a slow reader of ours can hold up at once


class _BoundedSocketIO(io.RawIOBase):
    """A socket's reading end on which no wait outlasts the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline
        self._read_timeout = sock.gettimeout() or math.inf
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(min(self._read_timeout, _remaining(self._deadline)))
        count: int | None = self._raw.readinto(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def bound_reads(reader: Any, deadline: Deadline) -> None:
    """Let no read on a connection that is not ours outlast the deadline.

    Works for the standard library's reader only. Its raw end is replaced, for this response alone,
    so that what it has buffered stays.
    """
    raw = getattr(reader, "raw", None)
    sock: Any = getattr(raw, "_sock", None)
    if not isinstance(raw, socket.SocketIO) or not isinstance(sock, socket.socket):
        return
    read_timeout = sock.gettimeout() or math.inf

    def readinto(buffer: Any) -> int:
        sock.settimeout(min(read_timeout, _remaining(deadline)))
        return sock.recv_into(buffer)

    raw.readinto = readinto  # type: ignore[method-assign,assignment]


class _BoundedResponse(http.client.HTTPResponse):
    """A response that is read by the deadline, or not at all."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._reader: _BoundedSocketIO | None = None
        if isinstance(getattr(self.fp, "raw", None), socket.SocketIO):  # else a mock of sockets
            self._reader = _BoundedSocketIO(self.fp.detach(), sock, current().deadline)
            self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        if self._reader is not None and self._reader.ended:
            # A whole head ends before its connection does.
            raise ConnectionResetError("the connection broke within the headers")
        _refuse_broken(self.headers)
        if self.length is None and not self.chunked:
            self._take_repeated_length()

    def _take_repeated_length(self) -> None:
        """Read ``Content-Length: 9, 9``, which http.client takes for no length at all."""
        sizes = {size.strip() for size in self.headers.get("Content-Length", "").split(",")}
        size = sizes.pop()
        if not sizes and size.isascii() and size.isdigit():
            self.length = int(size)
            self.will_close = self._check_close()  # type: ignore[attr-defined]

    def _read_status(self) -> tuple[str, int, str]:
        # http.client skips interim answer 100 alone; taking another one for the final answer
        # would leave the final one on the connection, for the next call.
        version, status, reason = super()._read_status()  # type: ignore[misc]
        interim = HTTPStatus.SWITCHING_PROTOCOLS < status < HTTPStatus.OK
        return version, HTTPStatus.CONTINUE if interim else status, reason


def _refuse_broken(headers: http.client.HTTPMessage) -> None:
    """Refuse a head that was not read to its end: the body's length may be among what is lost.

    urllib3 would go on, and log it with the query and what was not read.
    """
    try:
        assert_header_parsing(headers)
    except HeaderParsingError:
        raise http.client.HTTPException("a header cannot be read") from None


class Watched:
    """What a connection class is mixed with, to be bounded and to say when a request leaves."""

    response_class = _BoundedResponse
    sock: Any
    timeout: float | None

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        try:
            self._bound(sock)
        except TimeoutError:
            sock.close()
            raise
        return sock

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]
        self._bound(self.sock)

    def endheaders(self, *args: Any, **kwargs: Any) -> Any:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        attempt = current()
        _remaining(attempt.deadline)
        attempt.sent = True
        return super().endheaders(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        """Send nothing after the deadline, and wait for no slow reader beyond it."""
        parts = _parts(data) if isinstance(data, bytes) else (data,)
        for part in parts:
            if self.sock is not None:
                self._bound(self.sock)
            super().send(part)  # type: ignore[misc]

    def _bound(self, sock: Any) -> None:
        """Let what is still to be done before the request has left end by the deadline."""
        sock.settimeout(min(self.timeout or math.inf, _remaining(current().deadline)))


def _parts(data: bytes) -> list[bytes]:
    if len(data) <= _PART_BYTES:
        return [data]
    return [data[start : start + _PART_BYTES] for start in range(0, len(data), _PART_BYTES)]


class _ByAddress:
    """Tries a host's addresses one after the other, each for its share of the time to connect.

    urllib3 alone gives each of them the whole timeout, so that one from which no answer comes
    leaves the next ones nothing of the deadline (RFC 8305 is about such).
    """

    port: int
    timeout: float | None
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        *others, last = self._addresses()
        end = Deadline.after(min(self.timeout or math.inf, _remaining(current().deadline)))
        for behind, address in zip(range(len(others), 0, -1), others, strict=True):
            with contextlib.suppress(HTTPError):
                return self._dial(address, end.remaining / (behind + 1))
        return self._dial(last, end.remaining)

    def _addresses(self) -> list[str]:
        try:
            return resolve(self._dns_host, self.port, current().deadline)
        except TimeoutError:
            raise
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, "the name does not resolve") from error  # type: ignore[arg-type]

    def _dial(self, address: str, seconds: float) -> socket.socket:
        if seconds <= 0:
            raise TimeoutError("no time is left to connect")
        name, timeout = self._dns_host, self.timeout
        self._dns_host, self.timeout = address, seconds
        try:
            return super()._new_conn()  # type: ignore[misc,no-any-return]
        finally:
            self._dns_host, self.timeout = name, timeout


def _remaining(deadline: Deadline) -> float:
    """Return the seconds left, of which there must be some."""
    remaining = deadline.remaining
    if remaining <= 0:
        raise TimeoutError("the deadline passed")
    return remaining


def may_watch(connection: type) -> bool:
    """Tell whether a connection class is urllib3's own, whose parts we know.

    Where another library stands in for urllib3, or a recorder for its connections, it is not.
    """
    return connection.__module__ in _KNOWN and issubclass(connection, http.client.HTTPConnection)


@functools.cache
def watched(connection: type[HTTPConnection]) -> type[HTTPConnection]:
    """Return the class of connections like these, watched."""
    dials = connection._new_conn is HTTPConnection._new_conn  # else by SOCKS: to a name
    bases = (Watched, _ByAddress, connection) if dials else (Watched, connection)
    return type(f"Watched{connection.__name__}", bases, {})
