"""The requests adapter: one kept pool, in each process its own."""

from __future__ import annotations

import collections
import functools
import queue
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager

from ._connection import Watched, watched
from ._flight import current
from ._fork import renew_in_child

POOL_SIZE: Final = 256
"""Connections kept at most; a thread more opens one of its own and drops it afterwards."""


class _IdleConnections:
    """A pool's stack of idle connections, without a lock: a fork could leave one taken."""

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._connections: collections.deque[Any] = collections.deque()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return self._connections.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, connection: Any, block: bool = True, timeout: float | None = None) -> None:
        if len(self._connections) >= self._maxsize:
            raise queue.Full
        self._connections.append(connection)

    def qsize(self) -> int:
        return len(self._connections)


class _NoCookies(RequestsCookieJar):
    """A jar that keeps nothing, and so needs no lock that a fork could leave taken."""

    def extract_cookies(self, *args: Any, **kwargs: Any) -> None:
        pass


@functools.cache
def _watched_pool(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    plain = pool.ConnectionCls
    ours = watched(plain)
    # Recorders such as VCR swap the class on urllib3's pools: theirs is used while they do.
    chosen = property(lambda _: ours if pool.ConnectionCls is plain else pool.ConnectionCls)
    parts = {"ConnectionCls": chosen, "QueueCls": _IdleConnections}
    return type(f"Watched{pool.__name__}", (pool,), parts)


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
        renew_in_child(self)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _watch(self.poolmanager)
        self._pool: HTTPConnectionPool | None = None

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        is_known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        if not is_known:
            _watch(manager)
        return manager

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        flight = current.flight
        flight.left = False
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        if not issubclass(self._pool.ConnectionCls, Watched):
            flight.left = None
        return self._pool

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Wrap an answer, without what nobody asks it for: its encoding and its cookies."""
        response = requests.Response()
        response.status_code, response.reason = resp.status, resp.reason
        response.headers = CaseInsensitiveDict(resp.headers)
        response.raw, response.request, response.url = resp, req, req.url or ""
        return response

    def close(self) -> None:
        pool, self._pool = self._pool, None
        super().close()
        if pool is not None:  # forgotten above, but closed only when the collector comes
            pool.close()

    def renew(self) -> None:
        """Leave the connections to the parent process, and begin with none."""
        self.proxy_manager = {}
        self.init_poolmanager(self._pool_connections, self._pool_maxsize)


def own_session() -> requests.Session:
    """Return a requests session on an adapter of ours, deaf to the environment."""
    session = requests.Session()
    session.trust_env = False
    session.cookies = _NoCookies()
    session.mount("https://", adapter := Adapter())
    session.mount("http://", adapter)
    return session


def forget(response: requests.Response, *args: Any, **kwargs: Any) -> None:
    """Keep requests from storing a cookie and from working out a redirect, as a response hook."""
    response.headers.pop("Location", None)
    head = getattr(getattr(response.raw, "_original_response", None), "msg", None)
    if head is not None and "Set-Cookie" in head:
        del head["Set-Cookie"]
