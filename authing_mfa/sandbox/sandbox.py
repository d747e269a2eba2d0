"""The sandbox as its user sees it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import attrs

from authing_mfa.sandbox import accounts
from authing_mfa.sandbox import seed as seeds
from authing_mfa.sandbox.clock import Clock
from authing_mfa.sandbox.faults import Faults
from authing_mfa.sandbox.journal import Journal
from authing_mfa.sandbox.outbox import Outbox
from authing_mfa.sandbox.server import Server
from authing_mfa.sandbox.service import Service
from authing_mfa.sandbox.settings import Settings
from authing_mfa.sandbox.state import FACTOR_TYPES, Application, State, User
from authing_mfa.sandbox.users import SandboxUser
from authing_mfa.sandbox.world import World, new_id


class Sandbox:
    """A stateful GenAuth service in the process, on a loopback port.

    Use it as a context manager, or `start` and `stop` it. It may be used from any thread.

    Args:
        host: a loopback address.
        port: 0 for a free one.
        settings: what the vendor's documents leave open.
        seed: a snapshot, a part of one, or the path of a JSON file with either.

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
    ) -> None:
        self._first_settings = settings or Settings()
        self._seed = None if seed is None else seeds.read(seed)
        self._service = Service(World(_new_state(), _copy(self._first_settings)))
        self._server = Server(self._service, host, port)
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
    def app_id(self) -> str:
        """The id of the pool's application."""
        return self._world.state.application.app_id

    @property
    def app_secret(self) -> str:
        """The secret of the pool's application."""
        return self._world.state.application.secret

    @property
    def user_pool_id(self) -> str:
        """The id of the user pool."""
        return self._world.state.pool_id

    @property
    def access_key_id(self) -> str:
        """The id of the pool's access key, which is the pool's own id."""
        return self._world.state.pool_id

    @property
    def access_key_secret(self) -> str:
        """The secret of the pool's access key."""
        return self._world.state.access_key_secret

    @property
    def client_auth(self) -> str:
        """How the application proves itself: `client_secret_post`, `client_secret_basic`, `none`.

        Setting it to anything else is a ValueError.
        """
        return self._world.state.application.client_auth

    @client_auth.setter
    def client_auth(self, mode: str) -> None:
        self._world.state.application.client_auth = mode

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

    @property
    def users(self) -> tuple[SandboxUser, ...]:
        """All users, oldest first."""
        with self._service.lock:
            return tuple(self._handle(user) for user in self._world.state.users.values())

    @property
    def _world(self) -> World:
        return self._service.world

    def start(self) -> None:
        """Serve, until `stop`; an OSError says that the port is taken."""
        self._server.start()

    def stop(self) -> None:
        """Close all connections and the port; the state stays."""
        self._server.stop()

    def add_user(
        self,
        *,
        phone: str | None = None,
        email: str | None = None,
        username: str | None = None,
        password: str | None = None,
        phone_country_code: str | None = None,
        factors: Iterable[Any] = (),
    ) -> SandboxUser:
        """Add a user who is signed in and has these factors bound.

        Args:
            phone: digits without an area code.
            email: the account's e-mail.
            username: made up if not given.
            password: made up if not given.
            phone_country_code: the phone's area code, `+86` if not given.
            factors: `SMS`, `EMAIL`, `OTP`, `FACE`; the first two use the phone and e-mail.

        Raises:
            ValueError: the account is taken, or a factor lacks its phone or e-mail.
        """
        with self._service.lock:
            user = accounts.add(
                self._world,
                factors,
                phone=phone,
                email=email,
                username=username,
                password=password,
                phone_country_code=phone_country_code,
            )
            return self._handle(user)

    def enable_factor(self, factor_type: str) -> None:
        """Let the application offer a factor type again, as an administrator would."""
        _check_type(factor_type)
        with self._service.lock:
            enabled = self._world.state.application.enabled_factors
            if factor_type not in enabled:
                enabled.append(factor_type)

    def disable_factor(self, factor_type: str) -> None:
        """Stop the application from offering a factor type; bound factors stay."""
        _check_type(factor_type)
        with self._service.lock:
            enabled = self._world.state.application.enabled_factors
            enabled[:] = [each for each in enabled if each != factor_type]

    def require_mfa(self, policy: str | None, methods: Iterable[Any] = FACTOR_TYPES) -> None:
        """Set what the application asks of a sign-in.

        Args:
            policy: `application`: everybody needs a second factor (code 1636); `personal`: users
                with an authenticator do (1635); None: nobody does.
            methods: factor types that `application` offers, the preferred one first.

        Raises:
            ValueError: an unknown policy or factor type.
        """
        with self._service.lock:
            application = self._world.state.application
            application.mfa_methods = [str(getattr(each, "value", each)) for each in methods]
            application.mfa_policy = policy

    def reset(self) -> None:
        """Begin anew: the first settings and seed, no users beside, real time, no faults."""
        with self._service.lock:
            world = self._world
            world.state = _new_state(world.state)
            world.settings = _copy(self._first_settings)
            world.clock.reset()
            world.outbox.clear()
            self.faults.clear()
            self.journal.clear()
            self._plant()

    def snapshot(self) -> dict[str, Any]:
        """Return the state as a JSON document, which `seed` takes; its secrets are in it."""
        with self._service.lock:
            return seeds.snapshot(self._world)

    def _plant(self) -> None:
        if self._seed is not None:
            seeds.load(self._world, self._seed)

    def _handle(self, user: User) -> SandboxUser:
        return SandboxUser(self._service, user, self._server)


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


def _check_type(factor_type: str) -> None:
    if factor_type not in FACTOR_TYPES:
        raise ValueError(f"no factor type {factor_type!r}, only {', '.join(FACTOR_TYPES)}")
