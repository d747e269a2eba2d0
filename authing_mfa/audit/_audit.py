"""The entry point of an audit: check the arguments, open the store, run, and report."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

from .._secrets import Sealed
from .._values import arguments
from .._values.users import UserFilter
from ..errors import ConfigurationError
from ..management import LARGEST_PAGE, ManagementClient
from ._clients import SharedClient, pickled
from ._health import HealthCheck
from ._progress import AuditProgress, Progress
from ._rate import Backoff
from ._report import CoverageReport, read_report, store_path
from ._run import Run
from ._store import Store
from ._workers import worker_pool

LARGEST_BATCH: Final = 16
"""Users in one task."""
MOST_WORKERS: Final = 1_024


def audit_coverage(
    client: ManagementClient,
    store: str | Path = "audit.sqlite3",
    *,
    filters: Sequence[UserFilter] = (),
    by_filter: Mapping[str, Sequence[UserFilter]] | None = None,
    executor: Executor | None = None,
    workers: int = 32,
    worker_client: Callable[[], ManagementClient] | None = None,
    rate: float = 300,
    walk_limit: int = 10_000,
    retry_rounds: int = 2,
    patience: float = 300,
    progress: Callable[[AuditProgress], object] | None = None,
) -> CoverageReport:
    """Ask for the factors of every user of a pool, and report who has none.

    Each response goes into ``store``. A run that was stopped or killed goes on where it was when
    it is called again with the same arguments: nobody is counted twice, nobody is lost, and only
    the users who were being asked for at that moment are asked for again. A store is one
    audit: called again after its end, it adds users who came since and tries again who failed.
    For tonight's audit, name a new file. The store holds user ids, statuses, instants of creation
    and kinds of factor; no name, address or phone number.

    Who is deleted before being asked for is left out. Who comes while it runs is in, up to the
    report's ``created_until``. A user whose call fails is asked for again at the end, and stands
    in the report with the error if that fails, too. Another user,
    who was fine before, shows whether the user or the service fails.

    Args:
        client: For the pool. Its own ``max_retries`` is not used for the many calls: after a 429
            all workers wait together, and other failures are tried again at the end.
        store: The SQLite file; made where there is none.
        filters: Audit only the users who match all of these.
        by_filter: Names, and the conditions of those users to count under each name.
        executor: What runs the calls: threads of its own by default. Where it runs in other
            processes (Dask's ``distributed.Client.get_executor()``, a ``ProcessPoolExecutor``),
            the client travels there pickled, which wants ``pickle_secrets=True``, or is made
            there by ``worker_client``. Yours is not shut down.
        workers: Calls at a time, 1 to 1,024. Give no more than a ``ThreadPoolExecutor`` of yours
            has threads, and at least as many as a cluster has.
        worker_client: Makes the client in another process; a function that pickles, such as
            ``ManagementClient.from_env``.
        rate: Calls a second at most, all workers together; more than 0. The API reference states
            300 for a pool on the free plan.
        walk_limit: Users that page after page can reach: page times 50 goes no further. A larger
            pool is split by ``createdAt`` and walked side by side.
        retry_rounds: How often those who failed are tried again at the end. Those who failed in
            an earlier run are asked for again in any case.
        patience: Seconds without any answer after which the run stops, and the longest
            ``Retry-After`` that is obeyed. Where the service was never reached it stops after 30.
        progress: Called with an ``AuditProgress`` about five times a second. What it raises is
            logged, and warned of once.

    Raises:
        ConfigurationError: An argument cannot work, the executor is shut down, or the store is in
            use, of another audit, or of another version.
        UnauthorizedError: The access key is rejected.
        ForbiddenError: The key may not list users or ask for their factors.
        AuditStoppedError: The disk is full, or the executor lost a task.
        AuthingMFAError: The service failed for longer than ``patience``.

    Endpoints: ``POST /api/v3/list-users``, ``GET /api/v3/get-user-mfa-info``
    """
    make = None if worker_client is None else Sealed(worker_client)
    del worker_client  # a partial would show a secret in this frame
    if not isinstance(client, ManagementClient):
        raise ConfigurationError(f"client: wanted a ManagementClient, got {type(client).__name__}")
    path = _checked_store(store)
    named = _named_filters(by_filter)
    filters = _checked_filters("filters", filters)
    _check_numbers(workers, rate, walk_limit)
    arguments.count("retry_rounds", retry_rounds)
    patience = arguments.seconds("patience", patience)
    arguments.callback("progress", progress)
    arguments.callback("worker_client", None if make is None else make.open())
    with worker_pool(executor, workers, rate, patience) as pool:
        shared = SharedClient(client._without_retries(), pool.limiter)
        task_client = shared if pool.is_threads else pickled(client, make)
        backoff = Backoff(pool.limiter, patience)
        identity = _identity(shared.handle, backoff, filters, named)
        with contextlib.closing(Store.open(path, identity)) as opened:
            Run(
                client=shared,
                task_client=task_client,
                store=opened,
                workers=pool,
                walks=[filters, *((*filters, *wanted) for wanted in named.values())],
                batch=_batch(workers, rate),
                walk_limit=walk_limit,
                retry_rounds=retry_rounds,
                backoff=backoff,
                health=HealthCheck(shared, opened, backoff),
                progress=Progress(progress),
            ).go()
    return read_report(path)


def _batch(workers: int, rate: float) -> int:
    """Return the number of users in a task: all submitted tasks make about a second's calls."""
    return int(max(1, min(LARGEST_BATCH, rate // workers)))


def _check_numbers(workers: int, rate: object, walk_limit: int) -> None:
    if not 1 <= arguments.count("workers", workers) <= MOST_WORKERS:
        raise ConfigurationError(f"workers: wanted 1 to {MOST_WORKERS} calls at a time")
    is_number = isinstance(rate, (int, float)) and not isinstance(rate, bool)
    if not (is_number and 0 < rate < math.inf):  # type: ignore[operator]
        raise ConfigurationError(
            "rate: wanted calls a second, more than 0; the service allows 300 on a free plan"
        )
    if arguments.count("walk_limit", walk_limit) < LARGEST_PAGE:
        raise ConfigurationError(f"walk_limit: wanted a page's {LARGEST_PAGE} users or more")


def _checked_store(store: str | Path) -> Path:
    path = store_path(store)
    if str(path) == ":memory:":
        raise ConfigurationError("store: an audit goes on from a file; name one")
    try:
        has_directory, is_there = path.parent.is_dir(), path.exists()
    except OSError as error:
        raise ConfigurationError(f"store: {path} cannot be a file ({error.strerror})") from None
    if not has_directory:
        raise ConfigurationError(f"store: there is no directory {path.parent}; make it first")
    if path.is_dir():
        raise ConfigurationError(f"store: {path} is a directory; name a file in it")
    if is_there and not path.is_file():
        raise ConfigurationError(f"store: {path} is a device, not a file; name a file")
    return path


def _identity(
    client: ManagementClient,
    backoff: Backoff,
    filters: Sequence[UserFilter],
    named: Mapping[str, Sequence[UserFilter]],
) -> dict[str, str]:
    """Return the facts in which two runs of one audit agree; a bad key fails here, at one call."""
    return {
        **backoff.retry(client._identity),
        "filters": _fingerprint(filters),
        "by_filter": json.dumps({name: _fingerprint(wanted) for name, wanted in named.items()}),
    }


def _named_filters(value: object) -> dict[str, tuple[UserFilter, ...]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(
            "by_filter: wanted a dict of names and lists of UserFilter, got "
            f"{type(value).__name__}"
        )
    names = sorted(arguments.text("by_filter", name) for name in value)
    return {name: _checked_filters("by_filter", value[name]) for name in names}


def _checked_filters(name: str, value: object) -> tuple[UserFilter, ...]:
    filters = tuple(arguments.items(name, value, UserFilter))
    with contextlib.suppress(TypeError, ValueError, RecursionError):  # which would show a value
        _fingerprint(filters)
        return filters
    raise ConfigurationError(f"{name}: wanted values of JSON types in each filter")


def _fingerprint(filters: Sequence[UserFilter]) -> str:
    """Return a hash of filters: they may name people, and the store must not."""
    wire = [condition.to_wire() for condition in filters]
    text = json.dumps(wire, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
