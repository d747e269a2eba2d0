"""Kinds of factors: the known ones, and those that the service adds later."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from authing_mfa import FactorType


@pytest.mark.parametrize("name", ["SMS", "EMAIL", "OTP", "FACE"])
def test_known_kind_is_the_member(name: str) -> None:
    assert FactorType[name] is FactorType(name)
    assert name == FactorType(name)


def test_only_the_known_kinds_are_listed() -> None:
    FactorType("PASSKEY")
    assert list(FactorType) == ["SMS", "EMAIL", "OTP", "FACE"]


def test_unknown_kind_is_a_member_that_equals_its_text() -> None:
    kind = FactorType("PASSKEY")
    assert isinstance(kind, FactorType)
    assert (kind, kind.value, kind.name) == ("PASSKEY", "PASSKEY", "PASSKEY")
    assert FactorType("PASSKEY") == FactorType("PASSKEY")


@pytest.mark.parametrize("name", ["SMS", "PASSKEY"])
def test_kind_hashes_as_its_text(name: str) -> None:
    assert {name: 1}[FactorType(name)] == 1
    assert {FactorType(name)} == {name, FactorType(name)}


@pytest.mark.parametrize("name", ["SMS", "PASSKEY"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_kind_pickles(name: str, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(FactorType(name), protocol))
    assert (type(again), again) == (FactorType, name)


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_kind_copies(make: Any) -> None:
    assert FactorType.SMS is make(FactorType.SMS)
    assert FactorType("PASSKEY") == make(FactorType("PASSKEY"))


@pytest.mark.parametrize("name", ["SMS", "PASSKEY"])
def test_kind_prints_as_its_text(name: str) -> None:
    kind = FactorType(name)
    assert (
        str(kind),
        f"[{kind}]",
        repr(kind),
    ) == (name, f"[{name}]", f"<FactorType.{name}: '{name}'>")


@pytest.mark.parametrize("value", ["", None, 1, b"SMS", ["SMS"]])
def test_what_is_no_text_is_no_kind(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid FactorType"):
        FactorType(value)
