"""A service of few words on the misbehaving server: it gives tokens and answers reads."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import acts
from .server import Act, Arrival, Server, Steps, keep

TOKEN_PATHS = ("/oidc/token", "/api/v3/get-management-token")
MFA_INFO = {
    "totpStatus": "enabled",
    "faceMfaStatus": "disabled",
    "smsMfaStatus": "disabled",
    "emailMfaStatus": "enabled",
}


def issued(number: int, lifetime: float) -> tuple[bytes, str]:
    """Write a token's answer, good for users and administrators; return it and the token."""
    claims = json.dumps({"scoped_userpool_id": "pool_example", "number": number}).encode()
    token = f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.example"
    facts = {"access_token": token, "expires_in": lifetime, "refresh_token": f"example-{number}"}
    return acts.whole(acts.envelope(facts)), token


class TokenService:
    """Gives numbered tokens, and answers get-factor, get-user-mfa-info and empty lists.

    Args:
        lifetime: Seconds that a token is said to live.
        slowness: Seconds for a token to be given.
        pause: Seconds between the pieces of any other answer; 0 for one piece.
        end: What becomes of the connection after an answer.
    """

    def __init__(
        self,
        *,
        lifetime: float = 7200,
        slowness: float = 0.0,
        pause: float = 0.0,
        end: Callable[[socket.socket], bool] = keep,
    ) -> None:
        self.lifetime = lifetime
        self.slowness = slowness
        self.pause = pause
        self.act = Act(steps=self._steps, end=end)
        self.issued: list[str] = []
        self.revoked: set[str] = set()
        self.before_token: Callable[[], object] = lambda: None
        self.issuing = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def _steps(self, arrival: Arrival) -> Steps:
        if arrival.target in TOKEN_PATHS:
            yield from self._give_token()
        elif (arrival.token or "").removeprefix("Bearer ") in self.revoked:
            yield acts.whole(acts.envelope(status_code=401), status="401 Unauthorized")
        else:
            yield from self._in_pieces(_answer(arrival))

    def _give_token(self) -> Steps:
        with self._lock:
            self.issuing += 1
            self.most_at_once = max(self.most_at_once, self.issuing)
        self.before_token()
        time.sleep(self.slowness)
        with self._lock:
            self.issuing -= 1
            answer, token = issued(len(self.issued), self.lifetime)
            self.issued.append(token)
        yield answer

    def _in_pieces(self, answer: bytes) -> Steps:
        if not self.pause:
            yield answer
            return
        yield from (answer[:30], self.pause, answer[30:-5], self.pause, answer[-5:])


def _answer(arrival: Arrival) -> bytes:
    data: Any = {**acts.FACTOR, "factorId": asked_for(arrival)}
    if "get-user" in arrival.target:
        data = MFA_INFO
    if "/list-" in arrival.target:
        data = []
    return acts.whole(acts.envelope(data))


def asked_for(arrival: Arrival) -> str:
    """Return the factor or user that a request asks for; empty where it asks for none."""
    query = parse_qs(urlsplit(arrival.target).query)
    return "".join(query.get("factorId", query.get("userId", [])))


def processes_by_connection(server: Server) -> dict[int, set[str]]:
    """Return which processes used each connection, where what they ask for begins with theirs."""
    seen: dict[int, set[str]] = defaultdict(set)
    for arrival in tuple(server.arrivals):
        if asked_for(arrival):
            seen[arrival.connection].add(asked_for(arrival).partition("-")[0])
    return dict(seen)
