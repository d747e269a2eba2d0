"""Resolving a host's name by a deadline, which the system's own call knows nothing of."""

from __future__ import annotations

import ipaddress
import socket
import threading
from typing import Any, Final

from .._protocol.clock import Deadline
from .fork import reset_in_child


class _Lookup:
    """One look-up under way; all who want the same name meanwhile wait for this one."""

    def __init__(self, host: str, port: int) -> None:
        self._wanted = (host, port)
        self._is_over = threading.Event()
        self._found: list[str] = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._found = _resolve(*self._wanted)
        except Exception as error:  # noqa: BLE001  raised where it is waited for
            self._error = error.with_traceback(None)
        finally:
            _lookups.under_way.pop(self._wanted, None)
            self._is_over.set()

    def wait(self, seconds: float) -> list[str]:
        if not self._is_over.wait(seconds):
            raise TimeoutError("the name was not resolved in time")
        if self._error is not None:
            raise type(self._error)(*self._error.args)
        return self._found


class _Lookups:
    """The look-ups under way: one for each name at most, however long a name server is silent."""

    def __init__(self) -> None:
        self.under_way: dict[tuple[str, int], _Lookup] = {}
        reset_in_child(self)

    def reset_after_fork(self) -> None:
        """Begin with none: the threads that make them stay with the parent."""
        self.under_way = {}


_lookups: Final = _Lookups()


def resolve(host: str, port: int, deadline: Deadline) -> list[str]:
    """Return a host's addresses, in the system's order.

    Raises:
        OSError: There are none; a ``TimeoutError`` if they were not told by the deadline.
        UnicodeError: It cannot be a name.
    """
    if _is_address(host) or getattr(socket.getaddrinfo, "__module__", None) != "socket":
        return _resolve(host, port)  # does not wait; or a tool's, such as gevent's: see the docs
    mine = _Lookup(host, port)
    lookup = _lookups.under_way.setdefault((host, port), mine)
    if lookup is mine:
        try:
            threading.Thread(target=mine.run, name="authing-mfa-resolver", daemon=True).start()
        except RuntimeError:  # no thread to be had: too many, or the interpreter ends
            mine.run()
    return lookup.wait(max(0.0, deadline.remaining))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _resolve(host: str, port: int) -> list[str]:
    found: list[Any] = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
