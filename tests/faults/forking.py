"""Fork while threads are in the middle of calls; parent and children go on at once.

Run with what to do as JSON on standard input; prints the exit code of each child, and what went
wrong in the parent's threads. Each call asks for something that begins with its process's id.
"""

from __future__ import annotations

import faulthandler
import importlib
import itertools
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from authing_mfa import AuthenticationClient, ManagementClient, TokenSet

THREADS = 4
HANGS = 20  # seconds, twice a call's deadline
_WATCHED = {
    "adapter.py": {"get_connection_with_tls_context", "get", "put"},
    "tokens.py": {"auth", "_advisory_refresh", "_fetch"},
    "sign_ins.py": {"_get", "_remember"},
    "cookiejar.py": {"extract_cookies"},
    "poolmanager.py": {"connection_from_pool_key"},
    "queue.py": {"get", "put"},
}
"""Where a lock is held or something shared is changed: module -> its functions."""

_LAZY = "authing_mfa._values.notebook_server"
"""A module that is imported when it is first needed."""
VISITS = 2
_PARENT = os.getpid()
_numbers = itertools.count()

Call = Callable[[], None]


def _user(given: dict[str, Any]) -> Call:
    tokens = TokenSet(
        access_token="example-token",
        refresh_token="example-refresh",
        expires_at=datetime.now(UTC),
    )
    client = AuthenticationClient(
        app_id="app_example",
        app_host=given["url"],
        access_token=tokens,
        **given["options"],
    )

    def call() -> None:
        if given["way"] == "importing":
            importlib.import_module(_LAZY)
        wanted = f"{os.getpid()}-{next(_numbers)}"
        assert wanted == client.get_factor(wanted).factor_id

    return call


def _administrator(given: dict[str, Any]) -> Call:
    client = ManagementClient(
        access_key_id="key_example",
        access_key_secret="example-secret",
        host=given["url"],
        **given["options"],
    )

    def call() -> None:
        client.get_user_mfa_info(f"{os.getpid()}-{next(_numbers)}")

    return call


def _in_threads(call: Call, times: int) -> list[str]:
    """Call from some threads at the same moment; return what went wrong."""
    together = threading.Barrier(THREADS)
    wrong: list[str] = []

    def run() -> None:
        together.wait(HANGS)
        try:
            for _ in range(times):
                call()
        except Exception as error:  # noqa: BLE001  whatever it is, it is told
            wrong.append(repr(error))

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def _tell_where_it_hangs(seconds: int) -> None:
    """End this process after some seconds, with what it was doing."""
    faulthandler.register(signal.SIGALRM, chain=True)
    signal.alarm(seconds)


def _in_child(call: Call, gate: int | None = None) -> None:
    """Call from some threads, at once or when the gate closes."""
    _tell_where_it_hangs(HANGS)
    if gate is not None:
        os.read(gate, 1)
    wrong = _in_threads(call, 1)
    if wrong:
        print(wrong, file=sys.stderr, flush=True)
        os._exit(1)


def _fork(call: Call, number: int, gate: int | None = None, others: int | None = None) -> int:
    child = os.fork()
    if child:
        return child
    if others is not None:
        os.close(others)
    _in_child(call, gate)
    if number % 2:
        os._exit(0)
    raise SystemExit(0)  # goes through all that a program does at its end


def _code(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def busy(call: Call, forks: int) -> dict[str, Any]:
    """Fork again and again beside threads that make calls all the while."""
    done = threading.Event()
    wrong: list[str] = []

    def run() -> None:
        try:
            while not done.is_set():
                call()
        except Exception as error:  # noqa: BLE001  whatever it is, it is told
            wrong.append(repr(error))

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        codes = [_code(_fork(call, number)) for number in range(forks)]
    finally:
        done.set()
    for thread in threads:
        thread.join()
    call()
    return {"children": codes, "parent": wrong}


def before(call: Call, forks: int) -> dict[str, Any]:
    """Use the client, fork the workers, and let all of them call at the same time."""
    call()
    gate, held = os.pipe()
    children = [_fork(call, number, gate, held) for number in range(forks)]
    os.close(gate)
    os.close(held)
    call()
    return {"children": [_code(child) for child in children], "parent": []}


def pool(call: Call, forks: int) -> dict[str, Any]:
    """Let a pool of `multiprocessing` fork the workers."""
    call()
    workers = multiprocessing.get_context("fork").Pool(forks, _remember, (call,))
    with workers:
        wrong = workers.map(_in_worker, range(3 * forks), chunksize=1)
    call()
    return {"children": [len(each) for each in wrong], "parent": []}


def _remember(call: Call) -> None:
    _tell_where_it_hangs(HANGS)
    globals()["_call"] = call


def _in_worker(_: int) -> list[str]:
    return _in_threads(globals()["_call"], 1)


class _Parking:
    """Stops a thread at each line that is watched, a few times at each, for a fork there."""

    def __init__(self) -> None:
        self.at: str | None = None
        self.arrived = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)
        self._visits: Counter[str] = Counter()

    def trace(self, frame: FrameType, event: str, argument: object) -> Any:
        """Go along, as `sys.settrace` wants it."""
        code = frame.f_code
        module = Path(code.co_filename).name
        if code.co_name not in _WATCHED.get(module, ()):
            return None
        if event == "line":
            self._stop(f"{module}:{frame.f_lineno}")
        return self.trace

    def _stop(self, place: str) -> None:
        self._visits[place] += 1
        if self._visits[place] <= VISITS and os.getpid() == _PARENT:
            self.at = place
            self.arrived.release()
            self.may_go_on.acquire()


def everywhere(call: Call, forks: int) -> dict[str, Any]:
    """Stop a thread in the middle of two calls, again and again, and fork there."""
    parking = _Parking()
    wrong: list[str] = []

    def run() -> None:
        sys.settrace(parking.trace)
        try:
            call()
            call()
        finally:
            sys.settrace(None)
            parking.at = None
            parking.arrived.release()

    thread = threading.Thread(target=run)
    thread.start()
    count = 0
    while parking.arrived.acquire() and parking.at is not None:
        count += 1
        if len(wrong) < 3 and _code(_fork_alone(call)):
            wrong.append(parking.at)
        parking.may_go_on.release()
    thread.join()
    call()
    return {"places": count, "wrong": wrong}


def _fork_alone(call: Call) -> int:
    child = os.fork()
    if child:
        return child
    _tell_where_it_hangs(10)
    call()
    raise SystemExit(0)  # what it inherited is taken down, too


def importing(call: Call, forks: int) -> dict[str, Any]:
    """Fork while a thread is in the middle of an import that its first call needs."""
    begun = threading.Event()

    def trace(frame: FrameType, *_: object) -> None:
        code = frame.f_code
        if code.co_name == "<module>" and frame.f_globals.get("__name__") == _LAZY:
            begun.set()
            time.sleep(0.5)

    def run() -> None:
        sys.settrace(trace)
        call()
        sys.settrace(None)

    thread = threading.Thread(target=run)
    thread.start()
    found = begun.wait(HANGS)
    code = _code(_fork(call, 1))
    thread.join()
    return {"children": [code], "imported": found}


def main() -> None:
    given = json.load(sys.stdin)
    sys.setswitchinterval(1e-5)  # so that forks meet threads in the middle of everything
    call = {"user": _user, "administrator": _administrator}[given["who"]](given)
    ways = (busy, before, pool, everywhere, importing)
    way = {each.__name__: each for each in ways}[given["way"]]
    print(json.dumps(way(call, given["forks"])))


if __name__ == "__main__":
    main()
