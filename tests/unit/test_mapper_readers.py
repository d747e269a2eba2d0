"""What a field's own reader takes and refuses: switches, JSON in a text, instants in a text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from authing_mfa import InvalidResponseError
from authing_mfa._values.codec import (
    build,
    read_instant_text,
    read_json_text,
    read_switch,
    wire,
)

_NOON = datetime(2020, 9, 30, 12, 0, 0, 500_000, tzinfo=UTC)


def read(reader: Any, value: Any) -> Any:
    """Read a value as the field of an object."""

    @attrs.frozen(kw_only=True)
    class Made:
        one: object = wire(read=reader)

    return build(Made, {"one": value}).one


def refused(reader: Any, value: Any) -> str:
    with pytest.raises(InvalidResponseError) as caught:
        read(reader, value)
    assert caught.value.where == "data.one"
    return caught.value.message


@pytest.mark.parametrize(
    ("value", "meaning"), [(True, True), ("enabled", True), (False, False), ("disabled", False)]
)
def test_switch_is_a_bool_or_its_word(value: Any, meaning: bool) -> None:
    assert meaning is read(read_switch, value)


@pytest.mark.parametrize("value", [1, 0, 1.0, "", "true", "Enabled", [], {}])
def test_switch_is_nothing_else(value: Any) -> None:
    expected = f"data.one: wanted bool, enabled or disabled, got {type(value).__name__}"
    assert refused(read_switch, value) == expected


def test_null_is_no_switch() -> None:
    assert refused(read_switch, None) == "data.one: wanted bool, enabled or disabled, got null"


@pytest.mark.parametrize("value", [["a", "b"], '["a", "b"]', ' ["a","b"] '])
def test_list_may_be_in_a_text(value: Any) -> None:
    assert read(read_json_text(tuple[str, ...]), value) == ("a", "b")


@pytest.mark.parametrize(
    "value", ["", "a", "[", '["a"', pytest.param("[" * 100_000, id="deep"), '"[]"']
)
def test_text_that_holds_no_list_is_refused(value: str) -> None:
    assert refused(read_json_text(tuple[str, ...]), value) == "data.one: wanted list, got str"


def test_place_in_a_text_is_told() -> None:
    expected = "data.one[1]: wanted str, got int"
    with pytest.raises(InvalidResponseError, match=f"^{re.escape(expected)}$"):
        read(read_json_text(tuple[str, ...]), '["a", 7]')


@pytest.mark.parametrize(
    "text",
    [
        "2020-09-30T12:00:00.500Z",
        "2020-09-30T12:00:00.500000",
        "2020-09-30T12:00:00.500+00:00",
        "2020-09-30T14:00:00.500+02:00",
    ],
)
def test_instant_in_a_text_is_aware(text: str) -> None:
    instant = read(read_instant_text, text)
    assert instant == _NOON
    assert instant.utcoffset() == timedelta(hours=2 if "+02" in text else 0)


@pytest.mark.parametrize("value", ["", "noon", "2020-13-01T00:00:00Z", 1601460494, True, []])
def test_instant_in_a_text_is_nothing_else(value: Any) -> None:
    expected = f"data.one: wanted an instant in ISO 8601, got {type(value).__name__}"
    assert refused(read_instant_text, value) == expected


def test_instant_is_written_as_it_is_read() -> None:
    assert read(read_instant_text, _NOON.isoformat()) == _NOON


@attrs.frozen(kw_only=True)
class Moment:
    at: datetime


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1e300, "unix seconds, got float"),
        (1e17, "unix seconds, got float"),
        (10**12, "unix seconds, got int"),
        (10**400, "number, got int"),
        (float("nan"), "number, got float"),
        ("0", "unix seconds, got str"),
        (True, "number, got bool"),
        (None, "number, got null"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_moment_that_is_none_is_told_by_its_type(value: Any, message: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        build(Moment, {"at": value})
    assert caught.value.message == f"data.at: wanted {message}"
