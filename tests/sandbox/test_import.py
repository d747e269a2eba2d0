"""What importing the sandbox needs, and what it leaves alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import authing_mfa.sandbox

FOLDER = Path(authing_mfa.sandbox.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_no_module_imports_requests(path: Path) -> None:
    assert "requests" not in imported(path)


@pytest.mark.parametrize("missing", ["werkzeug", "pyotp", "segno"])
def test_a_missing_extra_is_named_once(missing: str) -> None:
    script = (
        "import sys\n"
        f"sys.modules[{missing!r}] = None\n"
        "try:\n"
        "    import authing_mfa.sandbox\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    expected = f'the sandbox needs {missing}: pip install "authing-mfa[sandbox]"\n'
    assert expected == done.stdout


def test_the_qr_library_waits_for_the_first_qr_code() -> None:
    script = "import sys, authing_mfa.sandbox; print('segno' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_the_public_names_are_sorted_and_there() -> None:
    names = authing_mfa.sandbox.__all__
    assert sorted(names) == names
    assert [name for name in names if not hasattr(authing_mfa.sandbox, name)] == []
