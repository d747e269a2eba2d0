"""Each public call of the clients, an enrollment and a challenge, with marked secrets."""

from __future__ import annotations

import functools
import json
import time
import typing
from collections.abc import Callable, Iterator
from types import GenericAlias
from typing import Any, Final, TypeAlias

import attrs
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authing_mfa import (
    AuthenticationClient,
    Channel,
    Enrollment,
    ManagementClient,
    MFAChallenge,
    OTPImport,
    PasswordEncryption,
    SignInOptions,
)
from tests.faults.acts import body
from tests.faults.server import Act, Server

from .marks import (
    APP_SECRET,
    CODE,
    ENROLLMENT,
    KEY_SECRET,
    MANAGEMENT_TOKEN,
    MARK,
    MFA_TOKEN,
    OTP_DATA,
    OTP_SECRET,
    PASSWORD,
    PHOTO,
    RECOVERY,
    REFRESH,
    TOKEN,
    token_of,
    tokens,
    trigger,
)

Subject: TypeAlias = Callable[..., Any]

USER_ID: Final = "fedcba987654321001234567"
PHONE: Final = "18800000000"
EMAIL: Final = "test@example.com"
_READ_BY_POST: Final = {
    "/oidc/token",  # changes nothing that a call is for
    "/oidc/token/revocation",
    "/mfa/token/introspection",
    "/api/v2/applications/mfa/check",
    "/api/v3/get-management-token",
    "/api/v3/list-users",
}


def is_write(endpoint: str) -> bool:
    """Tell whether a request changes something, and so may be sent only once."""
    verb, _, path = endpoint.partition(" ")
    return verb == "POST" and path not in _READ_BY_POST


@attrs.frozen
class Call:
    """One public call.

    Attributes:
        subject: Makes what it is called on, of the server's address and more options.
        method: The name of the method.
        arguments: Good ones.
        endpoint: The request that does what the call is for; empty if nothing is sent.
        answers: The bodies with which a service lets the call succeed, one for each request.
    """

    subject: Subject
    method: str
    arguments: dict[str, Any]
    endpoint: str = ""
    answers: tuple[bytes, ...] = ()

    def __call__(self, made: Any, **given: Any) -> Any:
        """Call the method of a subject; an iterator is read to its end."""
        value = getattr(made, self.method)(**{**self.arguments, **given})
        return tuple(value) if isinstance(value, Iterator) else value

    @property
    def before(self) -> tuple[bytes, ...]:
        """The bodies that a service answers while the subject is made."""
        return (_FACTORS, _REQUEST) if self.subject is enrollment else ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the arguments that are secret: they hold a mark."""
        return tuple(name for name, value in self.arguments.items() if _is_marked(value))

    @property
    def kind(self) -> type:
        """The class whose method it is."""
        kind: type = typing.get_type_hints(self.subject)["return"]
        return kind

    @property
    def returns(self) -> Any:
        """The type of its result, as the method states it."""
        stated = typing.get_type_hints(getattr(self.kind, self.method))["return"]
        if typing.get_origin(stated) is Iterator:
            return GenericAlias(tuple, (*typing.get_args(stated), ...))
        return self.kind if stated is typing.Self else stated


def _is_marked(value: object) -> bool:
    return isinstance(value, str) and (MARK in value.lower() or value in (CODE, RECOVERY))


def anonymous(url: str, **options: Any) -> AuthenticationClient:
    """Return a client of the application."""
    usual = {"app_id": "app_example", "app_host": url, "app_secret": APP_SECRET}
    return AuthenticationClient(**{**usual, "max_retries": 0, **options})


def client(url: str, **options: Any) -> AuthenticationClient:
    """Return a client of a signed-in user."""
    return anonymous(url, **{"access_token": TOKEN, **options})


def basic(url: str, **options: Any) -> AuthenticationClient:
    """Return a client that proves the application in a header."""
    return client(url, client_auth="client_secret_basic", **options)


def refreshing(url: str, **options: Any) -> AuthenticationClient:
    """Return a client whose access token has ended."""
    return anonymous(url, access_token=tokens(-60), **options)


def holding(url: str, **options: Any) -> AuthenticationClient:
    """Return a client whose tokens are good for an hour."""
    return anonymous(url, access_token=tokens(3600), **options)


def challenge(url: str, **options: Any) -> MFAChallenge:
    """Return a challenge to a user who has every kind of factor."""
    return anonymous(url, **options).challenge(trigger())


def unbound(url: str, **options: Any) -> MFAChallenge:
    """Return a challenge to a user who has none."""
    return anonymous(url, **options).challenge(trigger(bound=False))


def enrollment(url: str, **options: Any) -> Enrollment:
    """Return an authenticator that is being bound."""
    return client(url, **options).begin_enrollment("OTP")


def management(url: str, **options: Any) -> ManagementClient:
    """Return an administrator's client."""
    usual = {"access_key_id": "key_example", "access_key_secret": KEY_SECRET, "host": url}
    return ManagementClient(**{**usual, "max_retries": 0, **options})


