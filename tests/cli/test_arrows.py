"""What the command line stands on: the public face, and the masks behind it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from authing_mfa import ManagementClient
from authing_mfa.cli.settings import API_HOST
from tests.support.source import modules, tree

_FACE = {
    "authing_mfa",
    "authing_mfa._secrets",  # a leaf, with which secrets are kept out of frames everywhere
    "authing_mfa.errors",
    "authing_mfa.audit",
    "authing_mfa.sandbox",
    "authing_mfa.sandbox.__main__",
}


def imported() -> Iterator[tuple[str, str]]:
    for path in modules("cli").values():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                yield from ((node.module or "", alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert (node.level, node.module) in {
                    (1, node.module),
                    (2, "_secrets"),
                    (2, "errors"),
                }, path
            elif isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)


def test_only_the_public_face_is_used() -> None:
    ours = {(module, name) for module, name in imported() if module.startswith("authing_mfa")}
    assert {module for module, _ in ours} <= _FACE
    assert [name for _, name in ours if name.startswith("_") and name != "__version__"] == []


def test_default_host_is_the_clients_own() -> None:
    assert inspect.signature(ManagementClient).parameters["host"].default == API_HOST
