"""Connections on which nothing outlasts the deadline, and which note that a request leaves."""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import socket
from http import HTTPStatus
from typing import Any

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HeaderParsingError, HTTPError, NewConnectionError
from urllib3.util.response import assert_header_parsing

from ._flight import current
from ._wire import Deadline


class _BoundedSocketIO(io.RawIOBase):
    """A socket's reading end on which no wait outlasts the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline
        self._read_timeout = sock.gettimeout() or float("inf")
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline.left
        if left <= 0:
            raise TimeoutError("the deadline passed")
        self._sock.settimeout(min(self._read_timeout, left))
        count: int | None = self._raw.readinto(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """An answer that is read by the deadline, or not at all."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._reader = _BoundedSocketIO(self.fp.detach(), sock, current.flight.deadline)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        if self._reader.ended:  # a whole head ends before its connection does
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

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        _bound(sock)
        return sock

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]
        _bound(self.sock)

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        current.flight.left = True
        super().endheaders(*args, **kwargs)  # type: ignore[misc]


class _ByAddress:
    """Tries a host's addresses one after the other, all of them by the deadline.

    urllib3 alone gives each of them the whole timeout.
    """

    port: int
    timeout: float
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        *others, last = self._addresses()
        for address in others:
            with contextlib.suppress(HTTPError):
                return self._dial(address)
        return self._dial(last)

    def _addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, "the name does not resolve") from error  # type: ignore[arg-type]
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def _dial(self, address: str) -> socket.socket:
        name, timeout = self._dns_host, self.timeout
        self._dns_host, self.timeout = address, min(timeout, _left())
        try:
            return super()._new_conn()  # type: ignore[misc,no-any-return]
        finally:
            self._dns_host, self.timeout = name, timeout


def _bound(sock: socket.socket) -> None:
    """Let what is still to be done before the request leaves end by the deadline."""
    sock.settimeout(min(sock.gettimeout() or float("inf"), _left()))


def _left() -> float:
    """Return the seconds left, or hardly any: what is tried then times out by itself."""
    return max(0.001, current.flight.deadline.left)


@functools.cache
def watched(connection: type[HTTPConnection]) -> type[HTTPConnection]:
    """Return the class of connections like these, watched."""
    dials = connection._new_conn is HTTPConnection._new_conn  # else by SOCKS: to a name
    bases = (Watched, _ByAddress, connection) if dials else (Watched, connection)
    return type(f"Watched{connection.__name__}", bases, {})
