"""Skip what needs a set of packages that is not installed here, and say how to install it."""

from __future__ import annotations

import pytest


def require(name: str, *modules: str) -> None:
    """Skip a test or, called at its top, a module, unless these modules of a set are installed."""
    for module in modules:
        pytest.importorskip(
            module, reason=f"no {module} here: make test WITH={name} installs the set `{name}`"
        )
