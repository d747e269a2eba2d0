"""Fork while a thread refreshes; the child, whose tokens are at their end too, makes a call.

Run with what a client needs, as JSON, on standard input; prints how many factors the child saw.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from authing_mfa import AuthenticationClient, TokenSet

_PARENT = os.getpid()
_refreshing = threading.Event()
_may_go_on = threading.Event()


class _Waiting(HTTPAdapter):
    """In the parent, holds the refresh back until the child has made its call."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        if str(request.url).endswith("/oidc/token") and os.getpid() == _PARENT:
            _refreshing.set()
            _may_go_on.wait(20)
        return super().send(request, *args, **kwargs)


def main() -> int:
    """Return what the child returned."""
    given = json.load(sys.stdin)
    tokens = TokenSet.from_dict(given.pop("tokens"))
    with requests.Session() as session:
        session.mount("http://", _Waiting())
        client = AuthenticationClient(**given, access_token=tokens, session=session)
        thread = threading.Thread(target=client.list_enrolled_factors)
        thread.start()
        assert _refreshing.wait(10)
        child = os.fork()
        if child == 0:
            print(len(client.list_enrolled_factors()), flush=True)
            return 0
        _, status = os.waitpid(child, 0)
        _may_go_on.set()
        thread.join(20)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
