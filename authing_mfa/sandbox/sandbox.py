"""The sandbox: its life, its pool and its application."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from typing import Any

import attrs

from . import accounts
from . import seed as seeds
from .clock import Clock
from .context import Context, RateLimit, new_id
from .faults import Faults
from .generated_pool import GeneratedPool
from .journal import Journal
from .outbox import Outbox
from .sandbox_user import SandboxUser
from .server import Server
from .service import Service
from .settings import Settings
from .state import Application, State
from .users import FACTOR_TYPES, User, check_factor_type


class Sandbox:
    """A stateful GenAuth service in the process, on a loopback port.

    Use it as a context manager, or ``start`` and ``stop`` it. It may be used from any thread.

    Args:
        host: A loopback address.
        port: 0 for a free one.
        settings: Choices where the vendor's documents leave something open.
        seed: A snapshot, a part of one, or the path of a JSON file with either.
        pool: Users that are there from the beginning, as many as you like.

    Raises:
        ValueError: The host is not loopback, or the seed does not fit.
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
        self._service = Service(Context(_new_state(), _copy(self._first_settings)))
        self._server = Server(self._service, host, port)
        self._plant()

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self.url or 'not started'}>"

    @property
    def url(self) -> str:
        """The host to give to a client, empty until the start."""
        return self._server.url

    @property
    def settings(self) -> Settings:
        """The settings, for all that the vendor's documents leave open; set them at any time."""
        return self._context.settings

    @property
    def outbox(self) -> Outbox:
        """The messages that were "sent"."""
        return self._context.outbox

    @property
    def clock(self) -> Clock:
        """The clock that all rules read."""
        return self._context.clock

    @property
    def faults(self) -> Faults:
        """Faults on demand."""
        return self._service.faults

    @property
    def journal(self) -> Journal:
        """The requests that came, redacted."""
        return self._service.journal

    def start(self) -> None:
        """Serve, until ``stop``; an OSError says that the port is taken."""
        self._server.start()

    def stop(self) -> None:
        """Close all connections and the port; the state stays."""
        self._server.stop()

    def reset(self) -> None:
        """Begin anew: the first settings and seed, no users beside, real time, no faults."""
        with self._service.lock:
            context = self._context
            context.state = _new_state(context.state)
            context.settings = _copy(self._first_settings)
            context.clock.reset()
            context.rate = RateLimit()
            context.outbox.clear()
            self.faults.clear()
            self.journal.clear()
            self._plant()

    def snapshot(self) -> dict[str, Any]:
        """Return the state as a JSON document, which ``seed`` takes; its secrets are in it."""
        with self._service.lock:
            return seeds.snapshot(self._context)

    @property
    def app_id(self) -> str:
        """The id of the pool's application."""
        return self._context.state.application.app_id

    @property
    def app_secret(self) -> str:
        """The secret of the pool's application."""
        return self._context.state.application.secret

    @property
    def user_pool_id(self) -> str:
        """The id of the user pool."""
        return self._context.state.pool_id

    @property
    def access_key_id(self) -> str:
        """The id of the pool's access key, which is the pool's own id."""
        return self._context.state.pool_id

    @property
    def access_key_secret(self) -> str:
        """The secret of the pool's access key."""
        return self._context.state.access_key_secret

    @property
    def management_credentials(self) -> dict[str, Any]:
        """Keyword arguments of a client that acts as an administrator of the pool."""
        return self._key(self.access_key_id, self.access_key_secret)

    def add_access_key(self) -> dict[str, Any]:
        """Give a co-administrator a key, whose id is not the pool's, as keyword arguments."""
        key_id, secret = new_id(), _new_secret("key")
        with self._service.lock:
            self._context.state.access_keys[key_id] = secret
        return self._key(key_id, secret)

    @property
    def client_auth(self) -> str:
        """The application's way to prove itself.

        One of ``client_secret_post``, ``client_secret_basic`` and ``none``.

        Setting it to anything else is a ValueError.
        """
        return self._context.state.application.client_auth

    @client_auth.setter
    def client_auth(self, mode: str) -> None:
        self._context.state.application.client_auth = mode

    @property
    def users(self) -> tuple[SandboxUser, ...]:
        """The users that were added, first come first; generated ones only once they are used."""
        with self._service.lock:
            return tuple(self._handle(user) for user in self._context.state.users.held)

    def add_user(
        self,
        *,
        phone: str | None = None,
        email: str | None = None,
        username: str | None = None,
        password: str | None = None,
        phone_country_code: str | None = None,
        factors: Iterable[Any] = (),
        **facts: Any,
    ) -> SandboxUser:
        """Add a user who is signed in and has these factors bound.

        Args:
            phone: Digits without an area code.
            email: The account's e-mail.
            username: Made up if not given.
            password: Made up if not given.
            phone_country_code: The phone's area code, ``+86`` if not given.
            factors: ``SMS`` and ``EMAIL``, which use the phone and e-mail, ``OTP``, ``FACE``.
            facts: What an administrator sees beside: ``nickname``, ``external_id``, ``status``,
                ``identities`` and ``sync_relations`` (provider to id), ``custom_data``,
                ``created_at`` (Unix seconds).

        Raises:
            TypeError: A fact that users do not have.
            ValueError: The account is taken, or a factor lacks its phone or e-mail.
        """
        with self._service.lock:
            user = accounts.add(
                self._context,
                factors,
                phone=phone,
                email=email,
                username=username,
                password=password,
                phone_country_code=phone_country_code,
                **facts,
            )
            return self._handle(user)

    def get_user(self, user_id: str) -> SandboxUser:
        """Return a user by id, a generated one too; LookupError: there is none."""
        with self._service.lock:
            user = self._context.state.users.get("user_id", user_id)
            if user is None:
                raise LookupError("the pool has no such user")
            return self._handle(user)

    def remove_user(self, user: SandboxUser | str) -> None:
        """Remove a user, given as such or by id; LookupError if there is none."""
        user_id = user if isinstance(user, str) else user.user_id
        with self._service.lock:
            state = self._context.state
            found = state.users.peek("user_id", user_id)
            if found is None:
                raise LookupError("the pool has no such user")
            state.users.remove(found)
            state.tokens.drop_where(lambda token: token.user_id == user_id)
            state.pending.drop_where(lambda pending: pending.user_id == user_id)

    def generate_users(self, size: int, seed: int = 0, **shares: Any) -> GeneratedPool:
        """Fill the pool with users who are computed, beside those that were added.

        Args:
            size: How many, at most 100 million.
            seed: As all the rest, see ``GeneratedPool``.
            shares: ``statuses``, ``factors``, ``per_instant``.
        """
        pool = GeneratedPool(size=size, seed=seed, **shares)
        with self._service.lock:
            self._context.state.users.generate(pool)
        return pool

    def enable_factor(self, factor_type: str) -> None:
        """Let the application offer a factor type again, as an administrator would."""
        check_factor_type(factor_type)
        with self._service.lock:
            application = self._context.state.application
            application.enable({*application.enabled_factors, factor_type})

    def disable_factor(self, factor_type: str) -> None:
        """Stop the application from offering a factor type; bound factors stay."""
        check_factor_type(factor_type)
        with self._service.lock:
            application = self._context.state.application
            application.enable({*application.enabled_factors} - {factor_type})

    def require_mfa(self, policy: str | None, methods: Iterable[Any] = FACTOR_TYPES) -> None:
        """Set what the application asks of a sign-in.

        Args:
            policy: ``application`` asks everybody for a second factor (code 1636), ``personal``
                users with an authenticator (1635), None nobody.
            methods: Factor types that ``application`` offers, the preferred one first.

        Raises:
            ValueError: An unknown policy or factor type.
        """
        with self._service.lock:
            application = self._context.state.application
            application.mfa_methods = [str(getattr(each, "value", each)) for each in methods]
            application.mfa_policy = policy

    @property
    def _context(self) -> Context:
        return self._service.context

    def _key(self, key_id: str, secret: str) -> dict[str, Any]:
        return {"access_key_id": key_id, "access_key_secret": secret, "host": self._server.url}

    def _handle(self, user: User) -> SandboxUser:
        return SandboxUser(self._service, user, self._server)

    def _plant(self) -> None:
        if self._pool is not None:
            self._context.state.users.generated = self._pool
        if self._seed is not None:
            seeds.load(self._context, self._seed)


def _new_state(old: State | None = None) -> State:
    """Make an empty state, with the identity of an old one if there is one."""
    return State(
        pool_id=old.pool_id if old else new_id(),
        pool_name="sandbox",
        access_key_secret=old.access_key_secret if old else _new_secret("key"),
        application=Application(
            app_id=old.application.app_id if old else new_id(),
            secret=old.application.secret if old else _new_secret("secret"),
        ),
    )


def _new_secret(kind: str) -> str:
    return f"sandbox_{kind}_{secrets.token_urlsafe(24)}"


def _copy(settings: Settings) -> Settings:
    return attrs.evolve(settings, refusals=dict(settings.refusals))
