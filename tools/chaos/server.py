"""The chaos server, a process of its own: `python -m ….server SEED SLOTS CERTIFICATE`.

It prints its ports as one line of JSON, then answers each line that it reads with another:
`arm SLOT NUMBER` names the call whose connections come to that slot next, `ledger` asks what
arrived. It ends with its input.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import ssl
import struct
import sys
import threading
import time
from typing import Final

import attrs

from . import bodies, marks
from .acts import Raw, Scene
from .hands import Hand
from .plan import Plan, Rest, planned

_PATIENCE: Final = 60.0
_RESET: Final = struct.pack("ii", 1, 0)
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@attrs.define
class Entry:
    """What the server saw of one call: connections spoilt, requests begun, requests whole."""

    hands: int = 0
    begun: int = 0
    whole: int = 0


@attrs.define
class Slot:
    """A listener that serves one call at a time."""

    port: int = 0
    number: int | None = None
    connections: int = 0


@attrs.define(eq=False)
class Ledger:
    """What arrived, of which call.

    Attributes:
        strangers: Requests and connections of no call, and requests of two.
        trapped: Connections to where nobody may go.
        rested: Connections that were closed while they were idle.
        refused: Connections that were ended when the next request came.
        open: Connections that are open now.
    """

    entries: dict[int, Entry] = attrs.field(factory=dict)
    strangers: int = 0
    trapped: int = 0
    rested: int = 0
    refused: int = 0
    open: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def entry(self, number: int) -> Entry:
        with self._lock:
            return self.entries.setdefault(number, Entry())

    def count(self, name: str, by: int = 1) -> None:
        with self._lock:
            setattr(self, name, getattr(self, name) + by)

    def as_json(self) -> str:
        with self._lock:
            calls = {number: attrs.astuple(entry) for number, entry in self.entries.items()}
            names = ("strangers", "trapped", "rested", "refused", "open")
            return json.dumps({"calls": calls, **{name: getattr(self, name) for name in names}})


class Server:
    """Listens on one port for everybody, on one a slot, and on one that is a trap."""

    def __init__(self, seed: int, slots: int, certificate: str) -> None:
        self._seed = seed
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self.ledger = Ledger()
        self.slots = [Slot() for _ in range(slots)]
        self.port = self._listen(None)
        for slot in self.slots:
            slot.port = self._listen(slot)
        self._trap = f"http://127.0.0.1:{self._listen(None, trap=True)}/"

    def arm(self, slot: int, number: int) -> None:
        """Give the next connections at a slot to a call."""
        self.slots[slot].number, self.slots[slot].connections = number, 0

    def _listen(self, slot: Slot | None, trap: bool = False) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        threading.Thread(target=self._accept, args=(listener, slot, trap), daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    def _accept(self, listener: socket.socket, slot: Slot | None, trap: bool) -> None:
        while True:
            sock, _ = listener.accept()
            sock.settimeout(_PATIENCE)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if trap:
                self.ledger.count("trapped")
                sock.close()
                continue
            hand = self._hand(slot) if slot else None
            threading.Thread(target=self._attend, args=(sock, hand), daemon=True).start()

    def _hand(self, slot: Slot) -> Hand | None:
        """Return what is planned for the next connection of the call at this slot."""
        if slot.number is None:
            self.ledger.count("strangers")
            return None
        hands = planned(self._seed, slot.number).hands
        place, slot.connections = slot.connections, slot.connections + 1
        if place >= len(hands):
            return None
        self.ledger.entry(slot.number).hands += 1
        return hands[place]

    def _attend(self, sock: socket.socket, hand: Hand | None) -> None:
        self.ledger.count("open")
        # The client may be gone at any step; that is its right.
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(self.ledger.count, "open", -1)
            stack.enter_context(sock)
            if hand is not None:
                _finish(sock, hand.play(sock))
                return
            if sock.recv(1, socket.MSG_PEEK) == b"\x16":
                sock = stack.enter_context(self._tls.wrap_socket(sock, server_side=True))
            while self._serve(sock):
                pass

    def _serve(self, sock: socket.socket) -> bool:
        """Serve one request; tell whether the connection goes on."""
        request = _receive_until(sock, b"", b"\r\n\r\n")
        if not request:
            return False
        if not marks.numbers_in(request):  # introspection, which carries no user's token
            request = _receive_body(sock, request)
        numbers = marks.numbers_in(request)
        if len(numbers) != 1:
            self.ledger.count("strangers")
            return False
        return self._play(sock, request, planned(self._seed, numbers.pop()))

    def _play(self, sock: socket.socket, request: bytes, plan: Plan) -> bool:
        entry = self.ledger.entry(plan.number)
        entry.begun += 1
        place = min(entry.begun, len(plan.acts)) - 1
        act, rest = plan.acts[place], plan.rests[place]
        if act.reads:
            request = _receive_body(sock, request)
        if {plan.number} != marks.numbers_in(request):
            self.ledger.count("strangers")
        entry.whole += _is_whole(request)
        for step in act.steps(self._scene(request, plan.number)):
            _do(sock, step)
        if not _finish(sock, act.finish):
            return False
        if rest is None or not _is_ended_by(rest, sock):
            return True
        self.ledger.count("refused" if rest.seconds is None else "rested")
        return _finish(sock, rest.finish)

    def _scene(self, request: bytes, number: int) -> Scene:
        target = request.split(b" ", 2)[1].decode("ascii")
        return Scene(bodies.good(target.partition("?")[0], number), self._trap)


def _do(sock: socket.socket, step: bytes | float) -> None:
    if isinstance(step, Raw):
        os.write(sock.fileno(), step)
    elif isinstance(step, bytes):
        sock.sendall(step)
    else:
        time.sleep(step)


def _finish(sock: socket.socket, finish: str) -> bool:
    """End a connection as the plan wants it; tell whether it goes on."""
    if finish == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    while finish == "hold" and sock.recv(65536):
        pass
    return finish == "keep"


def _is_ended_by(rest: Rest, sock: socket.socket) -> bool:
    """Be idle; tell whether the connection ends, or another request may be read."""
    wait = _PATIENCE if rest.seconds is None else rest.seconds
    came = bool(select.select([sock], [], [], wait)[0])
    return rest.seconds is None or not came


def _receive_until(sock: socket.socket, received: bytes, end: bytes) -> bytes:
    while end not in received:
        data = sock.recv(65536)
        if not data:
            return b""
        received += data
    return received


def _missing(request: bytes) -> int:
    head, _, body = request.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return (int(length[1]) if length else 0) - len(body)


def _is_whole(request: bytes) -> bool:
    return _missing(request) <= 0


def _receive_body(sock: socket.socket, request: bytes) -> bytes:
    while not _is_whole(request):
        data = sock.recv(65536)
        if not data:
            raise ConnectionResetError("the client left in the middle of a request")
        request += data
    return request


def main(seed: str, slots: str, certificate: str) -> None:
    server = Server(int(seed), int(slots), certificate)
    ports = {"port": server.port, "slots": [slot.port for slot in server.slots]}
    print(json.dumps(ports), flush=True)
    for line in sys.stdin:
        command, *arguments = line.split()
        if command == "arm":
            server.arm(*map(int, arguments))
        print(server.ledger.as_json() if command == "ledger" else "{}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
