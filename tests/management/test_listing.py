"""Pages of users: their bounds, and walking them as they are wanted."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from authing_mfa import (
    ConfigurationError,
    InvalidArgumentError,
    ServerError,
    ThrottleError,
    UserFilter,
    UserSort,
)
from tests.support.wire import Wire, sent_json

from .admin import done, make_admin, paths, plan, plan_token, refused


def plan_page(wire: Wire, total: int, *user_ids: str) -> None:
    users = [{"userId": user_id, "status": "Activated"} for user_id in user_ids]
    plan(wire, "list_users", done({"totalCount": total, "list": users}))


def pages_asked_for(wire: Wire) -> list[int]:
    return [
        sent_json(request)["options"]["pagination"]["page"]
        for request in wire.requests
        if (request.url or "").endswith("list-users")
    ]


@pytest.mark.parametrize("limit", [1, 50])
def test_page_may_be_as_small_and_as_large(wire: Wire, limit: int) -> None:
    plan_token(wire)
    plan_page(wire, 0)
    make_admin().list_users(limit=limit)
    pagination = sent_json(wire.requests[1])["options"]["pagination"]
    assert {"page": 1, "limit": limit} == pagination


@pytest.mark.parametrize("limit", [0, -1, 51, 1.0, "50", True, None])
def test_page_may_not_be_of_another_size(wire: Wire, limit: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^limit: wanted"):
        make_admin().list_users(limit=limit)
    with pytest.raises(ConfigurationError, match=r"^limit: wanted"):
        next(make_admin().iter_users(limit=limit))
    assert wire.requests == []


@pytest.mark.parametrize("page", [0, -1, 1.0, "1", True, None])
def test_pages_are_counted_from_one(wire: Wire, page: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^page: wanted"):
        make_admin().list_users(page=page)
    assert wire.requests == []


def test_walk_sends_nothing_before_it_is_wanted(wire: Wire) -> None:
    make_admin().iter_users()
    assert wire.requests == []


def test_walk_asks_for_a_page_when_it_is_wanted(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 5, "a", "b")
    plan_page(wire, 5, "c", "d")
    users = make_admin().iter_users(limit=2)
    assert [user.user_id for user in islice(users, 2)] == ["a", "b"]
    assert pages_asked_for(wire) == [1]
    assert next(users).user_id == "c"
    assert pages_asked_for(wire) == [1, 2]


def test_walk_ends_with_the_last_user(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 4, "a", "b")
    plan_page(wire, 4, "c", "d")
    plan_page(wire, 4)  # a full page is not the last: the count may lag
    assert [user.user_id for user in make_admin().iter_users(limit=2)] == ["a", "b", "c", "d"]
    assert pages_asked_for(wire) == [1, 2, 3]


@pytest.mark.parametrize("total", [0, 1, 2, 3])
def test_walk_goes_on_after_a_full_page_though_the_count_lags(wire: Wire, total: int) -> None:
    plan_token(wire)
    plan_page(wire, total, "a", "b")
    plan_page(wire, total, "c", "d")
    plan_page(wire, total, "e")
    users = [user.user_id for user in make_admin().iter_users(limit=2)]
    assert users == ["a", "b", "c", "d", "e"]


def test_walk_of_all_that_pages_reach_ends_where_the_count_says_so(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 2, "a", "b")
    plan(wire, "list_users", refused(400))
    assert len(list(make_admin().iter_users(limit=2))) == 2


def test_walk_that_no_page_continues_fails_where_the_count_says_more(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 3, "a", "b")
    plan(wire, "list_users", refused(400))
    with pytest.raises(InvalidArgumentError):
        list(make_admin().iter_users(limit=2))


def test_walk_ends_with_a_page_that_is_not_full(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 3, "a", "b")
    plan_page(wire, 3, "c")
    assert len(list(make_admin().iter_users(limit=2))) == 3


def test_walk_ends_with_an_empty_page_though_more_were_told_of(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 9, "a", "b")
    plan_page(wire, 9)
    assert len(list(make_admin().iter_users(limit=2))) == 2


def test_walk_of_an_empty_pool_is_one_call(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 0)
    assert list(make_admin().iter_users()) == []
    assert paths(wire) == ["get-management-token", "list-users"]


def test_walk_says_the_same_for_each_page(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 2, "a")
    plan_page(wire, 2, "b")
    plan_page(wire, 2)
    wanted: dict[str, Any] = {
        "limit": 1,
        "keywords": "example",
        "filters": [UserFilter("status", "EQUAL", "Activated")],
        "sort": [UserSort("email", "desc")],
        "search_query": {"query": {}},
    }
    list(make_admin().iter_users(**wanted))
    first, second, _ = (sent_json(request) for request in wire.requests[1:])
    first["options"]["pagination"]["page"] = 2
    assert first == second
    assert set(first) == {"keywords", "advancedFilter", "searchQuery", "options"}


def test_walk_is_oldest_first_unless_told(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 0)
    list(make_admin().iter_users())
    options = sent_json(wire.requests[1])["options"]
    assert options["sort"] == [{"field": "createdAt", "order": "asc"}]


def test_page_has_no_order_unless_told(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 0)
    make_admin().list_users()
    assert sent_json(wire.requests[1]) == {"options": {"pagination": {"page": 1, "limit": 50}}}


def test_walk_stops_where_a_page_cannot_be_had(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 4, "a", "b")
    plan(wire, "list_users", refused(503))
    users = make_admin().iter_users(limit=2)
    assert len(list(islice(users, 2))) == 2
    with pytest.raises(ServerError):
        next(users)


def test_walk_tries_a_page_again(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 2, "a")
    plan(wire, "list_users", refused(429), status=429, headers={"Retry-After": "0"})
    plan_page(wire, 2, "b")
    plan_page(wire, 2)
    users = make_admin(max_retries=1).iter_users(limit=1)
    assert [user.user_id for user in users] == ["a", "b"]


def test_throttled_page_says_how_long_to_wait(wire: Wire) -> None:
    plan_token(wire)
    plan(wire, "list_users", refused(429), status=429, headers={"Retry-After": "3"})
    with pytest.raises(ThrottleError) as caught:
        make_admin().list_users()
    assert caught.value.retry_after == 3.0


def test_walk_takes_conditions_that_can_be_read_once(wire: Wire) -> None:
    plan_token(wire)
    plan_page(wire, 2, "a")
    plan_page(wire, 2, "b")
    plan_page(wire, 2)
    filters: Any = iter([UserFilter("status", "EQUAL", "Activated")])
    sort: Any = iter([UserSort("email")])
    list(make_admin().iter_users(limit=1, filters=filters, sort=sort))
    first, second, _ = (sent_json(request) for request in wire.requests[1:])
    assert first["advancedFilter"] == second["advancedFilter"]
    assert first["options"]["sort"] == second["options"]["sort"]
