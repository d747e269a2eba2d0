"""Where a unit is worked on: in a thread here, or in a process elsewhere."""

from __future__ import annotations

import atexit
import copy
import pickle
import threading
from typing import Any, Final, Protocol

import attrs

from .._auth.tokens import Bearer
from .._secrets import hide
from ..errors import ConfigurationError
from ..management import ManagementClient
from ._pace import Pace


@attrs.frozen
class Recipe:
    """A pickled client, or what makes one; shows nothing: the access key's secret is in it."""

    pickled: bytes = attrs.field(repr=hide)


@attrs.frozen
class ClientFactory:
    """The caller's ``worker_client``; shows nothing, since a partial would show a secret."""

    make: Any = attrs.field(repr=hide)


class Desk(Protocol):
    """Where a unit is worked on: gives it a client, and its turn before each call."""

    def client(self) -> ManagementClient:
        """Return the client to ask with."""

    def take(self) -> bool:
        """Wait for a turn; False when the run is over."""

    def pause(self, seconds: float) -> None:
        """Hear that the service wants a pause."""


@attrs.frozen
class Here:
    """A thread of this process: it shares the client and waits for a turn before each call."""

    _client: ManagementClient
    pace: Pace

    def client(self) -> ManagementClient:
        """Return the shared client."""
        return self._client

    def take(self) -> bool:
        """Wait for a turn."""
        return self.pace.take()

    def pause(self, seconds: float) -> None:
        """Pause all threads at once."""
        self.pace.pause(seconds)


@attrs.frozen
class Elsewhere:
    """Another process. Its units are handed out at the permitted rate, so nothing waits there.

    Attributes:
        recipe: What makes the client there.
    """

    recipe: Recipe

    def client(self) -> ManagementClient:
        """Return this process's client, made when it is first needed."""
        return _client_of(self.recipe)

    def take(self) -> bool:
        """Return True."""
        return True

    def pause(self, seconds: float) -> None:
        """Do nothing: the coordinator pauses when the unit comes back."""


def pool_of(client: ManagementClient) -> str:
    """Return the pool that a client is for; where requests are signed, its key stands for it.

    Raises:
        AuthingMFAError: The key is rejected, or no token can be had.
    """
    auth = client._session.tokens.auth(client._session.deadline())
    if isinstance(auth, Bearer):
        return auth.headers["x-authing-userpool-id"]
    return client._key.access_key_id


def without_retries(client: ManagementClient) -> ManagementClient:
    """Return a second handle that tries each call once, on the same connections.

    A client that waits out a 429 by itself would do so in one thread while the others go on
    asking. Here everybody waits, and a user whose call failed is asked for again at the end.
    """
    options = copy.copy(client._session.options)
    options.max_retries = 0
    return client._handle(_session=attrs.evolve(client._session, options=options))


def recipe(client: ManagementClient, factory: ClientFactory | None) -> Recipe:
    """Return what makes a client in another process.

    Raises:
        ConfigurationError: It cannot travel, or would travel without its secret.
    """
    if factory is None and client._arguments()["access_key_secret"] is None:
        raise ConfigurationError(
            "executor: it runs in other processes, and the client's secret does not travel there; "
            "pass worker_client=ManagementClient.from_env and set the environment there, or make "
            "the client with pickle_secrets=True"
        )
    try:
        return Recipe(pickle.dumps(factory or without_retries(client)))
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        kind = type(error).__name__
    raise ConfigurationError(
        f"executor: it runs in other processes, and the client cannot be pickled ({kind}); pass a "
        "worker_client that can, such as ManagementClient.from_env"
    )


_made: Final[dict[Recipe, ManagementClient]] = {}
_made_lock: Final = threading.Lock()


def _client_of(recipe: Recipe) -> ManagementClient:
    with _made_lock:
        if recipe not in _made:
            made = pickle.loads(recipe.pickled)  # noqa: S301  this package's own, by the executor
            client = made.make() if isinstance(made, ClientFactory) else made
            if not isinstance(client, ManagementClient):
                raise ConfigurationError(
                    "worker_client: wanted a function that returns a ManagementClient, got "
                    f"{type(client).__name__}"
                )
            atexit.register(client.close)
            _made[recipe] = without_retries(client)
        return _made[recipe]
