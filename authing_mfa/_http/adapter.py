"""The requests adapter: one kept pool, another one in each process."""

from __future__ import annotations

import collections
import functools
import queue
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, PoolManager

from .attempt import current
from .connection import KeepsToDeadline, keeping_to_deadline
from .fork import reset_in_child

POOL_SIZE: Final = 256
"""Idle connections kept at most; with more threads, the others are closed after use."""


class _IdleConnections:
    """A pool's stack of idle connections, without a lock: after a fork it might stay held."""

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

    def empty(self) -> bool:
        return not self._connections  # older recorders ask this


class _NoCookies(RequestsCookieJar):
    """A jar that keeps nothing and never takes its lock, which might stay held after a fork."""

    def extract_cookies(self, *args: Any, **kwargs: Any) -> None:
        pass


class _OurPool:
    """Mixed into a pool class: its connections keep to the deadline."""

    QueueCls = _IdleConnections

    @property
    def ConnectionCls(self) -> type:
        # Recorders such as VCR swap the class on urllib3's pools: theirs is used while they do.
        return keeping_to_deadline(super().ConnectionCls)  # type: ignore[misc]


@functools.cache
def _our_pool(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """Return a pool class of ours in place of urllib3's; one of another library stays as it is."""
    if not issubclass(getattr(pool, "QueueCls", object), queue.Queue):
        return pool
    return type(f"Our{pool.__name__}", (_OurPool, pool), {})


def _make_our_pools(manager: PoolManager) -> None:
    pools = manager.pool_classes_by_scheme.items()
    manager.pool_classes_by_scheme = {scheme: _our_pool(pool) for scheme, pool in pools}


class Adapter(HTTPAdapter):
    """Sends to one host, with one TLS and proxy setting, over one kept pool.

    A child process after ``fork`` gets a pool of its own.
    """

    def __init__(self) -> None:
        super().__init__(pool_maxsize=POOL_SIZE)
        reset_in_child(self)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools of ours."""
        super().init_poolmanager(*args, **kwargs)
        _make_our_pools(self.poolmanager)
        self._pool: HTTPConnectionPool | None = None

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Make pools of ours behind a proxy, too."""
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        _make_our_pools(manager)
        return manager

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, *args: Any, **kwargs: Any
    ) -> HTTPConnectionPool:
        """Keep the one pool, which requests looks up by host, TLS and proxy for each request."""
        attempt = current()
        attempt.sent = False
        pool = self._pool  # once: another thread may close this adapter meanwhile
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, *args, **kwargs)
            super().cert_verify(pool, request.url or "", verify, kwargs.get("cert"))
            self._pool = pool
        if not issubclass(pool.ConnectionCls, KeepsToDeadline):
            attempt.sent = None
        return pool

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """Cut the target out of the URL, which requests parses three times."""
        if proxies:
            return super().request_url(request, proxies)
        url = str(request.url)
        return url[url.index("/", len("https://")) :]

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the pool has its certificates since it was made."""

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Make a response without encoding and cookies, which nothing reads."""
        response = requests.Response()
        response.status_code, response.reason = resp.status, resp.reason
        response.headers = CaseInsensitiveDict(resp.headers)
        response.raw, response.request, response.url = resp, req, req.url or ""
        return response

    def close(self) -> None:
        """Close idle connections at once; urllib3 leaves those of the pool to the collector."""
        pool, self._pool = self._pool, None
        super().close()
        if pool is not None:
            pool.close()

    def reset_after_fork(self) -> None:
        """Begin without connections: they belong to the parent process."""
        self.proxy_manager = {}
        self.init_poolmanager(self._pool_connections, self._pool_maxsize)


# A tool such as a cache may have replaced requests.Session: take the class of requests itself.
_PLAIN_SESSION: Final[type[requests.Session]] = next(
    kind for kind in requests.Session.__mro__ if kind.__module__ == "requests.sessions"
)
_PLAIN_ADAPTER: Final = HTTPAdapter()


def own_session() -> requests.Session:
    """Return a requests session on an adapter of ours, which ignores the environment."""
    session = _PLAIN_SESSION()
    session.trust_env = False
    session.cookies = _NoCookies()
    session.mount("https://", adapter := Adapter())
    session.mount("http://", adapter)
    return session


def is_plain(session: requests.Session, url: str) -> bool:
    """Return whether a session sends to a URL as requests does by itself.

    An adapter of ours can then send in its place, by the deadline. A session that does more is
    used as it is.
    """
    for name in ("send", "get_adapter"):
        definer = next(kind for kind in type(session).__mro__ if name in vars(kind))
        if definer is not _PLAIN_SESSION or name in vars(session):
            return False
    try:
        adapter = session.get_adapter(url)
    except requests.RequestException:
        return False
    return type(adapter) is HTTPAdapter and _is_as_made(adapter)


def _is_as_made(adapter: HTTPAdapter) -> bool:
    return (
        vars(adapter).keys() == vars(_PLAIN_ADAPTER).keys()
        and vars(adapter.max_retries) == vars(_PLAIN_ADAPTER.max_retries)
        and not adapter._pool_block
        and set(adapter.poolmanager.connection_pool_kw) == {"maxsize", "block"}
    )


def drop_cookies_and_redirect(response: requests.Response, *args: Any, **kwargs: Any) -> None:
    """Drop what requests would act on, as a response hook."""
    response.headers.pop("Location", None)
    head = getattr(getattr(response.raw, "_original_response", None), "msg", None)
    if head is not None and "Set-Cookie" in head:
        del head["Set-Cookie"]
