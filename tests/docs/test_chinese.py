"""README.zh-CN.md says what README.md says: the same calls, names, numbers and tests."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from .documents import ROOT, blocks, rows, sections

ENGLISH = ROOT / "README.md"
CHINESE = ROOT / "README.zh-CN.md"

pytestmark = pytest.mark.repository


def calls(path: Path) -> list[str]:
    """Return the examples' statements, without comments and what is said to people."""
    parser = doctest.DocTestParser()
    code = [
        "".join(example.source for example in parser.get_examples(block.text)) or block.text
        for block in blocks(path, "python")
    ]
    return [_without_words(text) for text in code]


def _without_words(text: str) -> str:
    text = re.sub(r"  # .*", "", text)
    text = re.sub(r'(""".*?"""|(?<=\d, )".*?")', "...", text)
    return re.sub(r'lang=".*?"', "lang=...", text)


def tree(path: Path) -> list[str]:
    [block] = blocks(path, "text")
    return re.findall(r"\b\w+Error\b|\b\d+\b", block.text)


def tables(path: Path) -> list[list[list[str]]]:
    """Return each section's table: of each cell the code, or the fact that there is none."""
    return [
        [re.findall(r"`([^`]+)`", cell) for row in rows(text) for cell in row]
        for text in sections(path)
    ]


def test_the_sessions_make_the_same_calls() -> None:
    assert calls(ENGLISH) == calls(CHINESE)


def test_the_errors_are_the_same() -> None:
    assert [*dict.fromkeys(tree(ENGLISH))] == [*dict.fromkeys(tree(CHINESE))]


def test_the_tables_have_the_same_rows() -> None:
    assert tables(ENGLISH) == tables(CHINESE)


@pytest.mark.parametrize("english", ["`make \\w+`", "`tests/[^`]+`", "`[A-Z_]{8,}`"])
def test_it_names_the_same_things(english: str) -> None:
    found = [re.findall(english, path.read_text(encoding="utf-8")) for path in (ENGLISH, CHINESE)]
    assert found[0]
    assert set() == {*found[0]} - {*found[1]}


def test_each_leads_to_the_other() -> None:
    assert f"({CHINESE.name})" in ENGLISH.read_text(encoding="utf-8")
    assert f"({ENGLISH.name})" in CHINESE.read_text(encoding="utf-8")
