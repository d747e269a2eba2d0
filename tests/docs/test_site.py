"""The documentation builds without a warning, and its pages load nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .documents import ROOT

NEEDED = ("sphinx", "furo", "myst_parser")
LOADED = re.compile(r"<(?:script|img|iframe)[^>]*\ssrc=\"([^\"]+)|<link[^>]*\shref=\"([^\"]+)")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.repository,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in NEEDED), reason="needs the extra authing-mfa[docs]"
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the documentation as `make docs` does, warnings being errors."""
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E"]
    paths = ["-d", str(place / "trees"), str(ROOT / "docs"), str(place / "html")]
    done = subprocess.run(
        [*command, *paths],
        cwd=ROOT,
        # Nothing that is to be measured runs there.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return place / "html"


def test_every_page_is_built(site: Path) -> None:
    pages = sorted(page.relative_to(ROOT / "docs") for page in (ROOT / "docs").glob("**/*.md"))
    names = [page.with_suffix(".html") for page in pages if page.parts[0] != "adr"]
    assert [name for name in names if not (site / name).exists()] == []


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loaded = {
        source
        for page in site.glob("**/*.html")
        for found in LOADED.findall(page.read_text(encoding="utf-8"))
        for source in found
        if source
    }
    assert loaded
    assert set() == {source for source in loaded if re.match(r"(?:\w+:)?//", source)}


def test_methods_show_their_endpoints(site: Path) -> None:
    page = (site / "reference" / "authentication.html").read_text(encoding="utf-8")
    assert "GET /api/v3/get-factor" in re.sub(r"<[^>]+>", "", page)
