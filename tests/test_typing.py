"""The types that users see, as mypy and pyright see them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.sets import require
from tests.support.source import PACKAGE

pytestmark = pytest.mark.slow

_USAGE = sorted((Path(__file__).parent / "typing").glob("usage*.py"))
_IS_INSTALLED = "site-packages" in PACKAGE.parts


def run(module: str, *arguments: str, where: Path, **environment: str) -> tuple[str, int]:
    """Run a type checker as on an installed package; return what it says, and its code."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=where if _IS_INSTALLED else PACKAGE.parent,
        env={**os.environ, **environment},
    )
    return done.stdout + done.stderr, done.returncode


def test_mypy_accepts_how_the_package_is_used(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    require("dev", "mypy")
    cache = getattr(pytestconfig, "cache", None)
    assert run(
        "mypy",
        *("--strict", "--config-file=", "--no-error-summary"),
        "--follow-imports=silent",  # as for an installed package
        *("--cache-dir", str(cache.mkdir("mypy")) if cache else os.devnull),
        *map(str, _USAGE),
        where=tmp_path,
        MYPYPATH="",
    ) == ("", 0)


class TestPyright:
    """Pyright's rules, by the edition that brings all it needs along and fetches nothing."""

    @pytest.fixture(autouse=True)
    def _checker(self) -> None:
        require("dev", "basedpyright")

    def pyright(self, where: Path, *arguments: str) -> tuple[str, int]:
        """Run the checker with this Python's packages; the repository's own go first."""
        return run(
            "basedpyright",
            *("--pythonpath", sys.executable, *arguments),
            where=where,
            **({} if _IS_INSTALLED else {"PYTHONPATH": str(PACKAGE.parent)}),
        )

    def strictly(self, folder: Path, *files: Path) -> list[str]:
        """Return what strict checking finds in files, as place and rule."""
        settings = {
            "include": [str(file) for file in files],
            "typeCheckingMode": "strict",
            "pythonVersion": "3.11",
            "reportUnnecessaryTypeIgnoreComment": True,
        }
        (folder / "pyrightconfig.json").write_text(json.dumps(settings))
        said, _ = self.pyright(folder, "--outputjson", "--project", str(folder))
        found = json.loads(said)
        assert len(files) == found["summary"]["filesAnalyzed"]
        return [
            f"{Path(it['file']).name}:{it['range']['start']['line'] + 1} {it.get('rule')}"
            for it in found["generalDiagnostics"]
        ]

    def test_how_the_package_is_used_is_accepted(self, tmp_path: Path) -> None:
        assert self.strictly(tmp_path, *_USAGE) == []

    def test_mistakes_are_found(self, tmp_path: Path) -> None:
        mistakes = tmp_path / "mistakes.py"
        mistakes.write_text(
            "from authing_mfa import AuthenticationClient\n"
            "wrong: int = AuthenticationClient.from_env()\n"
        )
        assert self.strictly(tmp_path, mistakes) == ["mistakes.py:2 reportAssignmentType"]

    def test_public_types_are_complete(self, tmp_path: Path) -> None:
        said, _ = self.pyright(
            tmp_path, "--verifytypes", "authing_mfa", "--ignoreexternal", "--outputjson"
        )
        found: dict[str, Any] = json.loads(said)["typeCompleteness"]
        assert Path(found["packageRootDirectory"]) == PACKAGE
        assert [
            symbol["name"]
            for symbol in found["symbols"]
            if symbol["isExported"] and not symbol["isTypeKnown"]
        ] == []
        assert found["completenessScore"] == 1
