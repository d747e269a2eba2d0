"""JSON -> attrs class: what fits, what does not, and what the message says then."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Literal, TypeVar

import attrs
import pytest

from authing_mfa import ConfigurationError, InvalidResponseError
from authing_mfa._values.codec import build, to_wire, wire


class Colour(StrEnum):
    RED = "RED"


@attrs.frozen(kw_only=True)
class Leaf:
    leaf_name: str
    size: int = 0
    good: bool | None = None
    colour: Colour = Colour.RED
    seen_at: datetime | None = wire("seen", default=None)


@attrs.frozen(kw_only=True)
class Branch:
    first: Leaf
    other_leaves: tuple[Leaf, ...] = ()
    named: str | None = wire("newName", "oldName", default=None)


LEAF = {"leafName": "a"}
BRANCH: dict[str, Any] = {"first": LEAF}


def test_builds_nested_values() -> None:
    data = {"first": {"leafName": "a", "size": 1}, "otherLeaves": [{"leafName": "b"}]}
    expected = Branch(first=Leaf(leaf_name="a", size=1), other_leaves=(Leaf(leaf_name="b"),))
    assert build(Branch, data) == expected


def test_keeps_the_order_of_a_list() -> None:
    data = [{"leafName": name} for name in "cab"]
    assert [leaf.leaf_name for leaf in build(tuple[Leaf, ...], data)] == ["c", "a", "b"]


def test_reads_one_object_where_a_list_belongs() -> None:
    assert (Leaf(leaf_name="a"),) == build(tuple[Leaf, ...], LEAF)


def test_reads_an_empty_list() -> None:
    assert build(tuple[Leaf, ...], []) == ()


def test_leaves_missing_optional_fields_at_their_defaults() -> None:
    assert Leaf(leaf_name="a", size=0, good=None) == build(Leaf, LEAF)


@pytest.mark.parametrize("key", ["size", "good", "colour", "seen"])
def test_null_of_an_optional_field_is_as_if_it_were_missing(key: str) -> None:
    assert Leaf(leaf_name="a") == build(Leaf, {**LEAF, key: None})


def test_null_of_an_optional_list_is_as_if_it_were_missing() -> None:
    assert Branch(first=Leaf(leaf_name="a")) == build(Branch, {**BRANCH, "otherLeaves": None})


def test_null_of_a_required_list_is_refused() -> None:
    with pytest.raises(InvalidResponseError, match=r"^data: wanted list, got null$"):
        build(tuple[Leaf, ...], None)


@pytest.mark.parametrize(
    "data",
    [
        {**BRANCH, "new": {"deep": [1]}},
        {"first": {**LEAF, "new": None}},
        {**BRANCH, "otherLeaves": [{**LEAF, "new": 1}]},
    ],
    ids=["at the top", "inside", "in a list"],
)
def test_ignores_unknown_keys(data: dict[str, Any]) -> None:
    assert build(Branch, data).first.leaf_name == "a"


@pytest.mark.parametrize("key", ["newName", "oldName"])
def test_reads_each_name_of_a_field(key: str) -> None:
    assert build(Branch, {**BRANCH, key: "x"}).named == "x"


def test_first_name_of_a_field_wins() -> None:
    assert build(Branch, {**BRANCH, "oldName": "old", "newName": "new"}).named == "new"


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"newName": 7}, "data.newName"),
        ({"oldName": 7}, "data.oldName"),
        ({"newName": 7, "oldName": "old"}, "data.newName"),
    ],
)
def test_place_is_told_by_the_name_that_came(data: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        build(Branch, {**BRANCH, **data})
    assert where == caught.value.where


@attrs.frozen(kw_only=True)
class Told:
    name: str | None


def test_field_that_must_be_there_may_hold_null() -> None:
    assert [Told(name=None), Told(name="a")] == [
        build(Told, {"name": None}),
        build(Told, {"name": "a"}),
    ]
    with pytest.raises(InvalidResponseError, match=r"^data\.name: wanted str, got nothing$"):
        build(Told, {})


def test_field_is_read_and_written_as_it_says() -> None:
    @attrs.frozen(kw_only=True)
    class Made:
        size: int = wire(
            "length", "len", read=lambda it: it + 1, write=lambda it: it - 1, default=5
        )

    assert [Made(size=8)] * 2 == [build(Made, {"length": 7}), build(Made, {"len": 7})]
    assert Made(size=5) == build(Made, {})
    assert to_wire(Made(size=8)) == {"length": 7}


def test_known_enum_value_is_the_member() -> None:
    assert Colour.RED is build(Leaf, {**LEAF, "colour": "RED"}).colour


@pytest.mark.parametrize("seconds", [0, -1, 1601460494, 1601460494.5])
def test_unix_seconds_become_an_aware_instant(seconds: float) -> None:
    start = datetime(1970, 1, 1, tzinfo=UTC)
    seen_at = build(Leaf, {**LEAF, "seen": seconds}).seen_at
    assert start + timedelta(seconds=seconds) == seen_at
    assert seen_at.tzinfo is UTC


_WRONG: dict[str, tuple[Any, str]] = {
    "null for an object": (None, "data: wanted object (Branch), got null"),
    "list for an object": ([], "data: wanted object (Branch), got list"),
    "text for an object": ("x", "data: wanted object (Branch), got str"),
    "missing": ({}, "data.first: wanted object (Leaf), got nothing"),
    "null for a required one": (
        {"first": {"leafName": None}},
        "data.first.leafName: wanted str, got null",
    ),
    "missing inside": ({"first": {}}, "data.first.leafName: wanted str, got nothing"),
    "missing in a list": (
        {**BRANCH, "otherLeaves": [LEAF, LEAF, {"x": 1}]},
        "data.otherLeaves[2].leafName: wanted str, got nothing",
    ),
    "number for text": (
        {"first": {"leafName": 7}},
        "data.first.leafName: wanted str, got int",
    ),
    "text for a number": (
        {"first": {**LEAF, "size": "7"}},
        "data.first.size: wanted int, got str",
    ),
    "float for a whole number": (
        {"first": {**LEAF, "size": 7.0}},
        "data.first.size: wanted int, got float",
    ),
    "bool for a number": (
        {"first": {**LEAF, "size": True}},
        "data.first.size: wanted int, got bool",
    ),
    "text for a bool": (
        {"first": {**LEAF, "good": "false"}},
        "data.first.good: wanted bool, got str",
    ),
    "number for a bool": ({"first": {**LEAF, "good": 0}}, "data.first.good: wanted bool, got int"),
    "text for a list": ({**BRANCH, "otherLeaves": "[]"}, "data.otherLeaves: wanted list, got str"),
    "null in a list": (
        {**BRANCH, "otherLeaves": [LEAF, None]},
        "data.otherLeaves[1]: wanted object (Leaf), got null",
    ),
    "list in a list": (
        {**BRANCH, "otherLeaves": [[LEAF]]},
        "data.otherLeaves[0]: wanted object (Leaf), got list",
    ),
    "empty enum": (
        {"first": {**LEAF, "colour": ""}},
        "data.first.colour: wanted Colour (a non-empty str), got str",
    ),
    "number for an enum": (
        {"first": {**LEAF, "colour": 1}},
        "data.first.colour: wanted Colour (a non-empty str), got int",
    ),
}


@pytest.mark.parametrize(("data", "message"), _WRONG.values(), ids=_WRONG)
def test_says_where_and_what_type_but_not_the_value(data: Any, message: str) -> None:
    with pytest.raises(InvalidResponseError, match=f"^{re.escape(message)}$") as caught:
        build(Branch, data)
    assert message.partition(":")[0] == caught.value.where


@pytest.mark.parametrize(
    "value",
    ["1601460494", True, float("nan"), float("inf"), 10**12, -(10**12), 10**400, [], {}],
    ids=repr,
)
def test_refuses_what_is_no_unix_time(value: Any) -> None:
    with pytest.raises(InvalidResponseError, match=r"^data\.seen: wanted [a-z ]+, got \w+$"):
        build(Leaf, {**LEAF, "seen": value})


@attrs.frozen(kw_only=True)
class Even:
    size: int

    def __attrs_post_init__(self) -> None:
        if self.size % 2:
            raise ConfigurationError("size: wanted an even one")


def test_value_may_refuse_what_its_fields_hold() -> None:
    assert Even(size=2) == build(Even, {"size": 2})
    expected = r"^data\[1\]\.size: wanted an even one, got int$"
    with pytest.raises(InvalidResponseError, match=expected):
        build(tuple[Even, ...], [{"size": 2}, {"size": 3}])


def _lower(text: str) -> str:
    return text.lower()


@attrs.frozen(kw_only=True)
class Checked:
    size: int = attrs.field(default=0, validator=attrs.validators.lt(10))
    name: str = attrs.field(default="", converter=_lower)
    parts: tuple[str, ...] = attrs.field(factory=lambda: ("made",))
    _inner: int = 0


def test_validators_converters_and_factories_run() -> None:
    assert build(Checked, {"name": "A", "parts": None}) == Checked(name="a", parts=("made",))
    expected = r"^data: wanted what Checked accepts, got dict$"
    with pytest.raises(InvalidResponseError, match=expected):
        build(Checked, {"size": 10})


@pytest.mark.parametrize(
    "form",
    [
        *(Any, object, list[str], set, bytes, dict[str, int], Literal["a"], int | str),
        *(
            tuple[int, str],
            tuple[int],
            int | str | None,
            IntEnum,
            TypeVar("T"),
            "tuple[list, ...]",
        ),
    ],
    ids=str,
)
def test_form_of_type_that_is_not_implemented_is_refused(form: Any) -> None:
    made = attrs.make_class("Made", {"some_one": attrs.field(type=form)})
    with pytest.raises(TypeError, match=r"^Made\.some_one: no JSON is read as "):
        build(made, {})
    with pytest.raises(TypeError, match=r"^Made\.some_one: no JSON is read as "):
        build(tuple[made, ...], [])  # type: ignore[valid-type]


@attrs.frozen(kw_only=True)
class Wait:
    seconds: float


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), True, "1"])
def test_number_is_a_finite_one(seconds: Any) -> None:
    assert Wait(seconds=1.0) == build(Wait, {"seconds": 1})
    expected = f"data.seconds: wanted number, got {type(seconds).__name__}"
    with pytest.raises(InvalidResponseError, match=f"^{re.escape(expected)}$"):
        build(Wait, {"seconds": seconds})


def test_path_starts_where_told() -> None:
    with pytest.raises(InvalidResponseError, match=r"^answer\[0\]\.leafName: "):
        build(tuple[Leaf, ...], [{}], where="answer")


def test_error_stands_alone() -> None:
    with pytest.raises(InvalidResponseError) as caught:
        build(Branch, {"first": {}})
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_to_wire_spells_as_the_wire_and_leaves_none_out() -> None:
    leaf = Leaf(leaf_name="a", seen_at=datetime(2020, 9, 30, 10, 8, 14, tzinfo=UTC))
    expected = {"leafName": "a", "size": 0, "colour": "RED", "seen": 1601460494}
    assert to_wire(Branch(first=leaf, other_leaves=(leaf,), named="n")) == {
        "first": expected,
        "otherLeaves": [expected],
        "newName": "n",
    }


def test_to_wire_keeps_fractions_of_a_second() -> None:
    half = datetime(1970, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    assert to_wire(half) == 0.5


def test_to_wire_writes_whole_seconds_as_a_whole_number() -> None:
    start = datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)
    assert json.dumps(to_wire(start)) == "7"


def test_to_wire_writes_a_member_as_plain_text() -> None:
    assert str is type(to_wire(Colour.RED))
