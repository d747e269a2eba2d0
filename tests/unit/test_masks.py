"""What a ``repr`` shows: secrets never, an address or a number masked under whatever name."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from inspect import signature
from traceback import TracebackException
from typing import Any

import pytest

from authing_mfa import (
    AuthenticationClient,
    ConfigurationError,
    Enrollment,
    ManagementClient,
    MFAChallenge,
    MFATrigger,
    PoolUser,
    SignInOptions,
    StepUpUser,
    TokenSet,
    UserFilter,
)
from authing_mfa._secrets import Hidden, conceal, printable, repr_account, scrub

ADDRESSES = ["ben@example.com", "ＢＥＮ＠example.com", "Ben <ben@example.com>"]
PHONES = [
    "13800001234",
    "+8613800001234",
    "138 0000 1234",
    "138-0000-1234",
    "１３８００００１２３４",
]
NAMES = ["ben", "ben-1", "12345", "2026-01-31", "Ann Example", "", "张三"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_address_is_masked(name: str) -> None:
    shown = repr_account(name)
    assert name[1:4] not in shown
    assert shown.lower().endswith("***@example.com'") or shown.endswith("***@example.com>'")


@pytest.mark.parametrize("name", PHONES)
def test_number_is_masked(name: str) -> None:
    assert repr_account(name).endswith("****1234'")
    assert "0000" not in repr_account(name)


@pytest.mark.parametrize("name", [*NAMES, None, True, 7, 1.5])
def test_any_other_name_shows(name: object) -> None:
    assert repr_account(name) == repr(name)


def test_each_of_a_list_is_masked() -> None:
    shown = repr_account(["ben", "ben@example.com", (13800001234,)])
    assert shown == "['ben', 'b***@example.com', ['138****1234']]"


_PEOPLE: dict[str, Any] = {
    "username of a trigger": lambda name: MFATrigger(mfa_token="x", username=name),
    "nickname of a trigger": lambda name: MFATrigger(mfa_token="x", nickname=name),
    "username": lambda name: StepUpUser(user_id="u", username=name),
    "nickname": lambda name: StepUpUser(user_id="u", nickname=name),
    "name": lambda name: StepUpUser(user_id="u", name=name),
    "username in the pool": lambda name: PoolUser(user_id="u", status="x", username=name),
    "nickname in the pool": lambda name: PoolUser(user_id="u", status="x", nickname=name),
    "name in the pool": lambda name: PoolUser(user_id="u", status="x", name=name),
    "external id": lambda name: PoolUser(user_id="u", status="x", external_id=name),
    "filter": lambda name: UserFilter("phone", "EQUAL", name),
    "filter of many": lambda name: UserFilter("phone", "IN", [name]),
}


@pytest.mark.parametrize("make", _PEOPLE.values(), ids=_PEOPLE)
@pytest.mark.parametrize("name", ["ben@example.com", "13800001234"])
def test_value_masks_the_person_wherever_it_is_named(make: Any, name: str) -> None:
    assert name not in repr(make(name))
    assert "****1234" in repr(make(name)) or "b***@example.com" in repr(make(name))


@pytest.mark.parametrize("make", _PEOPLE.values(), ids=_PEOPLE)
def test_value_shows_a_name_that_is_none_of_these(make: Any) -> None:
    assert "'ben'" in repr(make("ben"))


def test_options_show_nothing_of_what_the_pipeline_is_given() -> None:
    options = SignInOptions(
        context={"a": "marked"}, custom_data={"b": "marked"}, captcha_code="marked"
    )
    assert "marked" not in repr(options)


def test_concealed_text_works_and_never_shows() -> None:
    secret = conceal("marked-example")
    assert secret == "marked-example"
    assert json.dumps({"a": secret}) == '{"a": "marked-example"}'
    assert repr([secret, secret[:3], {"x": secret}]) == "[<hidden>, <hidden>, {'x': <hidden>}]"


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy])
def test_copy_of_a_concealed_text_is_concealed(make_copy: Any) -> None:
    assert repr(make_copy([conceal("marked")])) == "[<hidden>]"


def test_concealed_nothing_is_nothing() -> None:
    assert conceal(None) is None


def test_concealed_text_is_concealed_once() -> None:
    secret = Hidden("marked")
    assert conceal(secret) is secret


def test_secret_is_scrubbed_from_what_a_stranger_says() -> None:
    said = "token marked-1 of marked-12 is bad"
    assert scrub(said, ["marked-1", "marked-12", "of"]) == "token <hidden> of <hidden> is bad"


@pytest.mark.parametrize("said", ["no: a%2Fb%3Dc%20d", "no: a/b=c d", "no: a%2fb%3dc+d"])
def test_secret_is_scrubbed_as_a_url_or_a_form_writes_it(said: str) -> None:
    assert scrub(said, ["a/b=c d"]) == "no: <hidden>"


@pytest.mark.parametrize(
    "said",
    [
        *(r"no: a\"b\\c\u00e9<d", r"no: a\"b\\cé<d", r"no: a\"b\\c\u00E9<d"),
        *("no: a&quot;b\\cé&lt;d", 'no: a"b\\cé<d'),
    ],
)
def test_secret_is_scrubbed_as_json_or_html_writes_it(said: str) -> None:
    assert scrub(said, ['a"b\\cé<d']) == "no: <hidden>"


def test_word_that_a_secret_begins_with_is_left() -> None:
    assert scrub("wrong password", ["password-123"]) == "wrong password"


def test_printable_text_is_left_alone() -> None:
    assert printable("as it was") == "as it was"


def test_value_that_is_refused_shows_nothing_of_what_it_was_made_of() -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(ConfigurationError) as caught:
        TokenSet(access_token="example-token", expires_at=naive)
    trace = TracebackException.from_exception(caught.value, capture_locals=True)
    shown = [text for frame in trace.stack[1:] for text in (frame.locals or {}).values()]
    assert [text for text in shown if "example-token" in text] == []


def test_value_knows_the_arguments_that_it_takes() -> None:
    assert "access_token" in signature(TokenSet).parameters
    with pytest.raises(TypeError, match="unknown"):
        TokenSet(unknown=1)  # type: ignore[call-arg]


_REFUSED: dict[str, Any] = {
    "client": lambda: AuthenticationClient(app_id="", app_host="x"),
    "administrator": lambda: ManagementClient(access_key_id="", access_key_secret=None),
    "challenge": lambda: MFAChallenge.__new__(MFAChallenge),
    "enrollment": lambda: Enrollment.__new__(Enrollment),
}


@pytest.mark.parametrize("make", _REFUSED.values(), ids=_REFUSED)
def test_object_whose_making_was_refused_can_be_shown(make: Any) -> None:
    try:
        shown = repr(make())
    except ConfigurationError as error:
        trace = TracebackException.from_exception(error, capture_locals=True)
        shown = "".join(trace.format())
    assert ", not finished>" in shown
