"""What an administrator does: docs/administration.md."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import responses

from authing_mfa import (
    AuthingMFAError,
    ConfigurationError,
    FactorType,
    InvalidResponseError,
    ManagementClient,
    NotFoundError,
    OTPImport,
    TransportError,
    UserFilter,
    UserIdType,
    UserSort,
)
from authing_mfa.sandbox import Sandbox, SandboxUser
from tests.support.wire import HOST

from .people import SECRET, Lost, Program, came, odd_answers, outcome_of


def _imports(*users: SandboxUser) -> list[OTPImport]:
    return [OTPImport(user_id=user.user_id, secret=SECRET) for user in users]


def _users(sandbox: Sandbox, count: int) -> list[SandboxUser]:
    return [sandbox.add_user(username=f"user-{number}") for number in range(count)]


# -- one user


@pytest.mark.parametrize("signing", [None, "authing", "genauth"])
def test_each_way_of_signing_sees_each_user(
    sandbox: Sandbox, anna_user: SandboxUser, ben_user: SandboxUser, signing: str | None
) -> None:
    with ManagementClient(**sandbox.management_credentials, signing=signing) as admin:
        seen = [admin.get_user_mfa_info(it.user_id).bound for it in (anna_user, ben_user) * 2]
    assert seen == [(FactorType.OTP, FactorType.SMS), (FactorType.EMAIL,)] * 2
    tokens = came(sandbox, "get-management-token")
    assert len(tokens) == (1 if signing is None else 0)


def test_threads_fetch_one_token_together(sandbox: Sandbox, anna_user: SandboxUser) -> None:
    sandbox.faults.latency(0.2, path="get-management-token")
    with (
        ManagementClient(**sandbox.management_credentials) as admin,
        ThreadPoolExecutor(8) as threads,
    ):
        list(threads.map(lambda _: admin.get_user_mfa_info(anna_user.user_id), range(16)))
    assert len(came(sandbox, "get-management-token")) == 1


def test_user_is_named_in_several_ways(
    admin: ManagementClient, anna_user: SandboxUser, ben_user: SandboxUser
) -> None:
    ways = {
        UserIdType.USERNAME: "anna",
        UserIdType.PHONE: "13800000000",
        UserIdType.EMAIL: "anna@example.com",
        UserIdType.USER_ID: anna_user.user_id,
    }
    for kind, name in ways.items():
        assert len(admin.get_user_mfa_info(name, user_id_type=kind).bound) == 2
        assert len(admin.get_user_mfa_info(name, user_id_type=UserIdType(kind.value)).bound) == 2


def test_nobody_is_a_not_found_error(admin: ManagementClient) -> None:
    with pytest.raises(NotFoundError) as caught:
        admin.get_user_mfa_info("nobody", user_id_type=UserIdType.USERNAME)
    assert caught.value.hint_in("en") == "There is no such user."


def test_ended_management_token_is_renewed_once(
    sandbox: Sandbox, admin: ManagementClient, anna_user: SandboxUser
) -> None:
    admin.get_user_mfa_info(anna_user.user_id)
    sandbox.clock.advance(7201)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: admin.get_user_mfa_info(anna_user.user_id), range(8)))
    assert len(came(sandbox, "get-management-token")) == 2


# -- all users


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 120])
@pytest.mark.parametrize("limit", [1, 7, 50])
def test_walk_yields_everybody_once(
    sandbox: Sandbox, admin: ManagementClient, count: int, limit: int
) -> None:
    if limit == 1 and count > 51:
        limit = 3
    users = _users(sandbox, count)
    assert [it.user_id for it in admin.iter_users(limit=limit)] == [it.user_id for it in users]


def test_walk_asks_as_it_is_wanted(sandbox: Sandbox, admin: ManagementClient) -> None:
    _users(sandbox, 9)
    walk = admin.iter_users(limit=3)
    assert came(sandbox, "list-users") == []
    next(walk)
    assert len(came(sandbox, "list-users")) == 1


def _page(total: Any, *names: str) -> dict[str, Any]:
    users = [
        {
            "userId": name,
            "createdAt": "1970-01-01T00:00:00.000Z",
            "updatedAt": "1970-01-01T00:00:00.000Z",
            "status": "Activated",
        }
        for name in names
    ]
    return {"statusCode": 200, "message": "", "data": {"totalCount": total, "list": users}}


def _walk(*pages: Any, limit: int = 2) -> list[str]:
    with (
        responses.RequestsMock(assert_all_requests_are_fired=False) as mocked,
        ManagementClient(
            access_key_id="k", access_key_secret="example", host=HOST, signing="authing"
        ) as admin,
    ):
        for page in pages:
            mocked.add("POST", HOST + "/api/v3/list-users", json=page)
        return [it.user_id for it in admin.iter_users(limit=limit)]


def test_total_that_lags_behind_hides_nobody() -> None:
    assert _walk(_page(2, "a", "b"), _page(2, "c", "d"), _page(4, "e"), _page(5)) == list("abcde")
    assert _walk(_page(0, "a", "b"), _page(0)) == ["a", "b"]


def test_total_that_runs_ahead_ends() -> None:
    assert _walk(_page(10**9, "a", "b"), _page(10**9)) == ["a", "b"]


def test_odd_page_is_an_error_of_ours() -> None:
    for place in (("data", "totalCount"), ("data", "list"), ("data",)):
        for answer in odd_answers(_page(1, "a"), *place, extra=("1", -1, [None])):
            outcome = outcome_of(partial(_walk, answer, _page(0)))
            assert outcome in ([], ["a"]) or isinstance(outcome, InvalidResponseError)


def test_filters_and_sorts_are_heeded(
    sandbox: Sandbox, admin: ManagementClient, anna_user: SandboxUser, ben_user: SandboxUser
) -> None:
    by_name = [UserFilter("username", "EQUAL", "ben")]
    assert [it.username for it in admin.iter_users(filters=by_name)] == ["ben"]
    down = [UserSort("username", "desc")]
    assert [it.username for it in admin.iter_users(sort=down)] == ["ben", "anna"]


def test_users_of_1970_and_9999_are_listed(sandbox: Sandbox, admin: ManagementClient) -> None:
    instants = [-62_135_596_800, -1, 0, 1, 253_402_300_799]
    for number, instant in enumerate(instants):
        sandbox.add_user(username=f"user-{number}", created_at=instant)
    years = [it.created_at.year for it in admin.iter_users() if it.created_at]
    assert years == [1, 1969, 1970, 1970, 9999]


# -- settings


def test_each_setting_call_returns_what_is_on(admin: ManagementClient, sandbox: Sandbox) -> None:
    assert sorted(admin.get_global_mfa_settings()) == ["EMAIL", "FACE", "OTP", "SMS"]
    kept = admin.disable_global_mfa_settings(["FACE"])
    assert sorted(kept) == sorted(admin.get_global_mfa_settings()) == ["EMAIL", "OTP", "SMS"]
    assert "FACE" not in admin.disable_global_mfa_settings(["FACE"])
    on = admin.update_application_mfa_settings(sandbox.app_id, disabled_factors=["SMS"])
    assert "SMS" not in on


def test_no_factor_at_all_is_an_answer(admin: ManagementClient) -> None:
    kept = admin.disable_global_mfa_settings(["FACE", "OTP", "SMS", "EMAIL"])
    assert kept == admin.get_global_mfa_settings() == ()


@pytest.mark.parametrize(("form", "value"), [("list", ["SMS"]), ("text", '["SMS"]')])
def test_settings_are_read_both_ways_that_are_documented(form: str, value: Any) -> None:
    with (
        responses.RequestsMock() as mocked,
        ManagementClient(
            access_key_id="k", access_key_secret="example", host=HOST, signing="authing"
        ) as admin,
    ):
        answer = {"statusCode": 200, "message": form, "data": {"enabledFactors": value}}
        mocked.add("GET", HOST + "/api/v3/get-global-mfa-settings", json=answer)
        assert admin.get_global_mfa_settings() == (FactorType.SMS,)


@pytest.mark.parametrize("value", ["", "SMS", 0, None, {}, "[", '"SMS"', [0], [None], "[0]", "{}"])
def test_odd_settings_are_an_error_of_ours(value: Any) -> None:
    with (
        responses.RequestsMock() as mocked,
        ManagementClient(
            access_key_id="k", access_key_secret="example", host=HOST, signing="authing"
        ) as admin,
    ):
        answer = {"statusCode": 200, "message": "", "data": {"enabledFactors": value}}
        mocked.add("GET", HOST + "/api/v3/get-global-mfa-settings", json=answer)
        with pytest.raises(InvalidResponseError):
            admin.get_global_mfa_settings()


# -- import_otp


@pytest.mark.parametrize(
    ("count", "size", "batches"), [(0, 50, []), (1, 50, [1]), (5, 2, [2, 4, 5]), (4, 2, [2, 4])]
)
def test_import_tells_after_each_batch_how_many_are_in(
    sandbox: Sandbox, admin: ManagementClient, count: int, size: int, batches: list[int]
) -> None:
    told: list[int] = []
    imports = iter(_imports(*_users(sandbox, count)))
    assert admin.import_otp(imports, batch_size=size, on_batch=told.append) == count
    assert told == batches


@pytest.mark.parametrize(("lost", "bound"), [("lost_before", 0), ("lost_after", 2)])
def test_lost_batch_is_in_doubt_and_can_be_gone_on_from(
    sandbox: Sandbox,
    admin: ManagementClient,
    lost: str,
    bound: int,
    request: pytest.FixtureRequest,
) -> None:
    lose: Lost = request.getfixturevalue(lost)
    users = _users(sandbox, 4)
    told: list[int] = []
    lose("import-otp")
    with pytest.raises(TransportError) as caught:
        admin.import_otp(_imports(*users), batch_size=2, on_batch=told.append)
    assert caught.value.outcome_unknown is True
    assert (told, len(came(sandbox, "import-otp"))) == ([], 1)
    assert [admin.get_user_mfa_info(it.user_id).totp for it in users].count(True) == bound
    assert admin.import_otp(_imports(*users), batch_size=2) == 4


def test_imported_authenticator_makes_the_codes_of_its_user_only(
    sandbox: Sandbox, admin: ManagementClient, ben_user: SandboxUser
) -> None:
    carla = sandbox.add_user(username="carla")
    admin.import_otp(_imports(ben_user))
    assert admin.get_user_mfa_info(ben_user.user_id).totp is True
    assert admin.get_user_mfa_info(carla.user_id).totp is False
    assert admin.get_otp_secret(ben_user.user_id).secret == SECRET


def test_importing_twice_is_like_once(
    sandbox: Sandbox, admin: ManagementClient, ben_user: SandboxUser
) -> None:
    for _ in range(2):
        assert admin.import_otp(_imports(ben_user)) == 1
    assert admin.get_otp_secret(ben_user.user_id).secret == SECRET


@pytest.mark.parametrize("secret", [None, 0, b"JBSWY3DP", []])
def test_secret_that_is_no_text_makes_no_import(secret: Any) -> None:
    with pytest.raises(ConfigurationError, match="secret: wanted str"):
        OTPImport(user_id="u", secret=secret)


@pytest.mark.parametrize("secret", ["", " ", "\ud800"])
def test_secret_that_is_none_sends_nothing(
    sandbox: Sandbox, admin: ManagementClient, ben_user: SandboxUser, secret: str
) -> None:
    with pytest.raises(ConfigurationError, match=r"imports\[1\]"):
        admin.import_otp(
            [*_imports(ben_user), OTPImport(user_id=ben_user.user_id, secret=secret)], batch_size=1
        )
    assert came(sandbox, "import-otp") == []


# -- triggers


def test_trigger_goes_there_and_back(
    sandbox: Sandbox, admin: ManagementClient, anna_user: SandboxUser
) -> None:
    sandbox.require_mfa("application", methods=["OTP", "SMS"])
    trigger = admin.get_mfa_trigger_data(sandbox.app_id, anna_user.user_id)
    admin.set_mfa_status(anna_user.user_id, trigger)
    kept = admin.get_mfa_status(anna_user.user_id)
    assert {str(it.mfa_policy) for it in kept.application_mfa} == {"OTP", "SMS"}
    assert len(admin.get_user_mfa_info(anna_user.user_id).bound) == 2


@pytest.mark.slow
def test_second_process_reads_the_key_from_the_environment(
    sandbox: Sandbox, anna_user: SandboxUser, second_process: Program
) -> None:
    program = """if True:
        import json, sys
        from authing_mfa import ManagementClient
        with ManagementClient.from_env() as admin:
            print(json.dumps([str(it) for it in admin.get_user_mfa_info(sys.argv[1]).bound]))
    """
    told = second_process(
        program,
        anna_user.user_id,
        AUTHING_ACCESS_KEY_ID=sandbox.access_key_id,
        AUTHING_ACCESS_KEY_SECRET=sandbox.access_key_secret,
        AUTHING_API_HOST=sandbox.url,
    )
    assert told == ["OTP", "SMS"]


def test_no_odd_answer_of_the_token_call_is_a_raw_error() -> None:
    usual = {"statusCode": 200, "message": "", "data": {"access_token": "t", "expires_in": 7200}}
    for place in (("data", "access_token"), ("data", "expires_in"), ("data",)):
        for answer in odd_answers(usual, *place, extra=("x" * 9, -1, "a.b.c", 10**30)):
            with (
                responses.RequestsMock(assert_all_requests_are_fired=False) as mocked,
                ManagementClient(
                    access_key_id="k", access_key_secret="example", host=HOST, max_retries=0
                ) as admin,
            ):
                mocked.add("POST", HOST + "/api/v3/get-management-token", body=json.dumps(answer))
                mocked.add("GET", HOST + "/api/v3/get-global-mfa-settings", status=500)
                with pytest.raises(AuthingMFAError):
                    admin.get_global_mfa_settings()
