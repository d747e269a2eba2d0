"""Who makes the calls: the clients that the threads share, and those of one call alone."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from authing_mfa import APIError, AuthenticationClient, AuthingMFAError, CallRecord

from . import inspection, marks
from .acts import CONNECT_SECONDS, DEADLINE, MAX_RETRIES, READ_SECONDS, SHORT_DEADLINE
from .calls import METHODS, Result
from .plan import Plan, planned
from .process import Process


class Callers:
    """The clients that the threads share, and what each thread's latest call was told."""

    def __init__(self, process: Process, stack: contextlib.ExitStack) -> None:
        self._process = process
        self._latest = threading.local()
        self._shared = {
            f"{scheme}{hurried}": stack.enter_context(self._client(scheme, process.port, deadline))
            for scheme in ("plain", "tls")
            for hurried, deadline in (("", DEADLINE), (", hurried", SHORT_DEADLINE))
        }

    def call(self, seed: int, number: int, slot: int) -> Result:
        """Make one call and note how it ended."""
        plan = planned(seed, number)
        if not plan.own:
            return self._made(self._shared[plan.route], plan)
        port = self._process.arm(slot, number)
        with self._client(plan.route.partition(",")[0], port, plan.deadline) as client:
            return self._made(client, plan)

    def _made(self, client: AuthenticationClient, plan: Plan) -> Result:
        method, number = METHODS[plan.method], plan.number
        self._latest.record = None
        facts: dict[str, Any] = {"end": "value"}
        user = client.as_user(f"{marks.TOKEN}-{marks.label(number)}")
        client.as_user(f"{marks.TOKEN}-of-nobody")  # which is to make no difference to the former
        began = time.monotonic()
        try:
            value = method.call(user, number)
        except Exception as error:  # noqa: BLE001  whatever it is, it is judged
            seconds = time.monotonic() - began
            facts = _facts(error, tuple(inspection.oddities(error, method)))
        else:
            seconds = time.monotonic() - began
            if not method.is_own(value, number):
                facts["odd"] = ("the value is not that of the call",)
        record: CallRecord | None = self._latest.record
        return Result(number=number, seconds=seconds, tries=record.tries if record else 0, **facts)

    def _client(self, scheme: str, port: int, deadline: float) -> AuthenticationClient:
        return AuthenticationClient(
            app_id="app_example",
            app_host=f"{'https' if scheme == 'tls' else 'http'}://127.0.0.1:{port}",
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            deadline=deadline,
            max_retries=MAX_RETRIES,
            verify=self._process.bundle,
            on_call=lambda record: setattr(self._latest, "record", record),
        )


def _facts(error: Exception, odd: tuple[str, ...]) -> dict[str, Any]:
    return {
        "end": type(error).__name__,
        "odd": odd,
        "unknown": isinstance(error, AuthingMFAError) and error.outcome_unknown,
        "status": error.status_code if isinstance(error, APIError) else None,
        "retry_after": getattr(error, "retry_after", None),
    }
