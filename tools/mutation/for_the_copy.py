"""The conftest.py at the root of the copy in which mutmut works.

mutmut runs pytest again and again in forks of one process.
"""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, settings

# A test's class is another object at the second run, which hypothesis would complain of.
settings.register_profile(
    "forks", suppress_health_check=[HealthCheck.differing_executors], database=None
)
settings.load_profile("forks")


def pytest_runtest_setup() -> None:
    """Forget what earlier tests computed: mutmut runs for a function the tests that called it."""
    for name, module in list(sys.modules.items()):
        if name.startswith("authing_mfa"):
            for value in list(vars(module).values()):
                getattr(value, "cache_clear", int)()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the few ids with a backslash: pytest escapes it once more at the second run."""
    items[:] = [item for item in items if "\\" not in item.nodeid]