def signing(url: str, **options: Any) -> ManagementClient:
    """Return an administrator's client that signs with the key."""
    return management(url, signing="authing", **options)


def _plain(document: Any) -> bytes:
    return json.dumps(document).encode()


def _data(data: Any = None) -> bytes:
    return _plain({"statusCode": 200, "message": "", "data": data})


@functools.cache
def _system() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return _data({"rsa": {"publicKey": text}})


_NOW: Final = int(time.time())
_FACTORS: Final = _data([])
_FACTOR: Final = _data({"factorId": "f_1", "factorType": "OTP", "profile": {}})
_USERS: Final = _data({"totalCount": 0, "list": []})
_REQUEST: Final = _data({"enrollmentToken": ENROLLMENT, "otpData": OTP_DATA})
_MANAGEMENT_TOKEN: Final = _data({"access_token": MANAGEMENT_TOKEN, "expires_in": 7200})
_SIGNED_IN: Final = _data(
    {
        "access_token": TOKEN,
        "refresh_token": REFRESH,
        "id_token": f"{TOKEN}-id",
        "expires_in": 7200,
    }
)
_STEPPED_UP: Final = _data(
    {"id": "u_1", "token": TOKEN, "recoveryCode": RECOVERY, "password": PASSWORD}
)
_ASSOCIATED: Final = _data(
    {
        "qrcode_uri": OTP_DATA["qrCodeUri"],
        "qrcode_data_url": OTP_DATA["qrCodeDataUrl"],
        "recovery_code": RECOVERY,
    }
)
_ACTIVE: Final = _plain({"active": True, "userId": USER_ID, "iat": _NOW})
_TRIGGER: Final = _data(trigger().to_dict())
_SETTINGS: Final = _data({"enabledFactors": ["SMS", "OTP"]})
_MFA_INFO: Final = _data(
    dict.fromkeys(("totpStatus", "faceMfaStatus", "smsMfaStatus", "emailMfaStatus"), "enabled")
)
_SECRET: Final = _data({"secret": OTP_SECRET})

_v3: Final = "POST /api/v3/{}".format
_get: Final = "GET /api/v3/{}".format
_v2: Final = "POST /api/v2/{}".format
_REVOCATION: Final = "POST /oidc/token/revocation"
_SEND_REQUEST: Final = _v3("send-enroll-factor-request")
_INTROSPECTION: Final = "POST /mfa/token/introspection"


def _call(
    subject: Subject, method: str, endpoint: str = "", /, *answers: bytes, **arguments: Any
) -> Call:
    """Return a call; where no answer is given, a bare success will do."""
    plain = (_data(),) if endpoint else ()
    return Call(subject, method, arguments, endpoint, answers or plain)


def _sign_in(subject: Subject, *before: bytes, **arguments: Any) -> Call:
    given = {"password": PASSWORD, **arguments}
    return _call(subject, "sign_in", _v3("signin"), *before, _SIGNED_IN, **given)


def _step_up(method: str, path: str, **arguments: Any) -> Call:
    return _call(challenge, method, _v2(path), _STEPPED_UP, **arguments)


def _with_token(method: str, endpoint: str, answer: bytes, **arguments: Any) -> Call:
    return _call(management, method, endpoint, _MANAGEMENT_TOKEN, answer, **arguments)


def _signed(method: str, endpoint: str, answer: bytes, **arguments: Any) -> Call:
    return _call(signing, method, endpoint, answer, **arguments)


