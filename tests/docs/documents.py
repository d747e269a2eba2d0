"""The repository's documents, taken apart for the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@attrs.frozen
class Block:
    """A fenced block; `line` is the number of its first line of text."""

    path: Path
    line: int
    text: str


def documents() -> list[Path]:
    """Return the documents whose Python blocks are to run."""
    return [*sorted(ROOT.glob("README*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


def blocks(path: Path, language: str) -> Iterator[Block]:
    """Yield the fenced blocks of one language."""
    text = path.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        if match[1] == language:
            yield Block(path, text.count("\n", 0, match.start(2)) + 1, match[2])


def section(path: Path, title: str) -> str:
    """Return the text below a second-level heading."""
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"{path.name} has no section {title!r}"
    return found[1]


def sections(path: Path) -> list[str]:
    """Return the texts between the headings, the one before the first included."""
    return re.split(r"^##+ .*\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)


def rows(markdown: str) -> list[list[str]]:
    """Return the cells of a text's table, without its two heading lines."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
