"""Connections on which nothing outlasts the deadline, and which note that a request leaves."""

from __future__ import annotations

import contextlib
import functools
import http.client
import math
import socket
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import attrs
from urllib3.exceptions import HeaderParsingError, HTTPError, NewConnectionError
from urllib3.util.response import assert_header_parsing

from .._protocol.deadline import Deadline
from .attempt import current
from .resolver import resolve
from .tls import shared_context

_PART_BYTES: Final = 16 * 1024  # a record of TLS: what a slow reader of ours can hold up at once


@attrs.define(eq=False, repr=False)
class BoundedReads:
    """Reads from a socket in place of its reader's ``readinto``; no read outlasts the deadline.

    Attributes:
        ended: Whether the other side has closed the connection.
    """

    _sock: Any
    _deadline: Deadline
    _timeout: float
    ended: bool = False

    def __call__(self, buffer: Any) -> int:
        """Read what fits into the buffer."""
        self._sock.settimeout(min(self._timeout, _remaining(self._deadline)))
        count: int = self._sock.recv_into(buffer)
        self.ended = count == 0
        return count


def bound_reads(reader: Any, deadline: Deadline) -> BoundedReads | None:
    """Let no read of one response outlast the deadline, if the standard library reads it.

    Only ``readinto`` of its raw end is replaced, so that what is buffered already stays.
    """
    raw = getattr(reader, "raw", None)
    sock: Any = getattr(raw, "_sock", None)
    if not isinstance(raw, socket.SocketIO) or sock is None:
        return None
    reads = BoundedReads(sock, deadline, sock.gettimeout() or math.inf)
    raw.readinto = reads  # type: ignore[method-assign,assignment]
    return reads


class _BoundedResponse(http.client.HTTPResponse):
    """A response that is read by the deadline, and refused where its head is not whole."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._reads = bound_reads(self.fp, current().deadline)

    def begin(self) -> None:
        """Read the head, which http.client takes for whole where the connection ends in it."""
        super().begin()
        if self._reads is not None and self._reads.ended:
            raise ConnectionResetError("the connection broke within the headers")
        try:
            assert_header_parsing(self.headers)
        except HeaderParsingError:
            # urllib3 would go on, and log it with the query and what was not read; but the body's
            # length may be among what is lost.
            raise http.client.HTTPException("a header cannot be read") from None
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
        """Have every interim response skipped: http.client skips 100 alone.

        Another one, taken for the final response, would leave that to the next call.
        """
        version, status, reason = super()._read_status()  # type: ignore[misc]
        interim = HTTPStatus.SWITCHING_PROTOCOLS < status < HTTPStatus.OK
        return version, HTTPStatus.CONTINUE if interim else status, reason


class KeepsToDeadline:
    """Mixed into a connection class: nothing outlasts the deadline, and what leaves is noted."""

    response_class = _BoundedResponse
    sock: Any
    timeout: float | None

    def connect(self) -> None:
        """Connect, over TLS with the context that all connections share."""
        with shared_context(self):
            super().connect()  # type: ignore[misc]

    def _new_conn(self) -> socket.socket:
        """Bound what comes next on a new socket: TLS, or the response of a proxy."""
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        try:
            self._bound(sock)
        except TimeoutError:
            sock.close()
            raise
        return sock

    def _tunnel(self) -> None:
        """Bound the TLS handshake behind a proxy by what then remains."""
        super()._tunnel()  # type: ignore[misc]
        self._bound(self.sock)

    def endheaders(self, *args: Any, **kwargs: Any) -> Any:
        """Note that the request leaves: connected, and within the deadline."""
        if self.sock is None:
            self.connect()
        attempt = current()
        _remaining(attempt.deadline)
        attempt.sent = True
        return super().endheaders(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: bytes) -> None:
        """Send nothing after the deadline, and wait for no slow reader beyond it."""
        for at in range(0, len(data), _PART_BYTES):
            if self.sock is not None:
                self._bound(self.sock)
            super().send(data[at : at + _PART_BYTES])  # type: ignore[misc]

    def _bound(self, sock: Any) -> None:
        """Let what is still to be done before the request has left end by the deadline."""
        sock.settimeout(min(self.timeout or math.inf, _remaining(current().deadline)))


class _TriesEachAddress:
    """Mixed into a connection class: tries a host's addresses in turn, each for a share of time.

    urllib3 alone gives each of them the whole timeout, so that a silent one leaves the
    next ones nothing of the deadline (RFC 8305).
    """

    port: int
    timeout: float | None
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        """Connect to the first address that lets itself be reached."""
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


_MIXED_IN: Final[Mapping[str, tuple[type, ...]]] = {
    "urllib3.connection": (KeepsToDeadline, _TriesEachAddress),
    "urllib3.contrib.socks": (KeepsToDeadline,),  # the proxy resolves the name
}


def _remaining(deadline: Deadline) -> float:
    """Return the seconds that remain.

    Raises:
        TimeoutError: There are none.
    """
    remaining = deadline.remaining
    if remaining <= 0:
        raise TimeoutError("the deadline passed")
    return remaining


@functools.cache
def keeping_to_deadline(connection: type[Any]) -> type[Any]:
    """Return a connection class of urllib3 with the above mixed in; a recorder's as it is."""
    bases = _MIXED_IN.get(connection.__module__)
    if bases is None or not issubclass(connection, http.client.HTTPConnection):
        return connection
    return type(connection.__name__, (*bases, connection), {})
