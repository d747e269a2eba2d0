"""Other libraries in the same process: each call works, and nobody gets another's answer."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses

from authing_mfa import ConnectionFailedError
from tests.support.sets import require
from tests.support.wire import make_client

FUTURE = os.environ.get("AUTHING_URLLIB3_FUTURE_PYTHON")
"""A Python in which urllib3-future stands in urllib3's place; `make interop` makes one."""

ROOT = Path(__file__).parent.parent

# A service that answers each user by their own token, and lets everybody keep its answers.
SERVICE = """
import http.server, json, threading

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen.append((self.command, self.headers["Authorization"]))
        if self.command == "POST" and drops:
            drops.pop()
            self.close_connection = True
            return
        factor = {"factorId": self.headers["Authorization"], "factorType": "SMS",
                  "profile": {"phoneNumber": "188xxxx8888", "phoneCountryCode": "+86"}}
        data = factor if self.command == "GET" else None
        body = json.dumps({"statusCode": 200, "message": "", "data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "public, max-age=600")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass

seen, drops = [], []
service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=service.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{service.server_port}"
"""
USERS = """
def ask(url, **options):
    from authing_mfa import AuthenticationClient, AuthingMFAError

    told = []
    for user in ("anna", "ben", "anna"):
        with AuthenticationClient(app_id="app_example", app_host=url, access_token=user,
                                  max_retries=2, **options) as client:
            told.append(client.get_factor("f_1").factor_id)
            client.reset_factor("f_1")
    return told
"""
ALL = ["Bearer anna", "Bearer ben", "Bearer anna"]


