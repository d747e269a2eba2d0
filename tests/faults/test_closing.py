"""Closing a client while others call: each gets a value or an error of ours."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from authing_mfa import AuthenticationClient, AuthingMFAError

from . import acts, marks
from .server import Server

CALLS = 200


@pytest.fixture
def _busy_switching() -> Iterator[None]:
    """Let threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.slow
@pytest.mark.usefixtures("_busy_switching")
def test_calls_and_closing_threads_see_errors_of_ours_only(server: Server) -> None:
    server.plan(acts.echo)
    strangers: list[BaseException] = []
    over = threading.Event()
    client = AuthenticationClient(
        app_id="app_example", app_host=server.url, access_token=marks.TOKEN, max_retries=0
    )

    def note(act: Callable[[], object]) -> None:
        try:
            act()
        except AuthingMFAError:
            pass
        except BaseException as error:  # noqa: BLE001  whatever it is
            strangers.append(error)

    def call() -> None:
        for _ in range(CALLS):
            note(lambda: client.get_factor("f_1"))

    def shut() -> None:
        while not over.is_set():
            note(client.close)

    callers = [threading.Thread(target=call) for _ in range(4)]
    closers = [threading.Thread(target=shut) for _ in range(2)]
    for thread in (*callers, *closers):
        thread.start()
    for thread in callers:
        thread.join(60)
    over.set()
    for thread in closers:
        thread.join(60)
    client.close()
    assert strangers == []
