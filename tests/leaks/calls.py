"""Every public call that takes, sends or gets a secret, each of them marked."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import attrs
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authing_mfa import (
    AuthenticationClient,
    Channel,
    EnrollmentRequest,
    ManagementClient,
    MFATrigger,
    OTPImport,
    OTPSecret,
    OTPSetup,
    PasswordEncryption,
    QRCode,
    SignInOptions,
    StepUpResult,
    StepUpUser,
    TokenSet,
)
from authing_mfa.audit import audit_coverage
from tests.faults.acts import answer, body
from tests.faults.server import Act

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
    PROXY,
    RECOVERY,
    REFRESH,
    TOKEN,
    otp_setup,
    token_of,
    tokens,
    trigger,
)

Subject: TypeAlias = Callable[..., Any]


@attrs.frozen
class Call:
    """One public call.

    Attributes:
        subject: Makes what it is called on, of the server's address and more options.
        run: Calls it with arguments.
        arguments: Good ones.
        secrets: Which of them are secret.
        before: What the server answers while the subject is made.
        answers: What it answers to each exchange of the call where all goes well.
    """

    subject: Subject
    run: Callable[..., Any]
    arguments: dict[str, Any]
    secrets: tuple[str, ...] = ()
    before: tuple[Act, ...] = ()
    answers: tuple[Act, ...] = (answer(),)


def anonymous(url: str, **options: Any) -> AuthenticationClient:
    """Return a client of the application's."""
    usual = {"app_id": "app_example", "app_host": url, "app_secret": APP_SECRET}
    return AuthenticationClient(**{**usual, "max_retries": 0, **options})


def client(url: str, **options: Any) -> AuthenticationClient:
    """Return a client of a signed-in user's."""
    return anonymous(url, **{"access_token": TOKEN, **options})


def basic(url: str, **options: Any) -> AuthenticationClient:
    """Return a client that proves the application in a header."""
    return client(url, client_auth="client_secret_basic", **options)


def refreshing(url: str, **options: Any) -> AuthenticationClient:
    """Return a client whose tokens have ended."""
    return anonymous(url, access_token=tokens(-60), **options)


def holding(url: str, **options: Any) -> AuthenticationClient:
    """Return a client whose tokens stand."""
    return anonymous(url, access_token=tokens(3600), **options)


def challenge(url: str, **options: Any) -> Any:
    """Return a challenge to a user who has every kind of factor."""
    return anonymous(url, **options).challenge(trigger())


def unbound(url: str, **options: Any) -> Any:
    """Return a challenge to a user who has none."""
    return anonymous(url, **options).challenge(trigger(bound=False))


def enrollment(url: str, **options: Any) -> Any:
    """Return an authenticator that is being bound."""
    return client(url, **options).begin_enrollment("OTP")


def management(url: str, **options: Any) -> ManagementClient:
    """Return an administrator's client."""
    usual = {"access_key_id": "key_example", "access_key_secret": KEY_SECRET, "host": url}
    return ManagementClient(**{**usual, "max_retries": 0, **options})


def signing(url: str, **options: Any) -> ManagementClient:
    """Return an administrator's client that signs with the key."""
    return management(url, signing="authing", **options)


def nothing(url: str, **options: Any) -> None:
    """Return nothing: the call makes an object itself."""


def method(subject: Subject, name: str, answers: Any = None, **arguments: Any) -> Call:
    """Return a call of a method; arguments that hold a mark are secret."""
    return Call(
        subject,
        lambda made, **given: getattr(made, name)(**given),
        arguments,
        tuple(key for key, value in arguments.items() if _is_marked(value)),
        _BEFORE.get(subject, ()),
        (answer(),) if answers is None else answers,
    )


def making(make: Callable[..., Any], **arguments: Any) -> Call:
    """Return the making of an object."""
    return attrs.evolve(
        method(nothing, "", **arguments), run=lambda _, **given: make(**given), answers=()
    )


def reading(kind: Any, **data: Any) -> Call:
    """Return the reading of a value from a dict, of which one member does not fit."""
    return Call(nothing, lambda _, **given: kind.from_dict(given), data, tuple(data), answers=())


def _is_marked(value: object) -> bool:
    return isinstance(value, str) and (MARK in value.lower() or value in (CODE, RECOVERY))


_TOKENS: Final = {
    "access_token": TOKEN,
    "refresh_token": REFRESH,
    "id_token": f"{TOKEN}-id",
    "expires_in": 7200,
}
_REQUEST: Final = {"enrollmentToken": ENROLLMENT, "otpData": OTP_DATA}
_RECORD: Final = {"id": "u_1", "token": TOKEN, "recoveryCode": RECOVERY, "password": PASSWORD}
_SET_UP: Final = {
    "qrcode_uri": OTP_DATA["qrCodeUri"],
    "qrcode_data_url": OTP_DATA["qrCodeDataUrl"],
    "recovery_code": RECOVERY,
}
_MANAGEMENT: Final = answer({"access_token": MANAGEMENT_TOKEN, "expires_in": 7200})
_FACTORS: Final = answer([])
_FACTOR: Final = {"factorId": "f_1", "factorType": "OTP", "profile": {}}
_BEFORE: Final[dict[Subject, tuple[Act, ...]]] = {enrollment: (_FACTORS, answer(_REQUEST))}
_NOW: Final = int(time.time())
_WHEN: Final = datetime(2099, 1, 1, tzinfo=UTC)


