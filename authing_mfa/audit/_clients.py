"""The clients of tasks: shared by threads, or made in another process."""

from __future__ import annotations

import atexit
import contextlib
import pickle
import threading
from collections.abc import Iterator
from typing import Final, TypeAlias

import attrs

from .._secrets import Sealed, hide
from ..errors import ConfigurationError, ThrottleError
from ..management import ManagementClient
from ._rate import RateLimiter, pause_of


@attrs.frozen
class SharedClient:
    """The client of this process. Each call waits for the rate limit; a 429 pauses all calls.

    Attributes:
        handle: Tries each call once: a client that waits out a 429 by itself would do so in one
            thread while the others go on asking.
    """

    handle: ManagementClient
    limiter: RateLimiter

    @contextlib.contextmanager
    def call(self) -> Iterator[ManagementClient]:
        """Wait until a call may be made, and give the client for it.

        Raises:
            CancelledError: The run is over.
        """
        self.limiter.acquire()
        try:
            yield self.handle
        except ThrottleError as error:
            self.limiter.pause(pause_of(error))
            raise


@attrs.frozen
class PickledClient:
    """A client for another process. Its tasks are submitted at the permitted rate.

    Attributes:
        pickled: The client, or the sealed function that makes it; a secret is in both.
    """

    pickled: bytes = attrs.field(repr=hide)

    @contextlib.contextmanager
    def call(self) -> Iterator[ManagementClient]:
        """Give this process's client, made when it is first needed."""
        yield _client_of(self)


TaskClient: TypeAlias = SharedClient | PickledClient


def pickled(client: ManagementClient, make: Sealed | None) -> PickledClient:
    """Return a client for other processes, made there by ``make`` if that is given.

    Raises:
        ConfigurationError: It cannot be pickled, or would be without its secret.
    """
    if make is None and client._constructor_arguments()["access_key_secret"] is None:
        raise ConfigurationError(
            "executor: it runs in other processes, and the client's secret does not travel there; "
            "pass worker_client=ManagementClient.from_env and set the environment there, or make "
            "the client with pickle_secrets=True"
        )
    try:
        return PickledClient(pickle.dumps(make or client._without_retries()))
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        kind = type(error).__name__
    raise ConfigurationError(
        f"executor: it runs in other processes, and the client cannot be pickled ({kind}); pass a "
        "worker_client that can, such as ManagementClient.from_env"
    )


_made: Final[dict[PickledClient, ManagementClient]] = {}
_made_lock: Final = threading.Lock()


def _client_of(source: PickledClient) -> ManagementClient:
    with _made_lock:
        if source not in _made:
            made = pickle.loads(source.pickled)  # noqa: S301  this package's own, by the executor
            client = made.open()() if isinstance(made, Sealed) else made
            if not isinstance(client, ManagementClient):
                raise ConfigurationError(
                    "worker_client: wanted a function that returns a ManagementClient, got "
                    f"{type(client).__name__}"
                )
            atexit.register(client.close)
            _made[source] = client._without_retries()
        return _made[source]
