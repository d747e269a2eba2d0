"""The documentation of the examples shows their own code, and what both share is the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
FLASK = ROOT / "examples/flask_app/flask_pages"
DJANGO = ROOT / "examples/django_site/django_pages"
SHARED = ("wording.py", "failures.py", "trial.py")
DOCUMENTS = ("flask.md", "django.md")
_INCLUDE = re.compile(
    r"^```\{literalinclude\} (\S+)\n:language: python\n:pyobject: (\S+)\n```$", re.MULTILINE
)


@pytest.mark.parametrize("name", SHARED)
def test_what_needs_no_framework_is_the_same_in_both(name: str) -> None:
    assert (FLASK / name).read_text("utf-8") == (DJANGO / name).read_text("utf-8")


def test_both_look_the_same() -> None:
    styles = (FLASK / "static/style.css", DJANGO / "templates/style.css")
    assert len({style.read_text("utf-8") for style in styles}) == 1


@pytest.mark.parametrize("name", DOCUMENTS)
def test_code_in_a_document_is_the_examples_own(name: str) -> None:
    document = ROOT / "docs" / name
    text = document.read_text("utf-8")
    shown = _INCLUDE.findall(text)
    assert len(shown) == text.count("\n```{")
    assert [
        (file, wanted) for file, wanted in shown if wanted not in names_in(document, file)
    ] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_has_no_other_python(name: str) -> None:
    assert "```python" not in (ROOT / "docs" / name).read_text("utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_status_is_documented(name: str) -> None:
    rows = re.findall(
        r"^\| (.*) \| (\d+)\b.*\|$", (ROOT / "docs" / name).read_text("utf-8"), re.MULTILINE
    )
    documented = {error: int(status) for errors, status in rows for error in errors_in(errors)}
    told = {
        error: int(status)
        for error, status in re.findall(
            r"^    (\w+Error): \((\d+),", (FLASK / "failures.py").read_text("utf-8"), re.MULTILINE
        )
        if error not in ("APIError", "AuthingMFAError", "MFARequiredError")
    }
    assert told.items() <= documented.items()


def errors_in(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def names_in(document: Path, file: str) -> set[str]:
    """Return the functions, classes and methods of a file that a document names."""
    tree = ast.parse((document.parent / file).read_text("utf-8"))
    names = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
            inner = node.body if isinstance(node, ast.ClassDef) else []
            names |= {f"{node.name}.{e.name}" for e in inner if isinstance(e, ast.FunctionDef)}
    return names
