"""A sample of each test's cases, for the fast run: each parameter meets each of its values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import pytest

Values: TypeAlias = "frozenset[tuple[object, ...]]"


def few(values: Iterable[Any], fast: int = 3) -> list[Any]:
    """Return the values of a parameter, all but the first few marked slow; a tuple is a case."""
    cases = [value if isinstance(value, tuple) else (value,) for value in values]
    return [
        pytest.param(*case, marks=[pytest.mark.slow] if place >= fast else [])
        for place, case in enumerate(cases)
    ]


def mark_the_rest_slow(items: Iterable[pytest.Item]) -> None:
    """Mark as slow each combination of parameters whose values are met in others as well."""
    tests: defaultdict[str, dict[pytest.Item, Values]] = defaultdict(dict)
    for item in items:
        if item.get_closest_marker("slow") is None:
            tests[item.nodeid.partition("[")[0]][item] = _values(item)
    for cases in tests.values():
        if len(cases) > 1:
            for item in set(cases) - set(_sample(cases)):
                item.add_marker("slow")


def _values(item: pytest.Item) -> Values:
    """Return the value of each parameter of a case; parameters of one decorator have one."""
    callspec = getattr(item, "callspec", None)
    given: dict[str, Any] = dict(callspec.params) if callspec else {}
    found: set[tuple[object, ...]] = set()
    for mark in item.iter_markers("parametrize"):
        names = mark.args[0] if mark.args else mark.kwargs["argnames"]
        together = names.replace(",", " ").split() if isinstance(names, str) else names
        found.add((*together, *(id(given.pop(name)) for name in together)))
    return frozenset(found | {(name, id(value)) for name, value in given.items()})


def _sample(cases: dict[pytest.Item, Values]) -> Iterator[pytest.Item]:
    """Yield cases of which all values are new, then those that bring the others along."""
    met: set[tuple[object, ...]] = set()
    for item, values in cases.items():
        if met.isdisjoint(values):
            met |= values
            yield item
    for item, values in cases.items():
        if not met.issuperset(values):
            met |= values
            yield item
