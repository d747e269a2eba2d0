"""Users that are computed from a number: a pool of any size that takes no memory."""

from __future__ import annotations

import base64
import bisect
import hashlib
import random
import re
from collections.abc import Collection, Mapping
from typing import Any

import attrs
from attrs.validators import and_, deep_mapping, ge, in_, instance_of

from .users import DEFAULT_COUNTRY_CODE, FACTOR_TYPES, STATUSES, Factor, User, factor_id

LARGEST = 100_000_000
_FIRST_AT = 1_577_836_800_000  # 2020-01-01T00:00:00Z, in milliseconds
_SPAN = 4 * 365 * 86_400_000
_IDS = 1 << 96
_NUMBER = "(0|[1-9][0-9]{0,8})"
_NAMES = {
    "username": re.compile(f"user-{_NUMBER}"),
    "email": re.compile(f"user-{_NUMBER}@example\\.com"),
    "external_id": re.compile(f"E{_NUMBER}"),
    "phone": re.compile(re.escape(DEFAULT_COUNTRY_CODE) + r" 130([0-9]{8})"),
}
_STATUS_SHARES = {
    "Activated": 90,
    "Suspended": 4,
    "Deactivated": 3,
    "Resigned": 2,
    "Archived": 1,
}
_FACTOR_SHARES = {
    "": 30,
    "SMS": 25,
    "OTP": 15,
    "EMAIL": 10,
    "SMS EMAIL": 8,
    "OTP SMS": 7,
    "OTP SMS EMAIL": 3,
    "FACE": 1,
    "OTP SMS EMAIL FACE": 1,
}


def _types(_: Any, field: attrs.Attribute[Any], shares: Mapping[str, int]) -> None:
    if not {each for types in shares for each in types.split()} <= set(FACTOR_TYPES):
        raise ValueError(f"{field.name}: wanted sets of {', '.join(FACTOR_TYPES)}")


def _some(_: Any, field: attrs.Attribute[Any], shares: Mapping[str, int]) -> None:
    if not 0 < sum(shares.values()) <= 10_000:
        raise ValueError(f"{field.name}: wanted shares whose sum is 1 to 10,000")


_share = deep_mapping(instance_of(str), and_(instance_of(int), ge(0)))


@attrs.frozen
class Rows:
    """Indexes that recur at the same places of each period."""

    places: list[int]
    period: int

    def count(self, below: int) -> int:
        """Count those below an index."""
        rounds, rest = divmod(below, self.period)
        return rounds * len(self.places) + bisect.bisect_left(self.places, rest)

    def nth(self, position: int) -> int:
        """Return the index at a position, from 0."""
        rounds, rest = divmod(position, len(self.places))
        return rounds * self.period + self.places[rest]


