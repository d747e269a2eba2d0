"""The thin wrapper: sign, send, wait, try again."""

from __future__ import annotations

import contextlib
import functools
import logging
import time
import warnings
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, Self, TypeVar

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from . import _retry
from ._auth.tokens import Bearer, TokenSource
from ._http.attempt import Flight
from ._http.transport import Options, Transport
from ._protocol import envelope
from ._protocol.endpoints import Endpoint
from ._protocol.envelope import Unwrap
from ._protocol.messages import Answer, Call, Deadline
from ._values import codec
from ._values.factors import Envelope
from ._values.record import CallRecord
from ._values.signin import MFATrigger
from .errors import (
    APIError,
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    InvalidResponseError,
    RequestTimeoutError,
    UnauthorizedError,
)

C = TypeVar("C", bound="Client")
T = TypeVar("T")

_REFUSALS: Final[Mapping[str, type[APIError]]] = {
    "success": APIError,
    "verified": CodeRejectedError,
    "isValid": CodeRejectedError,
}
"""What the data of a call that gives nothing may say of it, where it is false."""


def reading(shape: type[T]) -> Callable[[Envelope], T]:
    """Return what builds ``shape`` from an envelope's data."""
    return lambda envelope: codec.build(shape, _contents(envelope))


def _contents(envelope: Envelope) -> Any:
    return envelope.data  # named here, where nothing is raised: tools show what a line names


def acknowledged(envelope: Envelope) -> None:
    """Build nothing, where the answer is that it worked.

    Raises:
        CodeRejectedError, APIError: Its data says that it did not, although its code is 200.
    """
    for name in _refused(_contents(envelope)):
        raise refusal(_REFUSALS[name], f"the service answers {name}: false", envelope)


def refusal(kind: type[APIError], message: str, envelope: Envelope) -> APIError:
    """Return the error of an envelope that says 200, and whose data says no."""
    return kind(
        message,
        status_code=envelope.status_code,
        api_code=envelope.api_code,
        request_id=envelope.request_id,
    )


def _refused(data: object) -> list[str]:
    """Return the members of an answer that say it did not work."""
    members = data if isinstance(data, dict) else {"success": data}  # some answer a bare bool
    return [name for name in _REFUSALS if members.get(name) is False]


def opening(unwrap: Unwrap) -> Callable[[Answer], Envelope]:
    """Return what opens a response so that an error that asks for MFA leaves with its trigger."""
    return lambda answer: unwrap(answer, _read_trigger)


def _read_trigger(data: object) -> MFATrigger:
    return codec.build(MFATrigger, data)


class Client:
    """A session, and what every call of this client carries."""

    def __init__(self, session: Session, headers: Mapping[str, str], tokens: TokenSource) -> None:
        self._session = session
        self._headers = headers
        self._tokens = tokens
        self._owns_session = True

    def close(self) -> None:
        """Close the connections; a handle from ``as_user`` leaves them to its client."""
        if self._owns_session:
            self._session.close()

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
        if self._session.is_borrowed:
            raise TypeError("a client with a session of yours cannot be pickled; make it there")
        return functools.partial(type(self), **self._arguments()), ()

    def _arguments(self) -> dict[str, Any]:
        """Return what builds this client again in another process."""
        raise NotImplementedError

    def _handle(self, **differences: Any) -> Self:
        """Return a second client on the same session, with other private parts."""
        handle = object.__new__(type(self))
        vars(handle).update(vars(self), _owns_session=False, **differences)
        return handle

    def _call(
        self,
        endpoint: Endpoint,
        read: Callable[[Envelope], T],
        *,
        tokens: TokenSource | None = None,
        unwrap: Unwrap = envelope.unwrap,
        deadline: Deadline | None = None,
        **contents: Any,
    ) -> T:
        """Send, unwrap, build; ``contents`` are the ``params``, ``json`` or ``form`` sent."""
        trip = Trip(
            call=Call(endpoint, **contents),
            headers=self._headers,
            tokens=tokens or self._tokens,
            unwrap=opening(unwrap),
            read=read,
        )
        del contents  # which tools would show in this frame
        return self._session.run(trip, deadline)


