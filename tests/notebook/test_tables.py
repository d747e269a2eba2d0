"""Values and tuples of factors on a notebook's page."""

from __future__ import annotations

import base64
import functools
import importlib
import pkgutil
import re
import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import authing_mfa
from authing_mfa import Factor, FactorProfile, Factors, FactorType
from authing_mfa._values.base import Value

_SECRET = re.compile(r"token$|secret|recovery_code|^qr_code|^account$")
_PERSONAL = re.compile(r"(^|_)(phone|phone_number|email)$")
_NOT_LOADED_HERE = ("authing_mfa.sandbox", "authing_mfa.cli", "authing_mfa.pytest_plugin")
_SCALARS = {
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(allow_nan=False),
    datetime: st.datetimes(timezones=st.just(UTC)),
    FactorType: st.sampled_from([*FactorType, FactorType("<i>&")]),
}


def shown_classes() -> list[type]:
    """Return every class of values that a notebook shows as a table."""
    for module in pkgutil.walk_packages(authing_mfa.__path__, "authing_mfa."):
        if not module.name.startswith(_NOT_LOADED_HERE) and "__main__" not in module.name:
            importlib.import_module(module.name)
    ours = {cls for cls in _below(Value) if cls.__module__.startswith("authing_mfa")}
    return sorted(filter(attrs.has, ours), key=lambda cls: cls.__name__)


def _below(cls: type) -> Iterator[type]:
    below: type
    for below in cls.__subclasses__():
        yield below
        yield from _below(below)


@functools.cache
def values(cls: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values whose texts are each one of its kind, and hold mark-up."""
    hints = typing.get_type_hints(cls)
    fields = [field for field in attrs.fields(cls) if field.init]
    return st.builds(cls, **{field.name: _kind(hints[field.name], field.name) for field in fields})


def _kind(hint: Any, name: str) -> st.SearchStrategy[Any]:
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType):
        return st.none() | _kind(arguments[0], name)
    if typing.get_origin(hint) is tuple:
        return st.lists(_kind(arguments[0], name), max_size=2).map(tuple)
    if typing.get_origin(hint) is dict:
        return st.dictionaries(_texts(name), _texts(name), max_size=2)
    if attrs.has(hint):
        return values(hint)
    return _SCALARS[hint] if hint in _SCALARS else _texts(name)


def _texts(name: str) -> st.SearchStrategy[str]:
    if name == "qr_code_uri":
        return st.binary(min_size=10, max_size=10).map(_uri)
    if "email" in name:
        return st.integers(0, 999).map(lambda it: f"example{it}@example.com")
    if _PERSONAL.search(name):
        return st.integers(10**10, 2 * 10**10 - 1).map(str)
    return st.integers(0, 999).map(lambda it: f"<b>{name}&{it}</b>")


def _uri(key: bytes) -> str:
    secret = base64.b32encode(key).decode()
    return f"otpauth://totp/Example:{secret}@example.com?secret={secret}&issuer=Example"


def texts_in(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Return the names and texts of what is in a value."""
    if attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from texts_in(getattr(value, field.name), field.name)
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_in(item, name)
    elif isinstance(value, dict):
        yield from ((name, text) for item in value.items() for text in item)
    elif type(value) is str:
        yield name, value


class Page(HTMLParser):
    """What a browser makes of a table."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.cells: list[str] = []
        self.feed(value._repr_html_())
        self.close()

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.cells[-1] += data

    @property
    def text(self) -> str:
        return "\n".join(self.cells)


each_class = pytest.mark.parametrize("cls", shown_classes(), ids=lambda cls: str(cls.__name__))
some = settings(max_examples=4, deadline=None)


@each_class
@some
@given(st.data())
def test_table_shows_what_a_repr_shows(cls: type, data: st.DataObject) -> None:
    value = data.draw(values(cls))
    texts = [text for _, text in texts_in(value)]
    in_repr = [text for text in texts if text in repr(value)]
    assert in_repr == [text for text in texts if text in Page(value).text]


@each_class
@some
@given(st.data())
def test_table_shows_no_secret_and_nobodys_phone_or_email(cls: type, data: st.DataObject) -> None:
    value = data.draw(values(cls))
    html = value._repr_html_()
    kept = [it for it in texts_in(value) if _SECRET.search(it[0]) or _PERSONAL.search(it[0])]
    assert [name for name, text in kept if text in html or text in Page(value).text] == []


@each_class
@some
@given(st.data())
def test_nothing_in_a_value_is_markup(cls: type, data: st.DataObject) -> None:
    assert Page(data.draw(values(cls))).tags == {"table", "tr", "td"}


@some
@given(st.lists(values(Factor)).map(Factors))
def test_factors_are_a_row_each_with_masked_targets(factors: Factors) -> None:
    page = Page(factors)
    rows = [[str(one.factor_type), one.masked_target, one.factor_id] for one in factors]
    assert page.cells == ["type", "target", "id", *[cell for row in rows for cell in row]]
    assert {"table", "tr", "th", "td"} - page.tags == (set() if factors else {"td"})
    kept = [text for name, text in texts_in(tuple(factors)) if _PERSONAL.search(name)]
    assert [text for text in kept if text in page.text] == []


def test_markup_in_a_factor_is_text() -> None:
    spoilt = "<script>alert('1')</script>\"&amp;"
    profile = FactorProfile(email=f"{spoilt}@<b>example</b>.com")
    factor = Factor(factor_id=spoilt, factor_type=FactorType("<img src=x>"), profile=profile)
    page = Page(Factors([factor]))
    assert page.cells[3:] == ["<img src=x>", "<***@<b>example</b>.com", spoilt]
    assert page.tags == {"table", "tr", "th", "td"}


def test_part_of_the_factors_is_no_table_and_masked_all_the_same() -> None:
    profile = FactorProfile(phone_number="18812348888")
    factors = Factors([Factor(factor_id="f_1", factor_type=FactorType.SMS, profile=profile)])
    assert not hasattr(factors[:1], "_repr_html_")
    assert "18812348888" not in repr(factors[:1])