@attrs.frozen(kw_only=True)
class GeneratedPool:
    """A user pool of any size, made from a seed.

    The user of an index, from 0, is always the same; those of a higher index were created later,
    the first in 2020 and the last four years after. User 7 is ``user-7``, ``user-7@example.com``,
    +86 13000000007 and the external id ``E7``.

    Args:
        size: Users, at most 100 million.
        seed: Other ids, instants, secrets and another order of statuses and factors.
        statuses: How many users of each status there are to how many of the others.
        factors: The same for each set of factors (``"OTP SMS"``, ``""`` for none).
        per_instant: Users that were created at one instant, as by an import.

    Raises:
        ValueError: A number out of range, an unknown status or factor.
    """

    size: int = attrs.field(validator=[instance_of(int), ge(0)])
    seed: int = attrs.field(default=0, validator=instance_of(int))
    statuses: Mapping[str, int] = attrs.field(
        factory=_STATUS_SHARES.copy, validator=[_share, deep_mapping(in_(STATUSES), ge(0)), _some]
    )
    factors: Mapping[str, int] = attrs.field(
        factory=_FACTOR_SHARES.copy, validator=[_share, _types, _some]
    )
    per_instant: int = attrs.field(default=1, validator=[instance_of(int), ge(1)])
    _status_of: tuple[str, ...] = attrs.field(init=False, repr=False, eq=False)
    _factors_of: tuple[tuple[str, ...], ...] = attrs.field(init=False, repr=False, eq=False)
    _step: int = attrs.field(init=False, repr=False, eq=False)
    _scatter: tuple[int, int] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.size > LARGEST:
            raise ValueError(f"size: at most {LARGEST:,} users")
        chance = random.Random(self.seed)  # noqa: S311 (no secret: the same users each time)
        factors = tuple(tuple(each.split()) for each in _shuffled(self.factors, chance))
        put = object.__setattr__
        put(self, "_status_of", _shuffled(self.statuses, chance))
        put(self, "_factors_of", factors)
        put(self, "_step", _SPAN // max(-(-self.size // self.per_instant), 1))
        # An odd factor makes a permutation of all ids, which its inverse undoes.
        put(self, "_scatter", (chance.getrandbits(96) | 1, chance.getrandbits(96)))

    def user_id(self, index: int) -> str:
        """Return a user's id."""
        factor, offset = self._scatter
        return f"{(index * factor + offset) % _IDS:024x}"

    def status(self, index: int) -> str:
        """Return a user's status."""
        return self._status_of[index % len(self._status_of)]

    def factor_types(self, index: int) -> tuple[str, ...]:
        """Return the types of the factors that a user has bound."""
        # Each round of the statuses begins one set further, so that all pairs come up alike.
        block, place = divmod(index, len(self._status_of))
        return self._factors_of[(block + place) % len(self._factors_of)]

    def created_at(self, index: int) -> int:
        """Return when a user was created, in milliseconds since 1970."""
        group = index // self.per_instant
        jitter = (group * 2_654_435_761 + self.seed) % self._step
        return _FIRST_AT + group * self._step + jitter

    def index_of(self, kind: str, name: str) -> int | None:
        """Return the index of whoever has such a name; kinds as in ``Directory.get``."""
        if kind == "user_id":
            index = self._unscattered(name)
        else:
            found = kind in _NAMES and _NAMES[kind].fullmatch(name)
            index = int(found.group(1)) if found else -1
        return index if 0 <= index < self.size else None

    def user(self, index: int) -> User:
        """Compute a user."""
        user = User(
            user_id=self.user_id(index),
            created_at=self.created_at(index) / 1000,
            number=index,
            username=f"user-{index}",
            phone=f"130{index:08}",
            email=f"user-{index}@example.com",
            external_id=f"E{index}",
            status=self.status(index),
            password=f"sandbox_password_{index}",
            salt=f"sandbox_salt_{index}",
        )
        for each in self.factor_types(index):
            factor = self._factor(user, each)
            user.factors[factor.factor_id] = factor
        return user

    def of_status(self, statuses: Collection[str]) -> Rows:
        """Return the users of some statuses, to be counted."""
        places = [place for place, each in enumerate(self._status_of) if each in statuses]
        return Rows(places, len(self._status_of))

    def _unscattered(self, user_id: str) -> int:
        if not re.fullmatch("[0-9a-f]{24}", user_id):
            return -1
        factor, offset = self._scatter
        return (int(user_id, 16) - offset) * pow(factor, -1, _IDS) % _IDS

    def _factor(self, user: User, factor_type: str) -> Factor:
        is_sms, is_otp = factor_type == "SMS", factor_type == "OTP"
        digest = hashlib.sha256(f"{self.seed} {user.number}".encode()).digest() if is_otp else b""
        code = digest.hex()[:24]
        return Factor(
            factor_id=factor_id(user.user_id, factor_type),
            factor_type=factor_type,
            phone=user.phone if is_sms else None,
            phone_country_code=user.phone_country_code if is_sms else None,
            email=user.email if factor_type == "EMAIL" else None,
            secret=base64.b32encode(digest).decode()[:32] if is_otp else None,
            recovery_code="-".join(code[at : at + 4] for at in range(0, 24, 4)) or None,
            photo="sandbox/face.jpg" if factor_type == "FACE" else None,
        )


def _shuffled(shares: Mapping[str, int], chance: random.Random) -> tuple[str, ...]:
    found = [each for each, share in shares.items() for _ in range(share)]
    chance.shuffle(found)
    return tuple(found)
