"""The table: one small function a row, which measures and returns the row's figure."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import attrs
import requests

from authing_mfa import AuthenticationClient
from bench.measure import cpu_ratio, fresh, fresh_ratio
from bench.server import FACTOR_ID, serve

APP_ID = "6229ffaa0000000000005678"
TOKEN = "example-token." * 40  # about as long as a signed JWT


@attrs.frozen
class Row:
    """A thing measured, what it stands beside, and the figure it should not exceed."""

    what: str
    beside: str
    reach: float
    measure: Callable[[int], float]
    unit: str = "x"


def cpu_of_get_factor(rounds: int) -> float:
    with (
        serve() as host,
        requests.Session() as session,
        AuthenticationClient(app_id=APP_ID, app_host=host, access_token=TOKEN) as client,
    ):
        naive = naive_get_factor(session, host)
        return cpu_ratio(lambda: client.get_factor(FACTOR_ID), naive, rounds=4 * rounds, calls=200)


def naive_get_factor(session: requests.Session, host: str) -> Callable[[], object]:
    url = f"{host}/api/v3/get-factor"
    headers = {"authorization": f"Bearer {TOKEN}", "x-authing-app-id": APP_ID}
    return lambda: session.get(url, headers=headers, params={"factorId": FACTOR_ID}).json()


def time_of_import(rounds: int) -> float:
    return fresh_ratio("import authing_mfa", "import requests, attrs", rounds=6 * rounds)


def start_of_sandbox(rounds: int) -> float:
    code = (
        "import time; from authing_mfa.sandbox import Sandbox; start = time.perf_counter()\n"
        "with Sandbox(): print((time.perf_counter() - start) * 1000)"
    )
    return statistics.median(fresh(code) for _ in range(2 * rounds))


ROWS = (
    Row("CPU per get_factor, kept connection", "naive requests.Session", 0.65, cpu_of_get_factor),
    Row("import authing_mfa, CPU", "import requests, attrs", 1.15, time_of_import),
    Row("start of the sandbox", "the clock", 100, start_of_sandbox, "ms"),
)
