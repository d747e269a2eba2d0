"""Run each call of the clients: send -> open -> build, with retries, log line and report."""

from __future__ import annotations

import contextlib
import functools
import logging
import time
import warnings
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, TypeVar

import attrs
from requests.auth import HTTPBasicAuth

from ._auth.tokens import Bearer, TokenSource
from ._http.attempt import Attempt
from ._http.options import Options
from ._http.transport import Transport
from ._protocol.deadline import Deadline
from ._protocol.endpoints import Endpoint
from ._protocol.envelope import Envelope, build_data, data_of, refusal
from ._protocol.request import Request
from ._retry import Attempts, is_outcome_unknown
from ._secrets import Sealed
from ._values import codec
from ._values.record import CallRecord
from .errors import (
    APIError,
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    InvalidResponseError,
)

T = TypeVar("T")

logger: Final = logging.getLogger("authing_mfa")
logger.addHandler(logging.NullHandler())

_REFUSALS: Final[Mapping[str, type[APIError]]] = {
    "success": APIError,
    "verified": CodeRejectedError,
    "isValid": CodeRejectedError,
}
"""The members by which data says that a call failed, where one is false; each with its error."""
_CODES: Final = ("status_code", "api_code", "request_id")


@attrs.frozen(eq=False, repr=False)
class Session:
    """Sends calls to one host over one pool of connections, for one user or none.

    Attributes:
        headers: What goes with every request.
        tokens: What signs them.
    """

    options: Options
    transport: Transport
    headers: Mapping[str, str]
    tokens: TokenSource

    def signed_by(self, tokens: TokenSource) -> Session:
        """Return a session on the same connections that signs with other tokens."""
        return attrs.evolve(self, tokens=tokens)

    def deadline(self) -> Deadline:
        """Return the deadline of a call that begins now."""
        return Deadline.after(self.options.deadline)

    def fetch(self, request: Request, shape: type[T], deadline: Deadline | None = None) -> T:
        """Call, and build ``shape`` from the data of the response. Otherwise as ``call``."""
        return self.call(request, functools.partial(build_data, shape), deadline)

    def command(self, request: Request, deadline: Deadline | None = None) -> None:
        """Call, where the response says only that it worked. Otherwise as ``call``.

        Raises:
            CodeRejectedError, APIError: The data says that it did not, although the code is 200.
        """
        self.call(request, refuse_failure, deadline)

    def call(
        self, request: Request, build: Callable[[Envelope], T], deadline: Deadline | None = None
    ) -> T:
        """Send a request until there is a response, or no further attempt is allowed.

        Args:
            request: What to send.
            build: Builds the result from the envelope of the response.
            deadline: That of the call it is part of; by default its own.

        Raises:
            AuthingMFAError: With method and path, and whether the outcome is known.
        """
        started = time.monotonic()
        deadline = deadline or self.deadline()
        attempts = Attempts(request, self.tokens, self.options.max_retries)
        try:
            while True:
                attempt = Attempt(deadline)
                try:
                    return self._try(attempt, attempts, build)
                except AuthingMFAError as error:
                    pause = attempts.pause_after(attempt, error)
                    if pause is None:
                        raise
                time.sleep(pause)
        finally:
            if self.options.on_call is not None:
                seconds = time.monotonic() - started
                _report(self.options.on_call, attempt, attempts, seconds)

    def _try(self, attempt: Attempt, attempts: Attempts, build: Callable[[Envelope], T]) -> T:
        """Send, open, build."""
        started, request = time.monotonic(), attempts.request
        try:
            attempts.sign(attempt)
            attempt.response = self.transport.send(request, self.headers, attempt)
            attempt.response.secrets = _secrets(request, attempt)
            attempt.envelope = request.endpoint.unwrap(attempt.response)
            return build(attempt.envelope)
        except AuthingMFAError as error:
            attempt.error = error
            self._add_facts(error, request.endpoint, attempt)
            raise
        finally:
            if logger.isEnabledFor(logging.DEBUG):
                _log(request.endpoint, attempt, time.monotonic() - started)

    def _add_facts(self, error: AuthingMFAError, endpoint: Endpoint, attempt: Attempt) -> None:
        if isinstance(error, ConfigurationError) or error.path is not None:
            return  # refused before sending, or by the call that fetches a token
        error.method, error.path = endpoint.method, endpoint.path
        error.outcome_unknown = is_outcome_unknown(endpoint, error, bool(attempt.sent))
        if isinstance(error, APIError):
            error.lang = self.headers.get("x-authing-lang")
        if isinstance(error, (APIError, InvalidResponseError)) and attempt.response:
            error.http_status = attempt.response.http_status


