"""The search for secrets, and for what a program would have shown: each is found."""

from __future__ import annotations

import logging
import sys
import threading
from itertools import cycle

import pytest

from tools.chaos import marks
from tools.chaos.watch import Watch

pytestmark = pytest.mark.slow

URL = f'http://127.0.0.1:1 "GET /api/v3/get-factor?factorId={marks.factor_id(1)} HTTP/1.1" 200'
LOGGERS = ("", "authing_mfa", "urllib3.connectionpool", "requests")


@pytest.mark.parametrize(
    ("name", "secret"),
    [*zip(cycle(LOGGERS), (it for it in marks.SECRETS if it != marks.FACTOR), strict=False)],
)
def test_secret_in_a_log_record_is_found(name: str, secret: str) -> None:
    watch = Watch()
    with watch.listening():
        logging.getLogger(name).debug("a call with %s", {"token": f"{secret}-1"})
    assert watch.wrong() == [f"{name or 'root'} logged the secret that begins {secret[:6]}"]


def test_secret_in_the_trace_of_a_record_is_found() -> None:
    watch = Watch()
    with watch.listening():
        try:
            int(marks.TOKEN)
        except ValueError:
            logging.getLogger("authing_mfa").debug("failed", exc_info=True)
    assert list(watch.leaks) == [("authing_mfa", marks.TOKEN)]


@pytest.mark.parametrize(
    ("name", "level"), [("authing_mfa", logging.DEBUG), ("urllib3.connection", logging.WARNING)]
)
def test_factor_in_a_log_record_is_found(name: str, level: int) -> None:
    watch = Watch()
    with watch.listening():
        logging.getLogger(name).log(level, URL)
    assert list(watch.leaks) == [(name, marks.FACTOR)]


def test_factor_in_the_query_that_urllib3_tells_at_debug_is_let_go() -> None:
    watch = Watch()
    with watch.listening():
        logging.getLogger("urllib3.connectionpool").debug(URL)
    assert (watch.wrong(), watch.records) == ([], 1)


def test_time_that_holds_the_digits_of_a_code_is_let_go() -> None:
    watch = Watch()
    with watch.listening():
        logging.getLogger("authing_mfa").debug("%.0f ms", float(f"1.{marks.CODE}"))
    assert watch.wrong() == []


def test_what_is_printed_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch()
    with watch.listening():
        print(marks.CODE, end="", file=sys.stderr)
    assert watch.wrong() == [
        "the secret that begins 246813 was printed",
        "6 characters were printed",
    ]
    assert capsys.readouterr().err == ""


class _Leaky:
    def __del__(self) -> None:
        raise ValueError("left open")


def test_error_that_nobody_can_catch_is_heard() -> None:
    watch = Watch()
    with watch.listening():
        _Leaky()
    assert watch.wrong() == ["ValueError: left open"]


def test_error_that_ends_a_thread_is_heard() -> None:
    watch = Watch()
    with watch.listening():
        thread = threading.Thread(target=int, args=("no number",))
        thread.start()
        thread.join()
    assert watch.wrong() == ["ValueError: invalid literal for int() with base 10: 'no number'"]


def test_socket_that_is_left_open_is_heard() -> None:
    watch = Watch()
    with watch.listening():
        _open_and_forget()
    (heard,) = watch.wrong()
    assert heard.startswith("ResourceWarning: unclosed <socket.socket")


def _open_and_forget() -> None:
    import socket

    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def test_all_is_as_before_afterwards() -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), sys.unraisablehook, threading.excepthook)
    with Watch().listening():
        pass
    assert before == (root.level, root.handlers, sys.unraisablehook, threading.excepthook)
