"""Make many clients, use each once and let it go; print what is left of them, as JSON.

Run with what to do as JSON on standard input.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
from pathlib import Path
from typing import Any

from authing_mfa import AuthenticationClient

_DESCRIPTORS = Path("/proc/self/fd")


def _client(given: dict[str, Any]) -> AuthenticationClient:
    return AuthenticationClient(
        app_id="app_example",
        app_host=given["url"],
        access_token="example-token",
        **given["options"],
    )


def dropped(given: dict[str, Any]) -> None:
    """Use a client and forget to close it."""
    _client(given).get_factor("f_1")


def closed(given: dict[str, Any]) -> None:
    """Use a client and close it."""
    with _client(given) as client:
        client.get_factor("f_1")


def _open() -> int:
    return len(list(_DESCRIPTORS.iterdir()))


def _measured() -> dict[str, int]:
    gc.collect()
    return {
        "descriptors": _open(),
        "threads": threading.active_count(),
        "blocks": sys.getallocatedblocks(),
    }


def main() -> None:
    given = json.load(sys.stdin)
    leave = {"dropped": dropped, "closed": closed}[given["way"]]
    most = 0
    for _ in range(20):  # what is made once and kept is made
        leave(given)
    before = _measured()
    for _ in range(given["count"]):
        leave(given)
        most = max(most, _open())
    after = _measured()
    print(json.dumps({"before": before, "after": after, "most_descriptors": most}))


if __name__ == "__main__":
    main()
