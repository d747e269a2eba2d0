"""One audit in a process of its own, against a server in another."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import attrs

from authing_mfa import ManagementClient
from authing_mfa.audit import AuditProgress, audit_coverage

SERVER = Path(__file__).parents[2] / "tests" / "audit" / "pool_server.py"


@attrs.frozen(kw_only=True)
class Figures:
    """What one audit took, imports left out.

    Attributes:
        seconds: From the first call to the report.
        cpu_seconds: Of the auditing process alone.
        peak_mib: The most memory that the process ever had.
        calls_per_second: While factors were asked for.
        cores: Processor time by time.
    """

    users: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    store_mib: float
    calls_per_second: float
    cores: float

    @property
    def microseconds_per_user(self) -> float:
        """Time by users."""
        return self.seconds / self.users * 1e6

    @property
    def cpu_microseconds_per_user(self) -> float:
        """Processor time by users."""
        return self.cpu_seconds / self.users * 1e6


def audited(
    users: int, directory: Path, *, workers: int, delay: float = 0.0, show: bool = False
) -> Figures:
    """Audit a generated pool in a process of its own."""
    serve = [sys.executable, str(SERVER), "--users", str(users), "--delay", str(delay)]
    pipe = subprocess.PIPE
    with subprocess.Popen(serve, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout is not None
        host = server.stdout.readline().strip()
        store = directory / f"{users}.sqlite3"
        command = [
            sys.executable,
            "-m",
            "bench.audit.measure",
            host,
            str(store),
            str(workers),
            str(show),
        ]
        said = subprocess.run(
            [str(part) for part in command], stdout=pipe, text=True, check=True
        ).stdout
        assert server.stdin is not None
        server.stdin.close()
    return Figures(users=users, **json.loads(said))


def main(host: str, store: str, workers: str, show: str) -> None:
    """Audit, and print what it took as JSON."""
    checking: list[AuditProgress] = []

    def note(progress: AuditProgress) -> None:
        if progress.stage == "checking":
            checking[1:] = [progress]
        if show == "True":
            print(f"\r{progress.stage} {progress.done:,}", end=" ", file=sys.stderr, flush=True)

    client = ManagementClient(
        host=host, access_key_id="0123456789abcdef01234567", access_key_secret="example-secret"
    )
    with client:
        began, spent = time.perf_counter(), time.process_time()
        audit_coverage(client, store, rate=1e9, workers=int(workers), progress=note)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - spent
    first, last = checking[0], checking[-1]
    figures = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "store_mib": Path(store).stat().st_size / 2**20,
        "calls_per_second": (last.done - first.done) / (last.seconds - first.seconds),
        "cores": cpu_seconds / seconds,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