def run(program: str, python: str = sys.executable) -> Any:
    """Return what a program prints as JSON; it is to end well."""
    parts = (SERVICE, USERS, textwrap.dedent(program))
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [python, "-W", "ignore", "-c", "\n".join(parts)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


CACHES = {
    "given": """
        import requests_cache
        print(json.dumps(ask(url, session=requests_cache.CachedSession(backend="memory"))))
    """,
    "given, and always serving": """
        import requests_cache
        session = requests_cache.CachedSession(
            backend="memory", expire_after=-1, stale_if_error=True, stale_while_revalidate=True,
            allowable_methods=["GET", "POST"], cache_control=False,
        )
        print(json.dumps(ask(url, session=session)))
    """,
    "given, and filled by somebody else": """
        import requests_cache
        session = requests_cache.CachedSession(backend="memory", expire_after=-1)
        eve = {"Authorization": "Bearer eve"}
        session.get(f"{url}/api/v3/get-factor?factorId=f_1", headers=eve)
        print(json.dumps(ask(url, session=session)))
    """,
    "installed before the import": """
        import requests_cache
        requests_cache.install_cache(backend="memory")
        print(json.dumps(ask(url)))
    """,
    "installed after the import": """
        import authing_mfa, requests_cache
        requests_cache.install_cache(backend="memory")
        print(json.dumps(ask(url)))
    """,
    "installed, with a session of the callers": """
        import authing_mfa, requests_cache
        requests_cache.install_cache(backend="memory")
        import requests
        print(json.dumps(ask(url, session=requests.Session())))
    """,
}


@pytest.mark.slow
@pytest.mark.parametrize("program", CACHES.values(), ids=CACHES)
def test_cache_never_serves_one_user_what_another_was_told(program: str) -> None:
    require("neighbours", "requests_cache")
    assert run(program) == ALL


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_mocket_answers_in_the_services_place(scheme: str) -> None:
    require("neighbours", "mocket")
    host = "demo.example.com" if scheme == "https" else "localhost:8765"
    program = f"""
    from mocket import mocketize
    from mocket.mocks.mockhttp import Entry

    @mocketize
    def go():
        host = "{scheme}://{host}"
        factor = {{"factorId": "mocked", "factorType": "SMS", "profile": {{}}}}
        Entry.single_register(
            Entry.GET, host + "/api/v3/get-factor?factorId=f_1",
            body=json.dumps({{"statusCode": 200, "message": "", "data": factor}}),
        )
        Entry.single_register(
            Entry.POST, host + "/api/v3/reset-factor", body='{{"statusCode": 200, "message": ""}}'
        )
        return ask(host)

    print(json.dumps([go(), seen]))
    """
    assert run(program) == [["mocked"] * 3, []]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_httpretty_answers_in_the_services_place(scheme: str) -> None:
    require("neighbours", "httpretty")
    host = "demo.example.com" if scheme == "https" else "localhost:8765"
    # With allow_net_connect=False, httpretty 1.1.4 breaks requests itself on recent urllib3.
    program = f"""
    import httpretty

    host = "{scheme}://{host}"
    factor = {{"factorId": "mocked", "factorType": "SMS", "profile": {{}}}}
    httpretty.enable(allow_net_connect=True)
    httpretty.register_uri(
        httpretty.GET, host + "/api/v3/get-factor",
        body=json.dumps({{"statusCode": 200, "message": "", "data": factor}}),
    )
    httpretty.register_uri(
        httpretty.POST, host + "/api/v3/reset-factor", body='{{"statusCode": 200, "message": ""}}'
    )
    print(json.dumps([ask(host), seen]))
    """
    assert run(program) == [["mocked"] * 3, []]


# A connection that is not urllib3's own, and relies on what its parts hand on; it stands for
# urllib3-future's, which is tried for real where there is one.
SWAPPED = """
    import urllib3
    from urllib3.connection import HTTPConnection

    class Swapped(HTTPConnection):
        def endheaders(self, *args, **kwargs):
            super().endheaders(*args, **kwargs)
            return "promised"

        def request(self, *args, **kwargs):
            super().request(*args, **kwargs)
            assert "promised" == self.promise

        def _send_output(self, *args, **kwargs):
            self.promise = "promised"
            return super()._send_output(*args, **kwargs)

    urllib3.HTTPConnectionPool.ConnectionCls = Swapped
"""
LOST_WRITE = """
    drops.append(True)
    from authing_mfa import AuthenticationClient, AuthingMFAError
    with AuthenticationClient(app_id="app_example", app_host=url, access_token="anna") as client:
        try:
            client.reset_factor("f_1")
        except AuthingMFAError as error:
            print(json.dumps([type(error).__name__, error.outcome_unknown, len(seen)]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "then", ["print(json.dumps(ask(url)))", LOST_WRITE], ids=["calls", "lost"]
)
def test_swapped_connections_are_used_as_requests_would(then: str) -> None:
    wanted = ALL if "ask" in then else ["ConnectionFailedError", True, 1]
    assert run(textwrap.dedent(SWAPPED) + textwrap.dedent(then)) == wanted


@pytest.mark.skipif(FUTURE is None, reason="needs an environment of its own: `make interop`")
@pytest.mark.parametrize(
    "then", ["print(json.dumps(ask(url)))", LOST_WRITE], ids=["calls", "lost"]
)
def test_urllib3_future_in_urllib3s_place_sends(then: str) -> None:
    wanted = ALL if "ask" in then else ["ConnectionFailedError", True, 1]
    assert FUTURE is not None
    assert run(then, python=FUTURE) == wanted


def test_unmatched_mock_leaves_nothing_that_was_registered_in_the_error() -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.add(responses.GET, "https://demo.example.com/registered", json={})
        with pytest.raises(ConnectionFailedError) as caught:
            make_client().get_factor("f_1")
        told = list(_texts(caught.value))
    assert [text for text in told if "registered" in text] == []
    assert "/api/v3/get-factor" in told


def _texts(error: BaseException) -> Iterator[str]:
    """Yield every text that is reachable from an error, its frames in the package included."""
    seen: set[int] = set()
    todo: list[Any] = [error, error.__traceback__, error.__context__, error.__cause__]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, (type, types.ModuleType, types.CodeType)):
            continue
        seen.add(id(thing))
        if isinstance(thing, str):
            yield thing
        elif isinstance(thing, types.TracebackType):
            ours = "authing_mfa" in thing.tb_frame.f_code.co_filename
            todo += [thing.tb_next, *(thing.tb_frame.f_locals.values() if ours else ())]
        elif not isinstance(thing, (types.FrameType, types.FunctionType)):
            todo += gc.get_referents(thing)
