"""Who comes and goes while the pool is walked shifts nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from authing_mfa import ConfigurationError, InvalidResponseError
from authing_mfa.audit._walk import LARGEST_RANGE, ListedUser, Range

from .audits import audit, stored
from .pool_server import Pool


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize(
    ("users", "ties"),
    [
        (110, 3),
        pytest.param(160, 51, marks=pytest.mark.slow),
        *(pytest.param(600, n, marks=pytest.mark.slow) for n in (1, 3, 49, 50, 51, 400)),
    ],
)
def test_nobody_is_lost_where_many_share_an_instant(
    inclusive: bool, users: int, ties: int, store: Path
) -> None:
    pool = Pool(users, ties=ties, inclusive=inclusive)
    audit(pool, store)
    assert set(stored(store)) == pool.ids()


@pytest.mark.slow
def test_order_among_equals_may_vary(store: Path) -> None:
    pool = Pool(600, ties=300, shuffles=True)
    audit(pool, store)
    # Two passes of a shuffled order can both miss somebody; that the second ran is what counts.
    assert pool.calls["list-users"] > 24
    assert len(stored(store)) > 590


@pytest.mark.slow
@pytest.mark.parametrize("ties", [1, 120])
def test_nobody_is_lost_when_others_are_deleted(ties: int, store: Path) -> None:
    pool = Pool(1500, ties=ties)

    def delete(name: str, number: int) -> None:
        if name == "list-users" and number % 3 == 0:
            pool.delete(*range(number * 25, number * 25 + 7))

    pool.on_call = delete
    audit(pool, store)
    assert pool.deleted
    assert pool.ids() <= set(stored(store))


@pytest.mark.slow
def test_nobody_is_lost_when_a_deletion_moves_others_to_a_page_seen_already(store: Path) -> None:
    pool = Pool(1300, ties=120)  # so many that the oldest are not walked again at the end

    def delete(name: str, number: int) -> None:
        if name == "list-users" and number == 4:  # newest, oldest, page 1, and now page 2
            pool.delete(*range(10))

    pool.on_call = delete
    audit(pool, store)
    assert pool.ids() <= set(stored(store))


@pytest.mark.slow
def test_user_who_shows_in_the_lists_late_is_in(store: Path) -> None:
    pool = Pool(300)
    pool.delete(295)

    def show(name: str, number: int) -> None:
        if name == "get-user-mfa-info":
            pool.deleted.clear()

    pool.on_call = show
    audit(pool, store)
    assert set(stored(store)) == pool.ids()


@pytest.mark.slow
def test_deleted_users_are_reported_and_not_counted(store: Path) -> None:
    pool = Pool(500)

    def delete(name: str, number: int) -> None:
        if name == "get-user-mfa-info" and number == 1:
            pool.delete(400, 401)

    pool.on_call = delete
    report = audit(pool, store)
    assert (report.overall.users, report.gone, report.failed) == (498, 2, 0)
    assert {user.user_id for user in report.rows()} == pool.ids()


@pytest.mark.slow
def test_new_users_are_in(store: Path) -> None:
    pool = Pool(500)

    def create(name: str, number: int) -> None:
        if name == "list-users" and number < 6:
            pool.users += 5
        if name == "get-user-mfa-info" and number == 100:
            pool.users += 200

    pool.on_call = create
    report = audit(pool, store)
    assert pool.users == 725
    assert report.overall.users == pool.users
    assert set(stored(store)) == pool.ids()


@pytest.mark.slow
def test_users_are_asked_for_once_while_the_pool_changes(store: Path) -> None:
    pool = Pool(1200, ties=60)

    def change(name: str, number: int) -> None:
        if name == "list-users":
            pool.users += 1
            pool.delete(number * 10)

    pool.on_call = change
    audit(pool, store)
    assert set(pool.asked.values()) == {1}


@pytest.mark.slow
def test_large_pool_is_walked_though_no_page_goes_far(store: Path) -> None:
    pool = Pool(2000, walk_limit=100)
    report = audit(pool, store, walk_limit=100)
    assert report.overall.users == 2000


@pytest.mark.slow
def test_large_pool_is_split_and_walked_side_by_side(store: Path) -> None:
    pool = Pool(2 * LARGEST_RANGE)
    audit(pool, store)
    assert len(stored(store, "SELECT number FROM ranges WHERE walk = 0")) >= 3


def test_more_users_at_one_instant_than_pages_reach_is_refused(store: Path) -> None:
    pool = Pool(500, ties=500, walk_limit=200)
    with pytest.raises(ConfigurationError, match=r"walk_limit: more than 200 .* 2020-01-01T00:00"):
        audit(pool, store, walk_limit=200)


def test_page_that_is_not_sorted_is_refused() -> None:
    users = [ListedUser("a", "Activated", 2), ListedUser("b", "Activated", 1)]
    with pytest.raises(InvalidResponseError, match="sorted by createdAt"):
        Range(walk=0, cursor=0, end=9).after(users, total=2, new=2, walk_limit=10_000)


def test_bounds_reach_a_millisecond_beyond_the_range() -> None:
    (condition,) = Range(walk=0, cursor=1_000_500, end=2_000_500).conditions
    assert condition.value == ["1970-01-01T00:00:00.999Z", "1970-01-01T00:00:02.001Z"]


def test_next_question_begins_at_the_last_instant_seen() -> None:
    users = [ListedUser(str(number), "Activated", number) for number in range(50)]
    (rest,) = Range(number=3, walk=0, cursor=0, end=99).after(
        users, total=60, new=50, walk_limit=10_000
    )
    assert rest == Range(number=3, walk=0, cursor=49, end=99)


def test_large_range_is_halved_in_time() -> None:
    users = [ListedUser(str(number), "Activated", number * 1000) for number in range(50)]
    halves = Range(number=3, walk=1, cursor=0, end=1_049_000).after(
        users, total=LARGEST_RANGE + 1, new=50, walk_limit=10_000
    )
    expected = (
        Range(number=3, walk=1, cursor=49_000, end=549_000),
        Range(walk=1, cursor=549_000, end=1_049_000),
    )
    assert halves == expected


def test_range_of_a_moment_is_not_halved() -> None:
    users = [ListedUser(str(number), "Activated", number) for number in range(50)]
    (rest,) = Range(walk=0, cursor=0, end=2000).after(users, total=5000, new=50, walk_limit=10_000)
    assert (rest.cursor, rest.end) == (49, 2000)


def test_page_number_counts_only_where_an_instant_fills_the_page() -> None:
    users = [ListedUser(str(number), "Activated", 5) for number in range(50)]
    begun = Range(walk=0, cursor=5, end=99)
    (second,) = begun.after(users, total=90, new=50, walk_limit=10_000)
    assert (second.page, second.cursor, second.fresh) == (2, 5, 50)
    (again,) = second.after(users[:40], total=90, new=40, walk_limit=10_000)
    assert (again.page, again.cursor) == (1, 5)
    (second,) = again.after(users, total=90, new=0, walk_limit=10_000)
    assert second.after(users[:40], total=90, new=0, walk_limit=10_000) == ()


def test_full_page_ending_in_the_overlap_is_not_the_last() -> None:
    users = [ListedUser(str(number), "Activated", 2_000) for number in range(50)]
    ahead = Range(walk=0, cursor=0, end=1_000)
    assert ahead.after(users, total=55, new=50, walk_limit=10_000)


def test_page_beyond_what_was_asked_for_is_the_last() -> None:
    users = [ListedUser(str(number), "Activated", 2_001) for number in range(50)]
    ahead = Range(walk=0, cursor=0, end=1_000)
    assert ahead.after(users, total=55, new=50, walk_limit=10_000) == ()
