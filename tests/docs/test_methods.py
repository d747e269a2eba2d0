"""README's table of methods, the docstrings, the code and the wire name the same endpoints."""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

import authing_mfa
from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    CallRecord,
    ManagementClient,
    MFAChallenge,
)
from authing_mfa._protocol import endpoints
from authing_mfa._protocol.endpoints import Endpoint
from authing_mfa.sandbox import SandboxUser
from tests.support.calls import CALLS

from .documents import ROOT, rows, section

README = ROOT / "README.md"
TABLE = [it for it in vars(endpoints).values() if isinstance(it, Endpoint)]
ENDPOINTS = {f"{it.method} {it.path}" for it in TABLE}
PUBLIC = {
    name: member
    for name, member in inspect.getmembers(AuthenticationClient, callable)
    if not name.startswith("_")
}


def documented_endpoint(method: Callable[..., Any]) -> str | None:
    """Return what stands in a docstring's last line, as in ``GET /api/v3/get-factor``."""
    found = re.search(r"^Endpoint: ``(.+?)``", inspect.getdoc(method) or "", re.MULTILINE)
    return found and found[1]


def table() -> dict[str, list[str]]:
    """Return README's rows by the method's name."""
    found = rows(section(README, "Methods"))
    return {row[0].strip("`").partition("(")[0]: row for row in found}


def test_every_documented_endpoint_is_one_of_the_table_of_paths() -> None:
    classes = [it for it in vars(authing_mfa).values() if inspect.isclass(it)]
    methods = [it for cls in classes for _, it in inspect.getmembers(cls, inspect.isfunction)]
    documented = {documented_endpoint(method) for method in methods} - {None}
    assert documented <= {call.endpoint for call in CALLS.values()}
    assert "GET /api/v3/get-factor" in documented
    assert documented - ENDPOINTS == set()


@pytest.mark.parametrize("name", sorted(n for n, m in PUBLIC.items() if documented_endpoint(m)))
def test_the_documented_endpoint_is_called(name: str, mfa_user: SandboxUser) -> None:
    records: list[CallRecord] = []
    client = AuthenticationClient(**mfa_user.credentials, on_call=records.append)
    with client, contextlib.suppress(AuthingMFAError):
        CALLS[name](client)
    assert [documented_endpoint(PUBLIC[name])] == [f"{it.method} {it.path}" for it in records]


@pytest.mark.repository
def test_the_table_has_every_public_method() -> None:
    assert sorted(PUBLIC) == sorted(table())


@pytest.mark.repository
@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_the_table_names_the_documented_endpoint(name: str) -> None:
    cell = table()[name][1]
    assert documented_endpoint(PUBLIC[name]) == (cell.strip("`") if cell[0] == "`" else None)


@pytest.mark.repository
@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_the_table_names_the_parameters(name: str) -> None:
    shown, cut, _ = table()[name][0].strip("`").partition("…")
    whole = f"{name}{bare_signature(PUBLIC[name])}"
    assert (whole[: len(shown)] if cut else whole) == shown


def bare_signature(method: Callable[..., Any]) -> inspect.Signature:
    """Return the parameters as a call spells them, without types and defaults."""
    given = inspect.signature(method).parameters.values()
    bare = [it.replace(annotation=it.empty, default=it.empty) for it in given if it.name != "self"]
    return inspect.Signature(bare)


@pytest.mark.repository
@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_the_table_names_the_returned_type(name: str) -> None:
    annotation = inspect.signature(PUBLIC[name]).return_annotation
    expected = "AuthenticationClient" if annotation == "Self" else annotation
    assert table()[name][2].strip("`") == expected


@pytest.mark.repository
def test_readme_names_every_post_call_that_is_tried_again() -> None:
    text = " ".join(README.read_text(encoding="utf-8").split())
    [sentence] = re.findall(r"Reads are the GET calls, and the POST calls .*?:(.*?)\. All", text)
    named = set(re.findall(r"`(\w+)`", sentence)) - {"has_passed"}  # which calls another of them
    tried_again = {it.path for it in TABLE if it.method == "POST" and it.idempotent}
    documented = {
        name: set(re.findall(r"``POST (/\S+)``", inspect.getdoc(member) or ""))
        for cls in (AuthenticationClient, MFAChallenge, ManagementClient)
        for name, member in inspect.getmembers(cls, callable)
        if not name.startswith("_")
    }
    assert {name for name, paths in documented.items() if paths & tried_again} == named
