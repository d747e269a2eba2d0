"""A program ends at once and without a word, whatever its client is in the middle of."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

import pytest

from . import acts
from .programs import ended, running
from .server import Act, Arrival, Server, Steps

pytestmark = pytest.mark.slow

BEGIN = """
    import atexit, sys, threading
    from authing_mfa import AuthenticationClient, AuthingMFAError

    client = AuthenticationClient(app_id="app_example", app_host=sys.argv[1],
                                  access_token="example-token", deadline=300, timeout=300)

    def call(name="f_1"):
        print(client.get_factor(name).factor_id, flush=True)
"""

ENDS = {
    "at its last line": ("call()", 0, "f_1\n"),
    "without a call": ("", 0, ""),
    "by sys.exit": ("call(); sys.exit(3)", 3, "f_1\n"),
    "inside the client's block": ("with client: call(); sys.exit(3)", 3, "f_1\n"),
    "with handles": ("call(); kept = [client.as_user(str(n)) for n in range(99)]", 0, "f_1\n"),
    "with an error kept": (
        """
        try:
            client.request("GET", "/api/v3/example")
        except AuthingMFAError as error:
            kept = error
        """,
        0,
        "",
    ),
    "with a call at exit": ("call(); atexit.register(call, 'f_2')", 0, "f_1\nf_2\n"),
    "with a closing __del__": (
        """
        class Holder:
            def __del__(self):
                client.close()
        holder = Holder()
        call()
        """,
        0,
        "f_1\n",
    ),
    "with a cycle around the client": ("client.itself = client; call()", 0, "f_1\n"),
}

THREAD = """
    thread = threading.Thread(target=call, daemon={daemon})
    thread.start()
    sys.stdin.readline()
"""

INTERRUPTED = """
    try:
        call()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    call("f_2")
"""


def _program(rest: str) -> str:
    return textwrap.dedent(BEGIN) + textwrap.dedent(rest)


def _wait_for(happened: Callable[[], bool]) -> None:
    patience = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < patience, "it did not happen"
        time.sleep(0.01)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Send what Ctrl-C sends."""
    process.send_signal(signal.SIGINT)


@pytest.mark.parametrize(("rest", "code", "out"), ENDS.values(), ids=ENDS)
def test_program_with_an_open_client_ends(server: Server, rest: str, code: int, out: str) -> None:
    server.plan(acts.answer(status_code=404) if "request(" in rest else acts.echo)
    with running(_program(rest), server.url) as process:
        assert (code, out, "") == ended(process)


def test_error_that_nobody_catches_is_all_that_is_told(server: Server) -> None:
    server.plan(acts.echo)
    with running(_program("call(); raise LookupError('example')"), server.url) as process:
        code, out, err = ended(process)
    assert (code, out) == (1, "f_1\n")
    assert err.startswith("Traceback")
    assert err.endswith("\nLookupError: example\n")
    assert err.count("Traceback") == 1


def test_error_of_ours_that_nobody_catches_is_all_that_is_told(server: Server) -> None:
    server.plan(acts.answer(status_code=404))
    with running(_program("call()"), server.url) as process:
        code, out, err = ended(process)
    assert (code, out) == (1, "")
    assert err.count("Traceback") == 1
    assert "authing_mfa.NotFoundError" in err.splitlines()[-1]


def test_call_in_a_daemon_thread_holds_nobody_up(server: Server) -> None:
    server.plan(acts.never_answer)
    with running(_program(THREAD.format(daemon=True)), server.url) as process:
        _wait_for(lambda: len(server.arrivals) == 1)
        assert ended(process, "go\n") == (0, "", "")


def test_call_in_another_thread_is_waited_for(server: Server) -> None:
    told_to_end = _Signal()
    server.plan(Act(steps=told_to_end.steps))
    with running(_program(THREAD.format(daemon=False)), server.url) as process:
        _wait_for(lambda: len(server.arrivals) == 1)
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        told_to_end.given = True
        assert ended(process) == (0, "f_1\n", "")


class _Signal:
    """Holds an answer back for a while after it was told to give it."""

    given = False

    def steps(self, arrival: Arrival) -> Steps:
        while not self.given:
            yield 0.02
        yield 0.3
        yield from acts.echo.steps(arrival)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize(
    "act", [acts.never_answer, acts.stop_in_body], ids=["no answer", "half an answer"]
)
class TestCtrlC:
    def test_ends_the_program_in_the_middle_of_a_call(self, server: Server, act: Act) -> None:
        server.plan(act)
        with running(_program("call()"), server.url) as process:
            _wait_for(lambda: len(server.arrivals) == 1)
            _interrupt(process)
            code, out, err = ended(process)
        assert (code, out) == (-signal.SIGINT, "")
        assert err.endswith("KeyboardInterrupt\n")
        assert "Exception ignored" not in err
        assert "Warning" not in err

    def test_leaves_a_client_that_goes_on_over_another_connection(
        self, server: Server, act: Act
    ) -> None:
        server.plan(act, acts.echo)
        with running(_program(INTERRUPTED), server.url) as process:
            _wait_for(lambda: len(server.arrivals) == 1)
            time.sleep(0.2)  # in which half an answer is read
            _interrupt(process)
            assert ended(process) == (0, "interrupted\nf_2\n", "")
        assert [it.connection for it in server.arrivals] == [0, 1]


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_in_the_pause_before_another_try_ends_it(server: Server) -> None:
    server.plan(acts.throttle("Retry-After: 200"), acts.echo)
    with running(_program(INTERRUPTED), server.url) as process:
        _wait_for(lambda: len(server.arrivals) == 1)
        time.sleep(0.2)
        _interrupt(process)
        assert ended(process) == (0, "interrupted\nf_2\n", "")
    assert len(server.arrivals) == 2
