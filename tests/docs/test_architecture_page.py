"""docs/architecture.md and CONTRIBUTING.md name the layers and the files that there are."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from authing_mfa import AuthenticationClient
from authing_mfa.sandbox import Sandbox
from tests.support.source import PACKAGE
from tests.test_architecture import LAYERS

from .documents import ROOT, rows, section

PAGE = ROOT / "docs" / "architecture.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"

pytestmark = pytest.mark.repository


def named(text: str) -> list[str]:
    """Return what stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


def files(text: str) -> set[str]:
    """Return the names of files and folders between backticks."""
    return {name for name in named(text) if re.fullmatch(r"[\w./-]+(\.\w+|/)", name)}


def test_the_layers_are_those_that_the_imports_are_held_to() -> None:
    table = [set(named(row[0])) for row in rows(section(PAGE, "The layers"))]
    layers = [{name or "authing_mfa" for name in layer} for layer in reversed(LAYERS)]
    assert table == layers


def test_the_files_of_the_page_exist() -> None:
    text = section(PAGE, "The way of one call") + section(PAGE, "Where to look")
    assert [name for name in files(text) if not (PACKAGE / name).exists()] == []


def test_the_page_names_each_file_that_a_call_goes_through() -> None:
    table = files(section(PAGE, "The way of one call"))
    assert table >= {str(path.relative_to(PACKAGE)) for path in gone_through()}


def gone_through() -> set[Path]:
    """Return the files of the core that run when a new client gets a factor."""
    found: set[Path] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        found.add(Path(frame.f_code.co_filename))

    with Sandbox() as sandbox:
        user = sandbox.add_user(email="user@example.com", factors=["EMAIL"])
        with AuthenticationClient(**user.credentials) as client:
            [factor] = client.list_enrolled_factors()
            before = sys.getprofile()
            sys.setprofile(note)
            try:
                client.get_factor(factor.factor_id)
            finally:
                sys.setprofile(before)
    return {path for path in found if PACKAGE in path.parents}


@pytest.mark.parametrize("title", ["Add an endpoint", "Add an error code", "Add a setting"])
def test_the_files_to_touch_exist(title: str) -> None:
    names = files(section(CONTRIBUTING, title))
    assert names
    assert [name for name in names if not (ROOT / name).exists()] == []
