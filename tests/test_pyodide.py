"""CPython as WebAssembly has no sockets, threads, ssl or forks: the import works all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

PYODIDE = os.environ.get("AUTHING_PYODIDE", "")
"""A folder in which `npm install pyodide` was run."""

pytestmark = pytest.mark.skipif(
    not PYODIDE or shutil.which("node") is None,
    reason="needs node, and AUTHING_PYODIDE as a folder in which `npm install pyodide` was run",
)
ROOT = Path(__file__).parent.parent
PACKAGES = ("requests", "attr", "attrs", "urllib3", "idna", "certifi", "charset_normalizer")

PROGRAM = """
import { loadPyodide } from "pyodide";
const python = await loadPyodide();
const [ours, theirs] = process.argv.slice(2);
for (const [place, root] of [["/ours", ours], ["/theirs", theirs]]) {
  python.FS.mkdir(place);
  python.FS.mount(python.FS.filesystems.NODEFS, {root}, place);
}
python.runPython(`
import sys
sys.dont_write_bytecode = True
sys.path[:0] = ["/ours", "/theirs"]
from authing_mfa import AuthenticationClient, ConnectionFailedError

client = AuthenticationClient(
    app_id="app_example", app_host="https://demo.example.com", access_token="example-token",
    max_retries=0,
)
try:
    client.get_factor("f_1")
except ConnectionFailedError as error:
    print("told:", error.path)
client.close()
`);
"""


def test_package_is_imported_and_a_call_that_cannot_go_out_is_an_error_of_ours(
    tmp_path: Path,
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    site = Path(requests.__file__).parent.parent
    for name in PACKAGES:
        shutil.copytree(site / name, theirs / name, ignore=shutil.ignore_patterns("*.so", "*.pyc"))
    (tmp_path / "check.mjs").write_text(PROGRAM)
    (tmp_path / "node_modules").symlink_to(Path(PYODIDE, "node_modules"))
    done = subprocess.run(
        ["node", "--preserve-symlinks", "check.mjs", str(ROOT), str(theirs)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout[-60:]) == (0, "told: /api/v3/get-factor\n"), done.stderr[
        -900:
    ]
