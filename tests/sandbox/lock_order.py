"""The order of locks: run by itself, as locks are watched from before the sandbox is imported.

`python -m tests.sandbox.lock_order [inversion|write]` puts a mixed load on a sandbox and prints
what is wrong with its locks, one thing a line; with a word, a fault of that kind is planted first.
"""

from __future__ import annotations

import graphlib
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

PART = "authing_mfa/sandbox"
PARTNERS = 3  # frames between a lock's making and the code of ours that asks for it
_RLock, _Lock = threading.RLock, threading.Lock
_Condition = threading.Condition


class Watch:
    """Remembers which locks were taken while others were held, and what was sent meanwhile."""

    def __init__(self) -> None:
        self.made: dict[str, Watched] = {}
        self.after: dict[str, set[str]] = {}
        self.sent_under: set[str] = set()
        self.sent = False
        self._mine = threading.local()

    @property
    def held(self) -> list[Any]:
        """The locks of this thread, the last taken last."""
        if not hasattr(self._mine, "held"):
            self._mine.held = []
        found: list[Any] = self._mine.held
        return found

    def takes(self, lock: Watched) -> None:
        """Note a lock that was taken; one that is held already, again, says nothing of order."""
        if not any(each is lock for each in self.held):
            before = self.after.setdefault(lock.name, set())
            before.update(each.name for each in self.held)
        self.held.append(lock)

    def lets_go(self, lock: Watched) -> None:
        """Forget one hold of a lock."""
        for place in reversed(range(len(self.held))):
            if self.held[place] is lock:
                del self.held[place]
                return

    def sends(self) -> None:
        """Note the locks that are held while bytes go out."""
        self.sent = True
        self.sent_under.update(each.name for each in self.held)

    def complaints(self) -> list[str]:
        """List what is wrong."""
        found = [f"held while sending: {name}" for name in sorted(self.sent_under)]
        if not self.sent or not any(self.after.values()):
            found.append("nothing was watched")
        try:
            graphlib.TopologicalSorter(self.after).prepare()
        except graphlib.CycleError as error:
            found.append(f"taken in either order: {' -> '.join(error.args[1])}")
        return found


WATCH = Watch()


class Watched:
    """A lock of ours with the name of the place where it was made."""

    def __init__(self, lock: Any, name: str) -> None:
        self.name = name
        self._lock = lock
        WATCH.made[name] = self

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        taken = bool(self._lock.acquire(blocking, timeout))
        if taken:
            WATCH.takes(self)
        return taken

    def release(self) -> None:
        WATCH.lets_go(self)
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _is_owned(self) -> bool:
        """Return, to a condition, whether its lock is held by this thread."""
        return any(each is self for each in WATCH.held)


def _watching(make: Callable[[], Any]) -> Callable[[], Any]:
    def made() -> Any:
        name = _maker()
        return make() if name is None else Watched(make(), name)

    return made


def _maker() -> str | None:
    frame = sys._getframe(2)
    for _ in range(PARTNERS):
        file = frame.f_code.co_filename.replace("\\", "/").replace("authing_mfa.", "authing_mfa/")
        if PART in file and "threading" not in file:
            return f"{file[file.index(PART) :]}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None


def install() -> None:
    """Watch the locks that are made from now on, and what goes out of sockets."""
    threading.Lock = _watching(_Lock)  # type: ignore[assignment]
    threading.RLock = _watching(_RLock)  # type: ignore[assignment]
    send = socket.socket.sendall

    def sendall(self: socket.socket, *arguments: Any) -> None:
        WATCH.sends()
        send(self, *arguments)

    socket.socket.sendall = sendall  # type: ignore[method-assign, assignment]


def main(plant: str = "") -> int:
    install()
    from authing_mfa.sandbox import Sandbox

    from .mixed_load import Load, misfits

    messages: list[object] = []
    with Sandbox() as sandbox:
        sandbox.outbox.listen(messages.append)
        load = Load(sandbox)
        load.run()
        _plant(plant)
        wrong = [*WATCH.complaints(), *misfits(load, len(messages))]
    print(*wrong, sep="\n")
    print(
        f"{len(WATCH.after)} locks, {sum(map(len, WATCH.after.values()))} pairs", file=sys.stderr
    )
    return 1 if wrong else 0


def _plant(kind: str) -> None:
    later, before = next(pair for pair in WATCH.after.items() if pair[1])
    lock, other = WATCH.made[later], WATCH.made[next(iter(before))]
    if kind == "inversion":
        with lock, other:
            pass
    elif kind == "write":
        ours, theirs = socket.socketpair()
        with lock, ours, theirs:
            ours.sendall(b"-")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
