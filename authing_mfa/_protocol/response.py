"""Hold one HTTP response, read to its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from .._secrets import printable, scrub

_LONGEST_TEXT: Final = 500


@attrs.define(eq=False, repr=False, kw_only=True)
class Response:
    """One HTTP response, read to its end.

    Attributes:
        retry_after: Seconds, from the header; None where absent or unreadable.
        secrets: The secret texts of the request, which the service may repeat.
        has_envelope: Whether the body is an envelope of the service's, which a proxy's is not.
    """

    http_status: int
    body: bytes = attrs.field(repr=False)  # rich shows the fields of any attrs class
    retry_after: float | None = None
    secrets: Sequence[str] = attrs.field(default=(), repr=False)
    has_envelope: bool = False

    def text(self, value: object) -> str:
        """Return a text of the service, fit to be shown; empty for what is no text."""
        if not isinstance(value, str) or not value:
            return ""
        return printable(scrub(value, self.secrets))[:_LONGEST_TEXT]
