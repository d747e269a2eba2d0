"""The table: one row for each thing measured, and the small functions that measure it."""

from __future__ import annotations

import contextlib
import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import attrs

from bench import calls, decoding, load
from bench.measure import Call, cpu_of, cpu_ratio, fresh, fresh_ratio
from bench.server import Serving, serve

Calling: TypeAlias = Callable[[Serving], contextlib.AbstractContextManager[Call]]
Measure: TypeAlias = Callable[[int], float]

OFFICIAL_PYTHON = os.environ.get("AUTHING_INTEROP_PYTHON", ".make/interop/bin/python")
"""A Python that has the official SDK; `make bench` installs one."""


@attrs.frozen
class Row:
    """A thing measured, what it stands beside, and how far the figure is to reach.

    Attributes:
        at_least: Whether more is better.
    """

    what: str
    beside: str
    reach: float
    measure: Measure
    unit: str = ""
    at_least: bool = False

    def is_reached(self, figure: float) -> bool:
        """Tell whether a figure is as far as it is to be."""
        return figure >= self.reach if self.at_least else figure <= self.reach


def get_factor_beside(other: Calling) -> Measure:
    def measure(rounds: int) -> float:
        with serve() as serving, calls.by_us(serving) as ours, other(serving) as beside:
            return cpu_ratio(ours, beside, rounds=4 * rounds, calls=200)

    return measure


def tls_beside_official_sdk(rounds: int) -> float:
    program = Path(__file__).with_name("official.py").read_text(encoding="utf-8")
    with serve(tls=True) as serving, calls.by_us(serving) as ours:
        cpu_of(ours, 100)
        return statistics.median(
            cpu_of(ours, 200) / fresh(program, serving.host, "20", python=OFFICIAL_PYTHON)
            for _ in range(rounds)
        )


def decoding_beside(other: Callable[[], Call]) -> Measure:
    return lambda rounds: cpu_ratio(decoding.by_us(), other(), rounds=4 * rounds, calls=20)


def import_beside_what_it_stands_on(rounds: int) -> float:
    return fresh_ratio("import authing_mfa", "import requests, attrs", rounds=6 * rounds)


def start_of_sandbox(rounds: int) -> float:
    code = (
        "import time; from authing_mfa.sandbox import Sandbox; start = time.perf_counter()\n"
        "with Sandbox(): print((time.perf_counter() - start) * 1000)"
    )
    return statistics.median(fresh(code) for _ in range(2 * rounds))


HTTP, TLS = "CPU of get_factor, HTTP", "CPU of get_factor, TLS"
DECODING = "CPU of decoding 1,000 factors"

ROWS = (
    Row(HTTP, "requests.Session, naive", 0.60, get_factor_beside(calls.by_requests)),
    Row(HTTP, "httpx.Client", 0.95, get_factor_beside(calls.by_httpx)),
    Row(HTTP, "http.client, the floor", 3.7, get_factor_beside(calls.by_http_client)),
    Row(TLS, "the official SDK 5.1.0", 0.02, tls_beside_official_sdk),
    Row(DECODING, "json.loads alone", 6.0, decoding_beside(decoding.by_json)),
    Row(DECODING, "cattrs, strict", 1.0, decoding_beside(decoding.by_cattrs)),
    Row(DECODING, "pydantic, strict", 2.5, decoding_beside(decoding.by_pydantic)),
    Row(
        "memory of 100,000 factors", "dicts", 0.6, lambda _: decoding.memory_beside_dicts(100_000)
    ),
    Row("CPU of import authing_mfa", "requests and attrs", 1.5, import_beside_what_it_stands_on),
    Row("64 threads, server at 50 ms", "waiting alone", 0.85, load.of_ideal, at_least=True),
    Row("start of the sandbox", "the clock", 100, start_of_sandbox, "ms"),
    Row(
        "round trips to the sandbox",
        "werkzeug's hello, kept",
        0.6,
        load.sandbox_beside_hello,
        at_least=True,
    ),
)
