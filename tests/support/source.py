"""The package's source, for the tests that read it instead of running it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import authing_mfa

PACKAGE: Final = Path(authing_mfa.__file__).parent


def modules(*parts: str) -> dict[str, Path]:
    """Return the modules of a part of the package by their dotted names, ``__init__`` included."""
    folder = PACKAGE.joinpath(*parts)
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in sorted(folder.rglob("*.py"))
    }


def core() -> dict[str, Path]:
    """Return the modules beside the sandbox, the command line and the pytest plugin."""
    others = {"sandbox", "cli", "pytest_plugin"}
    return {name: path for name, path in modules().items() if name.split(".")[0] not in others}


@functools.cache
def tree(path: Path) -> ast.Module:
    """Parse one module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return all that stands in one module."""
    return tuple(ast.walk(tree(path)))


@functools.cache
def code_lines(path: Path) -> frozenset[int]:
    """Return the lines that hold code: no comments, no docstrings, no empty ones."""
    lines = path.read_text(encoding="utf-8").splitlines()
    filled = {at for at, line in enumerate(lines, 1) if line.strip() and line.strip()[0] != "#"}
    return frozenset(filled.difference(*map(_span, docstrings(path))))


def docstrings(path: Path) -> Iterator[ast.expr]:
    """Return the docstrings of a module, those of attributes included."""
    for node in nodes(path):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                yield statement.value


def _span(node: ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
