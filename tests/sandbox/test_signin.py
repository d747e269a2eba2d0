"""Signing in, by each connection, and what stands in the way."""

from __future__ import annotations

import base64
import sys
from typing import Any

import pytest

from authing_mfa.sandbox import Sandbox, SandboxUser, passwords

from .calls import EMAIL, PHONE, Caller, Json, claims_of, codes


@pytest.mark.parametrize("name", ["account", "username", "phone", "email"])
def test_a_password_signs_in_under_each_name(
    stranger: Caller, user: SandboxUser, name: str
) -> None:
    value = {"account": EMAIL, "username": user.username, "phone": PHONE, "email": EMAIL}[name]
    payload = {name: value, "password": user.password}
    assert codes(stranger.sign_in(passwordPayload=payload)) == (200, None)


@pytest.mark.parametrize("account", ["named", PHONE, EMAIL])
def test_an_account_is_any_of_the_names(stranger: Caller, sandbox: Sandbox, account: str) -> None:
    user = sandbox.add_user(username="named", phone=PHONE, email=EMAIL)
    payload = {"account": account, "password": user.password}
    assert codes(stranger.sign_in(passwordPayload=payload)) == (200, None)


def test_the_access_token_is_good_for_calls(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    data = stranger.by_password(user)["data"]
    for name in ("access_token", "id_token"):
        with Caller(sandbox, data[name]) as caller:
            assert codes(caller.get("list-enrolled-factors")) == (200, None)


def test_a_token_sets_lifetime_is_the_settings(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    assert stranger.by_password(user)["data"]["expire_in"] == 7200
    sandbox.settings.access_token_lifetime = 60
    sandbox.settings.sign_in_lifetime_key = "expires_in"
    assert stranger.by_password(user)["data"]["expires_in"] == 60


def test_an_id_token_names_the_user_and_the_application(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    claims = claims_of(stranger.by_password(user)["data"]["id_token"])
    assert (claims["sub"], claims["aud"]) == (user.user_id, sandbox.app_id)
    assert claims["exp"] - claims["iat"] == 7200


def test_only_offline_access_gives_a_refresh_token(stranger: Caller, user: SandboxUser) -> None:
    assert "refresh_token" not in stranger.by_password(user)["data"]
    data = stranger.by_password(user, scope="openid offline_access")["data"]
    assert data["refresh_token"].startswith("sandbox_")
    assert data["scope"] == "openid offline_access"


@pytest.mark.parametrize("scope", ["profile", "offline_access"])
def test_a_scope_without_openid_is_refused(
    stranger: Caller, user: SandboxUser, scope: str
) -> None:
    assert codes(stranger.by_password(user, scope=scope)) == (400, None)


def test_a_wrong_password_and_an_unknown_account_look_alike(
    stranger: Caller, user: SandboxUser
) -> None:
    wrong = stranger.sign_in(passwordPayload={"account": EMAIL, "password": "wrong"})
    unknown = stranger.sign_in(passwordPayload={"account": "nobody", "password": "wrong"})
    assert (403, 2333) == codes(wrong) == codes(unknown)
    assert wrong["message"] == unknown["message"]


def test_five_wrong_passwords_lock_the_account(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    wrong = {"account": EMAIL, "password": "wrong"}
    for _ in range(5):
        assert codes(stranger.sign_in(passwordPayload=wrong)) == (403, 2333)
    assert codes(stranger.by_password(user)) == (403, 2005)
    sandbox.clock.advance(300)
    assert codes(stranger.by_password(user)) == (200, None)


def test_a_right_password_forgets_the_wrong_ones(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.max_password_failures = 2
    wrong = {"account": EMAIL, "password": "wrong"}
    stranger.sign_in(passwordPayload=wrong)
    stranger.by_password(user)
    stranger.sign_in(passwordPayload=wrong)
    assert codes(stranger.by_password(user)) == (200, None)


def test_the_lock_can_be_switched_off(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.settings.max_password_failures = None
    for _ in range(9):
        stranger.sign_in(passwordPayload={"account": EMAIL, "password": "wrong"})
    assert codes(stranger.by_password(user)) == (200, None)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("user_locked", 2005),
        ("user_suspended", 2120008),
        ("must_set_password", 1639),
        ("must_reset_password", 2058),
        ("must_complete", 1642),
    ],
)
def test_an_account_can_be_blocked(
    stranger: Caller, user: SandboxUser, cause: str, code: int
) -> None:
    user.block_sign_in(cause)
    assert codes(stranger.by_password(user)) == (403, code)
    user.block_sign_in(None)
    assert codes(stranger.by_password(user)) == (200, None)


def test_a_block_tells_nothing_to_who_lacks_the_password(
    stranger: Caller, user: SandboxUser
) -> None:
    user.block_sign_in("must_complete")
    payload = {"account": EMAIL, "password": "wrong"}
    assert codes(stranger.sign_in(passwordPayload=payload)) == (403, 2333)


def test_only_known_causes_block(user: SandboxUser) -> None:
    with pytest.raises(ValueError, match="sign_in_block"):
        user.block_sign_in("weather")


@pytest.mark.parametrize("connection", ["LDAP", "AD"])
def test_a_directory_signs_in(stranger: Caller, user: SandboxUser, connection: str) -> None:
    name = f"{connection.lower()}Payload"
    right = {"sAMAccountName": user.username, "password": user.password}
    wrong = {"sAMAccountName": user.username, "password": "wrong"}
    assert codes(stranger.sign_in(connection, **{name: right})) == (200, None)
    assert codes(stranger.sign_in(connection, **{name: wrong})) == (403, 2333)


def test_an_sms_code_signs_in(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    stranger.post("send-sms", phoneNumber=PHONE, channel="CHANNEL_LOGIN")
    payload = {"phone": PHONE, "passCode": sandbox.outbox.last_code(phone=PHONE)}
    assert codes(stranger.sign_in("PASSCODE", passCodePayload=payload)) == (200, None)
    assert codes(stranger.sign_in("PASSCODE", passCodePayload=payload)) == (400, 2001)


def test_an_email_code_signs_in(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    stranger.post("send-email", email=EMAIL, channel="CHANNEL_LOGIN")
    payload = {"email": EMAIL, "passCode": sandbox.outbox.last_code(email=EMAIL)}
    assert codes(stranger.sign_in("PASSCODE", passCodePayload=payload)) == (200, None)


def test_a_code_of_another_channel_does_not(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    stranger.post("send-sms", phoneNumber=PHONE, channel="CHANNEL_VERIFY_MFA")
    payload = {"phone": PHONE, "passCode": sandbox.outbox.last_code(phone=PHONE)}
    assert codes(stranger.sign_in("PASSCODE", passCodePayload=payload)) == (400, 2001)


@pytest.mark.parametrize("register", [True, False])
def test_a_code_registers_if_asked_to(stranger: Caller, sandbox: Sandbox, register: bool) -> None:
    stranger.post("send-email", email=EMAIL, channel="CHANNEL_LOGIN")
    payload = {"email": EMAIL, "passCode": sandbox.outbox.last_code(email=EMAIL)}
    answer = stranger.sign_in(
        "PASSCODE", passCodePayload=payload, options={"autoRegister": register}
    )
    assert (200 if register else 403) == answer["statusCode"]
    assert bool(sandbox.users) == register


def test_who_registers_by_code_has_no_password(stranger: Caller, sandbox: Sandbox) -> None:
    stranger.post("send-email", email=EMAIL, channel="CHANNEL_LOGIN")
    payload = {"email": EMAIL, "passCode": sandbox.outbox.last_code(email=EMAIL)}
    stranger.sign_in("PASSCODE", passCodePayload=payload, options={"autoRegister": True})
    with Caller(sandbox, sandbox.users[0].access_token) as caller:
        info = caller.get("get-security-info")["data"]
    assert (info["passwordSet"], info["passwordSecurityLevel"]) == (False, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"connection": "PASSKEY"},
        {"connection": "PASSWORD"},
        {"connection": "PASSWORD", "passwordPayload": {"password": "x"}},
        {"connection": "PASSWORD", "passwordPayload": {"account": "a"}},
        {"connection": "PASSWORD", "passwordPayload": {"account": "a", "password": ""}},
        {
            "connection": "PASSWORD",
            "passwordPayload": {"account": "a", "email": EMAIL, "password": "x"},
        },
        {"connection": "PASSCODE", "passCodePayload": {"passCode": "1"}},
        {
            "connection": "PASSCODE",
            "passCodePayload": {"passCode": "1", "phone": PHONE, "email": EMAIL},
        },
        {"connection": "LDAP", "ldapPayload": {"password": "x"}},
        {"connection": "PASSWORD", "options": []},
        {"connection": "PASSWORD", "options": {"clientIp": 7}},
        {"connection": "PASSWORD", "options": {"context": "x"}},
    ],
)
def test_a_sign_in_that_makes_no_sense_is_refused(stranger: Caller, body: dict[str, Any]) -> None:
    assert codes(stranger.post("signin", **body)) == (400, None)


# Applications prove who they are


def client(sandbox: Sandbox, **changes: str) -> Json:
    return {"client_id": sandbox.app_id, "client_secret": sandbox.app_secret, **changes}


def signed_in_as(caller: Caller, user: SandboxUser, body: Json, basic: Any = None) -> Json:
    payload = {"account": user.username, "password": user.password}
    body = {"connection": "PASSWORD", "passwordPayload": payload, **body}
    return dict(caller.send("POST", "/api/v3/signin", json=body, auth=basic).json())


def test_a_secret_in_the_body(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.client_auth = "client_secret_post"
    assert codes(signed_in_as(stranger, user, client(sandbox))) == (200, None)
    wrong = client(sandbox, client_secret="wrong")
    assert codes(signed_in_as(stranger, user, wrong)) == (401, None)
    assert codes(signed_in_as(stranger, user, client(sandbox, client_id="x"))) == (401, None)
    assert codes(signed_in_as(stranger, user, {})) == (401, None)


def test_a_secret_in_basic_authentication(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser
) -> None:
    sandbox.client_auth = "client_secret_basic"
    right, wrong = (sandbox.app_id, sandbox.app_secret), (sandbox.app_id, "wrong")
    assert codes(signed_in_as(stranger, user, {}, right)) == (200, None)
    assert codes(signed_in_as(stranger, user, {}, wrong)) == (401, None)
    assert codes(signed_in_as(stranger, user, client(sandbox))) == (401, None)


@pytest.mark.parametrize("header", ["Basic %%%", "Basic /w==", "Basic", "Bearer x"])
def test_a_basic_header_that_is_none_is_refused(
    stranger: Caller, sandbox: Sandbox, user: SandboxUser, header: str
) -> None:
    sandbox.client_auth = "client_secret_basic"
    stranger.session.headers["authorization"] = header
    assert codes(stranger.by_password(user)) == (401, None)


def test_no_secret_at_all(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.client_auth = "none"
    assert codes(signed_in_as(stranger, user, {})) == (200, None)
    body = {"client_id": sandbox.app_id}
    assert codes(signed_in_as(stranger, user, body)) == (200, None)
    assert codes(signed_in_as(stranger, user, {"client_id": "x"})) == (401, None)


def test_other_ways_do_not_exist(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="client_auth"):
        sandbox.client_auth = "mtls"
    assert sandbox.client_auth == "none"


# Encrypted passwords


def test_an_encrypted_password_signs_in(stranger: Caller, user: SandboxUser) -> None:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    padding = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.padding")
    pem = stranger.send("GET", "/api/v3/system").json()["rsa"]["publicKey"]
    key = serialization.load_pem_public_key(pem.encode())
    password = base64.b64encode(key.encrypt(user.password.encode(), padding.PKCS1v15()))
    payload = {"account": user.username, "password": password.decode()}
    options = {"passwordEncryptType": "rsa"}
    answer = stranger.sign_in(passwordPayload=payload, options=options)
    assert codes(answer) == (200, None)


@pytest.mark.parametrize("password", ["not base64", "AAAA"])
def test_what_is_not_encrypted_with_the_key_does_not(
    stranger: Caller, user: SandboxUser, password: str
) -> None:
    pytest.importorskip("cryptography")
    payload = {"account": user.username, "password": password}
    options = {"passwordEncryptType": "rsa"}
    answer = stranger.sign_in(passwordPayload=payload, options=options)
    assert answer["statusCode"] in (400, 403)


@pytest.mark.parametrize("options", [{"passwordEncryptType": "rot13"}, {"autoRegister": "yes"}])
def test_options_are_read_whichever_way_is_taken(
    stranger: Caller, user: SandboxUser, options: dict[str, str]
) -> None:
    stranger.post("send-sms", phoneNumber=PHONE, channel="CHANNEL_LOGIN")
    payload = {"phone": PHONE, "passCode": stranger.sandbox.outbox.last_code(phone=PHONE)}
    answer = stranger.sign_in("PASSCODE", passCodePayload=payload, options=options)
    assert codes(answer) == (400, None)
    assert codes(stranger.by_password(user, **options)) == (400, None)


@pytest.mark.parametrize("encryption", ["sm2", "none", "rot13"])
def test_encryption_is_one_of_three(stranger: Caller, user: SandboxUser, encryption: str) -> None:
    answer = stranger.by_password(user, passwordEncryptType=encryption)
    assert {"sm2": 501, "none": 200, "rot13": 400}[encryption] == answer["statusCode"]


def test_without_the_library_there_is_no_key(
    stranger: Caller, user: SandboxUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    passwords._key.cache_clear()
    try:
        assert stranger.send("GET", "/api/v3/system").json()["rsa"]["publicKey"] == ""
        answer = stranger.by_password(user, passwordEncryptType="rsa")
        assert codes(answer) == (501, None)
    finally:
        passwords._key.cache_clear()


# Codes that are sent


def test_a_channel_has_its_own_minute(stranger: Caller, sandbox: Sandbox) -> None:
    body = {"phoneNumber": PHONE, "channel": "CHANNEL_LOGIN"}
    answer = stranger.post("send-sms", **body)
    assert codes(answer) == (200, None)
    assert "data" not in answer
    assert codes(stranger.post("send-sms", **body)) == (422, None)
    body["channel"] = "CHANNEL_VERIFY_MFA"
    assert codes(stranger.post("send-sms", **body)) == (200, None)
    channels = [message.channel for message in sandbox.outbox]
    assert channels == ["CHANNEL_LOGIN", "CHANNEL_VERIFY_MFA"]


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("send-sms", {"phoneNumber": PHONE}),
        ("send-sms", {"phoneNumber": PHONE, "channel": "CHANNEL_BIND_EMAIL"}),
        ("send-sms", {"channel": "CHANNEL_LOGIN"}),
        ("send-email", {"email": EMAIL, "channel": "CHANNEL_BIND_MFA"}),
        ("send-email", {"email": "nobody", "channel": "CHANNEL_LOGIN"}),
    ],
)
def test_a_message_that_makes_no_sense_is_refused(
    stranger: Caller, sandbox: Sandbox, endpoint: str, body: dict[str, str]
) -> None:
    assert codes(stranger.post(endpoint, **body)) == (400, None)
    assert len(sandbox.outbox) == 0


def test_sending_can_demand_a_token(stranger: Caller, sandbox: Sandbox, user: SandboxUser) -> None:
    sandbox.settings.send_needs_token = True
    body = {"email": EMAIL, "channel": "CHANNEL_VERIFY_MFA"}
    assert codes(stranger.post("send-email", **body)) == (401, 2020)
    stranger.session.headers["authorization"] = user.new_mfa_token()
    assert codes(stranger.post("send-email", **body)) == (200, None)
