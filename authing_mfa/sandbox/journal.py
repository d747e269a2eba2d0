"""The journal: the requests that the sandbox has answered, without secrets."""

from __future__ import annotations

import functools
import re
import threading
from collections import deque
from collections.abc import Iterator

import attrs

KEPT = 1_000
_PLAIN_SEGMENT = re.compile(r"v[0-9]|openapi\.json|[a-z]{1,20}(-[a-z]{1,20}){0,5}")


@attrs.frozen(kw_only=True)
class Entry:
    """One request: facts about it, and nothing that it carried.

    ``http_status`` is None where the connection ended without a response; ``fault`` names the
    fault that changed the response; ``ms`` is real time.
    """

    number: int
    at: float
    method: str
    path: str
    http_status: int | None = None
    status_code: int | None = None
    api_code: int | None = None
    request_id: str = ""
    ms: float = 0.0
    fault: str | None = None

    def __str__(self) -> str:
        code = "no answer" if self.http_status is None else f"HTTP {self.http_status}"
        envelope = "" if self.status_code is None else f" statusCode {self.status_code}"
        api = "" if self.api_code is None else f" apiCode {self.api_code}"
        fault = "" if self.fault is None else f" [{self.fault}]"
        return f"{self.method} {self.path} -> {code}{envelope}{api} {self.ms:.0f} ms{fault}"


class Journal:
    """The newest entries, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._count = 0

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        with self._lock:
            return self._entries[index]

    def __repr__(self) -> str:
        return f"<Journal with {len(self)} entries>"

    def add(self, method: str, path: str, **facts: object) -> None:
        """Write an entry; what stands in the path beside plain words is left out."""
        plain_method = method if method.isalpha() and len(method) < 10 else "*"
        with self._lock:
            self._count += 1
            entry = Entry(
                number=self._count,
                method=plain_method,
                path=plain_path(path),
                **facts,  # type: ignore[arg-type]
            )
            self._entries.append(entry)

    def tail(self, count: int = 20) -> str:
        """Return the last entries as text, one a line."""
        return "\n".join(str(entry) for entry in list(self)[-count:])

    def clear(self) -> None:
        """Forget all entries."""
        with self._lock:
            self._entries.clear()


@functools.lru_cache(maxsize=256)
def plain_path(path: str) -> str:
    """Return a path with every segment that may hold a value replaced by ``*``."""
    segments = path.split("/")
    return "/".join(
        part if not part or _PLAIN_SEGMENT.fullmatch(part) else "*" for part in segments
    )
