"""Management calls about one user."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import EMAIL, PHONE, Caller, Json, codes

READS = ("get-user-mfa-info", "get-mfa-status", "get-otp-secret-by-user")
SECRET = "SANDBOXSANDBOXSANDBOX234"
STATUS: Json = {
    "mfaToken": "example-token",
    "applicationMfa": [{"mfaPolicy": "SMS", "status": 1, "sort": 2}],
    "mfaPhone": PHONE,
    "totpMfaEnabled": True,
    "faceMfaEnabled": False,
}


def set_status(caller: Caller, user_id: str, trigger: Any) -> Json:
    return caller.post("set-mfa-status", userId=user_id, mfaTriggerData=trigger)


def give_otp(caller: Caller, user_id: str, **otp: Any) -> Json:
    return caller.post("import-otp", list=[{"userId": user_id, "otp": otp}])


def secret_of(caller: Caller, user: SandboxUser) -> str:
    return str(caller.get("get-otp-secret-by-user", userId=user.user_id)["data"]["secret"])


@pytest.mark.parametrize(
    ("values", "on", "off"), [("text", "enabled", "disabled"), ("flag", True, False)]
)
def test_what_is_bound_is_told(
    back_end: Caller, sandbox: Sandbox, values: str, on: Any, off: Any
) -> None:
    sandbox.settings.mfa_info_values = values
    user = sandbox.add_user(email=EMAIL, factors=["OTP", "EMAIL"])
    expected = {
        "totpStatus": on,
        "faceMfaStatus": off,
        "smsMfaStatus": off,
        "emailMfaStatus": on,
    }
    assert back_end.get("get-user-mfa-info", userId=user.user_id)["data"] == expected


def test_a_status_is_a_trigger_until_it_is_set(
    back_end: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.require_mfa("application", methods=["EMAIL"])
    data = back_end.get("get-mfa-status", userId=user.user_id)["data"]
    assert [each["mfaPolicy"] for each in data["applicationMfa"]] == ["EMAIL"]
    assert back_end.introspect(data["mfaToken"])["userId"] == user.user_id


def test_a_status_that_was_set_is_given_back(back_end: Caller, user: SandboxUser) -> None:
    answer = set_status(back_end, user.user_id, {**STATUS, "unknown": 1})
    assert answer["data"] == {"success": True}
    assert back_end.get("get-mfa-status", userId=user.user_id)["data"] == STATUS


def test_a_status_may_not_be_set(back_end: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.mfa_status_success = False
    assert set_status(back_end, user.user_id, STATUS)["data"] == {"success": False}
    data = back_end.get("get-mfa-status", userId=user.user_id)["data"]
    assert data["mfaToken"] != "example-token"


def test_a_status_binds_nothing(back_end: Caller, user: SandboxUser) -> None:
    set_status(back_end, user.user_id, STATUS)
    assert user.factor_ids == ()


@pytest.mark.parametrize(
    "trigger",
    [
        None,
        "text",
        {},
        {"mfaToken": "t"},
        {**STATUS, "mfaToken": ""},
        {**STATUS, "applicationMfa": STATUS["applicationMfa"][0]},
        {**STATUS, "applicationMfa": ["SMS"]},
        {**STATUS, "applicationMfa": [{"mfaPolicy": "SMS", "status": 1}]},
        {**STATUS, "applicationMfa": [{"mfaPolicy": "SMS", "status": True, "sort": 1}]},
        {**STATUS, "mfaPhone": 7},
        {**STATUS, "totpMfaEnabled": "true"},
    ],
)
def test_a_status_that_makes_no_sense_is_refused(
    back_end: Caller, user: SandboxUser, trigger: Any
) -> None:
    assert codes(set_status(back_end, user.user_id, trigger)) == (400, None)


def test_an_imported_authenticator_is_bound(back_end: Caller, user: SandboxUser) -> None:
    code = "b471-8ec0-874a-087f-bccb-cd54"
    answer = give_otp(back_end, user.user_id, secret=SECRET.lower(), recoveryCode=code)
    assert codes(answer) == (200, None)
    assert "data" not in answer
    assert user.factor_ids == (f"{user.user_id}|otp",)
    assert user.recovery_code() == code
    assert secret_of(back_end, user) == SECRET


def test_an_imported_authenticator_signs_its_user_in(
    back_end: Caller, caller: Caller, user: SandboxUser
) -> None:
    give_otp(back_end, user.user_id, secret=SECRET)
    assert caller.post("mfa-totp-verify", totp=user.totp_code())["data"] == {"verified": True}


def test_an_import_replaces_an_authenticator(back_end: Caller, sandbox: Sandbox) -> None:
    user = sandbox.add_user(factors=["OTP"])
    give_otp(back_end, user.user_id, secret=SECRET)
    assert user.factor_ids == (f"{user.user_id}|otp",)
    assert secret_of(back_end, user) == SECRET


def test_an_import_beside_an_authenticator_may_be_refused(
    back_end: Caller, sandbox: Sandbox
) -> None:
    sandbox.settings.import_otp_replaces = False
    user = sandbox.add_user(factors=["OTP"])
    assert codes(give_otp(back_end, user.user_id, secret=SECRET)) == (409, None)


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({"userId": "unknown", "otp": {"secret": SECRET}}, (404, 2004)),
        ({"otp": {"secret": SECRET}}, (400, None)),
        ({"userId": "{id}"}, (400, None)),
        ({"userId": "{id}", "otp": {}}, (400, None)),
        ({"userId": "{id}", "otp": {"secret": "0189"}}, (400, None)),
        ({"userId": "{id}", "otp": {"secret": "SHORT"}}, (400, None)),
        ({"userId": "{id}", "otp": {"secret": "ſ" * 16}}, (400, None)),
        ("text", (400, None)),
    ],
)
def test_of_an_import_that_is_refused_nothing_is_bound(
    back_end: Caller,
    sandbox: Sandbox,
    user: SandboxUser,
    second: Any,
    code: tuple[int, int | None],
) -> None:
    if isinstance(second, dict) and second.get("userId") == "{id}":
        second = {**second, "userId": sandbox.add_user().user_id}
    first = {"userId": user.user_id, "otp": {"secret": SECRET}}
    assert codes(back_end.post("import-otp", list=[first, second])) == code
    assert user.factor_ids == ()


@pytest.mark.parametrize("value", [None, {}, "text"])
def test_an_import_is_a_list(back_end: Caller, value: Any) -> None:
    assert codes(back_end.post("import-otp", list=value)) == (400, None)


def test_who_has_no_authenticator_has_no_secret(back_end: Caller, user: SandboxUser) -> None:
    assert codes(back_end.get("get-otp-secret-by-user", userId=user.user_id)) == (404, None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", PHONE),
        ("phone", f"+86 {PHONE}"),
        ("email", EMAIL.upper()),
        ("username", "Named"),
        ("external_id", "E-1"),
        ("identity", "idp-1:there-1"),
        ("sync_relation", "feishu:ou_1"),
        ("custom_field", "badge:7"),
    ],
)
def test_a_user_is_found_by_each_kind_of_id(
    back_end: Caller, sandbox: Sandbox, kind: str, value: str
) -> None:
    sandbox.add_user(
        phone=PHONE,
        email=EMAIL,
        username="named",
        factors=["OTP"],
        external_id="E-1",
        identities={"idp-1": "there-1"},
        sync_relations={"feishu": "ou_1"},
        custom_data={"badge": "7"},
    )
    for name in READS:
        assert codes(back_end.get(name, userId=value, userIdType=kind)) == (200, None)
    answer = back_end.post("set-mfa-status", userId=value, userIdType=kind, mfaTriggerData=STATUS)
    assert codes(answer) == (200, None)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"userId": "unknown"}, (404, 2004)),
        ({"userId": ""}, (400, None)),
        ({}, (400, None)),
        ({"userId": "u", "userIdType": "name"}, (400, None)),
        ({"userId": "badge:7", "userIdType": "custom_field"}, (404, 2004)),
        ({"userId": "e-1", "userIdType": "external_id"}, (404, 2004)),
    ],
)
def test_nobody_is_not_found(
    back_end: Caller, name: str, query: dict[str, str], code: tuple[int, int | None]
) -> None:
    assert codes(back_end.get(name, **query)) == code


def test_an_external_id_is_one_users(sandbox: Sandbox) -> None:
    sandbox.add_user(external_id="E-1")
    with pytest.raises(ValueError, match="external_id"):
        sandbox.add_user(external_id="E-1")


def test_a_fact_that_users_do_not_have_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(TypeError):
        sandbox.add_user(height=180)


def test_a_removed_user_is_gone_with_all_tokens(
    back_end: Caller, caller: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    assert codes(caller.get("list-enrolled-factors")) == (200, None)
    sandbox.remove_user(user)
    assert codes(caller.get("list-enrolled-factors")) == (401, 2020)
    assert codes(back_end.get("get-user-mfa-info", userId=user.user_id)) == (404, 2004)
    assert sandbox.users == ()
    assert user.user_id != sandbox.add_user(phone=PHONE, email=EMAIL).user_id


def test_nobody_cannot_be_removed(sandbox: Sandbox) -> None:
    with pytest.raises(LookupError):
        sandbox.remove_user("unknown")


@pytest.mark.parametrize("status", ["Suspended", "Deactivated", "Resigned", "Archived"])
def test_who_is_not_activated_does_not_sign_in(
    stranger: Caller, sandbox: Sandbox, status: str
) -> None:
    user = sandbox.add_user(username="named", status=status)
    assert codes(stranger.by_password(user)) == (403, 2120008)
