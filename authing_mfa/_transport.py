"""One request out, one answer in, over requests."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

import requests
from requests.auth import AuthBase
from requests.exceptions import ContentDecodingError
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as PoolTimeoutError

from . import _checks, _environment
from ._adapter import forget, own_session
from ._flight import Flight, in_flight
from ._mask import without_password
from ._wire import Answer, Call, Deadline
from .errors import (
    ConnectionFailedError,
    InvalidResponseError,
    RequestTimeoutError,
    TransportError,
)

if TYPE_CHECKING:
    from .record import CallRecord

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""An answer is read up to this many bytes, counted after decompression."""

_CHUNK_BYTES: Final = 16 * 1024  # some releases of urllib3 inflate a whole chunk at once
_TIMEOUTS: Final = (TimeoutError, requests.Timeout, PoolTimeoutError)
_NEVER_LEFT: Final = (requests.ConnectTimeout, NewConnectionError)


class Options:
    """How to reach the service: what both clients take by the same names.

    Raises:
        ConfigurationError: One cannot work.
    """

    def __init__(self, *, host: str, **given: Any) -> None:
        self.host: str = host
        self.timeout: tuple[float, float] = _checks.timeout(given["timeout"])
        self.deadline: float = _checks.seconds("deadline", given["deadline"])
        self.max_retries: int = _checks.count("max_retries", given["max_retries"])
        self.verify: bool | str = _checks.verify(given["verify"])
        self.proxies: dict[str, str] | None = _checks.proxies(given["proxies"])
        self.on_call: Callable[[CallRecord], object] | None = _checks.callback(
            "on_call", given["on_call"]
        )

    def arguments(self, with_secrets: bool) -> dict[str, Any]:
        """Return the options by name, proxy passwords left out unless wanted."""
        options = {name: value for name, value in vars(self).items() if name != "host"}
        if self.proxies and not with_secrets:
            options["proxies"] = {
                scheme: without_password(url) for scheme, url in self.proxies.items()
            }
        return options


class Transport:
    """Sends to one host. What the environment says is looked up once, here."""

    def __init__(self, options: Options, session: requests.Session | None) -> None:
        self._host = options.host
        self._connect, self._read = options.timeout
        self._session = own_session() if session is None else _checks.session(session)
        self._is_ours = session is None
        self._settings = {
            "verify": _environment.verify(options.verify, session),
            "proxies": _environment.proxies(options.host, options.proxies, session),
            "cert": self._session.cert,
            "stream": True,
            "allow_redirects": False,
        }
        self._headers = {} if session is None else _borrowed_headers(session)

    def close(self) -> None:
        """Close the connections, unless the session is the caller's."""
        if self._is_ours:
            self._session.close()

    def send(
        self, call: Call, headers: Mapping[str, str], auth: AuthBase | None, flight: Flight
    ) -> Answer:
        """Send one request and read its answer to the end.

        Raises:
            TransportError: No answer; ``flight.left`` tells whether the request may have left.
            InvalidResponseError: The body is too large, or cannot be decompressed.
        """
        prepared = self._prepare(call, headers, auth)
        timeout = self._timeout(flight.deadline)
        try:
            with (
                in_flight(flight),
                self._session.send(prepared, timeout=timeout, **self._settings) as response,
            ):
                flight.left = True
                if response.status_code < 200:  # the answer itself is still to come
                    raise InvalidResponseError(
                        "HTTP status: wanted a final answer, got an interim one",
                        where="HTTP status",
                        http_status=response.status_code,
                    )
                return Answer(
                    http_status=response.status_code,
                    body=_read_body(response, flight.deadline),
                    retry_after=_retry_after(response.headers.get("Retry-After")),
                )
        except (OSError, HTTPError) as error:
            failure = _failure(error, flight)
        raise failure  # out here, so that no request hangs on it as its context

    def _timeout(self, deadline: Deadline) -> tuple[float, float]:
        left = deadline.left
        if left <= 0:
            raise RequestTimeoutError("the deadline passed before the request could be sent")
        return min(self._connect, left), min(self._read, left)

    def _prepare(
        self, call: Call, headers: Mapping[str, str], auth: AuthBase | None
    ) -> requests.PreparedRequest:
        prepared = requests.PreparedRequest()
        prepared.method = call.endpoint.method
        prepared.url = self._host + call.endpoint.path
        if call.params:
            prepared.url += "?" + urlencode(call.params, quote_via=quote)
        prepared.headers = CaseInsensitiveDict({**self._headers, **headers})
        if call.content_type is not None:
            prepared.headers["Content-Type"] = call.content_type
        if call.body or call.endpoint.method != "GET":
            prepared.headers["Content-Length"] = str(len(call.body))
            prepared.body = call.body
        prepared.hooks = {"response": [*self._session.hooks["response"], forget]}
        return prepared if auth is None else auth(prepared)


def _borrowed_headers(session: requests.Session) -> dict[str, str]:
    ours = {"authorization", "cookie", "content-length", "content-type"}
    return {name: value for name, value in session.headers.items() if name.lower() not in ours}


def _read_body(response: requests.Response, deadline: Deadline) -> bytes:
    body = bytearray()
    for chunk in _chunks(response):
        if body and deadline.left <= 0:
            raise TimeoutError
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _unreadable(response, f"wanted at most {MAX_BODY_BYTES} bytes, got more")
    if getattr(response.raw, "length_remaining", None):  # older releases of urllib3 do not look
        raise ConnectionResetError
    return bytes(body)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_content(_CHUNK_BYTES)
    except ContentDecodingError:
        failure: Exception = _unreadable(response, "cannot be decompressed")
    except (OverflowError, ValueError):  # a chunk's size below zero: nothing beneath us refuses it
        failure = ConnectionResetError()
    else:
        return
    raise failure


def _unreadable(response: requests.Response, why: str) -> InvalidResponseError:
    status = response.status_code
    return InvalidResponseError(f"body: {why}", where="body", http_status=status)


def _retry_after(header: str | None) -> float | None:
    """Read ``Retry-After``: seconds, or a date."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _failure(error: Exception, flight: Flight) -> TransportError:
    chain = _chain(error)
    for link in chain:
        link.__traceback__ = None  # its frames would hold the socket and the signed request
    if flight.left is None:  # not our adapter: only these errors say that nothing was sent
        flight.left = not any(isinstance(link, _NEVER_LEFT) for link in chain)
    refused = any(isinstance(link, NewConnectionError) for link in chain)
    timed_out = any(isinstance(link, _TIMEOUTS) for link in chain) and not refused
    reason = getattr(chain[-1], "strerror", None) or type(chain[-1]).__name__
    if timed_out or flight.deadline.left <= 0:
        return RequestTimeoutError(f"no answer in time ({reason})")
    return ConnectionFailedError(f"the connection failed ({reason})")


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and, one after the other, what it was made from."""
    chain = [error]
    for link in chain:
        inner = (getattr(link, "reason", None), *link.args, link.__cause__)
        found = [one for one in inner if isinstance(one, BaseException) and one not in chain]
        chain += found[:1]
    return chain
