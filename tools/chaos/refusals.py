"""Acts by which the service says no."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from .acts import Act, Outcome, Scene, Steps, say, sized
from .marks import ANSWER

_ERRORS: Final = {
    400: "InvalidArgumentError",
    401: "UnauthorizedError",
    402: "PaymentNeededError",
    403: "ForbiddenError",
    404: "NotFoundError",
    409: "ConflictError",
    413: "PayloadTooLargeError",
    422: "InvalidOperationError",
    451: "ClientError",
    499: "ClientError",
    500: "ServerError",
    501: "ServerError",
    601: "ThirdPartyError",
}
_PAGE: Final = f"<html><body>{ANSWER}</body></html>".encode()


def _envelope(status: int, api_code: int | None = None) -> bytes:
    data = {"note": ANSWER}
    return json.dumps({"statusCode": status, "apiCode": api_code, "data": data}).encode()


def _say(body: bytes, http: str, *headers: str) -> Callable[[Scene], Steps]:
    return say(sized(body, *headers, status=http))


def _refusals(status: int, error: str) -> tuple[Act, ...]:
    outcome = Outcome(error, status=status)
    in_envelope = Act("refuse", f"{status} with 200", outcome, _say(_envelope(status), "200 OK"))
    in_both = Act("refuse", f"{status}", outcome, _say(_envelope(status), f"{status} No"))
    return (in_envelope, in_both) if status < 600 else (in_envelope,)


REFUSE: Final = (
    *(act for status, error in _ERRORS.items() for act in _refusals(status, error)),
    Act(
        "refuse",
        "a wrong code",
        Outcome("CodeRejectedError", status=400),
        _say(_envelope(400, 6001), "200 OK"),
    ),
    Act("refuse", "404 as a page", Outcome("NotFoundError", status=404), _say(_PAGE, "404 No")),
    Act("refuse", "500 as a page", Outcome("ServerError", status=500), _say(_PAGE, "500 No")),
)


def _unavailable(status: int) -> tuple[Act, ...]:
    outcome = Outcome("ServerError", again=True, status=status)
    return (
        Act("busy", f"{status} with 200", outcome, _say(_envelope(status), "200 OK")),
        Act("busy", f"{status}", outcome, _say(_envelope(status), f"{status} No")),
        Act("busy", f"{status} as a page", outcome, _say(_PAGE, f"{status} No")),
    )


BUSY: Final = tuple(act for status in (502, 503, 504) for act in _unavailable(status))


def _throttle(name: str, retry_after: float | None, *headers: str, again: bool = True) -> Act:
    outcome = Outcome("ThrottleError", again, 429, retry_after)
    return Act("throttle", name, outcome, _say(_envelope(429), "429 Too Many", *headers))


THROTTLE: Final = (
    _throttle("without a time", None),
    _throttle("at once", 0.0, "Retry-After: 0"),
    _throttle("soon", 0.05, "Retry-After: 0.05"),
    _throttle("in the past", 0.0, "Retry-After: Thu, 01 Jan 2015 00:00:00 GMT"),
    _throttle("no time", None, "Retry-After: soon"),
    _throttle("a time twice", None, "Retry-After: 0", "Retry-After: 0"),
    _throttle("beyond the deadline", 30.0, "Retry-After: 30", again=False),
)
