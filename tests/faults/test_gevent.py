"""Greenlets keep their calls apart, whenever and however far gevent has patched."""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.sets import require

from . import acts
from .programs import ended, running, told
from .server import Act, Arrival, Server, Steps

require("neighbours", "gevent")

LENIENT = ("-X", "dev", "-W", "ignore")
"""gevent warns of patching late, which is what these programs are about."""

# Two calls interleave: a slow one whose connection goes after the deadline of a fast one.
PROGRAM = """
    import json, sys
    {before}
    import authing_mfa
    from authing_mfa import AuthenticationClient, AuthingMFAError
    given = json.load(sys.stdin)
    made = []

    def client(**options):
        made.append(AuthenticationClient(
            app_id="app_example", app_host=given["url"], access_token="example-token", **options
        ))
        return made[-1]

    slow = client(deadline=20, timeout=(5, 10), max_retries=2)
    fast = client(deadline=0.3, max_retries=0)
    {after}
    import gevent

    def outcome(call):
        try:
            call()
        except AuthingMFAError as error:
            return [type(error).__name__, error.outcome_unknown]
        return "done"

    def reset(number):
        return lambda: slow.reset_factor(f"slow_{{number}}")

    writes = [gevent.spawn(outcome, reset(number)) for number in range(5)]
    gevent.sleep(0.1)
    late = [gevent.spawn(outcome, lambda: fast.reset_factor("fast")) for _ in range(3)]
    reads = [gevent.spawn(outcome, lambda n=n: slow.get_factor(f"f_{{n}}")) for n in range(3)]
    gevent.joinall(writes + late + reads)
    for each in made:
        each.close()
    print(json.dumps([[one.value for one in kind] for kind in (writes, late, reads)]))
"""
PATCHES = {
    "before the import": ("import gevent.monkey; gevent.monkey.patch_all()", ""),
    "after the import": ("", "import gevent.monkey; gevent.monkey.patch_all()"),
    "before, without threads": (
        "import gevent.monkey; gevent.monkey.patch_all(thread=False)",
        "",
    ),
    "after, without threads": ("", "import gevent.monkey; gevent.monkey.patch_all(thread=False)"),
}


def _slowly(arrival: Arrival) -> Steps:
    """Answer a write after a while, or not at all where it is one that drops."""
    yield 0.8
    if b"slow_0" in arrival.body:
        raise ConnectionAbortedError
    if arrival.method == "GET":
        yield from acts.echo.steps(arrival)
    else:
        yield acts.whole(acts.envelope())


SLOWLY = Act(steps=_slowly)


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), PATCHES.values(), ids=PATCHES)
def test_calls_of_greenlets_keep_apart(server: Server, before: str, after: str) -> None:
    server.plan(SLOWLY)
    program = PROGRAM.format(before=before, after=after)
    writes, late, reads = told(program, {"url": server.url}, flags=LENIENT)
    assert writes == [["ConnectionFailedError", True]] + ["done"] * 4
    assert late == [["RequestTimeoutError", True]] * 3
    assert reads == ["done"] * 3
    bodies = sorted(it.body.decode() for it in server.arrivals if it.method == "POST")
    assert len([body for body in bodies if "slow_" in body]) == 5
    assert len(bodies) == 8


SITE = """
import os
from authing_mfa import AuthenticationClient, AuthingMFAError, TokenSet

client = AuthenticationClient(
    app_id="app_example", app_host=os.environ["EXAMPLE_HOST"], deadline=20, timeout=(5, 10)
)

def application(environ, start_response):
    path = environ["PATH_INFO"].strip("/")
    user = client.as_user("token-" + path)
    try:
        user.reset_factor("slow_" + path)
        said = "done"
    except AuthingMFAError as error:
        said = f"{type(error).__name__} {error.outcome_unknown}"
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said.encode()]
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture
def site(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, int]]:
    """Serve the site by gunicorn's gevent workers, which patch after it was loaded."""
    require("neighbours", "gunicorn")
    (tmp_path / "example_site.py").write_text(SITE)
    monkeypatch.setenv("EXAMPLE_HOST", server.url)
    port = _free_port()
    arguments = ("-k", "gevent", "--preload", "-w", "1", "--chdir", str(tmp_path))
    program = f"""
        import sys
        from gunicorn.app.wsgiapp import run
        sys.argv[1:] = {[*arguments, "-b", f"127.0.0.1:{port}", "example_site:application"]!r}
        run()
    """
    with running(program, flags=LENIENT) as process:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield "127.0.0.1", port
        process.send_signal(signal.SIGTERM)
        ended(process)


def _ask(address: tuple[str, int], path: str) -> socket.socket:
    asking = socket.create_connection(address, 20)
    asking.sendall(f"GET /{path} HTTP/1.0\r\nHost: example\r\n\r\n".encode())
    return asking


def _said(asking: socket.socket) -> Any:
    with asking, asking.makefile("rb") as reader:
        return reader.read().rpartition(b"\r\n\r\n")[2].decode()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn forks")
def test_requests_of_a_preloaded_site_keep_apart(server: Server, site: tuple[str, int]) -> None:
    server.plan(SLOWLY)
    asking = [_ask(site, str(number)) for number in range(8)]
    said = [_said(one) for one in asking]
    assert said == ["ConnectionFailedError True"] + ["done"] * 7
    assert len(server.arrivals) == 8
    for arrival in server.arrivals:
        number = arrival.body.decode().partition("slow_")[2][0]
        assert arrival.token == f"Bearer token-{number}"


REFRESHING = """
    import json, sys, time
    from datetime import datetime, timedelta, timezone
    from authing_mfa import AuthenticationClient, AuthingMFAError, TokenSet
    given = json.load(sys.stdin)
    client = AuthenticationClient(app_id="app_example", app_secret="example", deadline=6,
                                  app_host=given["url"], max_retries=0)
    old = TokenSet(access_token="example-old", refresh_token="example-refresh",
                   expires_at=datetime.now(timezone.utc) - timedelta(seconds=1))
    user = client.as_user(old, on_new_tokens=lambda tokens: None)
    import gevent.monkey; gevent.monkey.patch_all()
    import gevent
    beats = []

    def beat():
        while True:
            beats.append(time.monotonic())
            gevent.sleep(0.05)

    pulse = gevent.spawn(beat)
    calls = [gevent.spawn(user.get_factor, f"f_{number}") for number in range(3)]
    gevent.joinall(calls)
    pulse.kill()
    client.close()
    pauses = [later - sooner for sooner, later in zip(beats, beats[1:])]
    print(json.dumps([[call.value and call.value.factor_id for call in calls], max(pauses)]))
"""


def _tokens(arrival: Arrival) -> Steps:
    if arrival.method == "GET":
        yield from acts.echo.steps(arrival)
        return
    yield 0.8
    fresh = {"access_token": "example-new", "refresh_token": "example-next", "expires_in": 600}
    yield acts.whole(json.dumps({**fresh, "token_type": "Bearer"}).encode())


@pytest.mark.slow
def test_greenlets_wait_for_one_refresh_without_stopping_others(server: Server) -> None:
    server.plan(Act(steps=_tokens))
    found, longest = told(REFRESHING, {"url": server.url}, flags=LENIENT)
    assert found == ["f_0", "f_1", "f_2"]
    assert longest < 0.7
    assert [it.target for it in server.arrivals if it.method == "POST"] == ["/oidc/token"]
