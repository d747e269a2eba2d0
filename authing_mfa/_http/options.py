"""The options of reaching the service, which both clients take by the same names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from .._secrets import without_password
from .._values import arguments
from .._values.record import CallRecord

TIMEOUT: Final = (3.05, 10)
DEADLINE: Final = 30
MAX_RETRIES: Final = 2
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""A body is read up to this many bytes, counted after decompression."""


def _deadline(value: object) -> float:
    return arguments.seconds("deadline", value)


def _max_retries(value: object) -> int:
    return arguments.count("max_retries", value)


def _on_call(value: object) -> Any:
    return arguments.callback("on_call", value)


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Options:
    """Holds how the service is reached, checked.

    Attributes:
        host: Scheme and host, checked by the client.

    Raises:
        ConfigurationError: One cannot work.
    """

    host: str
    timeout: tuple[float, float] = attrs.field(converter=arguments.timeout)
    deadline: float = attrs.field(converter=_deadline)
    max_retries: int = attrs.field(converter=_max_retries)
    verify: bool | str = attrs.field(converter=arguments.verify)
    proxies: dict[str, str] | None = attrs.field(converter=arguments.proxies)
    on_call: Callable[[CallRecord], object] | None = attrs.field(converter=_on_call)

    def arguments(self, with_secrets: bool) -> dict[str, Any]:
        """Return all but the host by name, without the proxies' passwords unless wanted."""
        options = attrs.asdict(self, recurse=False, filter=lambda field, _: field.name != "host")
        if self.proxies and not with_secrets:
            options["proxies"] = {
                scheme: without_password(url) for scheme, url in self.proxies.items()
            }
        return options
