"""What a route is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from .. import wire
from ..context import Context
from ..wire import Request

Handler = Callable[[Context, Request], Any]
Table = dict[tuple[str, str], "Route"]

NOTHING = object()
"""What a handler returns where even the body is empty."""


@attrs.frozen
class Route:
    """A handler, and how what it returns or refuses is written.

    Args:
        form: `plain` or `applications`, where a path has two forms.
        plain_http: whether a refusal has its status code as its HTTP status.
        limited: whether it counts for the calls a second that the pool may make.
    """

    handle: Handler
    write: wire.Writer = wire.v3
    refuse: wire.Refuser = wire.v3_refused
    form: str | None = None
    plain_http: bool = False
    limited: bool = False
