"""All users of the pool: those that were added, and those that are computed."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

import attrs

from .generated_pool import GeneratedPool
from .users import User

_AFTER_GENERATED = 1 << 40
_FOLDED = ("username", "email", "phone")


@attrs.define
class Directory:
    """The pool's users.

    A generated user of whom something changes, or may change, is held from then on.

    Args:
        generated: Users that are computed.
        gone: Indexes of generated users that were removed or are held, in order.
    """

    generated: GeneratedPool = attrs.field(factory=lambda: GeneratedPool(size=0))
    gone: list[int] = attrs.field(factory=list)
    _held: dict[str, User] = attrs.field(factory=dict, alias="held")
    _ids: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)
    _next: int = attrs.field(default=_AFTER_GENERATED, init=False, repr=False)

    def __len__(self) -> int:
        return len(self._held) + self.generated.size - len(self.gone)

    @property
    def held(self) -> list[User]:
        """The users that are held, in the order in which they came."""
        return list(self._held.values())

    def add(self, user: User) -> None:
        """Add a user.

        Raises:
            ValueError: Another user has the id, username, phone, e-mail or another name.
        """
        taken = [kind for kind, name in account_names(user) if self.peek(kind, name)]
        if taken or self.peek("user_id", user.user_id):
            raise ValueError(f"another user has this {' and '.join(taken or ['user id'])}")
        if user.number is None:
            user.number = self._next
        self._next = max(self._next, user.number + 1)
        self._hold(user)

    def generate(self, pool: GeneratedPool) -> None:
        """Replace the generated users by those of a pool."""
        for user in self.held:
            if user.number is not None and user.number < _AFTER_GENERATED:
                self.remove(user)
        self.generated, self.gone = pool, []

    def remove(self, user: User) -> None:
        """Remove a user."""
        self._held.pop(user.user_id, None)
        for kind, name in account_names(user):
            self._ids.pop(_key(kind, name), None)
        self._forget_generated(user)

    def get(self, kind: str, name: str) -> User | None:
        """Return the user of a name, from now on held: what changes in it is kept.

        Args:
            kind: ``user_id``, ``username``, ``email``, ``phone`` (with its area code),
                ``external_id``, ``identity`` or ``sync_relation``.
            name: Such a name.
        """
        user = self.peek(kind, name)
        if user is not None and user.user_id not in self._held:
            self._forget_generated(user)
            self._hold(user)
        return user

    def peek(self, kind: str, name: str) -> User | None:
        """Return the user of a name to be read alone, as a generated one is computed anew."""
        user_id = name if kind == "user_id" else self._ids.get(_key(kind, name), "")
        if user_id in self._held:
            return self._held[user_id]
        folded = name.lower() if kind in _FOLDED else name
        index = self.generated.index_of(kind, folded)
        return None if index is None or self.is_gone(index) else self.generated.user(index)

    def is_gone(self, index: int) -> bool:
        """Return whether a generated user was removed or is held."""
        place = bisect.bisect_left(self.gone, index)
        return place < len(self.gone) and self.gone[place] == index

    def _hold(self, user: User) -> None:
        self._held[user.user_id] = user
        self._ids.update((_key(kind, name), user.user_id) for kind, name in account_names(user))

    def _forget_generated(self, user: User) -> None:
        index = self.generated.index_of("user_id", user.user_id)
        if index is not None and not self.is_gone(index):
            bisect.insort(self.gone, index)


def account_names(user: User) -> Iterable[tuple[str, str]]:
    """Return the names that no two users have in common, each with its kind."""
    phone = user.phone and f"{user.phone_country_code} {user.phone}"
    names = {
        "username": user.username,
        "phone": phone,
        "email": user.email,
        "external_id": user.external_id,
    }
    yield from ((kind, name) for kind, name in names.items() if name)
    elsewhere = {"identity": user.identities, "sync_relation": user.sync_relations}
    for kind, ids in elsewhere.items():
        yield from ((kind, f"{provider}:{there}") for provider, there in ids.items())


def _key(kind: str, name: str) -> str:
    return f"{kind} {name.lower() if kind in _FOLDED else name}"
