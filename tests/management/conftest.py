from __future__ import annotations

from collections.abc import Iterator

import pytest
from responses import registries

from tests.support.wire import Wire


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Give a mocked wire that answers strictly in the order planned."""
    with Wire(registry=registries.OrderedRegistry) as wire:
        yield wire
