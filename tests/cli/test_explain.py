"""`explain`: what a code means."""

from __future__ import annotations

import pytest

from authing_mfa import APIError, errors
from authing_mfa.cli import failures

from .conftest import Call


def test_api_code_is_explained_in_both_languages(call: Call) -> None:
    document = call("explain", "6001", "--json").document
    assert (
        document["kind"],
        document["error"],
        document["exit_code"],
    ) == ("apiCode", "CodeRejectedError", 5)
    assert APIError(api_code=6001).hint_in("en") == document["hint_en"]
    assert APIError(api_code=6001).hint_in("zh") == document["hint_zh"]


@pytest.mark.parametrize(("lang", "other"), [("zh-CN", "hint_en"), ("en-US", "hint_zh")])
def test_language_may_be_chosen(call: Call, lang: str, other: str) -> None:
    document = call("explain", "2001", "--json", "--lang", lang).document
    assert other not in document
    assert {"hint_en", "hint_zh"} - {other} <= set(document)


def test_status_code_is_explained_too(call: Call) -> None:
    document = call("explain", "429", "--json").document
    assert (
        document["kind"],
        document["error"],
        document["exit_code"],
    ) == ("statusCode", "ThrottleError", 9)


def test_code_without_a_class_says_what_decides(call: Call) -> None:
    assert "statusCode that comes with it" in call("explain", "2031").out


@pytest.mark.parametrize("code", ["7", "123456789", "many"])
def test_unknown_code_is_wrong_usage(call: Call, code: str) -> None:
    assert call("explain", code).code == 2


@pytest.mark.parametrize("kind", [k for k in vars(errors).values() if isinstance(k, type)])
def test_every_error_has_an_exit_code_in_the_table(kind: type) -> None:
    if issubclass(kind, errors.AuthingMFAError) and kind is not errors.AuthingMFAError:
        assert failures.exit_code(kind) in {one.code for one in failures.FAMILIES[2:]}


def test_table_stands_in_the_help(call: Call) -> None:
    shown = call("--help").out
    assert all(one.meaning in shown for one in failures.FAMILIES)