logger: Final = logging.getLogger("authing_mfa")
logger.addHandler(logging.NullHandler())


class Trip(Generic[T]):
    """One call on its way.

    Args:
        call: What to send.
        headers: What goes with every call of the client.
        tokens: What signs it.
        unwrap: Opens the answer.
        read: Builds the value that the caller gets.

    Attributes:
        auth: What signed the latest try.
        answer: What came back from it, if anything.
        envelope: The answer, opened.
        error: What went wrong with it.
    """

    def __init__(
        self,
        call: Call,
        headers: Mapping[str, str],
        tokens: TokenSource,
        unwrap: Callable[[Answer], Envelope],
        read: Callable[[Envelope], T],
    ) -> None:
        self.call: Call = call
        self.headers: Mapping[str, str] = headers
        self.tokens: TokenSource = tokens
        self.unwrap: Callable[[Answer], Envelope] = unwrap
        self.read: Callable[[Envelope], T] = read
        self.tries: int = 0
        self.signed_anew: bool = False
        self.auth: AuthBase | None = None
        self.answer: Answer | None = None
        self.envelope: Envelope | None = None
        self.error: AuthingMFAError | None = None

    def secrets(self) -> list[str]:
        """Return what is secret in the request: its contents, and what signs it."""
        sent = self.call.secrets()
        if isinstance(self.auth, Bearer):
            return [*sent, self.auth.token]
        if isinstance(self.auth, HTTPBasicAuth):
            name, password = str(self.auth.username), str(self.auth.password)
            return [*sent, password, b64encode(f"{name}:{password}".encode()).decode()]
        return sent

    def may_be_signed_anew(self) -> bool:
        """Tell whether a call whose token was refused can be sent once more, with another one.

        A write can where the service itself refused a token that had ended on the way.
        """
        another = self.tokens.on_unauthorized(self.auth)
        again = another and not self.signed_anew and (self.call.endpoint.safe or self._was_late())
        self.signed_anew = True
        return again

    def _was_late(self) -> bool:
        refused_by_service = self.answer is not None and self.answer.has_envelope
        return refused_by_service and isinstance(self.auth, Bearer) and self.auth.expired


