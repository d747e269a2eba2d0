"""The targets by their names."""

from __future__ import annotations

from . import client, envelope, kept, mapper, sandbox_bytes, sandbox_calls
from .target import Target

TARGETS: dict[str, Target] = {
    "envelope": envelope.TARGET,
    "mapper": mapper.TARGET,
    "client": client.TARGET,
    "client-kept": kept.TARGET,
    "sandbox-bytes": sandbox_bytes.TARGET,
    "sandbox-calls": sandbox_calls.TARGET,
}
