"""Finishing a sign-in that asked for MFA."""

from __future__ import annotations

import re
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser

from .calls import EMAIL, PHONE, Caller, Json, claims_of, codes

SMS = "applications/mfa/sms/verify"
MAIL = "applications/mfa/email/verify"
TOTP = "mfa/totp/verify"
RECOVERY = "mfa/totp/recovery"
FACE = "mfa/face/verify"


@pytest.fixture
def member(sandbox: Sandbox) -> SandboxUser:
    """A user with every factor, of an application that requires one."""
    sandbox.require_mfa("application")
    return sandbox.add_user(phone=PHONE, email=EMAIL, factors=["SMS", "EMAIL", "OTP", "FACE"])


def send_code(caller: Caller, **where: str) -> str:
    """Have a code sent for a step-up, and return it."""
    kind = "send-sms" if "phone" in where else "send-email"
    body = {"phoneNumber": where["phone"]} if "phone" in where else where
    assert caller.post(kind, channel="CHANNEL_VERIFY_MFA", **body)["statusCode"] == 200
    return caller.sandbox.outbox.last_code(**where)


# What a sign-in says


def test_an_application_can_require_mfa(stranger: Caller, member: SandboxUser) -> None:
    answer = stranger.by_password(member)
    assert codes(answer) == (403, 1636)
    data = answer["data"]
    assert data == {
        "mfaToken": data["mfaToken"],
        "applicationMfa": data["applicationMfa"],
        "mfaPhone": PHONE,
        "mfaPhoneCountryCode": "+86",
        "mfaEmail": EMAIL,
        "phone": PHONE,
        "phoneCountryCode": "+86",
        "email": EMAIL,
        "username": member.username,
        "nickname": None,
        "avatar": None,
        "totpMfaEnabled": True,
        "faceMfaEnabled": True,
    }


