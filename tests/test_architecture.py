"""Which module imports which, and how long anything may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from source import at_import, code_lines, core, modules, running, tree

_STANDS_ON = {"attrs", "requests", "urllib3"}
_EXTRAS = ("werkzeug", "pyotp", "segno", "click", "rich", "dask", "pandas", "cryptography")
_LINES_OF_A_FUNCTION = 40
_LINES_OF_A_FILE = 300
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def imported(name: str, nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Return what is imported; names within the package start with a dot."""
    package = name.split(".")[:-1]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (_within(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield _within(node.module or "")
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from ([f".{stem}"] if node.module else (f".{a.name}" for a in node.names))


def _within(name: str) -> str:
    return name.removeprefix("authing_mfa") if name.startswith("authing_mfa.") else name


def arrows(name: str) -> set[str]:
    """Return the modules of the core that a module needs when it runs, functions included."""
    names = imported(name, running(tree(core()[name])))
    return {target[1:].split(".")[0] for target in names if target.startswith(".")}


ARROWS = {name: arrows(name) for name in core() if name != "__init__"}
_SENDING = {"_session", "_transport", "_adapter", "_connection", "_flight"}
_FORBIDDEN = {
    "_envelope": _SENDING | {"_mapper"},
    "_mapper": _SENDING | {"_envelope"},
    **{name: {"_envelope", "_mapper"} for name in _SENDING},
}


def test_errors_know_only_the_codes_and_the_masks() -> None:
    assert ARROWS["errors"] == {"_codes", "_mask"}


@pytest.mark.parametrize("name", ["_codes", "_mask", "_version", "_otpauth"])
def test_leaves_know_nothing(name: str) -> None:
    assert set() == ARROWS[name]


@pytest.mark.parametrize("name", sorted(_FORBIDDEN))
def test_send_unwrap_and_build_do_not_know_each_other(name: str) -> None:
    assert set() == ARROWS[name] & _FORBIDDEN[name]


def test_send_unwrap_and_build_meet_in_the_clients_only() -> None:
    together = {
        name
        for name, targets in ARROWS.items()
        if "_session" in targets and targets & {"_envelope", "_mapper"}
    }
    assert "_client" in together
    assert set() == together & {"models", "errors", "enrollment", "_tokens", *_FORBIDDEN}


def test_models_know_nothing_of_the_way_they_come() -> None:
    assert set() == ARROWS["models"] & {*_SENDING, "_envelope", "_client", "authentication"}


def test_core_knows_nothing_of_what_stands_on_it() -> None:
    for name, targets in ARROWS.items():
        assert set() == targets & {"sandbox", "cli", "pytest_plugin"}, name


def test_core_has_no_cycle() -> None:
    order = {
        name: {
            target[1:].split(".")[0]
            for target in imported(name, at_import(tree(path)))
            if target.startswith(".")
        }
        for name, path in core().items()
        if name != "__init__"
    }
    assert set(order) <= set(TopologicalSorter(order).static_order())


def test_core_stands_on_requests_and_attrs_alone() -> None:
    found = {
        target.split(".")[0]
        for name, path in core().items()
        for target in imported(name, at_import(tree(path)))
        if not target.startswith(".")
    }
    assert found - _STANDS_ON <= set(sys.stdlib_module_names)


def test_sandbox_knows_nothing_of_the_core() -> None:
    found = {
        target
        for name, path in modules("sandbox").items()
        for target in imported(name, running(tree(path)))
        if target.startswith(".") and not f"{target}.".startswith(".sandbox.")
    }
    assert set() == found


@pytest.mark.parametrize("module", ["authing_mfa", "authing_mfa.pytest_plugin"])
def test_import_loads_no_extra(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({set(_EXTRAS)!r} & set(sys.modules)))"
    root = next(iter(core().values())).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert "" == done.stdout.strip()


def functions() -> Iterator[tuple[str, Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for name, path in modules().items():
        for node in ast.walk(tree(path)):
            if isinstance(node, _FUNCTIONS):
                yield f"{name}.{node.name}", path, node


def test_body_of_a_function_fits_in_a_glance() -> None:
    code = {path: code_lines(path) for path in modules().values()}
    long = {
        name: count
        for name, path, node in functions()
        if (count := len(code[path] & _lines(node))) > _LINES_OF_A_FUNCTION
    }
    assert {} == long


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    return set(range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1))


def test_file_is_not_too_long() -> None:
    lines = {name: len(code_lines(path)) for name, path in modules().items()}
    assert {} == {name: count for name, count in lines.items() if count > _LINES_OF_A_FILE}
