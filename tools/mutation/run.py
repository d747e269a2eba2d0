"""Let mutmut mutate one module in a copy of the repository, and read what became of it."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import attrs

from .modules import MODULES
from .mutants import Mutant, shown

ROOT: Final = Path(__file__).parent.parent.parent
_COPIED: Final = ("authing_mfa", "tests", "tools", "setup.cfg", "pyproject.toml")
_LIFTED: Final = frozenset({"property", "functools.cache"})
_KILLED: Final = frozenset({"killed", "timeout"})
_SETTINGS: Final = """
[mutmut]
source_paths=authing_mfa
only_mutate={path}
also_copy=conftest.py
use_git_change_detection=false
pytest_add_cli_args=
    -p
    no:cacheprovider
    --hypothesis-seed=0
pytest_add_cli_args_test_selection=
    -m
    not slow and not repository
"""


@attrs.frozen
class Outcome:
    """How many mutants a module has, and which of them no test notices."""

    total: int
    survivors: Counter[Mutant]


def run(module: str, tree: Path, children: int) -> Outcome:
    """Mutate one module; ``tree`` is made anew."""
    _copy(module, tree)
    done = _mutmut(tree, "run", "--max-children", str(children))
    lines = _mutmut(tree, "results", "--all", "true").splitlines()
    status = dict(line.strip().split(": ") for line in lines if "__mutmut_" in line)
    if not status or "not checked" in status.values():
        raise SystemExit(f"mutmut did not come to its end:\n{done[-2000:]}")
    survivors = [name for name, what in status.items() if what not in _KILLED]
    return Outcome(
        len(status), Counter(shown(name, _mutmut(tree, "show", name)) for name in survivors)
    )


def _copy(module: str, tree: Path) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in _COPIED:
        source = ROOT / name
        if source.is_file():
            shutil.copy(source, tree)
        else:
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).with_name("for_the_copy.py"), tree / "conftest.py")
    path = _path(module)
    mutated = tree / path
    mutated.write_text(undecorated(mutated.read_text(encoding="utf-8")), encoding="utf-8")
    tests = "".join(f"    {path}\n" for path in MODULES[module])
    with (tree / "setup.cfg").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS.format(path=path) + tests)


def _path(module: str) -> Path:
    """Return where a module is, below the root."""
    path = Path("authing_mfa", *module.split("."))
    return path / "__init__.py" if (ROOT / path).is_dir() else path.with_suffix(".py")


def undecorated(source: str) -> str:
    """Spell ``@property`` as ``name = property(name)``: mutmut passes over what is decorated."""
    lines = source.splitlines()
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(nodes, key=lambda node: node.lineno, reverse=True):
        if len(node.decorator_list) == 1 and ast.unparse(node.decorator_list[0]) in _LIFTED:
            (decorator,) = node.decorator_list
            call = f"{node.name} = {ast.unparse(decorator)}({node.name})"
            lines.insert(node.end_lineno or node.lineno, " " * node.col_offset + call)
            del lines[decorator.lineno - 1]
    return "\n".join(lines) + "\n"


def _mutmut(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout
