"""One request out, one response in, over requests."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import requests
from requests.auth import AuthBase
from requests.exceptions import ContentDecodingError
from requests.structures import CaseInsensitiveDict
from requests.utils import default_user_agent
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as PoolTimeoutError

from .._protocol.deadline import Deadline
from .._protocol.request import Request
from .._protocol.response import Response
from .._values import arguments
from ..errors import (
    AuthingMFAError,
    ConnectionFailedError,
    InvalidResponseError,
    RequestTimeoutError,
    TransportError,
)
from . import environment
from .adapter import drop_cookies_and_redirect, is_plain, own_session
from .attempt import Attempt, begin, end
from .connection import bound_reads
from .options import MAX_BODY_BYTES, Options

_CHUNK_BYTES: Final = 16 * 1024  # some releases of urllib3 inflate a whole chunk at once
_TIMEOUTS: Final = (TimeoutError, requests.Timeout, PoolTimeoutError)
_ENCODINGS: Final = frozenset({"", "identity", "gzip", "deflate"})
"""One of these at most: two layers would inflate a body a thousandfold twice."""
_NEVER_BORROWED: Final = frozenset({"authorization", "cookie", "content-length", "content-type"})
_NEVER_LEFT: Final = (requests.ConnectTimeout, NewConnectionError)


class Transport:
    """Sends requests to one host. The environment is read once, when it is made."""

    def __init__(self, options: Options, session: requests.Session | None) -> None:
        self._host = options.host
        self._connect, self._read = options.timeout
        self._own = own_session()
        self._given = None if session is None else arguments.session(session)
        self._settings = {
            "verify": environment.verify(options.verify, session),
            "proxies": environment.proxies(options.host, options.proxies, session),
            "cert": None if session is None else session.cert,
            "stream": True,
            "allow_redirects": False,
        }
        self._headers = {} if session is None else _borrowed_headers(session)
        self._agent = _agent_of(self._headers)

    @property
    def is_borrowed(self) -> bool:
        """Return whether the caller gave a session."""
        return self._given is not None

    def close(self) -> None:
        """Close the connections that are ours: a caller's session keeps its own."""
        self._own.close()

    def send(self, request: Request, headers: Mapping[str, str], attempt: Attempt) -> Response:
        """Send one request and read its response to the end.

        Raises:
            TransportError: No response; ``attempt.sent`` tells whether the request may have left.
            InvalidResponseError: The body is too large, or cannot be decompressed.
        """
        prepared = self._prepare(request, headers, attempt.auth)
        session = self._given
        # A session that does no more than requests by itself is sent for by ours.
        if session is None or is_plain(session, self._host):
            session = self._own
        before = begin(attempt)
        try:
            return self._exchange(session, prepared, attempt)
        except (OSError, HTTPError) as error:
            failure: AuthingMFAError = self._failure(error, attempt)
        except InvalidResponseError as error:
            failure = error.with_traceback(None)  # whose frames hold what was read
        finally:
            end(before)
        raise failure  # out here, so that no request hangs on it as its context

    def _exchange(
        self, session: requests.Session, prepared: requests.PreparedRequest, attempt: Attempt
    ) -> Response:
        """Send a request by the deadline, and read its response."""
        if session is not self._own:
            prepared.headers["Cache-Control"] = "no-store"
        remaining = attempt.deadline.remaining
        if remaining <= 0:
            raise RequestTimeoutError("the deadline passed before the request could be sent")
        timeout = min(self._connect, remaining), min(self._read, remaining)
        with session.send(prepared, timeout=timeout, **self._settings) as response:
            attempt.sent = True
            if response.raw is None:  # a stub made by hand, which could not be closed
                response._content = response.content or b""
            _refuse_unread(response)
            # The standard library's; a stub has none.
            reader = getattr(getattr(response.raw, "_fp", None), "fp", None)
            if session is not self._own:
                bound_reads(reader, attempt.deadline)
            body = _read_body(response, attempt.deadline)
            # Older releases of urllib3 do not compare; a stub's length may mean nothing.
            is_real = session is self._own or reader is not None
            if is_real and getattr(response.raw, "length_remaining", None):
                raise ConnectionResetError
            return Response(
                http_status=response.status_code,
                body=body,
                retry_after=_retry_after(response.headers),
            )

    def _failure(self, error: Exception, attempt: Attempt) -> TransportError:
        """Return the error of a failed exchange, and settle whether the request may have left."""
        chain = _chain(error)
        for link in chain:
            link.__traceback__ = None  # its frames would hold the socket and the signed request
        if attempt.sent is None:  # not our adapter: only these errors say that nothing was sent
            attempt.sent = not any(isinstance(link, _NEVER_LEFT) for link in chain)
        refused = any(isinstance(link, NewConnectionError) for link in chain)
        timed_out = any(isinstance(link, _TIMEOUTS) for link in chain) and not refused
        reason = getattr(chain[-1], "strerror", None) or type(chain[-1]).__name__
        if timed_out or attempt.deadline.remaining <= 0:
            return RequestTimeoutError(f"no answer in time ({reason})")
        bundle = self._settings["verify"]
        if isinstance(bundle, str) and not Path(bundle).exists():
            return ConnectionFailedError("the connection failed: the CA bundle is not there")
        return ConnectionFailedError(f"the connection failed ({reason})")

    def _prepare(
        self, request: Request, headers: Mapping[str, str], auth: AuthBase | None
    ) -> requests.PreparedRequest:
        prepared = requests.PreparedRequest()
        prepared.method = request.endpoint.method
        prepared.url = self._host + request.target
        prepared.headers = CaseInsensitiveDict({**self._headers, **headers, **self._agent})
        if request.content_type is not None:
            prepared.headers["Content-Type"] = request.content_type
        if request.body or request.endpoint.method != "GET":
            prepared.headers["Content-Length"] = str(len(request.body))
            prepared.body = request.body
        theirs = [] if self._given is None else _hooks(self._given)
        prepared.hooks = {"response": [*theirs, drop_cookies_and_redirect]}
        return prepared if auth is None else auth(prepared)


