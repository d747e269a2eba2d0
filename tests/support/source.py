"""The package's source, for the tests that read it instead of running it."""

from __future__ import annotations

import ast
import functools
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import authing_mfa

PACKAGE: Final = Path(authing_mfa.__file__).parent
_SILENT: Final = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


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


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, leaving out what stands under ``if TYPE_CHECKING``."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield from running(child)


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs when a module is imported: nothing inside functions."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from at_import(child)


@functools.cache
def code_lines(path: Path) -> frozenset[int]:
    """Return the lines that hold code: no comments, no docstrings, no empty ones."""
    text = path.read_text(encoding="utf-8")
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in _SILENT
        for line in range(token.start[0], token.end[0] + 1)
    }
    return frozenset(lines) - {line for doc in docstrings(tree(path)) for line in _span(doc)}


def docstrings(root: ast.AST) -> Iterator[ast.expr]:
    """Return the docstrings of a tree, those of attributes included."""
    for node in ast.walk(root):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                yield statement.value


def _span(node: ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
