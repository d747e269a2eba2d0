"""The command line stands on the public face, and on a few functions below it."""

from __future__ import annotations

import ast

from tests.support.source import modules, tree

_FACE = {
    "",
    "_secrets",  # keeps secrets out of frames everywhere
    "_auth",  # hosts, proxies and tokens are read as the clients read them
    "_http",
    "_http.options",
    "errors",
    "audit",
    "management",
    "sandbox",
    "sandbox.__main__",
}


def imported() -> set[tuple[str, str]]:
    """Return module and name of each import from a place above the command line's folder."""
    return {
        (node.module or "", alias.name)
        for path in modules("cli").values()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level == 2
        for alias in node.names
    }


def test_little_but_the_public_face_is_used() -> None:
    assert {module for module, _ in imported()} <= _FACE
    assert [name for _, name in imported() if name.startswith("_") and name != "__version__"] == []


def test_own_package_is_imported_relatively() -> None:
    absolute = [
        name
        for path in modules("cli").values()
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else _names(node))
        if name and name.startswith("authing_mfa")
    ]
    assert absolute == []


def _names(node: ast.Import) -> list[str]:
    return [alias.name for alias in node.names]
