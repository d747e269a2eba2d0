"""The client of an administrator against the sandbox: every call, and every refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from authing_mfa import (
    APIError,
    AuthenticationClient,
    ConflictError,
    FactorType,
    InvalidArgumentError,
    ManagementClient,
    NotFoundError,
    ThrottleError,
    UnauthorizedError,
)
from authing_mfa._values.users import OTPImport, UserFilter, UserIdType, UserSort
from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import EMAIL, PHONE

SECRET = "SANDBOXSANDBOX23"
EVERY = (FactorType.OTP, FactorType.SMS, FactorType.EMAIL, FactorType.FACE)
Make = Callable[..., ManagementClient]


@pytest.fixture
def make(sandbox: Sandbox) -> Iterator[Make]:
    """Make clients of an administrator; they are closed afterwards."""
    made: list[ManagementClient] = []

    def make(**options: Any) -> ManagementClient:
        credentials = {**sandbox.management_credentials, **options}
        made.append(ManagementClient(**credentials))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=[None, "authing", "genauth"])
def admin(make: Make, request: pytest.FixtureRequest) -> ManagementClient:
    """Give an administrator's client: with a token, or signing in each variant."""
    return make(signing=request.param)


class TestCalls:
    def test_settings(self, admin: ManagementClient, sandbox: Sandbox) -> None:
        assert admin.get_global_mfa_settings() == EVERY
        assert admin.update_global_mfa_settings([FactorType.OTP]) == (FactorType.OTP,)
        assert admin.disable_global_mfa_settings([FactorType.OTP]) == ()
        found = admin.update_application_mfa_settings(
            sandbox.app_id, enabled_factors=["SMS", "FACE"], disabled_factors=["FACE"]
        )
        assert found == (FactorType.SMS,)

    def test_what_a_user_has_bound(self, admin: ManagementClient, sandbox: Sandbox) -> None:
        user = sandbox.add_user(email=EMAIL, factors=["OTP", "EMAIL"])
        info = admin.get_user_mfa_info(user.user_id)
        assert set(info.bound) == {FactorType.OTP, FactorType.EMAIL}

    def test_a_status_is_kept(self, admin: ManagementClient, user: SandboxUser) -> None:
        status = admin.get_mfa_status(user.user_id)
        admin.set_mfa_status(user.user_id, status)
        assert admin.get_mfa_status(user.user_id) == status

    def test_a_trigger_is_for_the_user(
        self, admin: ManagementClient, sandbox: Sandbox, user: SandboxUser
    ) -> None:
        sandbox.require_mfa("application", methods=["SMS"])
        trigger = admin.get_mfa_trigger_data(sandbox.app_id, user.user_id)
        with AuthenticationClient(**user.credentials) as client:
            found = client.introspect_mfa_token(trigger.mfa_token)
        assert found.user_id == user.user_id

    def test_authenticators_are_imported(self, admin: ManagementClient, sandbox: Sandbox) -> None:
        users = [sandbox.add_user() for _ in range(3)]
        imports = [OTPImport(user_id=each.user_id, secret=SECRET) for each in users]
        assert admin.import_otp(imports, batch_size=2) == 3
        assert admin.get_otp_secret(users[2].user_id).secret == SECRET

    def test_a_page_of_users(self, admin: ManagementClient, sandbox: Sandbox) -> None:
        sandbox.generate_users(1_000_000, seed=7)
        newest = UserSort("createdAt", "desc")
        page = admin.list_users(page=2, limit=3, sort=[newest])
        assert page.total_count == 1_000_000
        assert [each.username for each in page.users] == [
            "user-999996",
            "user-999995",
            "user-999994",
        ]

    def test_all_users_of_a_filter(self, admin: ManagementClient, sandbox: Sandbox) -> None:
        pool = sandbox.generate_users(5_000, seed=7)
        wanted = UserFilter("status", "IN", ["Suspended", "Resigned"])
        found = [each.user_id for each in admin.iter_users(filters=[wanted])]
        expected = [
            pool.user_id(index)
            for index in range(5_000)
            if pool.status(index) in ("Suspended", "Resigned")
        ]
        assert expected == found

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            (UserIdType.PHONE, PHONE),
            (UserIdType.EMAIL, EMAIL),
            (UserIdType.USERNAME, "named"),
            (UserIdType.EXTERNAL_ID, "E-1"),
            (UserIdType.IDENTITY, "idp:there"),
            (UserIdType.SYNC_RELATION, "feishu:ou_1"),
            (UserIdType.CUSTOM_FIELD, "badge:7"),
        ],
    )
    def test_a_user_by_another_id(
        self, make: Make, sandbox: Sandbox, kind: UserIdType, value: str
    ) -> None:
        sandbox.add_user(
            phone=PHONE,
            email=EMAIL,
            username="named",
            factors=["OTP"],
            external_id="E-1",
            identities={"idp": "there"},
            sync_relations={"feishu": "ou_1"},
            custom_data={"badge": "7"},
        )
        assert make().get_user_mfa_info(value, user_id_type=kind).totp


class TestOddities:
    def test_bound_factors_as_booleans(self, admin: ManagementClient, sandbox: Sandbox) -> None:
        sandbox.settings.mfa_info_values = "flag"
        user = sandbox.add_user(factors=["FACE"])
        assert admin.get_user_mfa_info(user.user_id).bound == (FactorType.FACE,)

    def test_factors_as_json_in_a_string(self, admin: ManagementClient, sandbox: Sandbox) -> None:
        sandbox.settings.enabled_factors_form = "text"
        assert admin.get_global_mfa_settings() == EVERY

    def test_an_update_that_adds(self, admin: ManagementClient, sandbox: Sandbox) -> None:
        sandbox.settings.global_mfa_update = "add"
        assert admin.update_global_mfa_settings(["OTP"]) == EVERY


