"""What goes out and what comes back: the words that session, adapter and envelope share."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import attrs

from ._endpoints import Endpoint


@attrs.define(kw_only=True, eq=False, repr=False)
class Call:
    """One call as the client means it; its contents may be secret.

    Attributes:
        params: Query parameters.
        json: Body as JSON, or None.
        form: Body as a form, or None.
    """

    endpoint: Endpoint
    params: Mapping[str, str] | None = None
    json: Any = None
    form: Mapping[str, str] | None = None


@attrs.define(kw_only=True, eq=False, repr=False)
class Answer:
    """One HTTP answer, read to its end.

    Attributes:
        retry_after: Seconds, from the header; None where absent or unreadable.
    """

    http_status: int
    body: bytes
    retry_after: float | None = None


class Deadline:
    """The moment at which a whole call must be over, on the monotonic clock."""

    __slots__ = ("at",)

    def __init__(self, at: float) -> None:
        self.at: float = at

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline that many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left; negative when it has passed."""
        return self.at - time.monotonic()
