"""Faults on demand: errors, delays and broken responses of a network and a service."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from .refusals import MESSAGES
from .wire import Document, Response

HTML_TYPE = "text/html; charset=utf-8"
_PAGE = "<html><body><h1>{status}</h1><p>sandbox gateway</p></body></html>"
_NO_HTTP_STATUS = 600
_FACTOR_PATHS = ("list-enrolled-factors", "list-factors-to-enroll", "get-factor")

Edit = Callable[[Response], Response]


@attrs.define(eq=False, kw_only=True)
class Fault:
    """One rule of misbehaviour; ``hits`` counts the requests that it changed.

    Args:
        times: Requests left, None for all.
        method, paths: Whom it meets; a path is met whole or by its last part; none meets all.
        delay: Seconds of real time before anything happens.
        instead: A response in place of the service's, which then never sees the request.
        edit: A change to the service's response.
        connection: ``reset`` before the request's body is read, or ``drop`` without a response
            after the service did what it was asked.
    """

    name: str
    times: int | None = 1
    method: str | None = None
    paths: tuple[str, ...] = ()
    delay: float = 0
    instead: Response | None = None
    edit: Edit | None = None
    connection: str | None = None
    hits: int = 0
    number: int = 0

    def meets(self, method: str, path: str) -> bool:
        """Return whether a request is one of this fault's."""
        if self.method is not None and self.method.upper() != method:
            return False
        return not self.paths or any(_same_path(each, path) for each in self.paths)


class Faults:
    """The faults that apply to requests; of several that fit one, the oldest does.

    Each method adds one fault and returns it. All take ``times`` (1; None for every request),
    ``method`` and ``path`` (``/api/v3/get-factor`` or just ``get-factor``).

    Args:
        endpoints: Method and path of all that there is to meet.

    Raises:
        ValueError: From each method, where the fault could meet no request at all.
    """

    def __init__(self, endpoints: Iterable[tuple[str, str]] = ()) -> None:
        self._endpoints = tuple(endpoints)
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._count = 0

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter(tuple(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def __repr__(self) -> str:
        return f"<Faults: {', '.join(each.name for each in self._faults) or 'none'}>"

    def latency(self, seconds: float, **whom: Any) -> Fault:
        """Wait before answering as usual."""
        return self._add("latency", whom, delay=seconds)

    def throttle(self, retry_after: float | str | None = 1, **whom: Any) -> Fault:
        """Answer HTTP 429 with ``Retry-After``."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        refused = _refusal("throttled", 429, 429)
        return self._add("throttle", whom, instead=attrs.evolve(refused, headers=headers))

    def status(
        self, status_code: int = 503, *, http_status: int | None = None, **whom: Any
    ) -> Fault:
        """Answer an envelope with this ``statusCode``, and the HTTP status of the same number.

        A 6xx, which is no HTTP status, comes with 200.
        """
        default = status_code if status_code < _NO_HTTP_STATUS else 200
        status = default if http_status is None else http_status
        response = _refusal("broken", status_code, status)
        return self._add(f"status {status_code}", whom, instead=response)

    def html(self, status: int = 502, **whom: Any) -> Fault:
        """Answer a gateway's page; with ``status=200`` it even claims success."""
        page = _PAGE.format(status=status).encode()
        response = Response(raw=page, http_status=status, content_type=HTML_TYPE)
        return self._add(f"html {status}", whom, instead=response)

    def truncate(self, **whom: Any) -> Fault:
        """Do what was asked and answer half of the JSON."""
        return self._add("truncate", whom, edit=_truncated)

    def reset(self, **whom: Any) -> Fault:
        """Reset the connection before the request's body is read."""
        return self._add("reset", whom, connection="reset")

    def drop(self, **whom: Any) -> Fault:
        """Do what was asked and close the connection without a response."""
        return self._add("drop", whom, connection="drop")

    def unknown_factor(self, factor_type: str = "PASSKEY", **whom: Any) -> Fault:
        """Show a factor type that no client knows, in lists beside the real ones."""
        fault = self._add("unknown factor", whom, edit=_with_factor_type(factor_type))
        fault.paths = fault.paths or _FACTOR_PATHS
        return fault

    def extra_fields(self, **whom: Any) -> Fault:
        """Add a field that no client knows to every object of the response."""
        return self._add("extra fields", whom, edit=_edit_document(_with_extra))

    def null_fields(self, *names: str, **whom: Any) -> Fault:
        """Make these fields null wherever they stand; without names, every one in ``data``."""

        def edit(document: Any) -> Any:
            if not names and isinstance(document, dict) and document.get("data"):
                return document | {"data": _with_nulls(document["data"], ())}
            return _with_nulls(document, names)

        return self._add("null fields", whom, edit=_edit_document(edit))

    def remove(self, number: int) -> None:
        """Remove the fault of a number, if it is still there."""
        with self._lock:
            self._faults = [each for each in self._faults if each.number != number]

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that strikes a request, and count it."""
        with self._lock:
            for fault in self._faults:
                if fault.meets(method, path):
                    return self._strike(fault)
        return None

    def _strike(self, fault: Fault) -> Fault:
        fault.hits += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)
        return fault

    def _add(self, name: str, whom: dict[str, Any], **what: Any) -> Fault:
        path = whom.pop("path", None)
        fault = Fault(name=name, paths=() if path is None else (path,), **whom, **what)
        self._refuse_useless(fault)
        with self._lock:
            self._count += 1
            fault.number = self._count
            self._faults.append(fault)
        return fault

    def _refuse_useless(self, fault: Fault) -> None:
        if fault.times is not None and fault.times < 1:
            raise ValueError("times: wanted 1 or more, or None for every request")
        if not any(fault.meets(*endpoint) for endpoint in self._endpoints):
            raise ValueError(
                f"no endpoint of the sandbox is {fault.method or 'at'} {''.join(fault.paths)}; "
                "a path is given whole or by its last parts"
            )


def _same_path(wanted: str, path: str) -> bool:
    return path == wanted or (bool(wanted) and path.endswith("/" + wanted.lstrip("/")))


def _refusal(name: str, status_code: int, http_status: int) -> Response:
    document = {"statusCode": status_code, "message": MESSAGES[name]["en"]}
    return Response(document=document, http_status=http_status)


def _edit_document(change: Callable[[Any], Any]) -> Edit:
    return lambda response: attrs.evolve(response, document=change(response.document))


def _truncated(response: Response) -> Response:
    body = response.encode()
    return attrs.evolve(response, raw=body[: len(body) // 2])


def _with_factor_type(factor_type: str) -> Edit:
    def change(document: Document) -> Document:
        data = document.get("data")
        if isinstance(data, list):
            extra = {"factorId": "sandbox|new", "factorType": factor_type, "profile": {}}
            return document | {"data": [*data, extra]}
        if isinstance(data, dict):
            return document | {"data": data | {"factorType": factor_type}}
        return document

    return _edit_document(change)


def _with_extra(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_extra(each) for each in value]
    if isinstance(value, dict):
        return {k: _with_extra(v) for k, v in value.items()} | {"sandboxExtra": {"new": [1]}}
    return value


def _with_nulls(value: Any, names: Iterable[str]) -> Any:
    if isinstance(value, list):
        return [_with_nulls(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: None if not names or key in names else _with_nulls(each, names)
        for key, each in value.items()
    }