CALLS: Final[dict[str, Call]] = {
    "sign_in": _sign_in(
        client,
        account="u",
        options=SignInOptions(scope="openid", context={"a": TOKEN}, captcha_code=TOKEN),
    ),
    "sign_in, LDAP": _sign_in(basic, username="u", directory="LDAP"),
    "sign_in, encrypted": _sign_in(
        anonymous, _system(), account="u", encryption=PasswordEncryption()
    ),
    "sign_in, code": _call(
        anonymous,
        "sign_in",
        _v3("signin"),
        _SIGNED_IN,
        phone=PHONE,
        pass_code=CODE,
        phone_country_code="+86",
    ),
    "send_sms": _call(
        client, "send_sms", _v3("send-sms"), phone_number=PHONE, channel=Channel.LOGIN
    ),
    "send_email": _call(basic, "send_email", _v3("send-email"), email=EMAIL),
    "sign_out": _call(client, "sign_out", _REVOCATION, b""),
    "sign_out, set": _call(holding, "sign_out", _REVOCATION, b"", b""),
    "sign_out, basic": _call(basic, "sign_out", _REVOCATION, b""),
    "as_user": _call(anonymous, "as_user", access_token=TOKEN, lang="en", real_ip="::1"),
    "for_visitor": _call(client, "for_visitor", lang="en", real_ip="::1"),
    "set_access_token": _call(anonymous, "set_access_token", access_token=TOKEN),
    "challenge": _call(client, "challenge", trigger=trigger(), totp_source="SELF"),
    "refresh": _call(
        refreshing,
        "list_enrolled_factors",
        _get("list-enrolled-factors"),
        _plain({"access_token": "example", "expires_in": 7200}),
        _FACTORS,
    ),
    "get_factor": _call(
        client, "get_factor", _get("get-factor"), _FACTOR, factor_id=f"{USER_ID}|otp"
    ),
    "list_enrolled_factors": _call(
        client, "list_enrolled_factors", _get("list-enrolled-factors"), _FACTORS
    ),
    "list_factors_to_enroll": _call(
        client, "list_factors_to_enroll", _get("list-factors-to-enroll"), _FACTORS
    ),
    "begin_enrollment": _call(
        client, "begin_enrollment", _SEND_REQUEST, _FACTORS, _REQUEST, factor_type="OTP"
    ),
    "send_enroll_factor_request": _call(
        client, "send_enroll_factor_request", _SEND_REQUEST, _REQUEST, factor_type="OTP"
    ),
    "enroll_factor": _call(
        client,
        "enroll_factor",
        _v3("enroll-factor"),
        factor_type="OTP",
        enrollment_token=ENROLLMENT,
        pass_code=CODE,
    ),
    "enroll_factor, face": _call(
        client,
        "enroll_factor",
        _v3("enroll-factor"),
        factor_type="FACE",
        enrollment_token=ENROLLMENT,
        photo=PHOTO,
    ),
    "reset_factor": _call(client, "reset_factor", _v3("reset-factor"), factor_id=f"{USER_ID}|otp"),
    "verify_totp": _call(
        client, "verify_totp", _v3("mfa-totp-verify"), _data({"verified": True}), code=CODE
    ),
    "introspect_mfa_token": _call(
        client, "introspect_mfa_token", _INTROSPECTION, _ACTIVE, token=MFA_TOKEN
    ),
    "has_passed": _call(
        client,
        "has_passed",
        _INTROSPECTION,
        _ACTIVE,
        trigger=attrs.evolve(
            trigger(),
            mfa_token=token_of(exp=4102444800, iat=_NOW, data={"userId": USER_ID, "stage": 1}),
        ),
        token=token_of(data={"userId": USER_ID}),
        used_before=lambda digest: False,
        max_age=86_400,  # since these tests were collected
    ),
    "request": _call(
        client,
        "request",
        "POST /x",
        _data({"access_token": TOKEN}),
        method="POST",
        path="/x",
        json={"password": PASSWORD, "n": [CODE]},
    ),
    "request, form": _call(
        client, "request", "POST /x", method="POST", path="/x", data={"token": TOKEN}
    ),
    "request, query": _call(
        client, "request", "GET /x", method="GET", path="/x", params={"token": TOKEN}
    ),
    "confirm": _call(enrollment, "confirm", _v3("enroll-factor"), pass_code=CODE),
    "resend": _call(enrollment, "resend", _SEND_REQUEST, _REQUEST),
    "reconcile": _call(enrollment, "reconcile", _get("list-enrolled-factors"), _FACTORS),
    "challenge.send_sms": _call(challenge, "send_sms", _v3("send-sms")),
    "challenge.send_email": _call(challenge, "send_email", _v3("send-email")),
    "can_bind": _call(
        unbound, "can_bind", _v2("applications/mfa/check"), _data(True), phone_number=PHONE
    ),
    "verify_sms": _step_up("verify_sms", "applications/mfa/sms/verify", code=CODE),
    "verify_email": _step_up("verify_email", "applications/mfa/email/verify", code=CODE),
    "challenge.verify_totp": _step_up("verify_totp", "mfa/totp/verify", code=CODE),
    "verify_recovery_code": _step_up("verify_recovery_code", "mfa/totp/recovery", code=RECOVERY),
    "verify_face": _step_up("verify_face", "mfa/face/verify", photo=PHOTO),
    "associate_totp": _call(unbound, "associate_totp", _v2("mfa/totp/associate"), _ASSOCIATED),
    "confirm_totp": _call(
        unbound,
        "confirm_totp",
        _v2("mfa/totp/associate/confirm"),
        _data(),
        _STEPPED_UP,
        code=CODE,
    ),
    "associate_face": _call(
        unbound,
        "associate_face",
        _v2("mfa/face/associate"),
        photo_a=PHOTO,
        photo_b=f"{PHOTO}-b",
        is_external_photo=False,
    ),
    "import_otp": _with_token(
        "import_otp",
        _v3("import-otp"),
        _data(),
        imports=[OTPImport(user_id=USER_ID, secret=OTP_SECRET, recovery_code=RECOVERY)],
    ),
    "get_otp_secret": _with_token(
        "get_otp_secret", _get("get-otp-secret-by-user"), _SECRET, user_id=USER_ID
    ),
    "get_otp_secret, signed": _signed(
        "get_otp_secret", _get("get-otp-secret-by-user"), _SECRET, user_id=USER_ID
    ),
    "get_user_mfa_info": _signed(
        "get_user_mfa_info",
        _get("get-user-mfa-info"),
        _MFA_INFO,
        user_id=USER_ID,
    ),
    "get_mfa_status": _with_token(
        "get_mfa_status", _get("get-mfa-status"), _TRIGGER, user_id=USER_ID
    ),
    "set_mfa_status": _signed(
        "set_mfa_status",
        _v3("set-mfa-status"),
        _data({"success": True}),
        user_id=USER_ID,
        trigger=trigger(),
    ),
    "get_mfa_trigger_data": _signed(
        "get_mfa_trigger_data",
        _get("get-mfa-trigger-data"),
        _TRIGGER,
        app_id="app_example",
        user_id=USER_ID,
    ),
    "list_users": _signed("list_users", _v3("list-users"), _USERS, limit=1),
    "iter_users": _with_token("iter_users", _v3("list-users"), _USERS),
    "get_global_mfa_settings": _with_token(
        "get_global_mfa_settings", _get("get-global-mfa-settings"), _SETTINGS
    ),
    "update_global_mfa_settings": _with_token(
        "update_global_mfa_settings",
        _v3("update-global-mfa-settings"),
        _SETTINGS,
        enabled_factors=["OTP"],
    ),
    "disable_global_mfa_settings": _signed(
        "disable_global_mfa_settings",
        _v3("disable-global-mfa-settings"),
        _SETTINGS,
        disabled_factors=["FACE"],
    ),
    "update_application_mfa_settings": _with_token(
        "update_application_mfa_settings",
        _v3("update-application-mfa-settings"),
        _SETTINGS,
        app_id="app_example",
        enabled_factors=["OTP"],
    ),
}
SENT: Final = {name: call for name, call in CALLS.items() if call.endpoint}


def ready(
    server: Server, call: Call, *acts: Act, answered: int | None = None, **options: Any
) -> Any:
    """Return what a call is made on.

    Args:
        acts: What the server does after the good answers; the last one goes on for ever.
        answered: How many of the call's requests are answered well; all of them by default.
    """
    good = (*call.before, *call.answers[:answered])
    server.plan(*map(body, good), *acts)
    return call.subject(server.url, **options)
