"""Which module may import which, whatever kind of import it is, and what stands at the top."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.support.source import PACKAGE, code_lines, core, docstrings, modules, nodes, tree

LAYERS = (
    {"_secrets"},
    {"errors"},
    {"_values"},
    {"_protocol"},
    {"_http"},
    {"_auth"},
    {"_call"},
    {"enrollment", "challenge"},
    {"authentication", "management"},
    {""},  # the public face
    {"audit"},
    {"cli"},
)
"""From the ground up: a module imports from layers below its own, or from its own folder."""
APART = {"sandbox", "pytest_plugin"}
"""The core knows nothing of these; the sandbox knows nothing of the core."""
MAY_NAME_ITS_TRIGGER = ("errors", "")
_ENTRIES_AT_THE_TOP = 16
_STANDS_ON = {"attrs", "requests", "urllib3"}
_EXTRAS = ("werkzeug", "pyotp", "segno", "click", "rich", "dask", "pandas", "cryptography")

Imports = Mapping[str, set[str]]


def imports(found: Mapping[str, Path]) -> Imports:
    """Return what each module imports, at its top, in functions, and for type checkers."""
    return {name: set(_imported(name, path, found)) - {name} for name, path in found.items()}


def _imported(name: str, path: Path, found: Mapping[str, Path]) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            levels = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(levels if node.level else ()), *filter(None, [node.module])])
            for whole in (f"{base}.{alias.name}" for alias in node.names):
                yield whole if whole in found else base


def layer(name: str) -> str:
    """Return the entry at the top of the package to which a module belongs."""
    return name.removeprefix("authing_mfa").lstrip(".").partition(".")[0]


def against_the_arrows(found: Imports) -> list[tuple[str, str]]:
    """Return the imports that point upwards or aside."""
    height = {name: height for height, names in enumerate(LAYERS) for name in names}
    pairs = {
        (layer(name), layer(target))
        for name, targets in found.items()
        for target in targets
        if target.split(".")[0] == "authing_mfa"
    }
    core = {pair for pair in pairs if pair[0] not in APART and pair[0] != pair[1]}
    return sorted(
        (name, target)
        for name, target in core - {MAY_NAME_ITS_TRIGGER}
        if not (name == "cli" and target in {"sandbox", *height})
        and (target in APART or height[target] >= height[name])
    )


def circle(found: Imports) -> list[str]:
    """Return modules that import each other in a circle, if some do."""
    straight = {
        name: {target for target in targets if target in found and not name.startswith(target)}
        for name, targets in found.items()
    }
    try:
        TopologicalSorter(straight).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def package() -> dict[str, Path]:
    return {
        f"authing_mfa.{name}".removesuffix(".__init__"): path for name, path in modules().items()
    }


@pytest.fixture(scope="module")
def whole() -> Imports:
    """Return what each module of the package imports."""
    return imports(package())


def test_every_arrow_points_down(whole: Imports) -> None:
    assert against_the_arrows(whole) == []


def test_no_imports_go_in_a_circle(whole: Imports) -> None:
    assert circle(whole) == []


def test_the_top_is_held_in_the_head() -> None:
    apart = {"__init__.py", "__pycache__", "py.typed"}
    assert len({path.name for path in PACKAGE.iterdir()} - apart) <= _ENTRIES_AT_THE_TOP


@pytest.mark.parametrize("under", ["", "if TYPE_CHECKING:\n    ", "def late():\n    "])
def test_planted_imports_are_found(under: str, tmp_path: Path) -> None:
    upward, back = tmp_path / "_values.py", tmp_path / "enrollment.py"
    upward.write_text(f"{under}from .enrollment import Enrollment\n")
    back.write_text(f"{under}from ._values import Factor\n")
    planted = {"authing_mfa._values": upward, "authing_mfa.enrollment": back}
    assert against_the_arrows(imports(planted)) == [("_values", "enrollment")]
    assert sorted(set(circle(imports(planted)))) == sorted(planted)


def test_sandbox_knows_nothing_of_the_core(whole: Imports) -> None:
    found = (targets for name, targets in whole.items() if layer(name) == "sandbox")
    targets = {target for targets in found for target in targets}
    assert {layer(it) for it in targets if it.startswith("authing_mfa")} == {"sandbox"}
    assert {it.split(".")[0] for it in targets} & {"requests", "urllib3"} == set()


def test_core_stands_on_requests_and_attrs_alone() -> None:
    core = {name: path for name, path in package().items() if layer(name) not in {"cli", *APART}}
    at_import = {
        alias.split(".")[0]
        for name, path in core.items()
        for node in tree(path).body
        for alias in _names(node)
    }
    assert at_import - {"authing_mfa", *_STANDS_ON} <= set(sys.stdlib_module_names)


def _names(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [str(node.module)] if isinstance(node, ast.ImportFrom) and not node.level else []


@pytest.mark.parametrize("module", ["authing_mfa", "authing_mfa.pytest_plugin"])
def test_import_loads_no_extra(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({set(_EXTRAS)!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    assert done.stdout.strip() == ""


def test_body_of_a_function_fits_in_a_glance() -> None:
    too_long = {
        f"{name}.{node.name}": len(lines)
        for name, path in modules().items()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef)
        and len(lines := code_lines(path) & _lines_of(node.body)) > 40
    }
    assert too_long == {}


def _lines_of(body: list[ast.stmt]) -> set[int]:
    return set(range(body[0].lineno, (body[-1].end_lineno or 0) + 1))


def test_file_is_not_too_long() -> None:
    lines = {name: len(code_lines(path)) for name, path in modules().items()}
    assert {name: count for name, count in lines.items() if count > 330} == {}


def test_paths_of_the_service_stand_in_one_table() -> None:
    found = {name for name, path in core().items() if any(_paths_in(path))}
    assert found == {"_protocol.endpoints"}


def _paths_in(path: Path) -> Iterator[str]:
    documentation = {id(node) for node in docstrings(path)}
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_path = node.value.startswith(("/api/", "/mfa/", "/oidc/"))
            if is_path and id(node) not in documentation:
                yield node.value
