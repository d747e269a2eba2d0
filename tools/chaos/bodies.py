"""What the chaos server answers to each path when all is well: the wire, written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from . import marks


def _factor(number: int) -> dict[str, Any]:
    profile = {"phoneNumber": marks.PHONE, "phoneCountryCode": "+86"}
    return {"factorId": marks.factor_id(number), "factorType": "SMS", "profile": profile}


DATA: Final[dict[str, Callable[[int], Any]]] = {
    "/api/v3/get-factor": _factor,
    "/api/v3/list-enrolled-factors": lambda number: [_factor(number)],
    "/api/v3/list-factors-to-enroll": lambda number: [{"factorType": marks.label(number)}],
    "/api/v3/send-enroll-factor-request": lambda number: {
        "enrollmentToken": f"{marks.ENROLLMENT}-{marks.label(number)}"
    },
    "/api/v3/enroll-factor": lambda _: None,
    "/api/v3/reset-factor": lambda _: None,
    "/api/v3/mfa-totp-verify": lambda _: {"verified": True},
}


def good(path: str, number: int) -> bytes:
    """Return the body of the answer that the call wants; introspection's has no envelope."""
    if path == "/mfa/token/introspection":
        bare = {"active": True, "userId": marks.label(number), "note": marks.ANSWER}
        return json.dumps(bare).encode()
    data = DATA[path](number)
    envelope = {"statusCode": 200, "message": "", "note": marks.ANSWER, "data": data}
    return json.dumps(envelope).encode()
