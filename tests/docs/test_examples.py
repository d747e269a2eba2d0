"""Every Python block of the documents runs, in order, and prints what it says."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path
from typing import Any

import pytest

from authing_mfa.sandbox import SandboxUser

from .documents import ROOT, Block, blocks, documents

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

pytestmark = pytest.mark.repository


@pytest.fixture(autouse=True)
def _tenant(mfa_user: SandboxUser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sandbox stand for the tenant that the environment names."""
    for argument, value in mfa_user.credentials.items():
        monkeypatch.setenv(f"AUTHING_{argument.upper()}", value)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the files that an example writes go where they are not kept."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "document",
    [
        # test_chinese.py holds the calls of the Chinese README to those of the English one.
        pytest.param(
            path,
            id=str(path.relative_to(ROOT)),
            marks=[pytest.mark.slow] if path.name == "README.zh-CN.md" else [],
        )
        for path in documents()
    ],
)
def test_python_blocks_run(document: Path, request: pytest.FixtureRequest) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks(document, "python"):
        if ">>>" in block.text:
            _run_session(block, names)
        else:
            _run_module(block, names, request)


def _run_session(block: Block, names: dict[str, Any]) -> None:
    name = f"{block.path.name}, the block at line {block.line}"
    session = doctest.DocTestParser().get_doctest(
        block.text, names, name, str(block.path), block.line - 1
    )
    report: list[str] = []
    doctest.DocTestRunner(optionflags=FLAGS).run(session, out=report.append, clear_globs=False)
    assert "".join(report) == ""
    names.update(session.globs)


def _run_module(block: Block, names: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """Run statements; the tests among them are given their fixtures."""
    known = set(names)
    source = "\n" * (block.line - 1) + block.text
    exec(compile(source, block.path, "exec", dont_inherit=True), names)
    for name in [name for name in names if name.startswith("test_") and name not in known]:
        wanted = inspect.signature(names[name]).parameters
        names[name](**{fixture: request.getfixturevalue(fixture) for fixture in wanted})
