"""The fast run's sample of the cases of a test."""

from __future__ import annotations

import pytest

from tests.support.sampling import mark_the_rest_slow

pytest_plugins = ["pytester"]

_MODULE = """
import pytest

@pytest.mark.parametrize("a", range(3))
@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_pairs(a, b, c): ...

@pytest.mark.parametrize("a", range(5))
def test_one(a): ...

@pytest.mark.parametrize("a", [pytest.param(0, marks=pytest.mark.slow), 1])
@pytest.mark.parametrize("b", [2, 3])
def test_with_slow_ones(a, b): ...
"""


def fast(pytester: pytest.Pytester, test: str) -> list[dict[str, int]]:
    """Return the parameters of a test's cases that run fast."""
    items, _ = pytester.inline_genitems(pytester.makepyfile(_MODULE), "-p", "no:xdist")
    mark_the_rest_slow(items)
    return [
        getattr(item, "callspec").params  # noqa: B009  a function's items have one
        for item in items
        if item.name.startswith(test) and item.get_closest_marker("slow") is None
    ]


def test_each_value_of_each_parameter_is_met(pytester: pytest.Pytester) -> None:
    met = fast(pytester, "test_pairs")
    assert {case["a"] for case in met} == {0, 1, 2}
    assert len({(case["b"], case["c"]) for case in met}) == 4
    assert len(met) == 4


def test_all_cases_of_one_parameter_are_met(pytester: pytest.Pytester) -> None:
    assert len(fast(pytester, "test_one")) == 5


def test_slow_cases_stand_for_nobody(pytester: pytest.Pytester) -> None:
    assert fast(pytester, "test_with_slow_ones") == [{"a": 1, "b": 2}, {"a": 1, "b": 3}]
