"""What the service remembers: plain values and the tables that hold them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

import attrs
from attrs.validators import deep_iterable, in_, optional

from authing_mfa.sandbox.refusals import SIGN_IN_BLOCKS

FACTOR_TYPES = ("OTP", "SMS", "EMAIL", "FACE")
CLIENT_AUTH_MODES = ("client_secret_post", "client_secret_basic", "none")
DEFAULT_COUNTRY_CODE = "+86"


@attrs.frozen
class Address:
    """A phone or an e-mail, whichever is set."""

    phone: str | None = None
    phone_country_code: str = DEFAULT_COUNTRY_CODE
    email: str | None = None

    @property
    def key(self) -> str:
        """One spelling for all ways to write this address."""
        if self.email is not None:
            return self.email.lower()
        return f"{self.phone_country_code} {self.phone}"


@attrs.define(kw_only=True)
class Factor:
    """A bound factor; which fields are set depends on its type."""

    factor_id: str
    factor_type: str
    phone: str | None = None
    phone_country_code: str | None = None
    email: str | None = None
    secret: str | None = attrs.field(default=None, repr=False)
    recovery_code: str | None = attrs.field(default=None, repr=False)
    last_step: int = -1
    photo: str | None = attrs.field(default=None, repr=False)


@attrs.define(kw_only=True)
class Tries:
    """Failures in a row, and until when they lock."""

    failures: int = 0
    locked_until: float = 0.0


@attrs.define(kw_only=True)
class User:
    """A user of the pool; `factors` is keyed by factor id, oldest first.

    `sign_in_block` names a refusal that a sign-in meets although its password is right.
    """

    user_id: str
    created_at: float
    username: str | None = None
    phone: str | None = None
    phone_country_code: str = DEFAULT_COUNTRY_CODE
    email: str | None = None
    nickname: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    salt: str = attrs.field(factory=lambda: f"sandbox_salt_{secrets.token_hex(6)}", repr=False)
    factors: dict[str, Factor] = attrs.field(factory=dict)
    sign_in_block: str | None = attrs.field(default=None, validator=optional(in_(SIGN_IN_BLOCKS)))
    logins: int = 0
    last_login_at: float | None = None
    verified_at: float | None = None
    password_tries: Tries = attrs.field(factory=Tries)
    code_tries: Tries = attrs.field(factory=Tries)
    totp_tries: Tries = attrs.field(factory=Tries)

    def factor_of(self, factor_type: str) -> Factor | None:
        """Return the first factor of a type."""
        of_type = (each for each in self.factors.values() if each.factor_type == factor_type)
        return next(of_type, None)


@attrs.define(kw_only=True)
class Application:
    """An application of the pool, as its administrator has set it.

    `mfa_policy` is `personal` (users with an authenticator), `application` (everybody, by one of
    `mfa_methods`, the first preferred) or None.
    """

    app_id: str
    secret: str = attrs.field(repr=False)
    enabled_factors: list[str] = attrs.field(
        factory=lambda: list(FACTOR_TYPES), validator=deep_iterable(in_(FACTOR_TYPES))
    )
    client_auth: str = attrs.field(default="none", validator=in_(CLIENT_AUTH_MODES))
    mfa_policy: str | None = attrs.field(
        default=None, validator=optional(in_(("personal", "application")))
    )
    mfa_methods: list[str] = attrs.field(
        factory=lambda: list(FACTOR_TYPES), validator=deep_iterable(in_(FACTOR_TYPES))
    )


@attrs.define(kw_only=True)
class Token:
    """A token that the service gave out.

    Args:
        kind: `access`, `id`, `refresh`, `mfa`, `verified` (after a step-up) or `management`.
        scope: of an mfaToken, the factor types that it may be used with.
        family: one sign-in's tokens have it in common.
        used: a refresh token or mfaToken that served its purpose.
        failures: wrong codes that came with an mfaToken.
    """

    value: str = attrs.field(repr=False)
    kind: str
    user_id: str
    issued_at: float
    expires_at: float
    scope: str = ""
    family: str = ""
    used: bool = False
    failures: int = 0


@attrs.define(kw_only=True)
class PendingEnrollment:
    """A requested enrolment that waits for its code."""

    token: str = attrs.field(repr=False)
    user_id: str
    factor_type: str
    issued_at: float
    expires_at: float
    address: Address | None = None
    secret: str | None = attrs.field(default=None, repr=False)
    recovery_code: str | None = attrs.field(default=None, repr=False)


@attrs.define(kw_only=True)
class SentCode:
    """The last code that went to an address in a channel.

    `expires_at` ends the record itself, which outlives the code where the interval between two
    messages is longer than a code's life.
    """

    code: str = attrs.field(repr=False)
    sent_at: float
    code_expires_at: float
    expires_at: float
    used: bool = False


class _RunsOut(Protocol):
    @property
    def expires_at(self) -> float: ...


Item = TypeVar("Item", bound=_RunsOut)


class Shelf(Generic[Item]):
    """A table of items that run out; it lets go of them as it grows."""

    _SMALL = 1024

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._sweep_at = self._SMALL

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[tuple[str, Item]]:
        return iter(self._items.items())

    def put(self, key: str, item: Item, now: float) -> None:
        """Store an item under its key, in place of an older one."""
        if len(self._items) >= self._sweep_at:
            self._sweep(now)
        self._items[key] = item

    def get(self, key: str, now: float) -> Item | None:
        """Return the item of a key, unless it has run out."""
        item = self._items.get(key)
        return item if item is not None and now < item.expires_at else None

    def drop(self, key: str) -> None:
        """Forget a key, known or not."""
        self._items.pop(key, None)

    def drop_where(self, unwanted: Callable[[Item], bool]) -> None:
        """Forget all items of a kind."""
        self._items = {k: item for k, item in self._items.items() if not unwanted(item)}

    def _sweep(self, now: float) -> None:
        self._items = {k: item for k, item in self._items.items() if now < item.expires_at}
        self._sweep_at = max(self._SMALL, 2 * len(self._items))


@attrs.define(kw_only=True)
class State:
    """Everything that a reset forgets, the application's and the pool's identity apart.

    `accounts` leads from a name that signs in (`phone +86 138…`) to a user id.
    """

    pool_id: str
    pool_name: str
    access_key_secret: str = attrs.field(repr=False)
    application: Application
    users: dict[str, User] = attrs.field(factory=dict)
    accounts: dict[str, str] = attrs.field(factory=dict)
    tokens: Shelf[Token] = attrs.field(factory=Shelf)
    pending: Shelf[PendingEnrollment] = attrs.field(factory=Shelf)
    sent: Shelf[SentCode] = attrs.field(factory=Shelf)

    def add_user(self, user: User) -> None:
        """Take a user into the pool.

        Raises:
            ValueError: another user has the id, username, phone or e-mail.
        """
        names = account_names(user)
        taken = [name for name in names if name in self.accounts]
        if taken or user.user_id in self.users:
            kinds = [name.partition(" ")[0] for name in taken] or ["user id"]
            raise ValueError(f"another user has this {' and '.join(kinds)}")
        self.users[user.user_id] = user
        self.accounts.update(dict.fromkeys(names, user.user_id))

    def find_user(self, kind: str, name: str) -> User | None:
        """Return the user of a `username`, `phone` (with its area code) or `email`."""
        user_id = self.accounts.get(f"{kind} {name.lower()}")
        return None if user_id is None else self.users[user_id]


def account_names(user: User) -> list[str]:
    """Return what this user may sign in as, each after its kind."""
    phone = user.phone and f"{user.phone_country_code} {user.phone}"
    kinds = {"username": user.username, "phone": phone, "email": user.email}
    return [f"{kind} {name.lower()}" for kind, name in kinds.items() if name]