def refuse_failure(envelope: Envelope) -> None:
    """Raise where the data says that it did not work, although the code is 200."""
    for name in _false_members(data_of(envelope)):
        raise refusal(_REFUSALS[name], f"the service answers {name}: false", envelope)


def refuse_unverified(envelope: Envelope) -> None:
    """Raise unless the data says that a code was verified."""
    data = Sealed(build_data(dict[str, Any], envelope))
    if not codec.build(bool, data.open().get("verified"), "data.verified"):
        raise refusal(CodeRejectedError, "the code was not verified", envelope)


def _false_members(data: object) -> list[str]:
    members = data if isinstance(data, dict) else {"success": data}  # some send a bare bool
    return [name for name in _REFUSALS if members.get(name) is False]


def _secrets(request: Request, attempt: Attempt) -> list[str]:
    """Return what is secret in a request: its contents, and what signs it."""
    secrets, auth = request.secrets(), attempt.auth
    if isinstance(auth, Bearer):
        secrets.append(auth.token)
    if isinstance(auth, HTTPBasicAuth):
        name, password = str(auth.username), str(auth.password)
        secrets += [password, b64encode(f"{name}:{password}".encode()).decode()]
    return secrets


def _codes(attempt: Attempt) -> dict[str, Any]:
    """Return the codes of a response, from its envelope or else from the error."""
    source = attempt.envelope or attempt.error
    return {name: getattr(source, name, None) for name in _CODES}


def _log(endpoint: Endpoint, attempt: Attempt, seconds: float) -> None:
    response = attempt.response
    logger.debug(
        "%s %s: %s, statusCode %s, apiCode %s, requestId %s, %.0f ms",
        endpoint.method,
        endpoint.path,
        f"HTTP {response.http_status}" if response else type(attempt.error).__name__,
        *_codes(attempt).values(),
        seconds * 1000,
    )


def _report(
    on_call: Callable[[CallRecord], object], last: Attempt, attempts: Attempts, seconds: float
) -> None:
    record = CallRecord(
        method=attempts.request.endpoint.method,
        path=attempts.request.endpoint.path,
        http_status=last.response.http_status if last.response else None,
        tries=attempts.count,
        seconds=seconds,
        **_codes(last),
    )
    try:
        on_call(record)
    except Exception as error:
        logger.exception("on_call raised; the call itself is not affected")
        message = f"on_call raised {type(error).__name__}; the call itself is not affected"
    else:
        return
    # Where warnings are errors, this one must not take the place of the call's own error.
    ignored = (RuntimeWarning,) if last.error else ()
    with contextlib.suppress(*ignored):
        warnings.warn(message, RuntimeWarning, stacklevel=3)


class Client:
    """A client over a session; its handles share the connections."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._owns_connections = True

    def close(self) -> None:
        """Close the connections; a handle from ``as_user`` leaves them to its client."""
        if self._owns_connections:
            self._session.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __copy__(self) -> Self:
        """Return a second handle on the same connections, which holds what this one holds."""
        return self._handle()

    def __deepcopy__(self, memo: object) -> Self:
        return self._handle()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._session.transport.is_borrowed:
            raise TypeError("a client with a session of yours cannot be pickled; make it there")
        return functools.partial(type(self), **self._constructor_arguments()), ()

    def _constructor_arguments(self) -> dict[str, Any]:
        """Return what builds this client again in another process."""
        raise NotImplementedError

    def _handle(self, **differences: Any) -> Self:
        """Return a second client on the same connections, with other private parts."""
        handle = object.__new__(type(self))
        vars(handle).update(vars(self), _owns_connections=False, **differences)
        return handle