class Session:
    """Sends calls to one host over one pool of connections."""

    def __init__(self, options: Options, session: requests.Session | None = None) -> None:
        self.options = options
        self.is_borrowed: bool = session is not None
        self._transport = Transport(options, session)

    def deadline(self) -> Deadline:
        """Return the deadline of a call that begins now."""
        return Deadline.after(self.options.deadline)

    def close(self) -> None:
        """Close the connections, unless they are the caller's."""
        self._transport.close()

    def run(self, trip: Trip[T], deadline: Deadline | None = None) -> T:
        """Try a call until it is answered, or no further try is allowed.

        Args:
            trip: The call.
            deadline: That of the call it is part of; by default its own.

        Raises:
            AuthingMFAError: With method and path, and whether the outcome is known.
        """
        started = time.monotonic()
        try:
            return self._run_until(deadline or self.deadline(), trip)
        finally:
            self._report(trip, time.monotonic() - started)

    def _run_until(self, deadline: Deadline, trip: Trip[T]) -> T:
        while True:
            flight = Flight(deadline)
            try:
                return self._try_once(trip, flight)
            except AuthingMFAError as error:
                wait = self._wait_before_next(trip, error, flight)
                if wait is None:
                    raise
            time.sleep(wait)

    def _try_once(self, trip: Trip[T], flight: Flight) -> T:
        """Send, unwrap, build."""
        started = time.monotonic()
        trip.answer = trip.envelope = trip.error = None
        try:
            trip.auth = _signature(trip.tokens, flight.deadline)
            trip.tries += 1
            trip.answer = self._transport.send(trip.call, trip.headers, trip.auth, flight)
            trip.answer.secrets = trip.secrets()
            trip.envelope = trip.unwrap(trip.answer)
            return trip.read(trip.envelope)
        except AuthingMFAError as error:
            trip.error = _with_facts(error, trip, flight)
            raise
        finally:
            _log(trip, time.monotonic() - started)

    def _wait_before_next(
        self, trip: Trip[T], error: AuthingMFAError, flight: Flight
    ) -> float | None:
        """Return the seconds until another try; None where there is to be none."""
        endpoint = trip.call.endpoint
        if flight.left is None:  # the call itself was not tried: its token could not be had
            return None
        if isinstance(error, UnauthorizedError):
            return 0.0 if trip.may_be_signed_anew() else None
        if trip.tries > self.options.max_retries:
            return None
        if not _retry.may_try_again(endpoint, error, flight.left):
            return None
        wait = _retry.pause(trip.tries, trip.answer.retry_after if trip.answer else None)
        return wait if wait < flight.deadline.left else None

    def _report(self, trip: Trip[T], seconds: float) -> None:
        if self.options.on_call is None:
            return
        record = CallRecord(
            method=trip.call.endpoint.method,
            path=trip.call.endpoint.path,
            http_status=trip.answer.http_status if trip.answer else None,
            status_code=_fact(trip, "status_code"),
            api_code=_fact(trip, "api_code"),
            request_id=_fact(trip, "request_id"),
            tries=trip.tries,
            seconds=seconds,
        )
        try:
            self.options.on_call(record)
        except Exception as error:
            logger.exception("on_call raised; the call itself is not affected")
            message = f"on_call raised {type(error).__name__}; the call itself is not affected"
        else:
            return
        # Where warnings are errors, this one must not take the place of the call's own error.
        hidden = (RuntimeWarning,) if trip.error else ()
        with contextlib.suppress(*hidden):
            warnings.warn(message, RuntimeWarning, stacklevel=3)


def _signature(tokens: TokenSource, deadline: Deadline) -> AuthBase | None:
    """Return what signs an attempt; where it cannot be had in time, the call was not sent."""
    try:
        auth = tokens.auth(deadline)
    except AuthingMFAError as error:
        error.outcome_unknown = False
        raise
    if deadline.left <= 0:
        raise RequestTimeoutError("the deadline passed before the request could be sent")
    return auth


def _with_facts(error: AuthingMFAError, trip: Trip[T], flight: Flight) -> AuthingMFAError:
    if isinstance(error, ConfigurationError) or error.path is not None:
        return error  # refused here, or told of the token's own call already
    endpoint = trip.call.endpoint
    error.method, error.path = endpoint.method, endpoint.path
    error.outcome_unknown = _retry.is_outcome_unknown(endpoint, error, bool(flight.left))
    if isinstance(error, APIError):
        error.lang = trip.headers.get("x-authing-lang")
    if isinstance(error, (APIError, InvalidResponseError)) and trip.answer:
        error.http_status = trip.answer.http_status
    return error


def _fact(trip: Trip[T], name: str) -> Any:
    """Return a code of the answer, as the envelope or else the error tells it."""
    return getattr(trip.envelope or trip.error, name, None)


def _log(trip: Trip[T], seconds: float) -> None:
    if not logger.isEnabledFor(logging.DEBUG):
        return
    logger.debug(
        "%s %s: %s, statusCode %s, apiCode %s, requestId %s, %.0f ms",
        trip.call.endpoint.method,
        trip.call.endpoint.path,
        f"HTTP {trip.answer.http_status}" if trip.answer else type(trip.error).__name__,
        _fact(trip, "status_code"),
        _fact(trip, "api_code"),
        _fact(trip, "request_id"),
        seconds * 1000,
    )
