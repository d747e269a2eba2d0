"""Counting failures, and locking after too many."""

from __future__ import annotations

from .people import Tries
from .refusals import Refusal
from .world import World


def check(world: World, tries: Tries, refusal: str) -> None:
    """Refuse while too many failures lock."""
    if world.clock.now() < tries.locked_until:
        raise Refusal(refusal)


def failed(world: World, tries: Tries, limit: int | None) -> None:
    """Count a failure; the last one allowed locks."""
    tries.failures += 1
    if limit is not None and tries.failures >= limit:
        tries.failures = 0
        tries.locked_until = world.clock.now() + world.settings.lockout_time


def passed(tries: Tries) -> None:
    """Forget the failures."""
    tries.failures = 0
