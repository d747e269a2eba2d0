"""The user pool and its application, as their administrator has them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from . import accounts
from .generated import GeneratedPool
from .management import set_factors
from .people import FACTOR_TYPES, User
from .server import Server
from .service import Service
from .users import SandboxUser
from .world import World, new_id


class Tenant:
    """The administrator's side of a sandbox: users, keys, and what the application asks for."""

    def __init__(self, service: Service, server: Server) -> None:
        self._service = service
        self._server = server

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
    def management_credentials(self) -> dict[str, Any]:
        """Keyword arguments of a client that acts as an administrator of the pool."""
        return self._key(self.access_key_id, self.access_key_secret)

    def add_access_key(self) -> dict[str, Any]:
        """Give a co-administrator a key, whose id is not the pool's, as keyword arguments."""
        key_id, secret = new_id(), f"sandbox_key_{secrets.token_urlsafe(24)}"
        with self._service.lock:
            self._world.state.access_keys[key_id] = secret
        return self._key(key_id, secret)

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
    def users(self) -> tuple[SandboxUser, ...]:
        """The users that were added, first come first; generated ones only once they are used."""
        with self._service.lock:
            return tuple(self._handle(user) for user in self._world.state.users.held)

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
            phone: digits without an area code.
            email: the account's e-mail.
            username: made up if not given.
            password: made up if not given.
            phone_country_code: the phone's area code, `+86` if not given.
            factors: `SMS`, `EMAIL`, `OTP`, `FACE`; the first two use the phone and e-mail.
            facts: what an administrator sees beside: `nickname`, `external_id`, `status`,
                `identities` and `sync_relations` (provider to id), `custom_data`, `created_at`
                (Unix seconds).

        Raises:
            TypeError: a fact that users do not have.
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
                **facts,
            )
            return self._handle(user)

    def get_user(self, user_id: str) -> SandboxUser:
        """Return a user by id, a generated one too; LookupError: there is none."""
        with self._service.lock:
            user = self._world.state.users.get("user_id", user_id)
            if user is None:
                raise LookupError("the pool has no such user")
            return self._handle(user)

    def remove_user(self, user: SandboxUser | str) -> None:
        """Take a user, or the user of an id, out of the pool; LookupError: there is none."""
        user_id = user if isinstance(user, str) else user.user_id
        with self._service.lock:
            state = self._world.state
            found = state.users.peek("user_id", user_id)
            if found is None:
                raise LookupError("the pool has no such user")
            state.users.remove(found)
            state.tokens.drop_where(lambda token: token.user_id == user_id)
            state.pending.drop_where(lambda pending: pending.user_id == user_id)

    def generate_users(self, size: int, seed: int = 0, **shares: Any) -> GeneratedPool:
        """Fill the pool with users who are computed, beside those that were added.

        Args:
            size: how many, at most 100 million.
            seed: as all the rest, see `GeneratedPool`.
            shares: `statuses`, `factors`, `per_instant`.
        """
        pool = GeneratedPool(size=size, seed=seed, **shares)
        with self._service.lock:
            self._world.state.users.generate(pool)
        return pool

    def enable_factor(self, factor_type: str) -> None:
        """Let the application offer a factor type again, as an administrator would."""
        _check_type(factor_type)
        with self._service.lock:
            application = self._world.state.application
            set_factors(application, [*application.enabled_factors, factor_type])

    def disable_factor(self, factor_type: str) -> None:
        """Stop the application from offering a factor type; bound factors stay."""
        _check_type(factor_type)
        with self._service.lock:
            application = self._world.state.application
            kept = {*application.enabled_factors} - {factor_type}
            set_factors(application, kept)

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

    @property
    def _world(self) -> World:
        return self._service.world

    def _key(self, key_id: str, secret: str) -> dict[str, Any]:
        return {"access_key_id": key_id, "access_key_secret": secret, "host": self._server.url}

    def _handle(self, user: User) -> SandboxUser:
        return SandboxUser(self._service, user, self._server)


def _check_type(factor_type: str) -> None:
    if factor_type not in FACTOR_TYPES:
        raise ValueError(f"no factor type {factor_type!r}, only {', '.join(FACTOR_TYPES)}")
