"""Pools of any size, of users who are computed."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authing_mfa.sandbox import GeneratedPool, Sandbox
from authing_mfa.sandbox.user_directory import Directory
from authing_mfa.sandbox.user_query import Filter, Query, choose
from authing_mfa.sandbox.users import STATUSES, User

from .calls import Caller, ask, codes, names, options

MILLION = 1_000_000
NEWEST_FIRST: dict[str, Any] = {"sort": [{"field": "createdAt", "order": "desc"}]}


def written(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


class TestPool:
    def test_the_same_seed_gives_the_same_users(self) -> None:
        first, second = GeneratedPool(size=50, seed=7), GeneratedPool(size=50, seed=7)
        assert first == second
        assert [first.user(i) for i in range(50)] == [second.user(i) for i in range(50)]

    def test_another_seed_gives_other_users(self) -> None:
        first, second = GeneratedPool(size=50, seed=7), GeneratedPool(size=50, seed=8)
        assert not {first.user_id(i) for i in range(50)} & {second.user_id(i) for i in range(50)}

    def test_every_name_leads_back(self) -> None:
        pool = GeneratedPool(size=MILLION, seed=7)
        for index in (0, 7, 123_456, MILLION - 1):
            user = pool.user(index)
            found = {
                "user_id": user.user_id,
                "username": user.username,
                "email": user.email,
                "phone": f"+86 {user.phone}",
                "external_id": user.external_id,
            }
            assert dict.fromkeys(found, index) == {
                kind: pool.index_of(kind, str(name)) for kind, name in found.items()
            }

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            ("user_id", "0" * 24),
            ("user_id", "unknown"),
            ("user_id", "A" * 24),
            ("username", "user-50"),
            ("username", "user-07"),
            ("username", "user-٧"),
            ("email", "user-7@example.org"),
            ("phone", "+86 13000000050"),
            ("phone", "+1 13000000007"),
            ("identity", "user-7"),
        ],
    )
    def test_other_names_lead_nowhere(self, kind: str, name: str) -> None:
        assert GeneratedPool(size=50, seed=7).index_of(kind, name) is None

    @pytest.mark.parametrize("size", [1, 3, 1_000, MILLION, 100_000_000])
    def test_later_users_are_created_later(self, size: int) -> None:
        pool = GeneratedPool(size=size, seed=7)
        instants = [pool.created_at(i) for i in range(0, size, max(size // 500, 1))]
        assert sorted(set(instants)) == instants
        assert [
            datetime.fromtimestamp(each / 1000, UTC).year for each in (instants[0], instants[-1])
        ] <= [2020, 2024]

    def test_some_may_be_created_at_once(self) -> None:
        pool = GeneratedPool(size=10, per_instant=4)
        assert list(Counter(pool.created_at(i) for i in range(10)).values()) == [4, 4, 2]

    def test_statuses_and_factors_come_in_their_shares(self) -> None:
        pool = GeneratedPool(
            size=1_000,
            seed=7,
            statuses={"Activated": 3, "Archived": 1},
            factors={"": 1, "OTP SMS": 4},
        )
        assert Counter(pool.status(i) for i in range(1_000)) == {"Activated": 750, "Archived": 250}
        assert Counter(pool.factor_types(i) for i in range(1_000)) == {
            (): 200,
            ("OTP", "SMS"): 800,
        }

    def test_each_status_has_every_set_of_factors(self) -> None:
        pool = GeneratedPool(size=10_000, seed=7)
        pairs = {(pool.status(i), pool.factor_types(i)) for i in range(10_000)}
        assert len(pairs) == 5 * 9

    @pytest.mark.parametrize(
        "facts",
        [
            {"size": -1},
            {"size": 100_000_001},
            {"size": "7"},
            {"size": 1, "statuses": {"Happy": 1}},
            {"size": 1, "statuses": {"Activated": 0}},
            {"size": 1, "factors": {"SMS PASSKEY": 1}},
            {"size": 1, "factors": {"SMS": -1}},
            {"size": 1, "per_instant": 0},
        ],
    )
    def test_what_cannot_be_is_refused(self, facts: dict[str, Any]) -> None:
        with pytest.raises((TypeError, ValueError)):
            GeneratedPool(**facts)


@pytest.fixture
def million(sandbox: Sandbox) -> GeneratedPool:
    return sandbox.generate_users(MILLION, seed=7)


class TestList:
    def test_a_page_in_the_middle(self, back_end: Caller, million: GeneratedPool) -> None:
        answer = ask(back_end, options=options(10_001))
        assert names(answer) == [f"user-{500_000 + i}" for i in range(50)]
        assert answer["data"]["totalCount"] == MILLION

    def test_the_newest_first(self, back_end: Caller, million: GeneratedPool) -> None:
        answer = ask(back_end, options=options(2, limit=2, **NEWEST_FIRST))
        assert names(answer) == ["user-999997", "user-999996"]

    def test_a_page_beyond_the_end(self, back_end: Caller, million: GeneratedPool) -> None:
        assert names(ask(back_end, options=options(20_001))) == []

    def test_a_range_of_time(self, back_end: Caller, million: GeneratedPool) -> None:
        ends = [written(million.created_at(index)) for index in (1_000, 1_099)]
        answer = ask(back_end, ("createdAt", "BETWEEN", ends), options=options(2))
        assert names(answer) == [f"user-{1_050 + i}" for i in range(50)]
        assert answer["data"]["totalCount"] == 100

    @pytest.mark.parametrize(("operator", "count"), [("LESSER", 1_000), ("GREATER", 998_999)])
    def test_a_range_with_one_end(
        self, back_end: Caller, million: GeneratedPool, operator: str, count: int
    ) -> None:
        answer = ask(back_end, ("createdAt", operator, written(million.created_at(1_000))))
        assert answer["data"]["totalCount"] == count

    def test_a_status(self, back_end: Caller, million: GeneratedPool) -> None:
        answer = ask(back_end, ("status", "EQUAL", "Archived"), options=options(200))
        archived = [i for i in range(990_000, MILLION) if million.status(i) == "Archived"]
        assert names(answer) == [f"user-{i}" for i in archived[-50:]]
        assert answer["data"]["totalCount"] == 10_000
        assert {each["status"] for each in answer["data"]["list"]} == {"Archived"}

    @pytest.mark.parametrize(
        "body",
        [
            {"keywords": "user-7"},
            {"advancedFilter": [{"field": "username", "operator": "NOT_NULL"}]},
            {"advancedFilter": [{"field": "createdAt", "operator": "IN", "value": [1]}]},
            {"options": {"sort": [{"field": "username", "order": "asc"}]}},
        ],
    )
    def test_what_would_look_at_every_user_is_refused(
        self, back_end: Caller, million: GeneratedPool, body: dict[str, Any]
    ) -> None:
        answer = back_end.post("list-users", **body)
        assert codes(answer) == (400, None)
        assert "generated pool" in answer["message"]

    def test_no_list_is_held(self, back_end: Caller, sandbox: Sandbox) -> None:
        tracemalloc.start()
        sandbox.generate_users(100 * MILLION, seed=7)
        ask(back_end, options=options(1_000_000))
        back_end.get("get-user-mfa-info", userId="user-99999999", userIdType="username")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10_000_000


class TestUser:
    def test_the_factors_are_told(self, back_end: Caller, million: GeneratedPool) -> None:
        for index in range(20):
            user_id = million.user_id(index)
            data = back_end.get("get-user-mfa-info", userId=user_id)["data"]
            on = {name for name, value in data.items() if value == "enabled"}
            kinds = {"OTP": "totpStatus", "SMS": "smsMfaStatus"}
            kinds |= {"EMAIL": "emailMfaStatus", "FACE": "faceMfaStatus"}
            assert on == {kinds[each] for each in million.factor_types(index)}

    def test_reading_holds_nobody(
        self, back_end: Caller, sandbox: Sandbox, million: GeneratedPool
    ) -> None:
        for name in ("get-user-mfa-info", "get-mfa-status"):
            back_end.get(name, userId=million.user_id(7))
        assert sandbox.users == ()

    def test_a_change_is_kept(
        self, back_end: Caller, sandbox: Sandbox, million: GeneratedPool
    ) -> None:
        secret, user_id = "SANDBOXSANDBOX23", million.user_id(7)
        back_end.post("import-otp", list=[{"userId": user_id, "otp": {"secret": secret}}])
        answer = back_end.get("get-otp-secret-by-user", userId=user_id)
        assert secret == answer["data"]["secret"]
        assert "user-7" in names(ask(back_end, options=options(1)))
        assert ask(back_end)["data"]["totalCount"] == MILLION

    def test_they_sign_in(
        self, stranger: Caller, sandbox: Sandbox, million: GeneratedPool
    ) -> None:
        index = next(i for i in range(100) if million.status(i) == "Activated")
        user = sandbox.get_user(million.user_id(index))
        assert codes(stranger.by_password(user)) == (200, None)

    def test_they_have_their_authenticator(
        self, back_end: Caller, sandbox: Sandbox, million: GeneratedPool
    ) -> None:
        index = next(i for i in range(100) if "OTP" in million.factor_types(i))
        user = sandbox.get_user(million.user_id(index))
        with Caller(sandbox, user.access_token) as caller:
            answer = caller.post("mfa-totp-verify", totp=user.totp_code())
        assert answer["data"] == {"verified": True}

    def test_their_names_are_taken(self, sandbox: Sandbox, million: GeneratedPool) -> None:
        with pytest.raises(ValueError, match="email"):
            sandbox.add_user(email="USER-7@example.com")

    def test_nobody_else_is_found(self, sandbox: Sandbox, million: GeneratedPool) -> None:
        with pytest.raises(LookupError):
            sandbox.get_user("0" * 24)


class TestChange:
    def test_who_is_added_comes_last(
        self, back_end: Caller, sandbox: Sandbox, million: GeneratedPool
    ) -> None:
        sandbox.add_user(username="new")
        answer = ask(back_end, options=options(limit=1, **NEWEST_FIRST))
        assert names(answer) == ["new"]
        assert answer["data"]["totalCount"] == MILLION + 1

    def test_who_is_removed_is_missing(
        self, back_end: Caller, sandbox: Sandbox, million: GeneratedPool
    ) -> None:
        sandbox.remove_user(million.user_id(1))
        answer = ask(back_end, options=options(limit=2))
        assert names(answer) == ["user-0", "user-2"]
        assert answer["data"]["totalCount"] == MILLION - 1
        assert codes(back_end.get("get-user-mfa-info", userId=million.user_id(1))) == (404, 2004)

    def test_a_reset_goes_back_to_the_first_pool(self) -> None:
        sandbox = Sandbox(pool=GeneratedPool(size=3, seed=7))
        first = GeneratedPool(size=3, seed=7).user_id(1)
        sandbox.remove_user(first)
        sandbox.generate_users(5)
        sandbox.reset()
        assert sandbox.get_user(first).user_id == first

    def test_a_new_pool_replaces_the_old(self, sandbox: Sandbox, million: GeneratedPool) -> None:
        sandbox.add_user(username="added")
        sandbox.get_user(million.user_id(7))
        sandbox.generate_users(10, seed=8)
        assert [each.username for each in sandbox.users] == ["added"]

    def test_a_snapshot_keeps_it(self, sandbox: Sandbox) -> None:
        pool = sandbox.generate_users(10, seed=7, statuses={"Activated": 1}, per_instant=2)
        sandbox.get_user(pool.user_id(3))
        sandbox.remove_user(pool.user_id(4))
        snapshot = sandbox.snapshot()
        assert snapshot == Sandbox(seed=snapshot).snapshot()


@settings(deadline=None, max_examples=35)
@given(
    size=st.integers(1, 60),
    per_instant=st.integers(1, 9),
    removed=st.sets(st.integers(0, 59)),
    used=st.sets(st.integers(0, 59)),
    added=st.lists(st.integers(0, 59), max_size=6),
    statuses=st.lists(st.sampled_from(STATUSES), unique=True, max_size=5),
    ends=st.none() | st.tuples(st.integers(0, 59), st.integers(0, 59), st.booleans()),
    skip=st.integers(0, 70),
    is_descending=st.booleans(),
)
def test_pages_are_those_of_the_whole_list(
    size: int,
    per_instant: int,
    removed: set[int],
    used: set[int],
    added: list[int],
    statuses: list[str],
    ends: tuple[int, int, bool] | None,
    skip: int,
    is_descending: bool,
) -> None:
    pool = GeneratedPool(size=size, seed=3, per_instant=per_instant)
    users = changed(pool, removed, used, added)
    filters = []
    if statuses:
        filters.append(Filter("status", "IN", tuple(statuses)))
    if ends:
        instants = tuple(pool.created_at(each) for each in ends[:2])
        filters.append(Filter("createdAt", "BETWEEN", instants, ends[2]))
    query = Query(
        filters=tuple(filters),
        sort=(("createdAt", "desc" if is_descending else "asc"),),
        skip=skip,
        limit=10,
    )
    everyone = [user for user in listed(users, size) if query.meets(user)]
    expected = (everyone[::-1] if is_descending else everyone)[skip : skip + 10]
    assert choose(users, query) == (len(everyone), expected)


def changed(pool: GeneratedPool, removed: set[int], used: set[int], added: list[int]) -> Directory:
    """Return a pool some of whose users were removed or used, and to which some were added."""
    users = Directory(generated=pool)
    for index in sorted(used):
        users.get("user_id", pool.user_id(index))
    for number, index in enumerate(added):
        created_at = pool.created_at(index) / 1000
        users.add(User(user_id=f"added-{number}", created_at=created_at, status="Archived"))
    for index in sorted(removed):
        found = users.peek("user_id", pool.user_id(index))
        if found:
            users.remove(found)
    return users


def listed(users: Directory, size: int) -> list[User]:
    """List all users, oldest first."""
    computed = [users.generated.user(i) for i in range(size) if not users.is_gone(i)]
    return sorted([*computed, *users.held], key=lambda user: (user.created_at, user.number))
