"""The state of the service: plain values, and the tables that hold them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Generic, Protocol, TypeVar

import attrs
from attrs.validators import deep_iterable, in_, optional

from .user_directory import Directory
from .users import FACTOR_TYPES, Address

CLIENT_AUTH_MODES = ("client_secret_post", "client_secret_basic", "none")


def _factor_types() -> Any:
    each_known = deep_iterable(in_(FACTOR_TYPES))
    return attrs.field(factory=lambda: list(FACTOR_TYPES), validator=each_known)


def in_order(factor_types: Collection[str]) -> list[str]:
    """Return factor types in the order in which the service lists them."""
    return [each for each in FACTOR_TYPES if each in factor_types]


@attrs.define(kw_only=True)
class Application:
    """An application of the pool, as its administrator has set it.

    Args:
        follows_pool: Whether it enables what the pool does, as it does until it is told.
        mfa_policy: ``personal`` (users with an authenticator), ``application`` (everybody, by one
            of ``mfa_methods``, the first preferred) or None.
    """

    app_id: str
    secret: str = attrs.field(repr=False)
    enabled_factors: list[str] = _factor_types()
    follows_pool: bool = True
    client_auth: str = attrs.field(default="none", validator=in_(CLIENT_AUTH_MODES))
    mfa_policy: str | None = attrs.field(
        default=None, validator=optional(in_(("personal", "application")))
    )
    mfa_methods: list[str] = _factor_types()

    def enable(self, factor_types: Collection[str]) -> None:
        """Offer these factor types alone, whatever the pool does."""
        self.enabled_factors[:] = in_order(factor_types)
        self.follows_pool = False


@attrs.define(kw_only=True)
class Token:
    """A token that the service issued.

    Args:
        kind: ``access``, ``id``, ``refresh``, ``mfa``, ``verified`` (after a step-up) or
            ``management``.
        scope: Of an mfaToken, the factor types that it may be used with.
        family: One sign-in's tokens have it in common.
        used: A refresh token or mfaToken that served its purpose.
        failures: Wrong codes that came with an mfaToken.
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
    """The last code sent to an address in a channel.

    ``expires_at`` ends the record itself, which outlives the code where the interval between two
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


class ExpiringTable(Generic[Item]):
    """A table of items that expire; expired ones are removed as it grows."""

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
class Nonce:
    """A nonce of a signed request, which must not come again."""

    expires_at: float


@attrs.define(kw_only=True)
class State:
    """The state, which a reset empties but for the identity of application and pool.

    Args:
        access_key_secret: Of the pool's own access key, whose id is the pool's.
        access_keys: Secrets of further keys by their ids.
        enabled_factors: What the pool's administrator has switched on.
    """

    pool_id: str
    pool_name: str
    access_key_secret: str = attrs.field(repr=False)
    application: Application
    access_keys: dict[str, str] = attrs.field(factory=dict, repr=False)
    enabled_factors: list[str] = _factor_types()
    users: Directory = attrs.field(factory=Directory)
    tokens: ExpiringTable[Token] = attrs.field(factory=ExpiringTable)
    pending: ExpiringTable[PendingEnrollment] = attrs.field(factory=ExpiringTable)
    sent: ExpiringTable[SentCode] = attrs.field(factory=ExpiringTable)
    nonces: ExpiringTable[Nonce] = attrs.field(factory=ExpiringTable)

    def key_secret(self, key_id: str) -> str | None:
        """Return the secret of an access key of the pool."""
        return self.access_key_secret if key_id == self.pool_id else self.access_keys.get(key_id)
