"""The named schemas of the OpenAPI document."""

from __future__ import annotations

from ..json_schema import (
    FACTOR_TYPE,
    FLAG,
    INSTANT,
    NULL,
    STRING,
    TEXT,
    WHOLE,
    Schema,
    choice,
    const,
    many,
    or_null,
    ref,
    written,
)
from ..settings import Settings
from ..triggers import TEXTS
from ..users import STATUSES

_TEXT_OR_NULL = or_null(STRING)
_INSTANT_OR_NULL = or_null(INSTANT)
_PROFILE = ("phoneNumber", "phoneCountryCode", "email")
_STATUS_KEYS = ("totpStatus", "faceMfaStatus", "smsMfaStatus", "emailMfaStatus")


def components(settings: Settings) -> dict[str, Schema]:
    """Return the schemas by their names, as these settings have them."""
    return {
        "Factor": _factor(settings),
        "OtpData": written(dict.fromkeys(("qrCodeUri", "qrCodeDataUrl", "recoveryCode"), TEXT)),
        "SecurityInfo": _SECURITY_INFO,
        "MfaTokenInspection": {"oneOf": [_INACTIVE, _ACTIVE]},
        "SignInTokens": _tokens(settings.sign_in_lifetime_key),
        "RefreshedTokens": _tokens(settings.oidc_lifetime_key),
        "System": _SYSTEM,
        "MfaTrigger": _TRIGGER,
        "MfaMethod": written({"mfaPolicy": TEXT, "status": WHOLE, "sort": WHOLE}),
        "UserRecord": _USER_RECORD,
        "TotpAssociation": _ASSOCIATION,
        "Authenticator": _AUTHENTICATOR,
        "ManagementToken": written({"access_token": TEXT, "expires_in": WHOLE}),
        "MfaInfo": written(dict.fromkeys(_STATUS_KEYS, _mfa_info(settings))),
        "MfaSettings": written({"enabledFactors": _enabled_factors(settings)}),
        "User": _USER,
    }


def _factor(settings: Settings) -> Schema:
    with_nulls = settings.empty_profile == "nulls"
    empty = written(dict.fromkeys(_PROFILE, NULL) if with_nulls else {})
    profiles = {
        "SMS": written({"phoneNumber": TEXT, "phoneCountryCode": TEXT}),
        "EMAIL": written({"email": TEXT}),
        "OTP": empty,
        "FACE": empty,
    }
    return {
        "oneOf": [
            written({"factorId": TEXT, "factorType": const(kind), "profile": profile})
            for kind, profile in profiles.items()
        ]
    }


def _tokens(lifetime_key: str) -> Schema:
    return written(
        {
            "access_token": TEXT,
            "id_token": TEXT,
            "scope": TEXT,
            "token_type": const("bearer"),
            lifetime_key: WHOLE,
        },
        refresh_token=TEXT,
    )


def _mfa_info(settings: Settings) -> Schema:
    return FLAG if settings.mfa_info_values == "flag" else choice(("enabled", "disabled"))


def _enabled_factors(settings: Settings) -> Schema:
    if settings.enabled_factors_form == "text":
        return {"type": "string", "contentMediaType": "application/json"}
    return many(FACTOR_TYPE)


_SECURITY_INFO = written(
    {
        "passwordSecurityLevel": {"type": "integer", "minimum": 0, "maximum": 3},
        "mfaEnrolled": FLAG,
        "passwordSet": FLAG,
        "emailBinded": FLAG,
        "phoneBinded": FLAG,
        "securityScore": {"type": "integer", "minimum": 0, "maximum": 100},
    }
)
_INACTIVE = written({"active": const(False)})
_ACTIVE = written(
    {"active": const(True), "userPoolId": TEXT, "userId": TEXT, "exp": WHOLE, "iat": WHOLE}
)
_KEY = written({"publicKey": STRING})
_SYSTEM = written(
    {
        "rsa": _KEY,
        "sm2": _KEY,
        "version": written(dict.fromkeys(("server", "console", "login"), TEXT)),
        "publicIps": many(TEXT),
    }
)
_TRIGGER = written(
    {"mfaToken": TEXT, "totpMfaEnabled": FLAG, "faceMfaEnabled": FLAG},
    applicationMfa=many(ref("MfaMethod")),
    **dict.fromkeys(TEXTS, _TEXT_OR_NULL),
)
_USER_RECORD = written(
    {
        "id": TEXT,
        "userPoolId": TEXT,
        "arn": TEXT,
        **dict.fromkeys(("username", "nickname", "email", "phone"), _TEXT_OR_NULL),
        "emailVerified": FLAG,
        "phoneCountryCode": _TEXT_OR_NULL,
        "phoneVerified": FLAG,
        "photo": NULL,
        "token": _TEXT_OR_NULL,
        "tokenExpiredAt": _INSTANT_OR_NULL,
        "loginsCount": WHOLE,
        **dict.fromkeys(("lastLogin", "lastMfaTime"), _INSTANT_OR_NULL),
        **dict.fromkeys(("createdAt", "updatedAt"), INSTANT),
        "status": choice(STATUSES),
        "blocked": FLAG,
        "identities": many(NULL, maxItems=0),
        "registerSource": many(TEXT),
        **dict.fromkeys(("password", "salt"), TEXT),
        **dict.fromkeys(("encryptedPassword", "secretInfo"), NULL),
    }
)
_ASSOCIATION = written(
    {
        "authenticator_type": const("totp"),
        **dict.fromkeys(("secret", "qrcode_uri", "qrcode_data_url", "recovery_code"), TEXT),
    }
)
_AUTHENTICATOR = written(
    {
        "id": TEXT,
        **dict.fromkeys(("createdAt", "updatedAt"), INSTANT),
        "userId": TEXT,
        "enable": const(True),
        "secret": TEXT,
        "authenticatorType": const("totp"),
        "recoveryCode": _TEXT_OR_NULL,
        "source": const("SELF"),
    }
)
_IDENTITY = written(
    {
        **dict.fromkeys(("identityId", "extIdpId", "userIdInIdp"), TEXT),
        "provider": const("oidc"),
        "type": const("openid"),
        "userInfoInIdp": written(),
        "originConnIds": many(NULL, maxItems=0),
    }
)
_OPTIONAL_TEXTS = ("email", "phone", "phoneCountryCode", "username", "nickname", "externalId")
# With `flatCustomData`, the custom data stand beside the other members.
_USER: Schema = {
    **written(
        {
            "userId": TEXT,
            **dict.fromkeys(("createdAt", "updatedAt"), INSTANT),
            "status": choice(STATUSES),
            "workStatus": choice(("Active", "Closed")),
            "gender": const("U"),
            **dict.fromkeys(("emailVerified", "phoneVerified"), FLAG),
            "userSourceType": choice(("adminCreated", "register")),
            "loginsCount": WHOLE,
            "passwordSecurityLevel": WHOLE,
        },
        **dict.fromkeys(_OPTIONAL_TEXTS, STRING),
        **dict.fromkeys(("lastLogin", "lastMfaTime"), INSTANT),
        customData={"type": "object"},
        identities=many(_IDENTITY),
        departmentIds=many(NULL, maxItems=0),
        postIdList=many(NULL, maxItems=0),
    ),
    "additionalProperties": True,
}