def trigger_of(admin: ManagementClient, user_id: str) -> Any:
    return admin.get_mfa_trigger_data("a" * 24, user_id)


REFUSED: dict[str, tuple[Callable[[ManagementClient, str], object], type[APIError], int, Any]] = {
    "an unknown user's MFA": (
        lambda admin, _: admin.get_user_mfa_info("unknown"),
        NotFoundError,
        404,
        2004,
    ),
    "an unknown user's status": (
        lambda admin, _: admin.get_mfa_status("unknown"),
        NotFoundError,
        404,
        2004,
    ),
    "setting an unknown user's status": (
        lambda admin, user_id: admin.set_mfa_status("unknown", admin.get_mfa_status(user_id)),
        NotFoundError,
        404,
        2004,
    ),
    "an unknown application's trigger": (trigger_of, NotFoundError, 404, 2011),
    "an unknown application's settings": (
        lambda admin, _: admin.update_application_mfa_settings("a" * 24),
        NotFoundError,
        404,
        2011,
    ),
    "an unknown factor": (
        lambda admin, _: admin.update_global_mfa_settings(["PASSKEY"]),
        InvalidArgumentError,
        400,
        None,
    ),
    "an unknown factor switched off": (
        lambda admin, _: admin.disable_global_mfa_settings(["PASSKEY"]),
        InvalidArgumentError,
        400,
        None,
    ),
    "an import that is no base32": (
        lambda admin, user_id: admin.import_otp([OTPImport(user_id=user_id, secret="0189")]),
        InvalidArgumentError,
        400,
        None,
    ),
    "an import for nobody": (
        lambda admin, _: admin.import_otp([OTPImport(user_id="unknown", secret=SECRET)]),
        NotFoundError,
        404,
        2004,
    ),
    "a secret of who has none": (
        lambda admin, user_id: admin.get_otp_secret(user_id),
        NotFoundError,
        404,
        None,
    ),
    "a filter by nothing that users have": (
        lambda admin, _: admin.list_users(filters=[UserFilter("height", "NOT_NULL")]),
        InvalidArgumentError,
        400,
        None,
    ),
    "a sort by what cannot be sorted by": (
        lambda admin, _: admin.list_users(sort=[UserSort("nickname")]),
        InvalidArgumentError,
        400,
        None,
    ),
    "a search query": (
        lambda admin, _: admin.list_users(search_query={"query": {}}),
        APIError,
        501,
        None,
    ),
}


class TestRefusals:
    @pytest.mark.parametrize("name", REFUSED)
    def test_has_its_error(self, admin: ManagementClient, user: SandboxUser, name: str) -> None:
        call, kind, status_code, api_code = REFUSED[name]
        with pytest.raises(kind) as caught:
            call(admin, user.user_id)
        assert (caught.value.status_code, caught.value.api_code) == (status_code, api_code)

    @pytest.mark.parametrize("signing", [None, "authing", "genauth"])
    def test_wrong_keys(self, make: Make, signing: str | None) -> None:
        admin = make(access_key_secret="other", signing=signing)
        with pytest.raises(UnauthorizedError) as caught:
            admin.get_global_mfa_settings()
        assert (1300 if signing else None) == caught.value.api_code

    def test_a_clock_that_is_wrong(self, make: Make, sandbox: Sandbox) -> None:
        sandbox.clock.advance(3_600)
        with pytest.raises(UnauthorizedError) as caught:
            make(signing="authing").get_global_mfa_settings()
        assert caught.value.api_code == 1305

    def test_a_status_that_is_not_set(
        self, admin: ManagementClient, sandbox: Sandbox, user: SandboxUser
    ) -> None:
        status = admin.get_mfa_status(user.user_id)
        sandbox.settings.mfa_status_success = False
        with pytest.raises(APIError):
            admin.set_mfa_status(user.user_id, status)

    def test_an_import_beside_an_authenticator(
        self, admin: ManagementClient, sandbox: Sandbox
    ) -> None:
        sandbox.settings.import_otp_replaces = False
        user = sandbox.add_user(factors=["OTP"])
        with pytest.raises(ConflictError):
            admin.import_otp([OTPImport(user_id=user.user_id, secret=SECRET)])

    def test_a_call_that_the_deployment_lacks(
        self, admin: ManagementClient, sandbox: Sandbox
    ) -> None:
        sandbox.settings.global_mfa_disable = False
        with pytest.raises(NotFoundError):
            admin.disable_global_mfa_settings(["OTP"])

    def test_too_many_calls(self, make: Make, sandbox: Sandbox) -> None:
        admin = make(max_retries=0)
        assert admin.get_global_mfa_settings() == EVERY
        sandbox.settings.calls_per_second = 0
        with pytest.raises(ThrottleError) as caught:
            admin.get_global_mfa_settings()
        assert caught.value.retry_after == 1


class TestKeys:
    def test_a_co_administrators_key_is_for_the_same_pool(
        self, sandbox: Sandbox, user: SandboxUser
    ) -> None:
        with ManagementClient(**sandbox.add_access_key()) as admin:
            assert not admin.get_user_mfa_info(user.user_id).bound

    def test_a_token_is_renewed_when_it_has_run_out(self, make: Make, sandbox: Sandbox) -> None:
        admin = make()
        assert admin.get_global_mfa_settings() == EVERY
        sandbox.clock.advance(7_200)
        assert admin.get_global_mfa_settings() == EVERY

    def test_a_call_that_is_tried_again_is_signed_anew(self, make: Make, sandbox: Sandbox) -> None:
        sandbox.faults.drop(path="get-global-mfa-settings")
        assert make(signing="authing").get_global_mfa_settings() == EVERY
        assert len(sandbox.journal) == 2
