"""Writing a log line for each attempt, and reporting each call to ``on_call``."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, Final

from .._http.attempt import Attempt
from .._protocol.endpoints import Endpoint
from .._values.record import CallRecord
from .retry import Attempts

logger: Final = logging.getLogger("authing_mfa")
logger.addHandler(logging.NullHandler())

_CODES: Final = ("status_code", "api_code", "request_id")


def log_attempt(endpoint: Endpoint, attempt: Attempt, seconds: float) -> None:
    """Write the log line of an attempt; it holds no body, no header and no query."""
    if not logger.isEnabledFor(logging.DEBUG):
        return
    response, error = attempt.response, attempt.error or sys.exception()  # a hook's of the caller
    logger.debug(
        "%s %s: %s, statusCode %s, apiCode %s, requestId %s, %.0f ms",
        endpoint.method,
        endpoint.path,
        f"HTTP {response.http_status}" if response else type(error).__name__,
        *_codes(attempt).values(),
        seconds * 1000,
    )


def report_call(
    on_call: Callable[[CallRecord], object], attempts: Attempts, last: Attempt
) -> None:
    """Report a call to ``on_call``; warn where that raises."""
    record = CallRecord(
        method=attempts.request.endpoint.method,
        path=attempts.request.endpoint.path,
        http_status=last.response.http_status if last.response else None,
        tries=attempts.count,
        seconds=time.monotonic() - attempts.started,
        **_codes(last),
    )
    try:
        on_call(record)
    except Exception as error:
        logger.exception("on_call raised; the call itself is not affected")
        message = f"on_call raised {type(error).__name__}; the call itself is not affected"
    else:
        return
    # Where warnings are errors, this one must not take the place of the call's own error.
    ignored = (RuntimeWarning,) if last.error else ()
    with contextlib.suppress(*ignored):
        warnings.warn(message, RuntimeWarning, stacklevel=3)


def _codes(attempt: Attempt) -> dict[str, Any]:
    """Return the codes of a response, from its envelope or else from the error."""
    source = attempt.envelope or attempt.error
    return {name: getattr(source, name, None) for name in _CODES}
