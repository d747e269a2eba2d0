"""The chaos server's process, seen from the side of its clients."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

import attrs
import trustme

from .server import Entry

_ROOT: Final = Path(__file__).parents[(__package__ or "").count(".") + 1]


@attrs.frozen
class Told:
    """The server's ledger."""

    entries: dict[int, Entry]
    strangers: int
    trapped: int
    rested: int
    refused: int
    open: int


class Process:
    """Starts the server, tells it which call comes, and asks it what arrived."""

    def __init__(self, seed: int, slots: int, folder: Path) -> None:
        authority = trustme.CA()
        self.bundle: str = str(folder / "ca.pem")
        authority.cert_pem.write_to_path(self.bundle)
        self._certificate = folder / "server.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(self._certificate)
        )
        self._arguments = (str(seed), str(slots), str(self._certificate))
        self._lock = threading.Lock()
        self.port = 0
        self.slots: list[int] = []

    def __enter__(self) -> Process:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.server", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        ports = self._read()
        self.port, self.slots = ports["port"], ports["slots"]
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            try:
                self._process.communicate(timeout=30)  # its input ends, and with it the server
            finally:
                self._process.kill()

    def arm(self, slot: int, number: int) -> int:
        """Give the next connections at a slot to a call; return the slot's port."""
        self._ask(f"arm {slot} {number}")
        return self.slots[slot]

    def ledger(self) -> Told:
        """Return what arrived."""
        told = self._ask("ledger")
        entries = {int(number): Entry(*entry) for number, entry in told.pop("calls").items()}
        return Told(entries, **told)

    def settled(self) -> Told:
        """Return what arrived once no connection is open any more; waits ten seconds at most."""
        patience = time.monotonic() + 10
        while (told := self.ledger()).open and time.monotonic() < patience:
            time.sleep(0.05)
        return told

    def _ask(self, line: str) -> Any:
        with self._lock:
            assert self._process.stdin is not None
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
            return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline() or "null")
