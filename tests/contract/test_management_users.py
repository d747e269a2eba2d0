"""The users of the pool and their authenticators, as an administrator has them, on both stages."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa import (
    APIError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OTPImport,
    ServerError,
    UserFilter,
    UserSort,
)

from .admin_stages import AdminStage, each_signing
from .admin_wire import SECRET
from .stages import EMAIL, PHONE

_NOBODY = "f" * 24


@each_signing
class TestAuthenticators:
    """import-otp, get-otp-secret-by-user."""

    def test_secret_that_was_imported_is_the_users(self, admin_stage: AdminStage) -> None:
        client = admin_stage.client
        users = [admin_stage.add_user() for _ in range(3)]
        imports = (OTPImport(user_id=user_id, secret=SECRET) for user_id in users)
        assert client.import_otp(imports, batch_size=2) == 3
        for user_id in users:
            assert client.get_otp_secret(user_id).secret == SECRET
            assert client.get_user_mfa_info(user_id).totp is True

    def test_recovery_code_may_come_along(self, admin_stage: AdminStage) -> None:
        code = "e7ad-aaa4-da75-fa37-57d1-5141"
        item = OTPImport(user_id=admin_stage.add_user(), secret=SECRET, recovery_code=code)
        assert admin_stage.client.import_otp([item]) == 1

    def test_import_replaces_an_authenticator(self, admin_stage: AdminStage) -> None:
        user_id = admin_stage.add_user("OTP")
        other = SECRET[::-1].replace("3", "4").replace("2", "5")
        admin_stage.client.import_otp([OTPImport(user_id=user_id, secret=other)])
        assert admin_stage.client.get_otp_secret(user_id).secret == other

    def test_import_may_be_refused_beside_an_authenticator(self, admin_stage: AdminStage) -> None:
        admin_stage.turn("no replacing")
        user_id = admin_stage.add_user("OTP")
        with pytest.raises(ConflictError):
            admin_stage.client.import_otp([OTPImport(user_id=user_id, secret=SECRET)])

    _BAD = (("0189", InvalidArgumentError, 400), ("nobody", NotFoundError, 404))

    @pytest.mark.parametrize(("bad", "cls", "status_code"), _BAD)
    def test_batch_is_imported_whole_or_not_at_all(
        self, admin_stage: AdminStage, bad: str, cls: type[APIError], status_code: int
    ) -> None:
        good, other = admin_stage.add_user(), admin_stage.add_user()
        secret, user_id = (SECRET, _NOBODY) if bad == "nobody" else (bad, other)
        imports = [
            OTPImport(user_id=good, secret=SECRET),
            OTPImport(user_id=user_id, secret=secret),
        ]
        with pytest.raises(cls) as caught:
            admin_stage.client.import_otp(imports)
        assert (caught.value.status_code, caught.value.outcome_unknown) == (status_code, False)
        assert admin_stage.client.get_user_mfa_info(good).bound == ()

    def test_batches_before_the_failing_one_are_in(self, admin_stage: AdminStage) -> None:
        users = [admin_stage.add_user() for _ in range(2)]
        told: list[int] = []
        imports = [OTPImport(user_id=user_id, secret=SECRET) for user_id in (*users, _NOBODY)]
        with pytest.raises(NotFoundError):
            admin_stage.client.import_otp(imports, batch_size=1, on_batch=told.append)
        assert told == [1, 2]
        assert admin_stage.client.get_otp_secret(users[1]).secret == SECRET

    def test_user_without_an_authenticator_has_no_secret(self, admin_stage: AdminStage) -> None:
        with pytest.raises(NotFoundError):
            admin_stage.client.get_otp_secret(admin_stage.add_user())


@each_signing
class TestUsers:
    """list-users."""

    def test_pool_may_be_empty(self, admin_stage: AdminStage) -> None:
        page = admin_stage.client.list_users()
        assert (page.total_count, page.users) == (0, ())
        assert list(admin_stage.client.iter_users()) == []

    def test_user_is_told_of(self, admin_stage: AdminStage) -> None:
        facts = {"username": "example-user", "email": EMAIL, "phone": PHONE, "external_id": "E"}
        user_id = admin_stage.add_user(**facts)
        (user,) = admin_stage.client.list_users().users
        assert (user_id, "Activated", "example-user", EMAIL, PHONE, "E") == (
            *(user.user_id, user.status, user.username, user.email, user.phone),
            user.external_id,
        )

    def test_pages_are_cut_and_counted(self, admin_stage: AdminStage) -> None:
        users = [admin_stage.add_user(username=f"user-{number}") for number in range(5)]
        pages = [admin_stage.client.list_users(page=page, limit=2) for page in (1, 2, 3, 4)]
        assert [page.total_count for page in pages] == [5, 5, 5, 5]
        assert [len(page.users) for page in pages] == [2, 2, 1, 0]
        assert set(users) == {user.user_id for page in pages for user in page.users}

    def test_walk_meets_all_once(self, admin_stage: AdminStage) -> None:
        users = [admin_stage.add_user(username=f"user-{number}") for number in range(5)]
        found = [user.user_id for user in admin_stage.client.iter_users(limit=2)]
        assert sorted(users) == sorted(found)

    def test_filter_chooses(self, admin_stage: AdminStage) -> None:
        for name in ("ada", "bob", "cy"):
            admin_stage.add_user(username=name)
        wanted = UserFilter("username", "IN", ["ada", "cy", "张三"])
        found = admin_stage.client.iter_users(filters=[wanted], limit=1)
        assert sorted(user.username or "" for user in found) == ["ada", "cy"]

    @pytest.mark.parametrize(("order", "expected"), [("asc", "abc"), ("desc", "cba")])
    def test_sort_orders(self, admin_stage: AdminStage, order: Any, expected: str) -> None:
        for name in "bca":
            admin_stage.add_user(username=name)
        found = admin_stage.client.list_users(sort=[UserSort("username", order)]).users
        assert list(expected) == [user.username for user in found]

    def test_keywords_find(self, admin_stage: AdminStage) -> None:
        for name in ("ada", "adam", "bob"):
            admin_stage.add_user(username=name)
        assert admin_stage.client.list_users(keywords="ada").total_count == 2
        assert admin_stage.client.list_users(keywords="张三").total_count == 0

    _WRONG: tuple[tuple[dict[str, Any], type[APIError], int], ...] = (
        ({"filters": [UserFilter("height", "EQUAL", 1)]}, InvalidArgumentError, 400),
        ({"sort": [UserSort("nickname")]}, InvalidArgumentError, 400),
        ({"search_query": {"query": {}}}, ServerError, 501),
    )

    @pytest.mark.parametrize(("wanted", "cls", "status_code"), _WRONG)
    def test_what_cannot_be_looked_for_is_refused(
        self,
        admin_stage: AdminStage,
        wanted: dict[str, Any],
        cls: type[APIError],
        status_code: int,
    ) -> None:
        with pytest.raises(cls) as caught:
            admin_stage.client.list_users(**wanted)
        assert (caught.value.status_code, caught.value.outcome_unknown) == (status_code, False)
