"""How an administrator uses the package, for the type checkers: read by them, never run.

Each ``type: ignore`` stands on a mistake that they must find.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, assert_type

import requests

from authing_mfa import (
    AuditStoppedError,
    AuthenticationClient,
    AuthingMFAError,
    CallRecord,
    FactorType,
    ManagementClient,
    MFATrigger,
    OTPImport,
    OTPSecret,
    PoolUser,
    UserFilter,
    UserIdType,
    UserMFAInfo,
    UserPage,
    UserSort,
)
from authing_mfa.audit import (
    AuditProgress,
    Coverage,
    CoverageReport,
    UserCoverage,
    audit_coverage,
    read_report,
)


def on_call(record: CallRecord) -> None:
    assert_type(record.tries, int)


def make() -> ManagementClient:
    with (
        requests.Session() as session,
        ManagementClient(
            access_key_id="key_example",
            access_key_secret="example-key-secret",
            host="https://api.example.com",
            signing="authing",
            lang="en-US",
            timeout=(3.05, 10),
            deadline=20,
            max_retries=1,
            verify="/etc/ssl/own.pem",
            proxies={"https": "http://proxy.example.com"},
            session=session,
            on_call=on_call,
            sign_host_path=False,
            genauth_headers=True,
            pickle_secrets=True,
        ) as client,
    ):
        assert_type(client, ManagementClient)
    ManagementClient(access_key_id="key_example")  # type: ignore[call-arg]
    ManagementClient(access_key_id=7, access_key_secret="x")  # type: ignore[arg-type]
    return ManagementClient.from_env(lang="en-US")


class Own(ManagementClient):
    """A client of one's own stays itself."""


def own() -> None:
    with Own.from_env() as client:
        assert_type(client, Own)


def settings(client: ManagementClient) -> None:
    assert_type(client.get_global_mfa_settings(), tuple[FactorType, ...])
    on = client.update_global_mfa_settings(["SMS", FactorType.OTP])
    assert_type(on, tuple[FactorType, ...])
    assert_type(client.disable_global_mfa_settings({FactorType.FACE}), tuple[FactorType, ...])
    client.update_global_mfa_settings([7])  # type: ignore[list-item]
    client.update_application_mfa_settings("app_example", enabled_factors=("SMS",))
    client.update_application_mfa_settings("app_example", ["SMS"])  # type: ignore[call-arg]


def bound(client: ManagementClient) -> tuple[FactorType, ...]:
    info = client.get_user_mfa_info("E-1", user_id_type=UserIdType.EXTERNAL_ID)
    assert_type(info, UserMFAInfo)
    assert_type(info.totp, bool)
    client.get_user_mfa_info("E-1", user_id_type=7)  # type: ignore[arg-type]
    client.get_user_mfa_info("E-1", UserIdType.EMAIL)  # type: ignore[call-arg]
    return info.bound


def triggers(client: ManagementClient, users: AuthenticationClient) -> None:
    status = client.get_mfa_status("u_1")
    assert_type(status, MFATrigger)
    returns_nothing: Callable[[str, MFATrigger], None] = client.set_mfa_status
    returns_nothing("u_1", status)
    client.set_mfa_status("u_1", {"mfaToken": "x"})  # type: ignore[arg-type]
    users.challenge(client.get_mfa_trigger_data("app_example", "u_1"))


def authenticators(client: ManagementClient) -> OTPSecret:
    imports = (OTPImport(user_id=user_id, secret="S") for user_id in ("u_1", "u_2"))
    assert_type(client.import_otp(imports, batch_size=10, on_batch=print), int)
    client.import_otp([{"userId": "u_1"}])  # type: ignore[list-item]
    OTPImport(user_id="u_1")  # type: ignore[call-arg]
    return client.get_otp_secret("u_1")


def users(client: ManagementClient) -> Iterator[PoolUser]:
    filters = [UserFilter("status", "IN", ["Suspended"]), UserFilter("phone", "IS_NULL")]
    sort = (UserSort("createdAt"), UserSort("email", "desc"))
    page = client.list_users(page=2, limit=50, keywords="a", filters=filters, sort=sort)
    assert_type(page, UserPage)
    assert_type(page.users, tuple[PoolUser, ...])
    for user in client.iter_users(search_query={"query": {}}):
        assert_type(user, PoolUser)
        assert_type(user.created_at, datetime.datetime | None)
        user.status = "Suspended"  # type: ignore[misc]
    UserFilter("status", "EQUALS", 1)  # type: ignore[arg-type]
    UserSort("createdAt", "up")  # type: ignore[arg-type]
    client.list_users(filters=["status"])  # type: ignore[list-item]
    return client.iter_users()


def draw(progress: AuditProgress) -> None:
    assert_type(progress.done, int)
    assert_type(progress.rate, float)


def audit(client: ManagementClient, executor: Executor) -> CoverageReport:
    try:
        return audit_coverage(
            client,
            Path("audit.sqlite3"),
            filters=[UserFilter("status", "EQUAL", "Activated")],
            by_filter={"staff": [UserFilter("externalId", "NOT_NULL")]},
            executor=executor,
            workers=8,
            worker_client=make,
            rate=100,
            progress=draw,
        )
    except AuditStoppedError as error:
        stopped: AuthingMFAError = error
        raise stopped from None
    finally:
        audit_coverage(client, rate="fast")  # type: ignore[arg-type]


def report(found: CoverageReport) -> None:
    assert_type(found.overall, Coverage)
    assert_type(found.overall.share, float | None)
    assert_type(found.by_status["Activated"].by_factor[FactorType.OTP], int)
    for row in found.rows(without_factor=True):
        assert_type(row, UserCoverage)
        assert_type(row.factors, tuple[FactorType, ...] | None)
    found.write_csv("coverage.csv")
    found.write_html(Path("coverage.html"), most_listed=10)
    frame: Any = read_report("audit.sqlite3").to_dataframe()
    found.write_jsonl(frame)
