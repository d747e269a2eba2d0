"""Decide which failures are tried again, when, and whether the outcome of a call is known."""

from __future__ import annotations

import random
from typing import Final

import attrs

from .._auth.tokens import Bearer, TokenSource
from .._http.attempt import Attempt
from .._protocol.endpoints import Endpoint
from .._protocol.request import Request
from ..errors import (
    APIError,
    AuthingMFAError,
    InvalidResponseError,
    RequestTimeoutError,
    ServerError,
    ThirdPartyError,
    TransportError,
    UnauthorizedError,
)

BACKOFF_SECONDS: Final = 0.2
"""Longest wait before the second attempt; it doubles with each further one."""
BACKOFF_CAP_SECONDS: Final = 5.0
RETRIED_STATUS_CODES: Final = frozenset({429, 502, 503, 504})


@attrs.define(eq=False, repr=False)
class Attempts:
    """Signs the attempts of one call, counts them, and decides whether there is another.

    Attributes:
        max_retries: How many attempts may follow the first. After a refused token, one with
            another token is made even where none is left; it counts, too.
        started: When the call began, by ``time.monotonic``.
    """

    request: Request
    tokens: TokenSource
    max_retries: int
    started: float
    count: int = 0
    _signed_again: bool = False

    def start(self, attempt: Attempt) -> None:
        """Sign and count an attempt; where no signature can be had in time, raise."""
        try:
            attempt.auth = self.tokens.auth(attempt.deadline)
        except AuthingMFAError as error:
            error.outcome_unknown = False
            raise
        if attempt.deadline.remaining <= 0:
            raise RequestTimeoutError("the deadline passed before the request could be sent")
        self.count += 1

    def pause_after(self, failed: Attempt, error: AuthingMFAError) -> float | None:
        """Return the seconds until the next attempt; None where there is to be none."""
        if failed.sent is None:  # it failed before an adapter had it, as without a token
            return None
        if isinstance(error, UnauthorizedError):
            return 0.0 if self._may_sign_again(failed) else None
        endpoint = self.request.endpoint
        if self.count > self.max_retries or not may_try_again(endpoint, error, failed.sent):
            return None
        wait = pause(self.count, failed.response.retry_after if failed.response else None)
        return wait if wait < failed.deadline.remaining else None

    def _may_sign_again(self, failed: Attempt) -> bool:
        """Return whether a call whose token was refused can be sent once more, with another one.

        One that is not idempotent can only where the service itself refused a token that had
        expired by then: so it was not carried out.
        """
        another = self.tokens.on_unauthorized(failed.auth) and not self._signed_again
        self._signed_again = True
        return another and (self.request.endpoint.idempotent or _token_had_expired(failed))


def _token_had_expired(failed: Attempt) -> bool:
    refused_by_service = failed.response is not None and failed.response.has_envelope
    return refused_by_service and isinstance(failed.auth, Bearer) and failed.auth.expired


def may_try_again(endpoint: Endpoint, error: AuthingMFAError, sent: bool) -> bool:
    """Return whether the same request may be sent once more.

    An idempotent one may after any transport failure and after a status that is temporary; any
    other one only if nothing of it was sent.
    """
    if isinstance(error, TransportError):
        return endpoint.idempotent or not sent
    is_temporary = isinstance(error, APIError) and error.status_code in RETRIED_STATUS_CODES
    return endpoint.idempotent and is_temporary


def is_outcome_unknown(endpoint: Endpoint, error: AuthingMFAError, sent: bool) -> bool:
    """Return whether a failed call may have taken effect: it was sent, and was not refused."""
    unclear = (TransportError, InvalidResponseError, ServerError, ThirdPartyError)
    return not endpoint.idempotent and sent and isinstance(error, unclear)


def pause(count: int, retry_after: float | None) -> float:
    """Return the seconds to wait: ``Retry-After``, else exponential back-off with full jitter."""
    if retry_after is not None:
        return retry_after
    longest = min(BACKOFF_CAP_SECONDS, BACKOFF_SECONDS * 2.0 ** min(count - 1, 10))
    return random.uniform(0, longest)  # noqa: S311  spreads load, guards nothing
