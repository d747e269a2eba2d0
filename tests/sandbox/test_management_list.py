"""Lists of users that were added: pages, filters, orders."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox

from .calls import Caller, ask, codes, names, options

DAY = 86_400
FIRST = datetime(2024, 1, 1, tzinfo=UTC).timestamp()


@pytest.fixture
def three(sandbox: Sandbox) -> Sandbox:
    """A pool of ada, bob and cy, of whom cy was created first."""
    sandbox.add_user(
        username="ada",
        email="ada@example.com",
        phone="13800000001",
        nickname="Countess",
        created_at=FIRST + DAY,
        custom_data={"badge": "7"},
        identities={"idp-1": "there-1"},
    )
    sandbox.add_user(
        username="bob",
        email="bob@example.com",
        status="Suspended",
        external_id="E-2",
        created_at=FIRST + 2 * DAY + 0.1239,
    )
    sandbox.add_user(username="cy", phone="13800000003", created_at=FIRST, status="Resigned")
    return sandbox


def test_all_come_oldest_first(back_end: Caller, three: Sandbox) -> None:
    answer = ask(back_end)
    assert names(answer) == ["cy", "ada", "bob"]
    assert answer["data"]["totalCount"] == 3


def test_a_pool_may_be_empty(back_end: Caller) -> None:
    assert ask(back_end)["data"] == {"totalCount": 0, "list": []}


def test_pages_are_counted_from_one(back_end: Caller, three: Sandbox) -> None:
    pages = [ask(back_end, options=options(page, limit=2)) for page in (1, 2, 3)]
    assert [names(each) for each in pages] == [["cy", "ada"], ["bob"], []]
    assert [each["data"]["totalCount"] for each in pages] == [3, 3, 3]


def test_a_page_has_ten_users_unless_asked(back_end: Caller, sandbox: Sandbox) -> None:
    for _ in range(11):
        sandbox.add_user()
    assert len(names(ask(back_end))) == 10
    assert len(names(ask(back_end, options=options(limit=50)))) == 11


@pytest.mark.parametrize(
    "pagination",
    [
        {"page": 0},
        {"page": -1},
        {"page": "1"},
        {"page": 1.0},
        {"page": True},
        {"limit": 0},
        {"limit": 51},
        {"limit": "50"},
        [],
    ],
)
def test_a_page_that_cannot_be_is_refused(back_end: Caller, pagination: Any) -> None:
    assert codes(ask(back_end, options={"pagination": pagination})) == (400, None)


def test_pages_may_reach_so_far(back_end: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.list_users_reach = 100
    assert codes(ask(back_end, options=options(2, limit=50))) == (200, None)
    assert codes(ask(back_end, options=options(3, limit=50))) == (400, None)


@pytest.mark.parametrize(
    ("user_filter", "expected"),
    [
        (("username", "EQUAL", "ada"), ["ada"]),
        (("username", "EQUAL", "ad"), []),
        (("username", "NOT_EQUAL", "ada"), ["cy", "bob"]),
        (("email", "CONTAINS", "@example.com"), ["ada", "bob"]),
        (("email", "NOT_CONTAINS", "ada"), ["cy", "bob"]),
        (("phone", "IS_NULL"), ["bob"]),
        (("phone", "NOT_NULL"), ["cy", "ada"]),
        (("name", "IS_NULL"), ["cy", "ada", "bob"]),
        (("status", "IN", ["Suspended", "Resigned"]), ["cy", "bob"]),
        (("workStatus", "EQUAL", "Closed"), ["cy"]),
        (("loginsCount", "EQUAL", 0), ["cy", "ada", "bob"]),
        (("loginsCount", "GREATER", 0), []),
        (("loginsCount", "GREATER", "0"), []),
        (("emailVerified", "EQUAL", True), ["ada", "bob"]),
        (("emailVerified", "EQUAL", 1), []),
        (("username", "GREATER", "ada"), ["cy", "bob"]),
        (("username", "BETWEEN", ["ada", "bob"]), ["ada", "bob"]),
        (("externalId", "EQUAL", "E-2"), ["bob"]),
        (("createdAt", "GREATER", "2024-01-02T00:00:00.000Z"), ["bob"]),
        (("createdAt", "LESSER", "2024-01-02T00:00:00Z"), ["cy"]),
        (("createdAt", "LESSER", "2024-01-02T08:00:00.001+08:00"), ["cy", "ada"]),
        (("createdAt", "BETWEEN", ["2024-01-01", "2024-01-02"]), ["cy", "ada"]),
        (("createdAt", "EQUAL", "2024-01-03T00:00:00.123Z"), ["bob"]),
        (("createdAt", "EQUAL", 1_704_067_200_000), ["cy"]),
        (("createdAt", "IN", ["2024-01-01", "2024-01-02"]), ["cy", "ada"]),
        (("lastMfaTime", "IS_NULL"), ["cy", "ada", "bob"]),
        (("lastMfaTime", "LESSER", "2030-01-01"), []),
    ],
)
def test_a_filter_chooses(
    back_end: Caller, three: Sandbox, user_filter: tuple[Any, ...], expected: list[str]
) -> None:
    answer = ask(back_end, user_filter)
    assert names(answer) == expected
    assert len(expected) == answer["data"]["totalCount"]


def test_all_filters_must_hold(back_end: Caller, three: Sandbox) -> None:
    filters = (("email", "NOT_NULL"), ("status", "EQUAL", "Suspended"))
    assert names(ask(back_end, *filters)) == ["bob"]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ("natural", [["bob"], ["cy"], ["cy", "ada"]]),
        ("inclusive", [["ada", "bob"], ["cy", "ada"], ["cy", "ada"]]),
        ("exclusive", [["bob"], ["cy"], []]),
    ],
)
def test_the_ends_of_a_range_are_a_setting(
    back_end: Caller, three: Sandbox, bounds: str, expected: list[list[str]]
) -> None:
    three.settings.filter_bounds = bounds
    first, second = "2024-01-01T00:00:00.000Z", "2024-01-02T00:00:00.000Z"
    filters = [("GREATER", second), ("LESSER", second), ("BETWEEN", [first, second])]
    assert [names(ask(back_end, ("createdAt", *each))) for each in filters] == expected


@pytest.mark.parametrize(
    "user_filter",
    [
        ("height", "EQUAL", 1),
        ("username", "LIKE", "a"),
        ("username", None, "a"),
        (None, "EQUAL", "a"),
        ("username", "EQUAL"),
        ("username", "EQUAL", {"a": 1}),
        ("username", "EQUAL", ["a"]),
        ("username", "EQUAL", "\ud800"),
        ("username", "IN", "a"),
        ("username", "IN", []),
        ("username", "IN", [["a"]]),
        ("username", "BETWEEN", ["a"]),
        ("createdAt", "GREATER", "yesterday"),
        ("createdAt", "GREATER", True),
        ("createdAt", "BETWEEN", ["2024-01-01", ""]),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(
    back_end: Caller, three: Sandbox, user_filter: tuple[Any, ...]
) -> None:
    assert codes(ask(back_end, user_filter)) == (400, None)


@pytest.mark.parametrize("value", ["status", {}, ["status"]])
def test_conditions_are_a_list_of_objects(back_end: Caller, value: Any) -> None:
    assert codes(back_end.post("list-users", advancedFilter=value)) == (400, None)


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [("ADA", ["ada"]), ("example", ["ada", "bob"]), ("countess", ["ada"]), ("E-2", [])],
)
def test_keywords_are_looked_for(
    back_end: Caller, three: Sandbox, keywords: str, expected: list[str]
) -> None:
    assert names(ask(back_end, keywords=keywords)) == expected


def test_keywords_are_looked_for_where_asked(back_end: Caller, three: Sandbox) -> None:
    where = {"fuzzySearchOn": ["externalId", "id"]}
    assert names(ask(back_end, keywords="e-2", options=where)) == ["bob"]
    ada = three.users[0].user_id
    assert names(ask(back_end, keywords=ada, options=where)) == ["ada"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ([("createdAt", "desc")], ["bob", "ada", "cy"]),
        ([("username", "desc")], ["cy", "bob", "ada"]),
        ([("phone", "asc")], ["ada", "cy", "bob"]),
        ([("phone", "desc")], ["cy", "ada", "bob"]),
        ([("userSourceType", "asc"), ("username", "asc")], ["ada", "bob", "cy"]),
        ([("passwordLastSetAt", "asc")], ["cy", "ada", "bob"]),
        ([], ["cy", "ada", "bob"]),
    ],
)
def test_they_come_in_the_order_asked_for(
    back_end: Caller, three: Sandbox, sort: list[tuple[str, str]], expected: list[str]
) -> None:
    orders = [{"field": field, "order": order} for field, order in sort]
    assert names(ask(back_end, options={"sort": orders})) == expected


@pytest.mark.parametrize(
    "sort",
    [
        "createdAt",
        ["createdAt"],
        [{"field": "createdAt"}],
        [{"field": "createdAt", "direction": "desc"}],
        [{"field": "createdAt", "order": "up"}],
        [{"field": "nickname", "order": "asc"}],
    ],
)
def test_an_order_that_makes_no_sense_is_refused(back_end: Caller, sort: Any) -> None:
    assert codes(ask(back_end, options={"sort": sort})) == (400, None)


def test_a_search_query_is_not_supported(back_end: Caller) -> None:
    assert codes(ask(back_end, searchQuery={"query": {}})) == (501, None)


def test_a_record_has_what_is_asked_for(back_end: Caller, three: Sandbox) -> None:
    wanted = ("withCustomData", "withIdentities", "withDepartmentIds", "withPost")
    asked = {"options": dict.fromkeys(wanted, True)}
    record = ask(back_end, ("username", "EQUAL", "ada"), **asked)["data"]["list"][0]
    assert record["customData"] == {"badge": "7"}
    assert [each["userIdInIdp"] for each in record["identities"]] == ["there-1"]
    assert (record["departmentIds"], record["postIdList"]) == ([], [])
    plain = ask(back_end, ("username", "EQUAL", "ada"))["data"]["list"][0]
    assert plain.keys() == record.keys() - {
        "customData",
        "identities",
        "departmentIds",
        "postIdList",
    }


def test_custom_data_may_come_flat(back_end: Caller, three: Sandbox) -> None:
    asked = {"options": {"withCustomData": True, "flatCustomData": True}}
    record = ask(back_end, ("username", "EQUAL", "ada"), **asked)["data"]["list"][0]
    assert record["badge"] == "7"
    assert "customData" not in record


@pytest.mark.parametrize("name", ["flatCustomData", "withPost"])
def test_what_is_asked_for_beside_is_told_by_a_flag(back_end: Caller, name: str) -> None:
    assert codes(ask(back_end, options={name: "yes"})) == (400, None)


def test_a_blocked_user_is_suspended(back_end: Caller, three: Sandbox) -> None:
    three.users[0].block_sign_in("user_suspended")
    assert names(ask(back_end, ("status", "EQUAL", "Suspended"))) == ["ada", "bob"]


def test_signing_in_shows_in_the_record(
    back_end: Caller, stranger: Caller, three: Sandbox
) -> None:
    assert codes(stranger.by_password(three.users[0])) == (200, None)
    record = ask(back_end, ("lastLogin", "NOT_NULL"))["data"]["list"][0]
    assert (record["username"], record["loginsCount"]) == ("ada", 1)


def test_an_instant_is_found_by_what_is_shown(sandbox: Sandbox, back_end: Caller) -> None:
    """Half a microsecond before a millisecond, two ways to round would part."""
    sandbox.add_user(username="almost", created_at=1_795_543_571.3129995)
    (shown,) = ask(back_end)["data"]["list"]
    found = ask(back_end, ("createdAt", "EQUAL", shown["createdAt"]))
    assert names(found) == ["almost"]
