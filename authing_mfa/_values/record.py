"""The record of a finished call."""

from __future__ import annotations

import attrs

from .base import Value


@attrs.frozen(kw_only=True)
class CallRecord(Value):
    """One finished call, for metrics and support tickets; holds no secret.

    Attributes:
        http_status: None where no response came.
        status_code: The envelope's; for a refusal without one, its HTTP status.
        tries: Attempts to send the request; 0 where it never came to one, since no token was to be
            had.
        seconds: How long the whole call took, waits included.
    """

    method: str
    path: str
    http_status: int | None
    status_code: int | None
    api_code: int | None
    request_id: str | None
    tries: int
    seconds: float
