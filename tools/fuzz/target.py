"""What a fuzz target is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import attrs

Run = Callable[[bytes], None]


@attrs.frozen(kw_only=True)
class Target:
    """One thing that is given any input.

    Attributes:
        opened: Holds what a run needs; gives what tries one input, and raises on a broken promise.
        seeds: Inputs to begin with.
        words: What the mutations put in beside what they find.
        lines: Lines that an HTTP head may have; none where inputs have no such head.
        head_ends: What parts an input's head from its JSON; empty where all of it is JSON.
    """

    opened: Callable[[], AbstractContextManager[Run]]
    seeds: Callable[[], list[bytes]]
    words: Sequence[str] = ()
    lines: Sequence[bytes] = ()
    head_ends: bytes = b"\n"


@contextlib.contextmanager
def holding_nothing(run: Run) -> Iterator[Run]:
    """Give a run that needs nothing to be held."""
    yield run
