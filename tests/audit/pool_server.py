"""A fast local server of a generated pool, with the management API's answers.

Users are computed from their index, so a pool of any size takes no memory. It runs in a thread, or
as a command in a process of its own: ``python pool_server.py --users 20000`` prints its address
and ends when its standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import bisect
import contextlib
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
STATUSES = ("Activated", "Activated", "Activated", "Suspended")
ACCESS_KEY_ID = "0123456789abcdef01234567"
ACCESS_KEY_SECRET = "example-access-key-secret"
STEP = timedelta(seconds=7)
"""Between two instants at which users were created."""


class Pool:
    """A user pool, and how its service behaves.

    Args:
        users: How many there are at first.
        ties: How many share an instant of creation.
        inclusive: Whether the bounds of a filter are in it.
        walk_limit: Users that pages reach.
        rate: Calls a second before 429; None for any.
        retry_after: What a 429 says, in seconds.
        delay: Seconds that an answer takes.
        shuffles: Whether users of the same instant come in another order each time.
    """

    def __init__(
        self,
        users: int,
        *,
        ties: int = 1,
        inclusive: bool = True,
        walk_limit: int = 10_000,
        rate: float | None = None,
        retry_after: float = 0.2,
        delay: float = 0.0,
        shuffles: bool = False,
    ) -> None:
        self.users = users
        self.ties = ties
        self.inclusive = inclusive
        self.walk_limit = walk_limit
        self.rate = rate
        self.retry_after = retry_after
        self.delay = delay
        self.shuffles = shuffles
        self.random = random.Random(7)
        self.deleted: list[int] = []
        self.failures: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self.rejects_keys = False
        self.refuses_token = False
        self.is_throttling = False
        self.calls: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.windows: Counter[int] = Counter()
        self.last_asked: str | None = None
        self.on_call: Any = None

    def user_id(self, index: int) -> str:
        return f"{index * 2_654_435_761 % 2**32:08x}{index:016x}"

    def created_at(self, index: int) -> datetime:
        return FIRST + index // self.ties * STEP

    def factors(self, index: int) -> list[str]:
        kinds = ("OTP", "SMS", "EMAIL", "FACE")
        number = (0, 0, 0, 1, 2, 3, 4, 5, 6, 15)[index % 10]
        return [kind for bit, kind in enumerate(kinds) if number >> bit & 1]

    def status(self, index: int) -> str:
        return STATUSES[index % len(STATUSES)]

    def is_member(self, index: int) -> bool:
        position = bisect.bisect_left(self.deleted, index)
        return position == len(self.deleted) or self.deleted[position] != index

    def delete(self, *indices: int) -> None:
        for index in indices:
            if self.is_member(index):
                bisect.insort(self.deleted, index)

    def ids(self) -> set[str]:
        return {self.user_id(index) for index in range(self.users) if self.is_member(index)}

    def fail(self, index: int, times: int, **answer: Any) -> None:
        """Answer with something else when a user is asked for: an envelope's fields, or drop."""
        self.failures[self.user_id(index)] = [(times, answer)]

    def answer(self, method: str, path: str, query: str, body: bytes) -> tuple[int, Any]:
        """Return an HTTP status and a body; a status of 0 drops the connection."""
        name = path.rpartition("/")[2]
        self.calls[name] += 1
        if self.on_call:
            self.on_call(name, self.calls[name])
        if name == "get-management-token":
            return self._token()
        if self.is_throttling or (self.rate is not None and self._is_too_much()):
            self.calls["429"] += 1
            return 429, {"statusCode": 429, "message": "Too many calls"}
        if self.refuses_token:
            return 200, {"statusCode": 401, "message": "Token is no longer valid"}
        if name == "list-users":
            return self._list(json.loads(body))
        return self._info(parse_qs(query)["userId"][0])

    def _is_too_much(self) -> bool:
        window = int(time.monotonic() * 10)
        self.windows[window] += 1
        return self.windows[window] > (self.rate or 0) / 10 + 1

    def _token(self) -> tuple[int, Any]:
        if self.rejects_keys:
            return 200, {"statusCode": 401, "message": "Access key is wrong"}
        claims = base64.urlsafe_b64encode(json.dumps({"scoped_userpool_id": "pool"}).encode())
        token = f"e30.{claims.decode().rstrip('=')}.sandbox"
        return 200, _envelope({"access_token": token, "expires_in": 7200})

    def _info(self, user_id: str) -> tuple[int, Any]:
        self.asked[user_id] += 1
        self.last_asked = user_id
        index = int(user_id[8:], 16)
        plan = self.failures.get(user_id)
        if plan and plan[0][0] > 0:
            plan[0] = (plan[0][0] - 1, plan[0][1])
            answer = plan[0][1]
            return answer.get("http_status", 200), {"message": "injected", **answer}
        if index >= self.users or not self.is_member(index):
            return 200, {"statusCode": 404, "apiCode": 2004, "message": "User not found"}
        factors = self.factors(index)
        return 200, _envelope(
            {
                "totpStatus": "enabled" if "OTP" in factors else "disabled",
                "faceMfaStatus": "FACE" in factors,
                "smsMfaStatus": "enabled" if "SMS" in factors else "disabled",
                "emailMfaStatus": "EMAIL" in factors,
            }
        )

    def _list(self, body: dict[str, Any]) -> tuple[int, Any]:
        options = body.get("options", {})
        pages = {"page": 1, "limit": 10, **options.get("pagination", {})}
        page, limit = pages["page"], pages["limit"]
        if limit > 50 or page * limit > self.walk_limit:
            return 200, {"statusCode": 400, "message": "No page goes that far"}
        low, high, statuses = self._range(body.get("advancedFilter", ()))
        is_descending = any(order["order"] == "desc" for order in options.get("sort", ()))
        total, indices = self._page(low, high, statuses, (page - 1) * limit, limit, is_descending)
        users = [
            {
                "userId": self.user_id(index),
                "status": self.status(index),
                "createdAt": _text(self.created_at(index)),
            }
            for index in indices
        ]
        return 200, _envelope({"totalCount": total, "list": users})

    def _range(self, conditions: Any) -> tuple[int, int, set[str] | None]:
        low, high, statuses = 0, self.users, None
        for condition in conditions:
            operator, value = condition["operator"], condition.get("value")
            if condition["field"] == "status":
                statuses = {value} if operator == "EQUAL" else set(value)
                continue
            bounds = value if isinstance(value, list) else [value]
            instants = [datetime.fromisoformat(bound) for bound in bounds]
            if operator in ("GREATER", "BETWEEN"):
                low = max(low, self._first(instants[0], after=not self.inclusive))
            if operator in ("LESSER", "BETWEEN"):
                high = min(high, self._first(instants[-1], after=self.inclusive))
        return low, max(low, high), statuses

    def _first(self, instant: datetime, after: bool) -> int:
        """Return the index of the first user created at an instant or later, or after it."""
        steps, rest = divmod(instant - FIRST, STEP)
        return max(0, (steps + bool(rest or after)) * self.ties)

    def _page(
        self,
        low: int,
        high: int,
        statuses: set[str] | None,
        skip: int,
        limit: int,
        is_descending: bool,
    ) -> tuple[int, list[int]]:
        if statuses or self.shuffles:
            matching = [
                index
                for index in range(low, high)
                if self.is_member(index) and (not statuses or self.status(index) in statuses)
            ]
            if self.shuffles:
                matching.sort(key=lambda index: (index // self.ties, self.random.random()))
            ordered = matching[::-1] if is_descending else matching
            return len(matching), ordered[skip : skip + limit]
        gaps = self.deleted[
            bisect.bisect_left(self.deleted, low) : bisect.bisect_left(self.deleted, high)
        ]
        total = high - low - len(gaps)
        first = total - skip - limit if is_descending else skip
        wanted = range(max(first, 0), max(min(first + limit, total), 0))
        indices = [self._nth(low, gaps, position) for position in wanted]
        return total, indices[::-1] if is_descending else indices

    def _nth(self, low: int, gaps: list[int], position: int) -> int:
        index = low + position
        for gap in gaps:
            if gap > index:
                break
            index += 1
        return index


def _text(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _envelope(data: Any) -> dict[str, Any]:
    return {"statusCode": 200, "message": "Success", "requestId": "example", "data": data}


class _Connection(asyncio.Protocol):
    """Reads requests off a kept connection, and answers each in one write."""

    def __init__(self, pool: Pool, kept: set[Any]) -> None:
        self._pool = pool
        self._kept = kept
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._kept.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._kept.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            length = _content_length(head)
            if len(rest) < length:
                return
            self._received = rest[length:]
            self._answer(head, rest[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        method, target, _ = head[: head.index(b"\r\n")].decode().split(" ")
        parts = urlsplit(target)
        status, answer = self._pool.answer(method, parts.path, parts.query, body)
        if status == 0:
            self._transport.abort()
            return
        payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        extra = f"Retry-After: {self._pool.retry_after}\r\n" if status == 429 else ""
        lines = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n{extra}"
        whole = f"{lines}Content-Length: {len(payload)}\r\n\r\n".encode() + payload
        if self._pool.delay:
            asyncio.get_running_loop().call_later(self._pool.delay, self._send, whole)
        else:
            self._send(whole)

    def _send(self, whole: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(whole)


def _content_length(head: bytes) -> int:
    position = head.lower().find(b"\r\ncontent-length:")
    return 0 if position < 0 else int(head[position + 17 :].split(b"\r\n", 1)[0])


async def _serve(pool: Pool, ready: Any, stop: Any) -> None:
    loop = asyncio.get_running_loop()
    kept: set[Any] = set()
    server = await loop.create_server(lambda: _Connection(pool, kept), "127.0.0.1", 0, backlog=512)
    async with server:
        ready(server.sockets[0].getsockname()[1])
        await loop.run_in_executor(None, stop)
        server.close()
        for transport in list(kept):
            transport.abort()
        await asyncio.sleep(0)


@contextlib.contextmanager
def serve(pool: Pool) -> Iterator[str]:
    """Serve a pool in a thread; yields the address."""
    address: list[str] = []
    is_ready, is_over = threading.Event(), threading.Event()

    def ready(port: int) -> None:
        address.append(f"http://127.0.0.1:{port}")
        is_ready.set()

    thread = threading.Thread(target=lambda: asyncio.run(_serve(pool, ready, is_over.wait)))
    thread.start()
    try:
        is_ready.wait()
        yield address[0]
    finally:
        is_over.set()
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--delay", type=float, default=0.0)
    chosen = parser.parse_args()
    pool = Pool(chosen.users, delay=chosen.delay)

    def ready(port: int) -> None:
        print(f"http://127.0.0.1:{port}", flush=True)

    asyncio.run(_serve(pool, ready, sys.stdin.read))


if __name__ == "__main__":
    main()