def _borrowed_headers(session: requests.Session) -> dict[str, str]:
    """Return the headers of a session that are sent; one that is None is not."""
    given: Mapping[str, Any] = session.headers or {}
    headers = dict(arguments.session_header(*it) for it in given.items() if it[1] is not None)
    return {name: value for name, value in headers.items() if name.lower() not in _NEVER_BORROWED}


def _agent_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the ``User-Agent`` that a session was given, where it is not the one of requests."""
    agent = CaseInsensitiveDict(headers).get("User-Agent", default_user_agent())
    return {} if agent == default_user_agent() else {"User-Agent": agent}


def _hooks(session: requests.Session) -> list[Callable[..., Any]]:
    """Return the response hooks of a session, whether it has one or a list."""
    given: Any = session.hooks
    hooks = given.get("response") if isinstance(given, Mapping) else given
    found = arguments.items("session.hooks", [hooks] if callable(hooks) else hooks or (), object)
    return [arguments.callback("session.hooks", hook) for hook in found if hook is not None]


def _refuse_unread(response: requests.Response) -> None:
    """Refuse a response whose body must not be read."""
    if response.status_code < 200:  # the final response is still to come
        raise _unreadable(response, "wanted a final answer, got an interim one", "HTTP status")
    if getattr(response, "from_cache", False):  # another user's, for all that we know
        raise _unreadable(response, "wanted the service's own, got one that a cache had kept")
    encoding = response.headers.get("Content-Encoding", "")
    if encoding.lower() not in _ENCODINGS:
        raise _unreadable(response, "compressed in a way that was not asked for")


def _read_body(response: requests.Response, deadline: Deadline) -> bytes:
    body = bytearray()
    try:
        for chunk in response.iter_content(_CHUNK_BYTES):
            if body and deadline.remaining <= 0:
                raise TimeoutError
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise _unreadable(response, f"wanted at most {MAX_BODY_BYTES} bytes, got more")
        return bytes(body)
    except ContentDecodingError:
        failure: Exception = _unreadable(response, "cannot be decompressed")
    except (OverflowError, ValueError):  # a chunk's size below zero: nothing beneath us refuses it
        failure = ConnectionResetError()
    raise failure


def _unreadable(
    response: requests.Response, why: str, where: str = "body"
) -> InvalidResponseError:
    status = response.status_code
    return InvalidResponseError(f"{where}: {why}", where=where, http_status=status)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After``: seconds, or a date, counted from that of the response."""
    wanted = headers.get("Retry-After")
    if wanted is None:
        return None
    with contextlib.suppress(ValueError):
        seconds = float(wanted)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    until, now = _moment(wanted), _moment(headers.get("Date", ""))
    if until is None:
        return None
    return max(0.0, until - (time.time() if now is None else now))


def _moment(date: str) -> float | None:
    """Read an HTTP date as unix seconds; all are in GMT, with or without a zone."""
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and its causes, the outermost first."""
    chain = [error]
    for link in chain:
        inner = (getattr(link, "reason", None), *link.args, link.__cause__)
        found = [one for one in inner if isinstance(one, BaseException) and one not in chain]
        chain += found[:1]
    return chain
