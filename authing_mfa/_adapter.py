"""The requests adapter: a kept pool, a deadline on every read, and a note of what went out."""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import os
import socket
from collections.abc import Iterator
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager

from ._wire import Deadline

POOL_SIZE: Final = 256
"""Connections kept at most; a thread more opens one of its own and drops it afterwards."""


class Flight:
    """One try of one call.

    Attributes:
        left: Whether a byte of the request may have gone out; None where nobody can tell, on an
            adapter or a connection that is not ours.
    """

    __slots__ = ("deadline", "left")

    def __init__(self, deadline: Deadline) -> None:
        self.deadline: Deadline = deadline
        self.left: bool | None = None


_current: ContextVar[Flight] = ContextVar("authing_mfa_flight")


@contextlib.contextmanager
def in_flight(flight: Flight) -> Iterator[None]:
    """Bound every read of this thread's request by the deadline, and watch it leave."""
    token = _current.set(flight)
    try:
        yield
    finally:
        _current.reset(token)


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
        self._reader = _BoundedSocketIO(self.fp.detach(), sock, _current.get().deadline)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        if self._reader.ended:  # a whole head ends before its connection does
            raise ConnectionResetError("the connection broke within the headers")

    def _read_status(self) -> tuple[str, int, str]:
        # http.client skips interim answer 100 alone; taking another one for the final answer
        # would leave the final one on the connection, for the next call.
        version, status, reason = super()._read_status()  # type: ignore[misc]
        interim = HTTPStatus.SWITCHING_PROTOCOLS < status < HTTPStatus.OK
        return version, HTTPStatus.CONTINUE if interim else status, reason


class _Watched:
    """What a connection class is mixed with, to be bounded and to say when a request leaves."""

    response_class = _BoundedResponse

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:  # type: ignore[attr-defined]
            self.connect()  # type: ignore[attr-defined]
        _current.get().left = True
        super().endheaders(*args, **kwargs)  # type: ignore[misc]


@functools.cache
def _watched_pool(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    plain = pool.ConnectionCls
    watched = type(f"Watched{plain.__name__}", (_Watched, plain), {})
    # Recorders such as VCR swap the class on urllib3's pools: theirs is used while they do.
    chosen = property(lambda _: watched if pool.ConnectionCls is plain else pool.ConnectionCls)
    return type(f"Watched{pool.__name__}", (pool,), {"ConnectionCls": chosen})


_watched_pool(HTTPConnectionPool)
_watched_pool(HTTPSConnectionPool)


def _watch(manager: PoolManager) -> None:
    pools = manager.pool_classes_by_scheme.items()
    manager.pool_classes_by_scheme = {scheme: _watched_pool(pool) for scheme, pool in pools}


class Adapter(HTTPAdapter):
    """Sends to one host, with one TLS and proxy setting, over one kept pool.

    A child process after ``fork`` gets a pool of its own.
    """

    def __init__(self) -> None:
        super().__init__(pool_maxsize=POOL_SIZE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _watch(self.poolmanager)
        self._pool: HTTPConnectionPool | None = None
        self._owner = os.getpid()

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        is_known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if not is_known:
            _watch(manager)
        return manager

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        flight = _current.get()
        flight.left = False
        if self._owner != os.getpid():
            self.proxy_manager = {}
            self.init_poolmanager(self._pool_connections, self._pool_maxsize)
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        if not issubclass(self._pool.ConnectionCls, _Watched):
            flight.left = None
        return self._pool

    def close(self) -> None:
        pool, self._pool = self._pool, None
        super().close()
        if pool is not None:  # forgotten above, but closed only when the collector comes
            pool.close()


def own_session() -> requests.Session:
    """Return a requests session on an adapter of ours, deaf to the environment."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", adapter := Adapter())
    session.mount("http://", adapter)
    return session


def forget(response: requests.Response, *args: Any, **kwargs: Any) -> None:
    """Keep requests from storing a cookie and from working out a redirect, as a response hook."""
    response.headers.pop("Location", None)
    head = getattr(getattr(response.raw, "_original_response", None), "msg", None)
    if head is not None and "Set-Cookie" in head:
        del head["Set-Cookie"]