@functools.cache
def _system() -> Act:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return answer({"rsa": {"publicKey": text}})


_OPTIONS: Final = SignInOptions(scope="openid", context={"a": TOKEN}, captcha_code=TOKEN)
_signed_in: Final = (answer(_TOKENS),)
_stepped_up: Final = (answer(_RECORD),)
_oidc: Final = (body(b'{"access_token": "example", "expires_in": 7200}'), _FACTORS)

USER: Final = {
    "sign_in": method(
        client, "sign_in", _signed_in, account="u", password=PASSWORD, options=_OPTIONS
    ),
    "sign_in, LDAP": method(
        basic, "sign_in", _signed_in, username="u", password=PASSWORD, directory="LDAP"
    ),
    "sign_in, encrypted": method(
        anonymous,
        "sign_in",
        (_system(), *_signed_in),
        account="u",
        password=PASSWORD,
        encryption=PasswordEncryption(),
    ),
    "sign_in, code": method(
        anonymous,
        "sign_in",
        _signed_in,
        phone="18800000000",
        pass_code=CODE,
        phone_country_code="+86",
    ),
    "send_sms": method(client, "send_sms", phone_number="18800000000", channel=Channel.LOGIN),
    "send_email": method(basic, "send_email", email="test@example.com"),
    "sign_out": method(client, "sign_out"),
    "sign_out, set": method(holding, "sign_out", (body(b""), body(b""))),
    "sign_out, basic": method(basic, "sign_out"),
    "as_user": method(anonymous, "as_user", (), access_token=TOKEN, lang="en", real_ip="::1"),
    "set_access_token": method(anonymous, "set_access_token", (), access_token=TOKEN),
    "challenge": method(client, "challenge", (), trigger=trigger(), totp_source="SELF"),
    "refresh": method(refreshing, "list_enrolled_factors", _oidc),
    "get_factor": method(client, "get_factor", (answer(_FACTOR),), factor_id="f_1"),
    "list_enrolled_factors": method(client, "list_enrolled_factors", (_FACTORS,)),
    "list_factors_to_enroll": method(client, "list_factors_to_enroll", (_FACTORS,)),
    "begin_enrollment": method(
        client, "begin_enrollment", (_FACTORS, answer(_REQUEST)), factor_type="OTP"
    ),
    "send_enroll_factor_request": method(
        client, "send_enroll_factor_request", (answer(_REQUEST),), factor_type="OTP"
    ),
    "enroll_factor": method(
        client, "enroll_factor", factor_type="OTP", enrollment_token=ENROLLMENT, pass_code=CODE
    ),
    "enroll_factor, face": method(
        client, "enroll_factor", factor_type="FACE", enrollment_token=ENROLLMENT, photo=PHOTO
    ),
    "reset_factor": method(client, "reset_factor", factor_id="f_1"),
    "verify_totp": method(client, "verify_totp", (answer({"verified": True}),), code=CODE),
    "introspect_mfa_token": method(
        client, "introspect_mfa_token", (body(b'{"active": true}'),), token=MFA_TOKEN
    ),
    "has_passed": method(
        client,
        "has_passed",
        (body(json.dumps({"active": True, "userId": "u_1", "iat": _NOW}).encode()),),
        trigger=attrs.evolve(
            trigger(),
            mfa_token=token_of(exp=4102444800, iat=_NOW, data={"userId": "u_1", "stage": 1}),
        ),
        token=token_of(data={"userId": "u_1"}),
        used_before=lambda digest: False,
        max_age=86_400,  # since these tests were collected
    ),
    "request": method(
        client, "request", method="POST", path="/x", json={"password": PASSWORD, "n": [CODE]}
    ),
    "request, form": method(client, "request", method="POST", path="/x", data={"token": TOKEN}),
    "request, query": method(client, "request", method="GET", path="/x", params={"token": TOKEN}),
    "confirm": method(enrollment, "confirm", pass_code=CODE),
    "resend": method(enrollment, "resend", (answer(_REQUEST),)),
    "reconcile": method(enrollment, "reconcile", (_FACTORS,)),
}
CHALLENGE: Final = {
    "challenge.send_sms": method(challenge, "send_sms"),
    "challenge.send_email": method(challenge, "send_email"),
    "can_bind": method(unbound, "can_bind", (answer(True),), phone_number="18800000000"),
    "verify_sms": method(challenge, "verify_sms", _stepped_up, code=CODE),
    "verify_email": method(challenge, "verify_email", _stepped_up, code=CODE),
    "challenge.verify_totp": method(challenge, "verify_totp", _stepped_up, code=CODE),
    "verify_recovery_code": method(challenge, "verify_recovery_code", _stepped_up, code=RECOVERY),
    "verify_face": method(challenge, "verify_face", _stepped_up, photo=PHOTO),
    "associate_totp": method(unbound, "associate_totp", (answer(_SET_UP),)),
    "confirm_totp": method(unbound, "confirm_totp", (answer(), *_stepped_up), code=CODE),
    "associate_face": method(
        unbound, "associate_face", photo_a=PHOTO, photo_b=f"{PHOTO}-b", is_external_photo=False
    ),
}
ADMIN: Final = {
    "import_otp": method(
        management,
        "import_otp",
        (_MANAGEMENT, answer()),
        imports=[OTPImport(user_id="u_1", secret=OTP_SECRET, recovery_code=RECOVERY)],
    ),
    "get_otp_secret": method(
        management,
        "get_otp_secret",
        (_MANAGEMENT, answer({"secret": OTP_SECRET})),
        user_id="u_1",
    ),
    "get_otp_secret, signed": method(
        signing, "get_otp_secret", (answer({"secret": OTP_SECRET}),), user_id="u_1"
    ),
    "get_mfa_status": method(
        management,
        "get_mfa_status",
        (_MANAGEMENT, answer(trigger().to_dict())),
        user_id="u_1",
    ),
    "set_mfa_status": method(
        signing, "set_mfa_status", (answer({"success": True}),), user_id="u_1", trigger=trigger()
    ),
    "get_mfa_trigger_data": method(
        signing,
        "get_mfa_trigger_data",
        (answer(trigger().to_dict()),),
        app_id="app_example",
        user_id="u_1",
    ),
    "list_users": method(signing, "list_users", (answer({"totalCount": 0, "list": []}),), limit=1),
    "settings": method(
        management,
        "get_global_mfa_settings",
        (_MANAGEMENT, answer({"enabledFactors": []})),
    ),
}
MADE: Final = {
    "AuthenticationClient": making(
        AuthenticationClient,
        app_id="app_example",
        app_host="https://demo.example.com",
        app_secret=APP_SECRET,
        access_token=TOKEN,
        proxies={"https": PROXY},
    ),
    "AuthenticationClient of a set": making(
        AuthenticationClient,
        app_id="app_example",
        app_host="https://demo.example.com",
        access_token=tokens(60),
    ),
    "ManagementClient": making(
        ManagementClient,
        access_key_id="key_example",
        access_key_secret=KEY_SECRET,
        proxies={"https": PROXY},
    ),
    "TokenSet": making(
        TokenSet,
        access_token=TOKEN,
        refresh_token=REFRESH,
        id_token=TOKEN,
        expires_at=_WHEN,
        scope="openid",
    ),
    "MFATrigger": making(MFATrigger, mfa_token=MFA_TOKEN, application_mfa=()),
    "OTPImport": making(OTPImport, user_id="u_1", secret=OTP_SECRET, recovery_code=RECOVERY),
    "OTPSecret": making(OTPSecret, secret=OTP_SECRET),
    "OTPSetup": making(
        OTPSetup,
        qr_code_uri=OTP_DATA["qrCodeUri"],
        qr_code_data_url=OTP_DATA["qrCodeDataUrl"],
        recovery_code=RECOVERY,
    ),
    "EnrollmentRequest": making(EnrollmentRequest, enrollment_token=ENROLLMENT),
    "SignInOptions": making(SignInOptions, captcha_code=TOKEN),
    "StepUpResult": making(
        StepUpResult, user=StepUpUser(user_id="u_1"), token=TOKEN, recovery_code=RECOVERY
    ),
    "QRCode": making(lambda text, scale: QRCode(text).svg(scale=scale), text=TOKEN, scale=4),
    "OTPSetup.png": making(lambda setup: otp_setup().png, setup=None),
    "QRCode too long": making(lambda text: QRCode(text * 200).png(), text=TOKEN),
    "audit": making(
        audit_coverage, client=management("https://api.example.com"), store="no/such/place"
    ),
}
READ: Final = {
    "TokenSet.from_dict": reading(
        TokenSet, access_token=TOKEN, refresh_token=REFRESH, id_token=TOKEN, expires_at=MARK
    ),
    "TokenSet.from_dict, list": reading(TokenSet, access_token=[TOKEN], expires_at=1),
    "MFATrigger.from_dict": reading(MFATrigger, mfaToken=MFA_TOKEN, applicationMfa=MARK),
    "OTPSetup.from_dict": reading(OTPSetup, **{**OTP_DATA, "qrCodeUri": MARK}),
    "OTPImport.from_dict": reading(OTPImport, userId=[MARK], secret=OTP_SECRET),
    "SignInOptions.from_dict": reading(SignInOptions, captchaCode=[token_of()]),
    "EnrollmentRequest.from_dict": reading(EnrollmentRequest, enrollmentToken=[ENROLLMENT]),
}
SENT: Final = {**USER, **CHALLENGE, **ADMIN}
ALL: Final = {**SENT, **MADE}
