"""Whole answers of the service, by name; README.md says where each shape comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the name of every payload."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def raw(name: str) -> bytes:
    """Return one payload as it comes over the wire."""
    return (_FOLDER / f"{name}.json").read_bytes()


def read(name: str) -> Any:
    """Return one payload as JSON types."""
    return json.loads(raw(name))
