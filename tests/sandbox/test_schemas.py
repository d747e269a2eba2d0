"""Every answer has the keys and types that the API reference gives it."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import EMAIL, PHONE, Caller, enroll_otp, enroll_sms

# name: type, or a nested table, or [a table] for a list; a name ending in "?" may be absent.
Table = dict[str, Any]
NUMBER = (int, float)
ENVELOPE: Table = {"statusCode": int, "message": str, "apiCode?": int, "requestId?": str}
PROFILE: Table = {"phoneNumber?": str, "phoneCountryCode?": str, "email?": str}
FACTOR: Table = {"factorId": str, "factorType": str, "profile": PROFILE}
OTP_DATA: Table = {"qrCodeUri": str, "qrCodeDataUrl": str, "recoveryCode": str}
SECURITY: Table = {
    "passwordSecurityLevel": NUMBER,
    "mfaEnrolled": bool,
    "passwordSet": bool,
    "emailBinded": bool,
    "phoneBinded": bool,
    "securityScore": NUMBER,
}
INSPECTION: Table = {
    "active": bool,
    "userPoolId?": str,
    "userId?": str,
    "exp?": NUMBER,
    "iat?": NUMBER,
}
TOKEN_SET: Table = {
    "access_token?": str,
    "id_token?": str,
    "refresh_token?": str,
    "scope?": str,
    "token_type": str,
    "expire_in": NUMBER,
}
TRIGGER: Table = {
    "mfaToken": str,
    "applicationMfa": [{"mfaPolicy": str, "status": NUMBER, "sort": NUMBER}],
    "mfaPhone": str,
    "mfaPhoneCountryCode": str,
    "mfaEmail": str,
    "phone": str,
    "phoneCountryCode": str,
    "email": str,
    "username": str,
    "nickname": (str, type(None)),
    "avatar": (str, type(None)),
    "totpMfaEnabled": bool,
    "faceMfaEnabled": bool,
}
SYSTEM: Table = {
    "rsa": {"publicKey": str},
    "sm2": {"publicKey": str},
    "version": {"server": str, "console": str, "login": str},
    "publicIps": [str],
}


MFA_INFO: Table = dict.fromkeys(
    ("totpStatus", "faceMfaStatus", "smsMfaStatus", "emailMfaStatus"), str
)
MFA_SETTINGS: Table = {"enabledFactors": [str]}
IDENTITY: Table = {
    "identityId": str,
    "extIdpId": str,
    "provider": str,
    "type": str,
    "userIdInIdp": str,
    "userInfoInIdp": {},
    "originConnIds": [str],
}
USER: Table = {
    "userId": str,
    "createdAt": str,
    "updatedAt": str,
    "status": str,
    "workStatus": str,
    "gender": str,
    "emailVerified": bool,
    "phoneVerified": bool,
    "userSourceType": str,
    "email?": str,
    "phone?": str,
    "phoneCountryCode?": str,
    "username?": str,
    "nickname?": str,
    "externalId?": str,
    "loginsCount?": NUMBER,
    "lastLogin?": str,
    "lastMfaTime?": str,
    "passwordSecurityLevel?": NUMBER,
    "customData?": {"badge?": str},
    "identities?": [IDENTITY],
    "departmentIds?": [str],
    "postIdList?": [str],
}


def misfits(value: Any, table: Any, where: str = "answer") -> list[str]:
    """List what of an answer is not as its table says."""
    if isinstance(table, list):
        if not isinstance(value, list):
            return [f"{where}: no list"]
        return [found for each in value for found in misfits(each, table[0], f"{where}[]")]
    if not isinstance(table, dict):
        fits = isinstance(value, table) and (table is bool or not isinstance(value, bool))
        return [] if fits else [f"{where}: {type(value).__name__}"]
    if not isinstance(value, dict):
        return [f"{where}: no object"]
    return _member_misfits(value, table, where)


def _member_misfits(value: dict[str, Any], table: Table, where: str) -> list[str]:
    kinds = {name.rstrip("?"): kind for name, kind in table.items()}
    needed = {name for name in table if not name.endswith("?")}
    found = [f"{where}: lacks {name}" for name in sorted(needed - value.keys())]
    found += [f"{where}: has {name}" for name in sorted(value.keys() - kinds.keys())]
    for name in sorted(value.keys() & kinds.keys()):
        found += misfits(value[name], kinds[name], f"{where}.{name}")
    return found


def enveloped(data: Any) -> Table:
    return {**ENVELOPE, "data": data}


def test_the_table_finds_what_does_not_fit() -> None:
    table = enveloped([FACTOR])
    answer = {
        "statusCode": True,
        "message": "",
        "new": 1,
        "data": [{"factorId": 7, "profile": []}],
    }
    assert misfits(answer, table) == [
        "answer: has new",
        "answer.data[]: lacks factorType",
        "answer.data[].factorId: int",
        "answer.data[].profile: no object",
        "answer.statusCode: bool",
    ]


@pytest.mark.parametrize("factor_type", ["SMS", "EMAIL", "OTP", "FACE"])
def test_send_enroll_factor_request(caller: Caller, factor_type: str) -> None:
    profile = {"SMS": {"phoneNumber": PHONE}, "EMAIL": {"email": EMAIL}}.get(factor_type, {})
    data: Table = {"enrollmentToken": str}
    if factor_type == "OTP":
        data["otpData"] = OTP_DATA
    assert misfits(caller.request_enrollment(factor_type, **profile), enveloped(data)) == []


def test_enroll_and_reset_have_no_data(caller: Caller, user: SandboxUser) -> None:
    token = caller.request_enrollment("FACE")["data"]["enrollmentToken"]
    assert misfits(caller.enroll("FACE", token, photo="sandbox/a.jpg"), ENVELOPE) == []
    answer = caller.post("reset-factor", factorId=user.factor_ids[0])
    assert misfits(answer, ENVELOPE) == []


def test_factors(sandbox: Sandbox) -> None:
    user = sandbox.add_user(phone=PHONE, email=EMAIL, factors=["SMS", "EMAIL", "OTP", "FACE"])
    with Caller(sandbox, user.access_token) as caller:
        assert misfits(caller.get("list-enrolled-factors"), enveloped([FACTOR])) == []
        for factor_id in user.factor_ids:
            answer = caller.get("get-factor", factorId=factor_id)
            assert misfits(answer, enveloped(FACTOR)) == []


def test_factors_to_enroll(caller: Caller) -> None:
    answer = caller.get("list-factors-to-enroll")
    assert misfits(answer, enveloped([{"factorType": str}])) == []


def test_totp_verify(caller: Caller, user: SandboxUser) -> None:
    enroll_otp(caller, user)
    answer = caller.post("mfa-totp-verify", totp=user.totp_code())
    assert misfits(answer, enveloped({"verified": bool})) == []


def test_security_info(caller: Caller) -> None:
    assert misfits(caller.get("get-security-info"), enveloped(SECURITY)) == []


def test_pre_check_code(caller: Caller) -> None:
    payload = {"phone": PHONE, "passCode": "123456", "channel": "CHANNEL_LOGIN"}
    answer = caller.post("pre-check-code", codeType="SMS", smsCodePayload=payload)
    assert misfits(answer, enveloped({"isValid": bool, "message?": str})) == []


@pytest.mark.parametrize("active", [True, False])
def test_introspection(stranger: Caller, user: SandboxUser, active: bool) -> None:
    token = user.new_mfa_token() if active else "unknown"
    assert misfits(stranger.introspect(token), INSPECTION) == []


def test_sign_in(stranger: Caller, user: SandboxUser) -> None:
    answer = stranger.by_password(user, scope="openid offline_access")
    assert misfits(answer, enveloped(TOKEN_SET)) == []


def test_a_required_mfa(stranger: Caller, sandbox: Sandbox) -> None:
    sandbox.require_mfa("application")
    user = sandbox.add_user(phone=PHONE, email=EMAIL, factors=["SMS", "EMAIL"])
    assert misfits(stranger.by_password(user), enveloped(TRIGGER)) == []


def test_a_code_sent_has_no_data(stranger: Caller) -> None:
    sms = stranger.post("send-sms", phoneNumber=PHONE, channel="CHANNEL_LOGIN")
    email = stranger.post("send-email", email=EMAIL, channel="CHANNEL_LOGIN")
    assert misfits(sms, ENVELOPE) + misfits(email, ENVELOPE) == []


def test_system(stranger: Caller) -> None:
    assert misfits(stranger.send("GET", "/api/v3/system").json(), SYSTEM) == []


def test_a_management_token(stranger: Caller, sandbox: Sandbox) -> None:
    key = {"accessKeyId": sandbox.access_key_id, "accessKeySecret": sandbox.access_key_secret}
    answer = stranger.post("get-management-token", **key)
    assert misfits(answer, enveloped({"access_token": str, "expires_in": NUMBER})) == []


def test_one_users_mfa(back_end: Caller, sandbox: Sandbox) -> None:
    sandbox.require_mfa("application")
    user = sandbox.add_user(
        phone=PHONE, email=EMAIL, factors=["SMS", "EMAIL", "OTP"], nickname="Named"
    )
    tables = {
        "get-user-mfa-info": MFA_INFO,
        "get-mfa-status": TRIGGER,
        "get-otp-secret-by-user": {"secret": str},
    }
    for name, table in tables.items():
        answer = back_end.get(name, userId=user.user_id)
        assert misfits(answer, enveloped(table)) == []
    status = back_end.get("get-mfa-status", userId=user.user_id)["data"]
    answer = back_end.post("set-mfa-status", userId=user.user_id, mfaTriggerData=status)
    assert misfits(answer, enveloped({"success": bool})) == []


def test_an_import_has_no_data(back_end: Caller, user: SandboxUser) -> None:
    item = {"userId": user.user_id, "otp": {"secret": "SANDBOXSANDBOX23"}}
    assert misfits(back_end.post("import-otp", list=[item]), ENVELOPE) == []


def test_the_settings_of_factors(back_end: Caller, sandbox: Sandbox) -> None:
    answers = [
        back_end.get("get-global-mfa-settings"),
        back_end.post("update-global-mfa-settings", enabledFactors=["OTP"]),
        back_end.post("disable-global-mfa-settings", disableFactors=["OTP"]),
        back_end.post("update-application-mfa-settings", appId=sandbox.app_id),
    ]
    assert [found for each in answers for found in misfits(each, enveloped(MFA_SETTINGS))] == []


def test_a_list_of_users(back_end: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.add_user(
        nickname="Named",
        external_id="E-1",
        custom_data={"badge": "7"},
        identities={"idp": "there"},
    )
    sandbox.generate_users(7)
    wanted = ("withCustomData", "withIdentities", "withDepartmentIds", "withPost")
    answer = back_end.post("list-users", options=dict.fromkeys(wanted, True))
    assert misfits(answer, enveloped({"totalCount": int, "list": [USER]})) == []
    assert len(answer["data"]["list"]) == 9


def test_refusals_are_envelopes_of_known_codes(caller: Caller, sandbox: Sandbox) -> None:
    enroll_sms(caller, PHONE)
    sandbox.disable_factor("EMAIL")
    answers = [
        caller.request_enrollment("SMS", phoneNumber="13900000000"),
        caller.request_enrollment("EMAIL", email=EMAIL),
        caller.request_enrollment("PASSKEY"),
        caller.enroll("OTP", "unknown", passCode="1"),
        caller.get("get-factor", factorId="unknown"),
        caller.post("mfa-totp-verify", totp="1"),
        caller.send("GET", "/unknown").json(),
    ]
    assert [found for each in answers for found in misfits(each, ENVELOPE)] == []
    assert 200 not in [each["statusCode"] for each in answers]
