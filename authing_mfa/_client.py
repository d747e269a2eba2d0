"""What both clients share: where send, unwrap and build are joined."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from requests.utils import default_user_agent

from . import _envelope, _mapper
from ._endpoints import Endpoint
from ._envelope import Unwrap
from ._session import Session, Trip
from ._tokens import TokenSource
from ._version import __version__
from ._wire import Answer, Call, Deadline
from .errors import APIError, CodeRejectedError
from .models import Envelope

if TYPE_CHECKING:
    from .signin import MFATrigger

C = TypeVar("C", bound="Client")
T = TypeVar("T")

USER_AGENT: Final = f"authing-mfa/{__version__} {default_user_agent()}"

_STATIC_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": USER_AGENT,
    "x-authing-request-from": "authing-mfa",
    "x-authing-sdk-version": f"authing-mfa:{__version__}",
}


_REFUSALS: Final[Mapping[str, type[APIError]]] = {
    "success": APIError,
    "verified": CodeRejectedError,
    "isValid": CodeRejectedError,
}
"""What the data of a call that gives nothing may say of it, where it is false."""


def identify(
    identity: Mapping[str, str | None], *, lang: str | None, genauth: bool
) -> dict[str, str]:
    """Return the headers that say who calls.

    Args:
        identity: Headers of the client's own; None ones are left out.
        lang: What ``x-authing-lang`` says; the service's default where None.
        genauth: Repeat each ``x-authing-`` header under its ``x-genauth-`` name.
    """
    wanted = {**_STATIC_HEADERS, **identity, "x-authing-lang": lang}
    headers = {name: value for name, value in wanted.items() if value is not None}
    return with_twins(headers, genauth)


def with_twins(headers: dict[str, str], genauth: bool) -> dict[str, str]:
    """Return headers, each ``x-authing-`` one under its ``x-genauth-`` name as well if wanted."""
    twins = {
        name.replace("authing", "genauth", 1): value
        for name, value in headers.items()
        if genauth and name.startswith("x-authing-")
    }
    return {**headers, **twins}


def reading(shape: type[T]) -> Callable[[Envelope], T]:
    """Return what builds ``shape`` from an envelope's data."""
    return lambda envelope: _mapper.build(shape, _contents(envelope))


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
    from .signin import MFATrigger

    return _mapper.build(MFATrigger, data)


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

    def __enter__(self: C) -> C:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __copy__(self: C) -> C:
        """Return a second handle on the same connections, which holds what this one holds."""
        return self._handle()

    def __deepcopy__(self: C, memo: object) -> C:
        return self._handle()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._session.is_borrowed:
            raise TypeError("a client with a session of yours cannot be pickled; make it there")
        return functools.partial(type(self), **self._arguments()), ()

    def _arguments(self) -> dict[str, Any]:
        """Return what builds this client again in another process."""
        raise NotImplementedError

    def _handle(self: C, **differences: Any) -> C:
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
        unwrap: Unwrap = _envelope.unwrap,
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
