"""What README says of errors, retries and guarantees is what the package does."""

from __future__ import annotations

import ast
import re

import pytest

from authing_mfa import (
    AuthingMFAError,
    ConnectionFailedError,
    InvalidResponseError,
    RequestTimeoutError,
    errors,
)
from authing_mfa._call import retry
from authing_mfa._protocol.endpoints import GET_FACTOR, RESET_FACTOR, Endpoint
from authing_mfa.errors import APIError, api_error_class

from .documents import ROOT, blocks, rows, section

README = ROOT / "README.md"
OTHER_CODES = (400, 401, 402, 403, 404, 409, 413, 422, 499)

pytestmark = pytest.mark.repository


def test_the_error_tree_is_the_one_of_the_module() -> None:
    indented = "".join(f"    {line}" for line in tree().splitlines(keepends=True))
    assert indented in (errors.__doc__ or "")


def test_the_error_tree_is_the_one_of_the_classes() -> None:
    above: list[str] = []
    drawn = []
    for line in tree().splitlines():
        indent, name = re.match(r"([│├└─ ]*)(\w+)", line).groups()  # type: ignore[union-attr]
        above[len(indent) // 4 :] = [name]
        drawn.append(above[-2:])
    classes = [it for it in vars(errors).values() if _is_error(it)]
    real = [[it.__base__.__name__, it.__name__] for it in classes if it is not AuthingMFAError]
    assert sorted([["AuthingMFAError"], *real]) == sorted(drawn)


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, AuthingMFAError)


def tree() -> str:
    [block] = [it for it in blocks(README, "text") if it.text.startswith("AuthingMFAError")]
    return block.text


def retry_rows() -> list[list[str]]:
    return rows(section(README, "What is tried again"))


def test_the_retry_table_names_the_codes_that_are_tried_again() -> None:
    again = [row for row in retry_rows() if row[1] == "tried again"]
    written = {int(code) for row in again for code in re.findall(r"`(\d{3})`", row[0])}
    assert written == retry.RETRIED_STATUS_CODES


def test_the_retry_table_says_what_is_done() -> None:
    done = [
        [row[0], *(what_is_done(endpoint, row[0]) for endpoint in (GET_FACTOR, RESET_FACTOR))]
        for row in retry_rows()
    ]
    assert done == retry_rows()


def what_is_done(endpoint: Endpoint, happened: str) -> str:
    """Return what the retry rules make of a line's failures, which must agree."""
    sent = not happened.startswith("Nothing left")
    [one] = {_what_is_done(endpoint, error, sent) for error in failures(happened)}
    return one


def _what_is_done(endpoint: Endpoint, error: AuthingMFAError, sent: bool) -> str:
    if retry.may_try_again(endpoint, error, sent):
        return "tried again"
    unknown = retry.is_outcome_unknown(endpoint, error, sent)
    return "raised, `outcome_unknown`" if unknown else "raised"


def failures(happened: str) -> list[AuthingMFAError]:
    """Return the failures that a line of the table speaks of."""
    codes = [int(code) for code in re.findall(r"`(\d{3})`", happened)]
    if happened == "Any other 5xx or 6xx":
        codes = [500, 501, 601, 602, 603]
    if happened == "Any other refusal":
        codes = [*OTHER_CODES]
    if codes:
        return [refusal(code) for code in codes]
    if happened == "An answer outside the contract":
        return [InvalidResponseError()]
    return [ConnectionFailedError(), RequestTimeoutError()]


def refusal(status_code: int) -> APIError:
    return api_error_class(status_code, None)(status_code=status_code)


def guarantees() -> list[str]:
    text = section(README, "What it guarantees")
    return re.findall(r"^- (.*?)(?=^- |^\n|\Z)", text, re.MULTILINE | re.DOTALL)


def test_every_guarantee_names_a_test() -> None:
    assert len(guarantees()) >= 6
    assert [line for line in guarantees() if "::test_" not in line] == []


def test_every_named_test_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", section(README, "What it guarantees"))
    assert named
    assert [test for test in named if test[1] not in functions(test[0])] == []


def functions(path: str) -> set[str]:
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("target", ["demo", "test", "bench"])
def test_the_commands_are_targets_of_the_makefile(target: str) -> None:
    assert f"make {target}" in README.read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
