"""Reading what a JWT claims. Nothing is verified: the service, not this package, trusts it."""

from __future__ import annotations

import base64
import json
from typing import Any


def claims(token: str) -> dict[str, Any]:
    """Return the payload of a JWT; empty for a token that is none."""
    try:
        payload = token.split(".")[1]
        padded = payload + "=" * (-len(payload) % 4)
        value = json.loads(base64.urlsafe_b64decode(padded))
    except (IndexError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
