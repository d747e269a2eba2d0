"""Which failures are tried again, after how long, and whether their outcome is known."""

from __future__ import annotations

import random
from typing import Final

from ._protocol.endpoints import Endpoint
from .errors import (
    APIError,
    AuthingMFAError,
    InvalidResponseError,
    ServerError,
    ThirdPartyError,
    TransportError,
)

BACKOFF_SECONDS: Final = 0.2
"""Longest wait before the second try; it doubles with each further one."""
BACKOFF_CAP_SECONDS: Final = 5.0
RETRIED_STATUS_CODES: Final = frozenset({429, 502, 503, 504})


def may_try_again(endpoint: Endpoint, error: AuthingMFAError, left: bool) -> bool:
    """Tell whether the same call may be sent once more.

    A read may after any transport failure and after a status that passes by itself; a write only
    if it surely never left.
    """
    if isinstance(error, TransportError):
        return endpoint.safe or not left
    return (
        endpoint.safe and isinstance(error, APIError) and error.status_code in RETRIED_STATUS_CODES
    )


def is_outcome_unknown(endpoint: Endpoint, error: AuthingMFAError, left: bool) -> bool:
    """Tell whether a failed write may have taken effect: it left, and nobody refused it."""
    unclear = (TransportError, InvalidResponseError, ServerError, ThirdPartyError)
    return not endpoint.safe and left and isinstance(error, unclear)


def pause(tries: int, retry_after: float | None) -> float:
    """Return the seconds to wait: the service's word, else exponential with full jitter."""
    if retry_after is not None:
        return retry_after
    longest = min(BACKOFF_CAP_SECONDS, BACKOFF_SECONDS * 2.0 ** min(tries - 1, 10))
    return random.uniform(0, longest)  # noqa: S311  spreads load, guards nothing
