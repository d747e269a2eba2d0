"""The repository's texts: the changelog, the links, and what must not stand in any of them."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import authing_mfa

from .documents import ROOT

# Spelled in parts, so that this file may be looked through as well.
FORBIDDEN = {
    "a package registry": r"\b(?:pypi|pythonhosted|npmjs|anaconda)" + r"\.(?:org|com)\b",
    "a path of one machine": r"(?<![\w.~$*}-])/(?:home|root|Users|work)" + r"/[\w.]",
    "a file that is not here": r"\b(?:wire|design|style)" + r"\.md\b",
}

pytestmark = pytest.mark.repository


@functools.cache
def files() -> list[Path]:
    """Return the files that are, or are about to be, under version control."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = [git, "-C", str(ROOT), "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@functools.cache
def text_of(path: Path) -> str:
    """Return a file's text, empty where it is not text."""
    data = path.read_bytes()
    return "" if b"\0" in data else data.decode()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_text_names_it(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files()
        for match in re.finditer(FORBIDDEN[what], text_of(path))
    ]
    assert found == []


def test_links_between_the_documents_lead_somewhere() -> None:
    documents = [path for path in files() if path.suffix == ".md"]
    links = [
        path.parent / link
        for path in documents
        for link in re.findall(r"\]\((?!\w+:|#)([^)#]+)", text_of(path))
    ]
    assert links
    assert [link for link in links if not link.exists()] == []


def test_the_newest_version_in_the_changelog_is_this_one() -> None:
    versions = re.findall(r"^## \[(\d[^]]*)\]", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert authing_mfa.__version__ == versions[0]
