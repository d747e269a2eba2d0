"""The sandbox as its user sees it."""

from __future__ import annotations

import os
import secrets
from types import TracebackType
from typing import Any

import attrs

from . import seed as seeds
from .clock import Clock
from .faults import Faults
from .generated import GeneratedPool
from .journal import Journal
from .outbox import Outbox
from .rate import Rate
from .server import Server
from .service import Service
from .settings import Settings
from .state import Application, State
from .tenant import Tenant
from .world import World, new_id


class Sandbox(Tenant):
    """A stateful GenAuth service in the process, on a loopback port.

    Use it as a context manager, or `start` and `stop` it. It may be used from any thread.

    Args:
        host: a loopback address.
        port: 0 for a free one.
        settings: what the vendor's documents leave open.
        seed: a snapshot, a part of one, or the path of a JSON file with either.
        pool: users that are there from the beginning, as many as you like.

    Raises:
        ValueError: the host is not loopback, or the seed does not fit.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        settings: Settings | None = None,
        seed: seeds.Seed | str | os.PathLike[str] | None = None,
        pool: GeneratedPool | None = None,
    ) -> None:
        self._first_settings = settings or Settings()
        self._pool = pool
        self._seed = None if seed is None else seeds.read(seed)
        service = Service(World(_new_state(), _copy(self._first_settings)))
        super().__init__(service, Server(service, host, port))
        self._plant()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self.url or 'not started'}>"

    @property
    def url(self) -> str:
        """The host to give to a client, empty until the start."""
        return self._server.url

    @property
    def settings(self) -> Settings:
        """What the vendor's documents leave open; set its fields at any time."""
        return self._world.settings

    @property
    def outbox(self) -> Outbox:
        """The messages that were "sent"."""
        return self._world.outbox

    @property
    def clock(self) -> Clock:
        """The time that all rules read."""
        return self._world.clock

    @property
    def faults(self) -> Faults:
        """Misbehaviour on demand."""
        return self._service.faults

    @property
    def journal(self) -> Journal:
        """The requests that came, redacted."""
        return self._service.journal

    def start(self) -> None:
        """Serve, until `stop`; an OSError says that the port is taken."""
        self._server.start()

    def stop(self) -> None:
        """Close all connections and the port; the state stays."""
        self._server.stop()

    def reset(self) -> None:
        """Begin anew: the first settings and seed, no users beside, real time, no faults."""
        with self._service.lock:
            world = self._world
            world.state = _new_state(world.state)
            world.settings = _copy(self._first_settings)
            world.clock.reset()
            world.rate = Rate()
            world.outbox.clear()
            self.faults.clear()
            self.journal.clear()
            self._plant()

    def snapshot(self) -> dict[str, Any]:
        """Return the state as a JSON document, which `seed` takes; its secrets are in it."""
        with self._service.lock:
            return seeds.snapshot(self._world)

    def _plant(self) -> None:
        if self._pool is not None:
            self._world.state.users.generated = self._pool
        if self._seed is not None:
            seeds.load(self._world, self._seed)


def _new_state(old: State | None = None) -> State:
    """Make an empty state, with the identity of an old one if there is one."""
    if old is not None:
        kept = old.application
        application = Application(app_id=kept.app_id, secret=kept.secret)
        pool_id, key = old.pool_id, old.access_key_secret
    else:
        secret = f"sandbox_secret_{secrets.token_urlsafe(24)}"
        application = Application(app_id=new_id(), secret=secret)
        pool_id, key = new_id(), f"sandbox_key_{secrets.token_urlsafe(24)}"
    return State(
        pool_id=pool_id, pool_name="sandbox", access_key_secret=key, application=application
    )


def _copy(settings: Settings) -> Settings:
    return attrs.evolve(settings, refusals=dict(settings.refusals))
