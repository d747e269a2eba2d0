"""No thread, socket or file descriptor stays behind, and a fork takes nothing with it."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from authing_mfa import AuthenticationClient, AuthingMFAError

from . import acts, marks
from .promises import get_factor
from .server import Server

DESCRIPTORS = Path("/proc/self/fd")
FAULTS = (
    acts.drop_unread,
    acts.drop_after_reading,
    acts.reset_in_body,
    acts.cut_body,
    acts.never_answer,
    acts.drip_body,
    acts.flood_body,
    acts.page("200 OK"),
    acts.long_header,
    acts.redirect("http://127.0.0.1:9/"),
)
FORK = """
    import os, sys
    from authing_mfa import AuthenticationClient

    with AuthenticationClient(app_id="app_example", app_host=sys.argv[1],
                              access_token="example-token", max_retries=0) as client:
        assert "parent-1" == client.get_factor("parent-1").factor_id
        child = os.fork()
        if not child:
            try:
                assert "child" == client.get_factor("child").factor_id
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        assert "parent-2" == client.get_factor("parent-2").factor_id
        _, status = os.waitpid(child, 0)
        assert 0 == status, status
        assert "parent-3" == client.get_factor("parent-3").factor_id
"""


def _descriptors() -> int:
    return len(list(DESCRIPTORS.iterdir()))


def _fall_to(count: int) -> int:
    """Wait until no more descriptors than `count` are open, five seconds at most."""
    patience = time.monotonic() + 5
    while _descriptors() > count and time.monotonic() < patience:
        time.sleep(0.02)
    return _descriptors()


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="counts descriptors in /proc")
def test_faulty_calls_leave_nothing_open(server: Server) -> None:
    gc.collect()
    before = _descriptors()
    threads = set(threading.enumerate())
    with AuthenticationClient(
        app_id="app_example",
        app_host=server.url,
        access_token=marks.TOKEN,
        timeout=(1, 0.06),
        deadline=0.06,
        max_retries=0,
    ) as client:
        for act in FAULTS:
            server.plan(act)
            with pytest.raises(AuthingMFAError):
                get_factor(client)
    assert before >= _fall_to(before)
    strangers = set(threading.enumerate()) - threads
    assert [it.name for it in strangers if not it.name.startswith("server:")] == []


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="counts descriptors in /proc")
def test_closed_client_holds_no_connection(server: Server) -> None:
    gc.collect()
    before = _descriptors()
    server.plan(acts.echo)
    with AuthenticationClient(
        app_id="app_example", app_host=server.url, access_token=marks.TOKEN
    ) as client:
        get_factor(client)
    assert before >= _fall_to(before)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_fork_takes_a_connection_of_its_own(server: Server) -> None:
    server.plan(acts.echo)
    command = [sys.executable, "-W", "default", "-c", textwrap.dedent(FORK), server.url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    used = {it.target.partition("factorId=")[2]: it.connection for it in server.arrivals}
    assert used["parent-1"] == used["parent-2"] == used["parent-3"] != used["child"]
