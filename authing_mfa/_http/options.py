"""The options of reaching the service, which both clients take by the same names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from .. import _arguments
from .._secrets import without_password
from .._values.record import CallRecord

TIMEOUT: Final = (3.05, 10)
DEADLINE: Final = 30
MAX_RETRIES: Final = 2


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Options:
    """How to reach the service.

    Attributes:
        host: Scheme and host, checked.

    Raises:
        ConfigurationError: One cannot work.
    """

    host: str
    timeout: tuple[float, float] = attrs.field(converter=_arguments.timeout)
    deadline: float = attrs.field(converter=lambda it: _arguments.seconds("deadline", it))
    max_retries: int = attrs.field(converter=lambda it: _arguments.count("max_retries", it))
    verify: bool | str = attrs.field(converter=_arguments.verify)
    proxies: dict[str, str] | None = attrs.field(converter=_arguments.proxies)
    on_call: Callable[[CallRecord], object] | None = attrs.field(
        converter=lambda it: _arguments.callback("on_call", it)
    )

    def arguments(self, with_secrets: bool) -> dict[str, Any]:
        """Return all but the host by name, without the proxies' passwords unless wanted."""
        options = attrs.asdict(self, recurse=False, filter=lambda field, _: field.name != "host")
        if self.proxies and not with_secrets:
            options["proxies"] = {
                scheme: without_password(url) for scheme, url in self.proxies.items()
            }
        return options
