"""Fixtures of the audit's tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give the path of a store that is not there yet."""
    return tmp_path / "audit.sqlite3"
