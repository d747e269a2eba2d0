"""The audit: who in this pool has no second factor?"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from .. import _checks
from .._pool_calls import LARGEST_PAGE
from ..errors import ConfigurationError
from ..management import ManagementClient
from ..pool import UserFilter
from ._crew import Crew
from ._desk import Elsewhere, Here, pool_of, recipe, without_retries
from ._pace import Pace
from ._progress import AuditProgress, Reporter
from ._report import CoverageReport, read_report
from ._run import Run
from ._store import Store

LARGEST_BATCH: Final = 16
"""Users in one unit of work."""
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

    All answers go into ``store``, so a run that was stopped, killed or cut off goes on where it
    was when it is called again with the same arguments: nobody is counted twice, nobody is lost,
    and only the users who were being asked for just then are asked for again. A store is one
    audit: called again after its end, it adds users who came since and tries again who failed.
    For tonight's audit, name a new file. The store holds user ids, statuses, instants of creation
    and kinds of factor; no name, address or phone number.

    Who is deleted before being asked for is left out. Who comes while it runs is in, up to the
    report's ``created_until``. A user whose call fails is asked for again at the end, and stands
    in the report with the error if that fails, too.

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
        retry_rounds: How often those who failed are tried again.
        patience: Seconds without any answer after which the run stops, and the longest
            ``Retry-After`` that is obeyed.
        progress: Called with an ``AuditProgress`` about five times a second.

    Raises:
        ConfigurationError: An argument cannot work, the executor is shut down, or the store is in
            use, of another audit, or of another version.
        UnauthorizedError: The access key is rejected.
        ForbiddenError: The key may not list users or ask for their factors.
        AuditStoppedError: The disk is full, or the executor lost a unit of work.
        AuthingMFAError: The service failed for longer than ``patience``.

    Endpoints: ``POST /api/v3/list-users``, ``GET /api/v3/get-user-mfa-info``
    """
    if not isinstance(client, ManagementClient):
        raise ConfigurationError(f"client: wanted a ManagementClient, got {type(client).__name__}")
    path = _store_path(store)
    named = {
        _checks.text("by_filter", name): _conditions("by_filter", wanted)
        for name, wanted in sorted((by_filter or {}).items())
    }
    filters = _conditions("filters", filters)
    walks = [filters, *((*filters, *wanted) for wanted in named.values())]
    _check_numbers(workers, rate, walk_limit)
    _checks.count("retry_rounds", retry_rounds)
    _checks.seconds("patience", patience)
    _checks.callback("progress", progress)
    with _crew(executor, workers, rate, patience) as crew:
        desk = (
            Here(without_retries(client), crew.pace)
            if crew.is_here
            else Elsewhere(recipe(client, worker_client))
        )
        identity = _identity(client, filters, named)
        with contextlib.closing(Store.open(path, identity)) as opened:
            Run(
                client=client,
                store=opened,
                crew=crew,
                desk=desk,
                walks=walks,
                batch=_batch(workers, rate),
                walk_limit=walk_limit,
                retry_rounds=retry_rounds,
                patience=patience,
                reporter=Reporter(progress),
            ).go()
    return read_report(path)


@contextlib.contextmanager
def _crew(executor: Executor | None, workers: int, rate: float, patience: float) -> Iterator[Crew]:
    if executor is not None and not isinstance(executor, Executor):
        raise ConfigurationError(
            "executor: wanted a concurrent.futures.Executor, such as ThreadPoolExecutor(64) or "
            f"distributed.Client(...).get_executor(), got {type(executor).__name__}"
        )
    chosen = executor or ThreadPoolExecutor(workers, thread_name_prefix="authing-mfa-audit")
    crew = Crew(chosen, Pace(rate))
    # Threads wait at the pace themselves: twice as many units keep them busy, and do no harm.
    crew.limit = 2 * workers if crew.is_here else workers
    try:
        crew.check(patience)
        yield crew
    finally:
        crew.dismiss()
        if executor is None:
            chosen.shutdown()


def _batch(workers: int, rate: float) -> int:
    """Return how many users make a unit: few enough that all units out are a second's calls."""
    return int(max(1, min(LARGEST_BATCH, rate // workers)))


def _check_numbers(workers: int, rate: float, walk_limit: int) -> None:
    if not 1 <= _checks.count("workers", workers) <= MOST_WORKERS:
        raise ConfigurationError(f"workers: wanted 1 to {MOST_WORKERS} calls at a time")
    if not _is_positive(rate):
        raise ConfigurationError(
            "rate: wanted calls a second, more than 0; the service allows 300 on a free plan"
        )
    if _checks.count("walk_limit", walk_limit) < LARGEST_PAGE:
        raise ConfigurationError(f"walk_limit: wanted a page's {LARGEST_PAGE} users or more")


def _is_positive(value: object) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 < value < math.inf  # type: ignore[operator]


def _store_path(store: str | Path) -> Path:
    path = Path(_checks.text("store", str(store) if isinstance(store, Path) else store))
    if not path.parent.is_dir():
        raise ConfigurationError(f"store: there is no directory {path.parent}; make it first")
    if path.is_dir():
        raise ConfigurationError(f"store: {path} is a directory; name a file in it")
    return path


def _identity(
    client: ManagementClient,
    filters: Sequence[UserFilter],
    named: Mapping[str, Sequence[UserFilter]],
) -> dict[str, str]:
    """Return what makes two runs the same audit. A bad key is found out here, by one call."""
    return {
        "pool": pool_of(client),
        "host": client._session.options.host,
        "filters": _as_text(filters),
        "by_filter": _as_text(named),
    }


def _conditions(name: str, filters: Sequence[UserFilter]) -> tuple[UserFilter, ...]:
    if not all(isinstance(condition, UserFilter) for condition in filters):
        raise ConfigurationError(f"{name}: wanted UserFilter values only")
    try:
        _as_text(filters)
    except (TypeError, ValueError):
        raise ConfigurationError(f"{name}: wanted values of JSON types in each filter") from None
    return tuple(filters)


def _as_text(conditions: object) -> str:
    return json.dumps(conditions, default=_condition, sort_keys=True, ensure_ascii=False)


def _condition(value: object) -> object:
    if isinstance(value, UserFilter):
        return value.to_wire()
    raise TypeError
