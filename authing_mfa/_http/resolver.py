"""Resolving a host's name by a deadline, which ``socket.getaddrinfo`` does not offer."""

from __future__ import annotations

import functools
import socket
import threading
from concurrent.futures import Future
from typing import Any, Final

from .._protocol.deadline import Deadline
from .._values.arguments import parse_ip
from .fork import reset_in_child


class _Lookups:
    """Look-ups in threads: one at most for each name, however long a name server is silent."""

    def __init__(self) -> None:
        self.reset_after_fork()
        reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Begin with none: the threads that make them stay with the parent."""
        self._running: dict[tuple[str, int], Future[list[str]]] = {}

    def start(self, host: str, port: int) -> Future[list[str]]:
        """Return the look-up of a name, started now unless it is running already."""
        mine: Future[list[str]] = Future()
        lookup = self._running.setdefault((host, port), mine)
        if lookup is mine:
            run = functools.partial(self._run, mine, host, port)
            try:
                threading.Thread(target=run, name="authing-mfa-resolver", daemon=True).start()
            except RuntimeError:  # no thread to be had: too many, or the interpreter ends
                run()
        return lookup

    def _run(self, lookup: Future[list[str]], host: str, port: int) -> None:
        try:
            settle = functools.partial(lookup.set_result, _resolve(host, port))
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            settle = functools.partial(lookup.set_exception, error.with_traceback(None))
        self._running.pop((host, port), None)
        settle()


_lookups: Final = _Lookups()


def resolve(host: str, port: int, deadline: Deadline) -> list[str]:
    """Return a host's addresses, in the system's order.

    Raises:
        OSError: There are none; a ``TimeoutError`` if they were not known by the deadline.
        UnicodeError: The host cannot be a name.
    """
    is_address = parse_ip(host.strip("[]")) is not None
    if is_address or getattr(socket.getaddrinfo, "__module__", None) != "socket":
        return _resolve(host, port)  # does not wait; or a tool's, such as gevent's: see the docs
    lookup = _lookups.start(host, port)
    error = lookup.exception(max(0.0, deadline.remaining))
    if error is not None:
        raise type(error)(*error.args)  # one of its own for each thread that waits
    return lookup.result()


def _resolve(host: str, port: int) -> list[str]:
    found: list[Any] = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
