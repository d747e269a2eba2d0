"""The clock that all rules read."""

from __future__ import annotations

import time

import pytest
import time_machine

from authing_mfa.sandbox import Clock

REAL = 1_800_000_000.0


def test_it_runs_with_the_real_time() -> None:
    with time_machine.travel(REAL, tick=False) as machine:
        clock = Clock()
        machine.shift(5)
        assert clock.now() == REAL + 5


def test_advancing_moves_it_on() -> None:
    with time_machine.travel(REAL, tick=False):
        clock = Clock()
        clock.advance(61)
        assert clock.now() == REAL + 61


def test_it_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        Clock().advance(-1)


def test_frozen_it_stands() -> None:
    with time_machine.travel(REAL, tick=False) as machine:
        clock = Clock()
        clock.freeze()
        machine.shift(5)
        assert clock.now() == REAL


def test_frozen_it_can_be_advanced() -> None:
    with time_machine.travel(REAL, tick=False):
        clock = Clock()
        clock.freeze()
        clock.advance(30)
        assert clock.now() == REAL + 30


def test_it_thaws_where_it_stood() -> None:
    with time_machine.travel(REAL, tick=False) as machine:
        clock = Clock()
        clock.freeze()
        machine.shift(100)
        clock.unfreeze()
        machine.shift(1)
        assert clock.now() == REAL + 1


def test_freezing_twice_changes_nothing() -> None:
    clock = Clock()
    clock.freeze()
    first = clock.now()
    clock.freeze()
    assert clock.now() == first


def test_thawing_a_running_clock_changes_nothing() -> None:
    with time_machine.travel(REAL, tick=False):
        clock = Clock()
        clock.unfreeze()
        assert clock.now() == REAL


def test_reset_goes_back_to_the_real_time() -> None:
    clock = Clock()
    clock.freeze()
    clock.advance(10_000)
    clock.reset()
    assert clock.now() <= time.time()
    assert not clock.frozen


def test_its_repr_tells_whether_it_stands() -> None:
    clock = Clock()
    assert repr(clock).endswith("running>")
    clock.freeze()
    assert repr(clock).endswith("frozen>")
