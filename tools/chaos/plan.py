"""What becomes of a call, drawn from the seed and its number: the same in every run."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from random import Random
from typing import Final

import attrs

from . import broken, extra, good, hands, refusals
from .acts import DEADLINE, SHORT_DEADLINE, VALUE, Act, Outcome
from .hands import Hand

_TRIES: Final = 3
_METHODS: Final = {
    "get_factor": 30,
    "list_enrolled_factors": 8,
    "list_factors_to_enroll": 7,
    "introspect_mfa_token": 10,
    "send_enroll_factor_request": 12,
    "enroll_factor": 12,
    "reset_factor": 10,
    "verify_totp": 11,
}
WRITES: Final = frozenset(
    {"send_enroll_factor_request", "enroll_factor", "reset_factor", "verify_totp"}
)
_WITHOUT_DATA: Final = frozenset({"enroll_factor", "reset_factor"})
_ROUTES: Final = {
    "plain": 56.0,
    "tls": 40.0,
    "plain, hurried": 0.6,
    "tls, hurried": 0.4,
    "plain, own": 0.8,
    "tls, own": 2.2,
}
_FAMILIES: Final[dict[tuple[Act, ...], float]] = {
    good.PLAIN: 44.0,
    good.DELAY: 4.0,
    good.FRAMING: 9.0,
    extra.DUPLICATE: 6.0,
    extra.INTERIM: 5.0,
    good.TRAILER: 3.0,
    broken.DROP: 4.0,
    broken.RESET: 3.5,
    broken.CUT: 5.5,
    broken.CORRUPT: 6.0,
    broken.RECORD: 1.5,
    broken.REDIRECT: 1.5,
    broken.STALL: 0.5,
    refusals.REFUSE: 4.0,
    refusals.BUSY: 3.0,
    refusals.THROTTLE: 2.0,
}
_QUICK: Final = {family: _FAMILIES[family] for family in _FAMILIES if family != broken.STALL}


@attrs.frozen
class Rest:
    """What a connection does once it has answered, while nobody uses it.

    Attributes:
        seconds: It is closed after so long without a request; None: it waits for the next one,
            and leaves that unread.
        finish: As an act's.
    """

    seconds: float | None
    finish: str = "close"


_RESTS: Final = (
    *(Rest(seconds) for seconds in (0.0, 0.0, 0.001, 0.005, 0.02, 0.1)),
    *(Rest(None, finish) for finish in ("close", "reset")),
)


@attrs.frozen
class Plan:
    """What is done to one call.

    Attributes:
        route: Which listener and client it goes by.
        hands: For its connections, one after the other, on a route of its own.
        acts: For each time that its request arrives.
        rests: For the connection of each of these, where the act keeps it.
    """

    number: int
    method: str
    route: str
    hands: tuple[Hand, ...]
    acts: tuple[Act, ...]
    rests: tuple[Rest | None, ...]

    @property
    def writes(self) -> bool:
        return self.method in WRITES

    @property
    def tls(self) -> bool:
        return self.route.startswith("tls")

    @property
    def own(self) -> bool:
        """Whether it has a connection of its own."""
        return self.route.endswith("own")

    @property
    def deadline(self) -> float:
        return SHORT_DEADLINE if self.route.endswith("hurried") else DEADLINE

    @property
    def stalls(self) -> int:
        """How often something may hold it up until it gives up a try."""
        met: tuple[Act | Hand, ...] = (*self.hands, *self.acts)
        return sum(bool(one.outcome.seconds) for one in met)

    @property
    def first(self) -> Act | Hand:
        """What it meets first."""
        return self.hands[0] if self.hands else self.acts[0]

    def outcome(self, act: Act) -> Outcome:
        """Return how a try ends that meets an act."""
        return VALUE if act.in_data and self.method in _WITHOUT_DATA else act.outcome

    def __str__(self) -> str:
        met = " / ".join(map(str, (*self.hands, *self.acts)))
        return f"{self.method} by {self.route}: {met}"


@functools.lru_cache(maxsize=4096)  # all of them would make the garbage collector slow
def planned(seed: int, number: int) -> Plan:
    """Draw the plan of a call; text seeds a Random alike in every Python."""
    draw = Random(f"{seed}/{number}")
    method, route = _weighed(draw, _METHODS), _weighed(draw, _ROUTES)
    connections = _draw_hands(draw, route)
    stalled = any(hand.outcome.seconds for hand in connections)
    return Plan(
        number,
        method,
        route,
        connections,
        _draw_acts(draw, route, stalled),
        tuple(_draw_rest(draw, route) for _ in range(_TRIES)),
    )


def _draw_rest(draw: Random, route: str) -> Rest | None:
    """Draw a bad one now and then, but where a call would be the only one to suffer from it."""
    return draw.choice(_RESTS) if draw.random() < 0.03 and not route.endswith("own") else None


def _weighed(draw: Random, weights: dict[str, float] | dict[str, int]) -> str:
    return draw.choices(tuple(weights), tuple(weights.values()))[0]


def _draw_hands(draw: Random, route: str) -> tuple[Hand, ...]:
    """Draw what fails; whoever survives these connections gets a good one."""
    if not route.endswith("own"):
        return ()
    if route == "plain, own":
        return tuple(draw.choices(hands.PLAIN, k=draw.randrange(1, _TRIES + 1)))
    failing = draw.choices(hands.TLS, k=draw.randrange(0, _TRIES + 1))
    if not failing or draw.random() < 0.1:
        failing[:1] = [draw.choice(hands.TLS_STALLS)]
    return tuple(failing)


def _draw_acts(draw: Random, route: str, stalled: bool) -> tuple[Act, ...]:
    """Draw an act a try, and a single one that stalls: two would race with the deadline."""
    if route.endswith("hurried"):
        return tuple(draw.choices(broken.LATE, k=_TRIES))
    acts: list[Act] = []
    for _ in range(_TRIES):
        families = _QUICK if stalled else _FAMILIES
        act = draw.choice(_family(draw, families))
        stalled = stalled or bool(act.outcome.seconds)
        acts.append(act)
    return tuple(acts)


def _family(draw: Random, families: dict[tuple[Act, ...], float]) -> Sequence[Act]:
    return draw.choices(tuple(families), tuple(families.values()))[0]
