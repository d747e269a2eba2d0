"""What goes out and what comes back: the words that session, adapter and envelope share."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import attrs

from ._endpoints import Endpoint
from .errors import ConfigurationError


@attrs.define(kw_only=True, eq=False, repr=False)
class Call:
    """One call as the client means it; its contents may be secret.

    Attributes:
        params: Query parameters.
        body: What is sent, empty for nothing.
        content_type: What the body is.
    """

    endpoint: Endpoint
    params: Mapping[str, str] | None = None
    body: bytes = b""
    content_type: str | None = None

    @classmethod
    def of(
        cls,
        endpoint: Endpoint,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Call:
        """Return a call with a JSON body, a form, or none.

        Raises:
            ConfigurationError: ``json`` holds what JSON cannot.
        """
        call = cls(endpoint=endpoint, params=params)
        if form is not None:
            call.content_type = "application/x-www-form-urlencoded"
            call.body = urlencode(form).encode()
        elif json is not None:
            call.content_type = "application/json"
            call.body = _to_json(json)
        return call


def _to_json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        kind = type(error).__name__
    raise ConfigurationError(f"json: wanted JSON types only; writing it raised {kind}")


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
