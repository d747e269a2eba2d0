"""Whether a picture is still handed out at its address."""

from __future__ import annotations

import requests


def is_handed_out(address: str) -> bool:
    """Ask for a picture once more."""
    try:
        return requests.get(address, timeout=5).ok
    except requests.ConnectionError:
        return False
