"""What goes out and what comes back: the words that session, adapter and envelope share."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from .._secrets import Sealed, concealed_in, printable, scrub
from ..errors import ConfigurationError
from . import clock
from .endpoints import Endpoint

_LONGEST_TEXT: Final = 500


class Call:
    """One call as the client means it; its contents may be secret.

    Attributes:
        params: Query parameters.
        body: What is sent, empty for nothing.
        content_type: What the body is.
    """

    __slots__ = ("_contents", "body", "content_type", "endpoint", "params")

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a call with a JSON body, a form, or none.

        Raises:
            ConfigurationError: ``json`` holds what JSON cannot.
        """
        self.endpoint: Endpoint = endpoint
        self.params: Mapping[str, str] | None = params
        self._contents = (params, json, form)
        self.body: bytes = b""
        self.content_type: str | None = None
        if form is not None:
            self.content_type = "application/x-www-form-urlencoded"
            self.body = urlencode(form).encode()
        elif json is not None:
            self.content_type = "application/json"
            self.body = to_json(json)

    def secrets(self) -> list[str]:
        """Return the secret texts that the call sends."""
        parts = (part for part in self._contents if part is not None)
        return [text for part in parts for text in concealed_in(part)]


def to_json(value: Any) -> bytes:
    """Write JSON types, which may be sealed.

    Raises:
        ConfigurationError: They are none.
    """
    sealed = value if isinstance(value, Sealed) else Sealed(value)
    try:
        return json.dumps(sealed.open(), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        kind = type(error).__name__
    raise ConfigurationError(f"json: wanted JSON types only; writing it raised {kind}")


class Answer:
    """One HTTP answer, read to its end.

    Attributes:
        retry_after: Seconds, from the header; None where absent or unreadable.
        secrets: What was secret in the request; the service may repeat it.
        has_envelope: Whether the body is an envelope of the service's, which a proxy's is not.
    """

    __slots__ = ("body", "has_envelope", "http_status", "retry_after", "secrets")

    def __init__(self, *, http_status: int, body: bytes, retry_after: float | None = None) -> None:
        self.http_status: int = http_status
        self.body: bytes = body
        self.retry_after: float | None = retry_after
        self.secrets: Sequence[str] = ()
        self.has_envelope: bool = False

    def text(self, value: object) -> str:
        """Return what the service says, fit to be shown; empty for what is no text."""
        if not isinstance(value, str) or not value:
            return ""
        return printable(scrub(value, self.secrets))[:_LONGEST_TEXT]


class Deadline:
    """The moment at which a whole call must be over, also if the machine slept meanwhile."""

    __slots__ = ("at",)

    def __init__(self, at: float) -> None:
        self.at: float = at

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline that many seconds from now."""
        return cls(clock.now() + seconds)

    @property
    def left(self) -> float:
        """Seconds left; negative when it has passed."""
        return self.at - clock.now()
