"""Any requests in a row, with what the answers before them told, at the sandbox's routes."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import attrs

from authing_mfa.sandbox import GeneratedPool, Settings, page
from authing_mfa.sandbox.page.actions import ACTIONS
from authing_mfa.sandbox.routes import ROUTES
from authing_mfa.sandbox.service import Service
from authing_mfa.sandbox.wire import Request

from .invariants import check_answer, check_state, make_service
from .sandbox_seeds import SEQUENCES, WORDS
from .target import Run, Target
from .world import ROUTE_NAMES, SEED, Complaints, Memory

_STEPS = 12
_LARGEST_POOL = 10_000
_LONGEST_WAIT = 86_400 * 60
_FIELDS = {field.name: field for field in attrs.fields(Settings)}
_PAGE_NAMES = ["GET /sandbox/state", *(f"POST {path}" for path in ACTIONS)]
_NAMES = [*ROUTE_NAMES, *_PAGE_NAMES]


def _run(complaints: Complaints, data: bytes) -> None:
    """Try `{"settings": {…}, "policy": …, "steps": [{"route", "auth", "json", …}, …]}`."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    document = document if isinstance(document, dict) else {}
    service = _service(document)
    memory = Memory(service.context)
    steps = document.get("steps")
    for step in (steps if isinstance(steps, list) else [])[:_STEPS]:
        if isinstance(step, dict):
            _take(service, memory, step)
            complaints.check()
    check_state(service)
    complaints.check()


def _service(document: dict[str, Any]) -> Service:
    service = make_service(_settings(document.get("settings")), SEED)
    state = service.context.state
    if (policy := document.get("policy")) in ("personal", "application"):
        state.application.mfa_policy = policy
    if type(size := document.get("pool")) is int and 0 < size <= _LARGEST_POOL:
        state.users.generate(GeneratedPool(size=size))
    return service


def _settings(given: Any) -> Settings:
    settings = Settings()
    for name, value in (given if isinstance(given, dict) else {}).items():
        if name in _FIELDS and name != "refusals":
            try:
                setattr(settings, name, tuple(value) if isinstance(value, list) else value)
            except (TypeError, ValueError):
                continue  # refused, as it should be
    return settings


def _take(service: Service, memory: Memory, step: dict[str, Any]) -> None:
    waited = step.get("wait")
    if isinstance(waited, (int, float)) and 0 < waited < _LONGEST_WAIT:
        service.context.clock.advance(waited)
    name = str(step.get("route"))
    name = name if name in _NAMES else _NAMES[len(name) % len(_NAMES)]
    method, _, path = name.partition(" ")
    request = _request(method, path, memory.filled(step))
    if page.owns(method, path):
        memory.note(check_answer(page.respond(service, request), None))
        return
    answer = service.respond(request)
    memory.note(check_answer(answer, ROUTES[method, path]))


def _request(method: str, path: str, step: dict[str, Any]) -> Request:
    kind = "application/x-www-form-urlencoded" if "form" in step else "application/json"
    given = {"host": "127.0.0.1:80", "content-type": kind, **_texts(step.get("headers"))}
    if isinstance(step.get("auth"), str):
        given["authorization"] = step["auth"]
    return Request(
        method=method,
        path=path,
        query=urlencode(_texts(step.get("query")), errors="replace"),
        headers={name.lower(): _latin(value) for name, value in given.items()},
        body=_body(step),
    )


def _body(step: dict[str, Any]) -> bytes:
    if isinstance(step.get("form"), dict):
        return urlencode(_texts(step["form"]), errors="replace").encode()
    if isinstance(step.get("raw"), str):
        return str(step["raw"]).encode("utf-8", "replace")
    return json.dumps(step["json"]).encode() if "json" in step else b""


def _latin(value: str) -> str:
    """Return a header's value as a handler reads it off a socket."""
    return value.encode("latin-1", "replace").decode("latin-1")


def _texts(value: Any) -> dict[str, str]:
    found = value if isinstance(value, dict) else {}
    return {name: member for name, member in found.items() if isinstance(member, str)}


@contextlib.contextmanager
def _opened() -> Iterator[Run]:
    with Complaints.heard() as complaints:
        yield functools.partial(_run, complaints)


def _seeds() -> list[bytes]:
    query = {"userId": "{user_id}"}
    each = [
        *({"route": name, "auth": "{token}", "json": {}} for name in _NAMES),
        *({"route": name, "auth": "{admin}", "query": query} for name in _NAMES),
    ]
    alone = [each[start : start + _STEPS] for start in range(0, len(each), _STEPS)]
    documents: list[dict[str, Any]] = [
        *({"settings": {}, "policy": "application", "steps": s} for s in (*SEQUENCES, *alone)),
        *({"steps": steps} for steps in SEQUENCES),
        *({"pool": 60, "steps": steps} for steps in SEQUENCES),
    ]
    return [json.dumps(document).encode() for document in documents]


TARGET = Target(opened=_opened, seeds=_seeds, words=(*WORDS, *_NAMES, *_FIELDS), head_ends=b"")
