"""Inputs to begin with, out of the payloads that the tests have anyway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_PAYLOADS = Path(__file__).parents[2] / "tests" / "support" / "payloads"


def payloads() -> dict[str, bytes]:
    """Return each payload by its name, without the spaces that make it readable."""
    return {
        path.stem: json.dumps(json.loads(path.read_bytes()), ensure_ascii=False).encode()
        for path in sorted(_PAYLOADS.glob("*.json"))
    }


def payload_data() -> dict[str, Any]:
    """Return the `data` of each payload that has some, or the whole of a bare one."""
    bodies = {name: json.loads(body) for name, body in payloads().items()}
    found = {name: body.get("data", body) for name, body in bodies.items()}
    return {name: data for name, data in found.items() if data}


def keys() -> list[str]:
    """Return every key of every payload."""
    found: set[str] = set()

    def note(pairs: list[tuple[str, Any]]) -> None:
        found.update(key for key, _ in pairs)

    for body in payloads().values():
        json.loads(body, object_pairs_hook=note)
    return sorted(found)