def test_methods_come_in_the_applications_order(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.require_mfa("application", methods=["SMS", "OTP", "EMAIL"])
    assert stranger.by_password(member)["data"]["applicationMfa"] == [
        {"mfaPolicy": "EMAIL", "status": 1, "sort": 3},
        {"mfaPolicy": "OTP", "status": 1, "sort": 2},
        {"mfaPolicy": "SMS", "status": 1, "sort": 1},
    ]


def test_methods_that_are_off_can_be_listed(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.settings.trigger_lists_off = True
    sandbox.require_mfa("application", methods=["OTP"])
    listed = stranger.by_password(member)["data"]["applicationMfa"]
    assert {each["mfaPolicy"]: each["status"] for each in listed} == {
        "EMAIL": 0,
        "FACE": 0,
        "OTP": 1,
        "SMS": 0,
    }


def test_a_disabled_factor_is_not_offered(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.disable_factor("SMS")
    listed = stranger.by_password(member)["data"]["applicationMfa"]
    assert "SMS" not in [each["mfaPolicy"] for each in listed]


@pytest.mark.parametrize("unbound", [None, ""])
def test_what_is_not_bound_is_empty(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser, unbound: str | None
) -> None:
    sandbox.settings.unbound_contact = unbound
    sandbox.require_mfa("application")
    data = stranger.by_password(user)["data"]
    found = [data["mfaPhone"], data["mfaPhoneCountryCode"], data["mfaEmail"]]
    assert [unbound] * 3 == found
    assert [data["totpMfaEnabled"], data["faceMfaEnabled"]] == [False, False]


def test_a_user_with_an_authenticator_can_require_mfa(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.require_mfa("personal")
    answer = stranger.by_password(member)
    assert codes(answer) == (403, 1635)
    assert answer["data"]["applicationMfa"] == []
    token = answer["data"]["mfaToken"]
    assert stranger.v2(TOTP, token, totp=member.totp_code())["code"] == 200


def test_a_user_without_one_does_not(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.require_mfa("personal")
    assert codes(stranger.by_password(user)) == (200, None)


@pytest.mark.parametrize(
    ("form", "expected"),
    [("absent", None), ("otp", [{"mfaPolicy": "OTP", "status": 1, "sort": 1}])],
)
def test_a_personal_triggers_methods_are_a_setting(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser, form: str, expected: Any
) -> None:
    sandbox.settings.personal_trigger_methods = form
    sandbox.require_mfa("personal")
    data = stranger.by_password(member)["data"]
    assert data.get("applicationMfa") == expected
    assert (form == "otp") == ("applicationMfa" in data)


def test_mfa_can_be_switched_off(stranger: Caller, sandbox: Sandbox, member: SandboxUser) -> None:
    sandbox.require_mfa(None)
    assert codes(stranger.by_password(member)) == (200, None)


@pytest.mark.parametrize(("policy", "methods"), [("always", ["OTP"]), (None, ["PASSKEY"])])
def test_only_known_policies_and_methods_are_set(
    sandbox: Sandbox, policy: str | None, methods: list[str]
) -> None:
    with pytest.raises(ValueError, match="mfa_"):
        sandbox.require_mfa(policy, methods)


def test_an_mfa_token_is_a_jwt_of_six_minutes(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    claims = claims_of(stranger.by_password(member)["data"]["mfaToken"])
    pool, user_id = sandbox.user_pool_id, member.user_id
    now = int(sandbox.clock.now())
    assert claims == {
        "data": {
            "userPoolId": pool,
            "userId": user_id,
            "arn": f"arn:cn:authing:{pool}:user:{user_id}",
            "stage": 1,
        },
        "iat": now,
        "exp": now + 360,
    }


# Each factor


def verified(answer: Json, user: SandboxUser) -> bool:
    return (200, user.user_id) == (answer["code"], answer["data"]["id"])


def test_an_sms_code_verifies(stranger: Caller, member: SandboxUser) -> None:
    code = send_code(stranger, phone=PHONE)
    answer = stranger.v2(SMS, member.new_mfa_token(), phone=PHONE, code=code)
    assert verified(answer, member)


def test_an_email_code_verifies(stranger: Caller, member: SandboxUser) -> None:
    code = send_code(stranger, email=EMAIL)
    answer = stranger.v2(MAIL, member.new_mfa_token(), email=EMAIL, code=code)
    assert verified(answer, member)


@pytest.mark.parametrize("root", ["mfa", "applications/mfa"])
def test_an_authenticators_code_verifies_on_both_paths(
    stranger: Caller, member: SandboxUser, root: str
) -> None:
    token = member.new_mfa_token()
    answer = stranger.v2(f"{root}/totp/verify", token, totp=member.totp_code())
    assert verified(answer, member)


@pytest.mark.parametrize("root", ["mfa", "applications/mfa"])
def test_a_face_verifies_on_both_paths(stranger: Caller, member: SandboxUser, root: str) -> None:
    answer = stranger.v2(f"{root}/face/verify", member.new_mfa_token(), photo="sandbox/a.jpg")
    assert verified(answer, member)


@pytest.mark.parametrize("root", ["mfa", "applications/mfa"])
def test_a_recovery_code_verifies_on_both_paths(
    stranger: Caller, member: SandboxUser, root: str
) -> None:
    token, code = member.new_mfa_token(), member.recovery_code()
    assert verified(stranger.v2(f"{root}/totp/recovery", token, recoveryCode=code), member)


def test_a_new_recovery_code_stands_beside_the_data(stranger: Caller, member: SandboxUser) -> None:
    old = member.recovery_code()
    answer = stranger.v2(RECOVERY, member.new_mfa_token(), recoveryCode=old)
    assert old != answer["recoveryCode"]
    assert member.recovery_code() == answer["recoveryCode"]
    assert "recoveryCode" not in answer["data"]


def test_a_used_recovery_code_is_dead(stranger: Caller, member: SandboxUser) -> None:
    old = member.recovery_code()
    new = stranger.v2(RECOVERY, member.new_mfa_token(), recoveryCode=old)["recoveryCode"]
    assert stranger.v2(RECOVERY, member.new_mfa_token(), recoveryCode=old)["code"] == 6002
    assert stranger.v2(RECOVERY, member.new_mfa_token(), recoveryCode=new)["code"] == 200


@pytest.mark.parametrize(
    ("form", "other"), [("plain", "applications/mfa"), ("applications", "mfa")]
)
def test_the_forms_of_the_paths_are_a_setting(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser, form: str, other: str
) -> None:
    sandbox.settings.v2_paths = (form,)
    token = member.new_mfa_token()
    path = f"/api/v2/{other}/totp/verify"
    assert stranger.send("POST", path, json={"totp": "1"}).status_code == 404
    assert stranger.v2(f"{other}/totp/verify", token, totp="1")["statusCode"] == 404


# Refusals


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (SMS, {"phone": PHONE, "code": "000"}, 2001),
        (SMS, {"phone": "13900000000", "code": "000"}, 400),
        (SMS, {"phone": PHONE}, 400),
        (SMS, {"phone": PHONE, "phoneCountryCode": "+1", "code": "000"}, 400),
        (MAIL, {"email": EMAIL, "code": "000"}, 2001),
        (MAIL, {"email": "other@example.com", "code": "000"}, 400),
        (TOTP, {"totp": "000"}, 6001),
        (TOTP, {"totp": ""}, 6003),
        (TOTP, {"totp": 123456}, 400),
        (RECOVERY, {"recoveryCode": "0000"}, 6002),
        (RECOVERY, {}, 6004),
        (FACE, {}, 1701),
    ],
)
def test_a_proof_that_will_not_do_is_refused_in_a_200(
    stranger: Caller, member: SandboxUser, path: str, body: dict[str, Any], code: int
) -> None:
    headers = {"authorization": member.new_mfa_token()}
    answer = stranger.send("POST", f"/api/v2/{path}", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (200, code)
    assert set(answer.json()) == {"code", "message"}


def test_refusals_have_a_newer_form(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.settings.v2_errors = "statusCode"
    answer = stranger.v2(TOTP, member.new_mfa_token(), totp="000")
    unique_id = answer.pop("uniqueId")
    assert unique_id
    assert answer == {
        "statusCode": 400,
        "apiCode": "6001",
        "message": "The TOTP code is wrong",
        "data": None,
    }


def test_a_face_that_does_not_match_is_refused(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.settings.face_matches = False
    answer = stranger.v2(FACE, member.new_mfa_token(), photo="sandbox/a.jpg")
    assert answer["code"] == 1702


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (TOTP, {"totp": "1"}, 404),
        (RECOVERY, {"recoveryCode": "1"}, 404),
        (FACE, {"photo": "a"}, 1700),
    ],
)
def test_a_factor_that_is_not_bound_cannot_verify(
    stranger: Caller, user: SandboxUser, path: str, body: dict[str, str], code: int
) -> None:
    assert stranger.v2(path, user.new_mfa_token(), **body)["code"] == code


def test_a_factor_that_is_not_offered_is_refused(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.require_mfa("application", methods=["SMS"])
    token = stranger.by_password(member)["data"]["mfaToken"]
    assert stranger.v2(TOTP, token, totp=member.totp_code())["code"] == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", SMS),
        ("POST", MAIL),
        ("POST", TOTP),
        ("POST", RECOVERY),
        ("POST", FACE),
        ("POST", "applications/mfa/check"),
        ("POST", "mfa/totp/associate"),
        ("POST", "mfa/totp/associate/confirm"),
        ("POST", "mfa/face/associate"),
        ("GET", "mfa/authenticator"),
        ("DELETE", "mfa/totp/associate"),
    ],
)
@pytest.mark.parametrize("token", ["", "unknown"])
def test_nothing_goes_without_a_token(
    stranger: Caller, method: str, path: str, token: str
) -> None:
    assert stranger.v2(path, token, method)["code"] == 2020


def test_an_access_token_is_no_mfa_token(stranger: Caller, member: SandboxUser) -> None:
    assert stranger.v2(TOTP, member.access_token, totp=member.totp_code())["code"] == 2020


def test_an_mfa_token_dies(stranger: Caller, sandbox: Sandbox, member: SandboxUser) -> None:
    token = member.new_mfa_token()
    sandbox.clock.advance(360)
    assert stranger.v2(TOTP, token, totp=member.totp_code())["code"] == 2020


def finish(caller: Caller, user: SandboxUser, token: str) -> int:
    caller.sandbox.clock.advance(30)
    return int(caller.v2(TOTP, token, totp=user.totp_code())["code"])


def test_an_mfa_token_is_used_once(stranger: Caller, member: SandboxUser) -> None:
    token = member.new_mfa_token()
    assert [finish(stranger, member, token) for _ in range(2)] == [200, 2020]


def test_an_mfa_token_can_be_good_for_more(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.settings.mfa_token_single_use = False
    token = member.new_mfa_token()
    assert [finish(stranger, member, token) for _ in range(2)] == [200, 200]


def test_wrong_codes_can_end_an_mfa_token(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.settings.mfa_token_max_failures = 2
    token = member.new_mfa_token()
    found = [stranger.v2(TOTP, token, totp="000")["code"] for _ in range(3)]
    assert found == [6001, 6001, 2020]
    assert finish(stranger, member, member.new_mfa_token()) == 200


def test_five_wrong_codes_lock_the_step_up(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    token = member.new_mfa_token()
    found = [stranger.v2(TOTP, token, totp="000")["code"] for _ in range(5)]
    assert found == [6001] * 5
    assert finish(stranger, member, member.new_mfa_token()) == 2005
    sandbox.clock.advance(300)
    assert finish(stranger, member, member.new_mfa_token()) == 200


def test_a_missing_code_counts_for_nothing(stranger: Caller, member: SandboxUser) -> None:
    token = member.new_mfa_token()
    found = [stranger.v2(TOTP, token, totp="")["code"] for _ in range(6)]
    assert found == [6003] * 6


def test_a_code_is_not_replayed(stranger: Caller, member: SandboxUser) -> None:
    code = member.totp_code()
    found = [stranger.v2(TOTP, member.new_mfa_token(), totp=code)["code"] for _ in range(2)]
    assert found == [200, 6001]


# Binding on the way


def test_a_verified_phone_is_bound(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    phone = "13900000000"
    code = send_code(stranger, phone=phone)
    answer = stranger.v2(SMS, user.new_mfa_token(), phone=phone, code=code)
    assert verified(answer, user)
    assert user.factor_ids == (f"{user.user_id}|phone",)
    sandbox.require_mfa("application")
    assert stranger.by_password(user)["data"]["mfaPhone"] == phone


def test_a_verified_email_is_bound(stranger: Caller, user: SandboxUser) -> None:
    code = send_code(stranger, email=EMAIL)
    stranger.v2(MAIL, user.new_mfa_token(), email=EMAIL, code=code)
    assert user.factor_ids == (f"{user.user_id}|email",)


def test_a_wrong_code_binds_nothing(stranger: Caller, user: SandboxUser) -> None:
    stranger.v2(SMS, user.new_mfa_token(), phone=PHONE, code="000")
    assert user.factor_ids == ()


@pytest.mark.parametrize(
    ("body", "free"),
    [
        ({"phone": PHONE}, True),
        ({"phone": "13900000000"}, True),
        ({"phone": "13700000000"}, False),
        ({"email": "taken@example.com"}, False),
        ({"email": "Bound@Example.com"}, False),
    ],
)
def test_a_check_tells_whether_an_address_is_free(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser, body: dict[str, str], free: bool
) -> None:
    sandbox.add_user(phone="13700000000", email="taken@example.com")
    bound = sandbox.add_user()
    code = send_code(stranger, email="bound@example.com")
    stranger.v2(MAIL, bound.new_mfa_token(), email="bound@example.com", code=code)
    answer = stranger.v2("applications/mfa/check", user.new_mfa_token(), **body)
    assert (answer["code"], answer["data"]) == (200, free)


@pytest.mark.parametrize("body", [{}, {"phone": PHONE, "email": EMAIL}])
def test_a_check_wants_one_address(
    stranger: Caller, user: SandboxUser, body: dict[str, str]
) -> None:
    assert stranger.v2("applications/mfa/check", user.new_mfa_token(), **body)["code"] == 400


def test_an_authenticator_is_bound_and_verifies_with_the_same_code(
    stranger: Caller, user: SandboxUser
) -> None:
    token = user.new_mfa_token()
    setup = stranger.v2("mfa/totp/associate", token, source="APPLICATION")["data"]
    code = user.totp_code()
    confirmed = stranger.v2("mfa/totp/associate/confirm", token, totp=code)
    assert (confirmed["code"], confirmed["data"]) == (200, None)
    assert setup["recovery_code"] == user.recovery_code()
    assert verified(stranger.v2(TOTP, token, totp=code), user)


def test_an_associations_secret_is_in_its_uri(stranger: Caller, user: SandboxUser) -> None:
    setup = stranger.v2("mfa/totp/associate", user.new_mfa_token())["data"]
    assert setup["authenticator_type"] == "totp"
    assert f"?secret={setup['secret']}&" in setup["qrcode_uri"]
    assert setup["qrcode_data_url"].startswith("data:image/png;base64,")


def test_the_newest_association_counts(stranger: Caller, user: SandboxUser) -> None:
    token = user.new_mfa_token()
    for _ in range(2):
        stranger.v2("mfa/totp/associate", token)
    confirmed = stranger.v2("mfa/totp/associate/confirm", token, totp=user.totp_code())
    assert confirmed["code"] == 200


@pytest.mark.parametrize("status", [400, 200])
def test_a_rejected_confirmation_is_a_400_of_http(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser, status: int
) -> None:
    sandbox.settings.confirm_http_status = status
    token = user.new_mfa_token()
    stranger.v2("mfa/totp/associate", token)
    answer = stranger.send(
        "POST",
        "/api/v2/mfa/totp/associate/confirm",
        json={"totp": "000"},
        headers={"authorization": token},
    )
    assert (answer.status_code, answer.json()["code"]) == (status, 400)
    assert user.factor_ids == ()


def test_what_was_not_begun_is_not_confirmed(stranger: Caller, user: SandboxUser) -> None:
    answer = stranger.v2("mfa/totp/associate/confirm", user.new_mfa_token(), totp="000000")
    assert answer["code"] == 400


def test_a_confirmed_code_may_count_as_used(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.totp_enroll_uses_code = True
    token = user.new_mfa_token()
    stranger.v2("mfa/totp/associate", token)
    code = user.totp_code()
    stranger.v2("mfa/totp/associate/confirm", token, totp=code)
    assert stranger.v2(TOTP, token, totp=code)["code"] == 6001


def test_a_bound_authenticator_is_not_replaced(stranger: Caller, member: SandboxUser) -> None:
    assert stranger.v2("mfa/totp/associate", member.new_mfa_token())["code"] == 409


@pytest.mark.parametrize("endpoint", ["totp", "face"])
def test_what_is_not_offered_is_not_associated(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser, endpoint: str
) -> None:
    sandbox.require_mfa("application", methods=["SMS"])
    token = stranger.by_password(user)["data"]["mfaToken"]
    assert stranger.v2(f"mfa/{endpoint}/associate", token)["code"] == 403


def test_a_face_is_bound_by_two_photos(stranger: Caller, user: SandboxUser) -> None:
    token = user.new_mfa_token()
    photos = {"photoA": "sandbox/a.jpg", "photoB": "sandbox/b.jpg"}
    assert verified(stranger.v2("mfa/face/associate", token, **photos), user)
    assert verified(stranger.v2(FACE, token, photo="sandbox/c.jpg"), user)


def test_one_photo_binds_no_face(stranger: Caller, user: SandboxUser) -> None:
    answer = stranger.v2("mfa/face/associate", user.new_mfa_token(), photoA="sandbox/a.jpg")
    assert answer["code"] == 1700


def test_photos_that_do_not_match_bind_no_face(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.face_matches = False
    photos = {"photoA": "sandbox/a.jpg", "photoB": "sandbox/b.jpg"}
    assert stranger.v2("mfa/face/associate", user.new_mfa_token(), **photos)["code"] == 1702


def test_a_bound_face_is_not_replaced(stranger: Caller, member: SandboxUser) -> None:
    photos = {"photoA": "sandbox/a.jpg", "photoB": "sandbox/b.jpg"}
    assert stranger.v2("mfa/face/associate", member.new_mfa_token(), **photos)["code"] == 409


@pytest.mark.parametrize("kind", ["mfa", "access"])
def test_authenticators_are_listed_with_their_secrets(
    stranger: Caller, member: SandboxUser, kind: str
) -> None:
    token = member.new_mfa_token() if kind == "mfa" else member.access_token
    found = stranger.v2("mfa/authenticator?type=totp", token, "GET")["data"]
    assert [(member.recovery_code(), "totp", True)] == [
        (each["recoveryCode"], each["authenticatorType"], each["enable"]) for each in found
    ]


def test_the_list_of_authenticators_is_of_this_application(
    stranger: Caller, member: SandboxUser
) -> None:
    for token in (member.new_mfa_token(), member.access_token):
        headers = {"authorization": f"Bearer {token}", "x-authing-app-id": "other"}
        answer = stranger.send("GET", "/api/v2/mfa/authenticator", headers=headers)
        assert answer.json()["code"] == 2011


def test_without_an_authenticator_the_list_is_empty(stranger: Caller, user: SandboxUser) -> None:
    assert stranger.v2("mfa/authenticator", user.access_token, "GET")["data"] == []


def test_an_authenticator_is_dissociated(stranger: Caller, member: SandboxUser) -> None:
    path = "mfa/totp/associate"
    assert stranger.v2(path, member.access_token, "DELETE")["code"] == 200
    assert stranger.v2(path, member.access_token, "DELETE")["code"] == 404
    assert f"{member.user_id}|otp" not in member.factor_ids


# What comes of it


def test_the_record_has_what_nobody_should_keep(stranger: Caller, member: SandboxUser) -> None:
    record = stranger.v2(TOTP, member.new_mfa_token(), totp=member.totp_code())["data"]
    assert (record["password"], record["salt"]) == (member.password_hash, member.salt)


def test_its_token_stands_for_the_user(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    token = stranger.v2(FACE, member.new_mfa_token(), photo="sandbox/a.jpg")["data"]["token"]
    with Caller(sandbox, token) as caller:
        assert len(caller.get("list-enrolled-factors")["data"]) == 4
        sandbox.settings.user_token_kinds = ("access",)
        assert codes(caller.get("list-enrolled-factors")) == (401, 2020)


def test_its_token_lives_for_15_days(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    record = stranger.v2(FACE, member.new_mfa_token(), photo="sandbox/a.jpg")["data"]
    claims = claims_of(record["token"])
    assert claims["exp"] - claims["iat"] == 15 * 86_400
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["tokenExpiredAt"])


def test_its_token_can_be_inspected(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    token = stranger.v2(FACE, member.new_mfa_token(), photo="sandbox/a.jpg")["data"]["token"]
    assert stranger.introspect(token)["userId"] == member.user_id
    sandbox.settings.introspection_accepts = ("mfa",)
    assert stranger.introspect(token) == {"active": False}


@pytest.mark.parametrize("known", [True, False])
def test_a_used_mfa_token_may_stay_active(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser, known: bool
) -> None:
    sandbox.settings.introspection_knows_used = known
    token = member.new_mfa_token()
    stranger.v2(FACE, token, photo="sandbox/a.jpg")
    assert stranger.introspect(token)["active"] == known


def test_a_step_up_lets_a_factor_be_reset(
    stranger: Caller, sandbox: Sandbox, member: SandboxUser
) -> None:
    sandbox.settings.reset_step_up_window = 300
    token = stranger.v2(FACE, member.new_mfa_token(), photo="sandbox/a.jpg")["data"]["token"]
    with Caller(sandbox, token) as caller:
        answer = caller.post("reset-factor", factorId=f"{member.user_id}|face")
    assert codes(answer) == (200, None)


def test_v2_codes_are_noted(stranger: Caller, sandbox: Sandbox, member: SandboxUser) -> None:
    stranger.v2(TOTP, member.new_mfa_token(), totp="000")
    stranger.v2(TOTP, member.new_mfa_token(), totp=member.totp_code())
    found = [(entry.status_code, entry.api_code) for entry in sandbox.journal]
    assert found == [(None, 6001), (200, None)]
