"""Python 3.14 as Pyodide has it, under node: no threads, and no socket that connects."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest

PYODIDE = os.environ.get("AUTHING_PYODIDE", "")
"""A folder in which `npm install pyodide` was run; `make pyodide` sets it."""

pytestmark = [
    pytest.mark.skipif(
        not PYODIDE or shutil.which("node") is None,
        reason="needs node and an environment of its own: `make pyodide`",
    ),
    pytest.mark.timeout(600),
]
ROOT = Path(__file__).parent.parent
PACKAGES = (
    *("requests", "urllib3", "idna", "certifi", "charset-normalizer", "attrs"),
    *("werkzeug", "markupsafe", "pyotp", "segno", "responses", "pyyaml"),
    *("pytest", "pluggy", "iniconfig", "packaging", "pygments"),
)
# Values, mapper, errors, pickles, calls on the mocked wire, and the sandbox's rules.
# Left out: threads, a compiled package, and a nesting that exceeds the stack of WebAssembly.
TESTS = ("tests/unit", "tests/sandbox/test_service.py", "-m", "not slow", "-k", "not deep")
NEED_THREADS = ("test_reconcile.py", "test_enrollment_on_a_page.py", "test_pydantic.py")

PROGRAM = """
import { loadPyodide } from "pyodide";
const python = await loadPyodide();
const [ours, theirs, ...names] = process.argv.slice(2);
for (const [place, root] of [["/ours", ours], ["/theirs", theirs]]) {
  python.FS.mkdir(place);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
}
python.globals.set("names", python.toPy(names));
process.exitCode = python.runPython(`
import os, sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/ours", "/theirs"]
os.chdir("/ours")
import pytest
print("Python", sys.version, "on", sys.platform)
int(pytest.main(names))
`);
"""


def test_tests_without_sockets_pass(tmp_path: Path) -> None:
    done = run_in_pyodide(
        tmp_path,
        *("-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestConfigWarning"),
        "--override-ini=addopts=",  # strict, it refuses the settings of plugins that are not there
        *TESTS,
        *(f"--ignore=tests/unit/{name}" for name in NEED_THREADS),
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-900:]
    assert " on emscripten\n" in done.stdout


def run_in_pyodide(place: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on this repository, with the pure Python of the packages that are installed."""
    theirs = place / "theirs"
    for package in PACKAGES:
        for file in distribution(package).files or ():
            if ".." not in file.parts and file.suffix not in (".so", ".pyc"):
                (theirs / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), theirs / file)
    (place / "run.mjs").write_text(PROGRAM)
    (place / "node_modules").symlink_to(Path(PYODIDE, "node_modules").resolve())
    return subprocess.run(
        [
            *("node", "--preserve-symlinks", "--stack-size=4000", "run.mjs"),
            *(str(ROOT), str(theirs), *names),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=540,
        cwd=place,
    )
