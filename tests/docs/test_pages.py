"""What the pages say in tables is what the code does."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

import authing_mfa
import authing_mfa.audit
import authing_mfa.sandbox
from authing_mfa import APIError, AuthenticationClient, ManagementClient
from authing_mfa.errors import api_error_class

from .documents import ROOT, rows, section

DOCS = ROOT / "docs"
PUBLIC = sorted(
    {*authing_mfa.__all__, *authing_mfa.audit.__all__, *authing_mfa.sandbox.__all__}
    - {"__version__"}
)
METHODS = sorted(
    f"{client.__name__}.{name}"
    for client in (AuthenticationClient, ManagementClient)
    for name, _ in inspect.getmembers(client, callable)
    if not name.startswith("_")
)

pytestmark = pytest.mark.repository


def test_the_codes_are_those_of_the_package() -> None:
    table = (ROOT / "authing_mfa/errors/codes.json").read_text(encoding="utf-8")
    expected = [
        [code, class_of(int(code)), hints["en"], hints["zh"]]
        for code, hints in json.loads(table)["apiCode"].items()
    ]
    assert rows(section(DOCS / "codes.md", "apiCode")) == expected


def class_of(api_code: int) -> str:
    kind = api_error_class(0, api_code)
    return "by `statusCode`" if kind is APIError else f"`{kind.__name__}`"


def test_the_status_codes_become_the_errors_that_are_named() -> None:
    named = {
        int(code): kind.strip("`")
        for codes, kind in rows(section(DOCS / "codes.md", "statusCode"))
        for code in codes.split(", ")
    }
    assert named.pop(200) == "none"
    assert {code: api_error_class(code, None).__name__ for code in named} == named


@pytest.fixture(scope="module")
def reference() -> str:
    pages = [*sorted(DOCS.glob("reference/*.md")), DOCS / "audit.md"]
    return "".join(page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_reference_has_every_public_name(name: str, reference: str) -> None:
    assert re.search(rf"^\.\. auto(class|exception|function):: {name}\b", reference, re.MULTILINE)


@pytest.mark.parametrize("name", METHODS)
def test_the_reference_has_every_method_of_a_client(name: str, reference: str) -> None:
    assert f".. automethod:: {name}\n" in reference


def test_every_page_is_in_a_table_of_contents() -> None:
    trees = re.findall(r"^```\{toctree\}\n(.*?)^```", index(), re.MULTILINE | re.DOTALL)
    listed = [line for tree in trees for line in tree.splitlines() if line and line[0] != ":"]
    pages = [str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.glob("**/*.md")]
    pages = [page for page in pages if not page.startswith("adr/")]  # for those who change it
    assert sorted(pages) == sorted([*listed, "index"])


def index() -> str:
    return (DOCS / "index.md").read_text(encoding="utf-8")


def test_the_exit_codes_are_those_of_the_command() -> None:
    pytest.importorskip("click")
    pytest.importorskip("rich")
    from authing_mfa.cli import failures

    expected = [[str(family.code), family.meaning] for family in failures.FAMILIES]
    assert expected == rows(section(DOCS / "cli.md", "In scripts"))


def test_the_commands_are_all_there() -> None:
    pytest.importorskip("click")
    pytest.importorskip("rich")
    from authing_mfa.cli.app import root

    listed = [row[0].strip("`") for row in rows(section(DOCS / "cli.md", "Commands"))]
    assert sorted(commands(root)) == sorted(re.sub(r" [A-Z]+$", "", name) for name in listed)


def commands(group: Any) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from (f"{name} {below}" for below in commands(command))
        else:
            yield name


def test_the_variables_of_the_command_are_all_there() -> None:
    pytest.importorskip("click")
    pytest.importorskip("rich")
    from authing_mfa.cli.settings import VARIABLES

    table = section(DOCS / "cli.md", "Settings")
    assert sorted(VARIABLES.values()) == sorted(re.findall(r"AUTHING_\w+", table))
