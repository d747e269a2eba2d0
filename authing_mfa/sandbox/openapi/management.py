"""What the management endpoints take and answer."""

from __future__ import annotations

from typing import Any

from .. import management
from ..context import Context
from ..records import TRIGGER_TEXTS
from ..routes import management as routes
from .operation import (
    JSON,
    MANAGEMENT,
    SIGNATURE,
    Operation,
    Operations,
    take,
)
from .schema import (
    FACTOR_TYPE,
    FLAG,
    STRING,
    TEXT,
    WHOLE,
    Schema,
    choice,
    given,
    many,
    or_null,
    ref,
    written,
)
from .user_list import list_of_users, user_query

_SIGNED = ("signature_wrong", "signature_method", "signature_version", "signature_date")
_ON_TIME = ("signature_date_missing", "signature_clock", "signature_replayed")
_REFUSALS = ("bad_argument", "not_signed_in", "wrong_access_key", *_SIGNED, *_ON_TIME)
_USER_ID_TYPE = choice(management.USER_ID_TYPES)
_FIRST = take("data/list/0/userId")
_OF_FIRST = {"parameters": {"query.userId": _FIRST, "query.userIdType": "user_id"}}
_FROM_LIST = dict.fromkeys(
    ("get_user_mfa_info", "get_mfa_status", "get_otp_secret_by_user", "get_mfa_trigger_data"),
    _OF_FIRST,
)
_TO_STATUS = {
    "get_mfa_status": {
        "parameters": {
            "query.userId": "$request.body#/userId",
            "query.userIdType": "$request.body#/userIdType",
        }
    }
}
_TO_INTROSPECTION = {"introspect_mfa_token": {"requestBody": {"token": take("data/mfaToken")}}}
_SETTINGS = ref("MfaSettings")


def operations(context: Context) -> Operations:
    """Describe the endpoints of `routes.management`."""
    return {**_users(context), **_settings(context), **_authenticators(), **_beside()}


def _users(context: Context) -> Operations:
    app_id = {"appId": choice((context.state.application.app_id,))}
    return {
        routes.get_mfa_trigger_data: _of_user(
            "Show what the application would ask of a user's sign-in, with an mfaToken for it",
            ref("MfaTrigger"),
            app_id,
            refusals=("user_not_found", "application_not_found"),
            links=_TO_INTROSPECTION,
        ),
        routes.get_user_mfa_info: _of_user("Tell which factors a user has", ref("MfaInfo")),
        routes.get_mfa_status: _of_user(
            "Show the trigger that was set for a user", ref("MfaTrigger")
        ),
        routes.set_mfa_status: _managed(
            "Keep a trigger for a user",
            body=given(
                {"userId": TEXT, "mfaTriggerData": _TRIGGER},
                userIdType=or_null(_USER_ID_TYPE),
            ),
            data=written({"success": FLAG}),
            refusals=("user_not_found",),
            links=_TO_STATUS,
        ),
    }


def _settings(context: Context) -> Operations:
    some, perhaps = many(FACTOR_TYPE), or_null(many(FACTOR_TYPE))
    app_id = {"appId": choice((context.state.application.app_id,))}
    return {
        routes.get_global_mfa_settings: _managed("Show the pool's factors", data=_SETTINGS),
        routes.update_global_mfa_settings: _managed(
            "Switch factors of the pool on", body=given({"enabledFactors": some}), data=_SETTINGS
        ),
        routes.disable_global_mfa_settings: _managed(
            "Switch factors of the pool off",
            body=given({"disableFactors": some}),
            data=_SETTINGS,
            refusals=("unknown_route",),
        ),
        routes.update_application_mfa_settings: _managed(
            "Switch factors of the application on and off",
            body=given(app_id, enabledFactors=perhaps, disabledFactors=perhaps),
            data=_SETTINGS,
            refusals=("application_not_found",),
        ),
    }


def _authenticators() -> Operations:
    return {
        routes.import_otp: _managed(
            "Bind authenticators that users have elsewhere, all of them or none",
            body=given({"list": many(_IMPORTED)}),
            refusals=("user_not_found", "already_enrolled"),
        ),
        routes.get_otp_secret_by_user: _of_user(
            "Show the secret of a user's authenticator",
            written({"secret": TEXT}),
            refusals=("user_not_found", "totp_not_enrolled"),
        ),
    }


def _beside() -> Operations:
    key = given({"accessKeyId": TEXT, "accessKeySecret": TEXT})
    return {
        routes.get_management_token: Operation(
            summary="Exchange an access key for a management token",
            body={JSON: key},
            data=ref("ManagementToken"),
            refusals=("bad_argument", "wrong_access_key"),
        ),
        routes.list_users: _managed(
            "List users, filtered, sorted and cut into pages",
            body=user_query(),
            data=list_of_users(),
            refusals=("unsupported",),
            links=_FROM_LIST,
        ),
    }


def _managed(summary: str, *, body: Schema | None = None, **facts: Any) -> Operation:
    refusals = (*_REFUSALS, *facts.pop("refusals", ()))
    return Operation(
        summary=summary,
        security=(MANAGEMENT, SIGNATURE),
        body={} if body is None else {JSON: body},
        refusals=refusals,
        **facts,
    )


def _of_user(
    summary: str, data: Schema, query: dict[str, Schema] | None = None, **facts: Any
) -> Operation:
    whom = {"userId": TEXT, **(query or {})}
    facts.setdefault("refusals", ("user_not_found",))
    return _managed(
        summary,
        query={**whom, "userIdType": _USER_ID_TYPE},
        required=tuple(whom),
        data=data,
        **facts,
    )


_METHOD = given({"mfaPolicy": TEXT, "status": WHOLE, "sort": WHOLE})
_TRIGGER = given(
    {"mfaToken": TEXT, "applicationMfa": many(_METHOD)},
    **dict.fromkeys(TRIGGER_TEXTS, or_null(STRING)),
    **dict.fromkeys(("totpMfaEnabled", "faceMfaEnabled"), or_null(FLAG)),
)
_OTP = given(
    {"secret": {"type": "string", "pattern": f"^{management.SECRET.pattern}$"}},
    recoveryCode=or_null(STRING),
)
_IMPORTED = given({"userId": TEXT, "otp": _OTP})
