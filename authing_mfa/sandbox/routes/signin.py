"""The endpoints of signing in, up to the tokens or the request for MFA, and of sending codes."""

from __future__ import annotations

from collections.abc import Callable

from .. import accounts, codes, passwords, tokens, triggers
from ..access import ANYBODY, SENDER, SIGN_IN
from ..context import Context
from ..envelopes import Bare
from ..json_schema import (
    EMAIL,
    FLAG,
    NULL,
    PHONE,
    STRING,
    TEXT,
    Schema,
    choice,
    const,
    given,
    one_of,
    or_null,
    ref,
    with_area,
)
from ..refusals import SIGN_IN_BLOCKS, Refusal
from ..users import ACTIVATED, DEFAULT_COUNTRY_CODE, User
from ..wire import Document, Fields
from .route import Routes, take

_NAMES = ("account", "email", "username", "phone")
_ENCRYPTIONS = ("none", "rsa", "sm2")
_DEFAULT_SCOPE = "openid profile username email phone"
_REFUSALS = (
    "unknown_account",
    "wrong_password",
    "password_unreadable",
    "wrong_code",
    *SIGN_IN_BLOCKS,
    "mfa_required_application",
    "mfa_required_personal",
    "unsupported",
    "international_sms_off",
)
_NOT_SENT = ("too_frequent", "international_sms_off")
_LINKS = {
    "token": {
        "requestBody": {
            "grant_type": "refresh_token",
            "refresh_token": take("data/refresh_token"),
        }
    },
    "revocation": {"requestBody": {"token": take("data/refresh_token")}},
}
_BY_NAME = one_of(
    *(
        given(
            {name: TEXT, "password": TEXT},
            **{other: NULL for other in _NAMES if other != name},
        )
        for name in _NAMES
    )
)
_BY_CODE = one_of(
    with_area({"phone": PHONE, "passCode": TEXT}, email=NULL),
    given({"email": EMAIL, "passCode": TEXT}, phone=NULL),
)
_BY_DIRECTORY = given({"sAMAccountName": TEXT, "password": TEXT})
_OPTIONS = given(
    scope=or_null({"type": "string", "pattern": r"^$|(^|[ ])openid([ ]|$)"}),
    passwordEncryptType=or_null(choice(_ENCRYPTIONS)),
    **dict.fromkeys(("clientIp", "tenantId", "captchaCode"), or_null(STRING)),
    **dict.fromkeys(("context", "customData"), or_null({"type": "object"})),
    autoRegister=or_null(FLAG),
)


def _connection(kind: str, payload: str, schema: Schema) -> Schema:
    return given({"connection": const(kind), payload: schema}, options=or_null(_OPTIONS))


routes: Routes = Routes(tag="signin")


@routes.post(
    "/api/v3/signin",
    SIGN_IN,
    body=one_of(
        _connection("PASSWORD", "passwordPayload", _BY_NAME),
        _connection("PASSCODE", "passCodePayload", _BY_CODE),
        _connection("LDAP", "ldapPayload", _BY_DIRECTORY),
        _connection("AD", "adPayload", _BY_DIRECTORY),
    ),
    data=ref("SignInTokens"),
    refusals=_REFUSALS,
    refused_data=ref("MfaTrigger"),
    links=_LINKS,
)
def sign_in(context: Context, _: None, body: Fields) -> Document:
    """Sign in by password, by a code, or by a directory."""
    find = _CONNECTIONS[body.choice("connection", tuple(_CONNECTIONS))]
    options = body.optional_fields("options") or Fields({})
    scope = _scope(options)
    user = find(context, body, options)
    if user.sign_in_block is not None:
        raise Refusal(user.sign_in_block)
    if user.status != ACTIVATED:
        raise Refusal("user_suspended")
    _require_mfa(context, user)
    user.logins += 1
    user.last_login_at = context.clock.now()
    return tokens.give_tokens(context, user, scope, context.settings.sign_in_lifetime_key)


@routes.post(
    "/api/v3/send-sms",
    SENDER,
    body=with_area({"channel": choice(codes.SMS_CHANNELS), "phoneNumber": PHONE}),
    refusals=_NOT_SENT,
)
def send_sms(context: Context, _: None, body: Fields) -> None:
    """Send a code by SMS."""
    channel = body.choice("channel", codes.SMS_CHANNELS)
    codes.send(context, codes.phone_address(context, body, "phoneNumber"), channel)


@routes.post(
    "/api/v3/send-email",
    SENDER,
    body=given({"channel": choice(codes.EMAIL_CHANNELS), "email": EMAIL}),
    refusals=_NOT_SENT,
)
def send_email(context: Context, _: None, body: Fields) -> None:
    """Send a code by e-mail."""
    channel = body.choice("channel", codes.EMAIL_CHANNELS)
    codes.send(context, codes.email_address(body), channel)


@routes.get("/api/v3/system", ANYBODY, envelope=Bare(), data=ref("System"))
def system(_context: Context, _: None, _given: Fields) -> Document:
    """Show the key for passwords, and versions."""
    return {
        "rsa": {"publicKey": passwords.public_key()},
        "sm2": {"publicKey": ""},
        "version": {"server": "sandbox", "console": "sandbox", "login": "sandbox"},
        "publicIps": ["127.0.0.1"],
    }


def _scope(options: Fields) -> str:
    for name in ("clientIp", "tenantId", "captchaCode"):
        options.optional_text(name)
    for name in ("context", "customData"):
        options.optional_fields(name)
    options.optional_flag("autoRegister")
    _encryption(options)
    scope = options.optional_text("scope") or _DEFAULT_SCOPE
    if "openid" not in scope.split():
        raise options.wrong("scope", "wanted openid among the scopes")
    return scope


def _by_password(context: Context, body: Fields, options: Fields) -> User:
    payload = body.fields("passwordPayload")
    given = [name for name in _NAMES if payload.has(name)]
    if len(given) != 1:
        raise payload.wrong("account", f"wanted one of {', '.join(_NAMES)}")
    name = payload.text(given[0])
    kinds = ("username", "phone", "email") if given == ["account"] else (given[0],)
    return _checked(context, _find(context, kinds, name), _password(payload, options))


def _by_directory(payload_name: str) -> Callable[[Context, Fields, Fields], User]:
    def by_directory(context: Context, body: Fields, options: Fields) -> User:
        payload = body.fields(payload_name)
        name = payload.text("sAMAccountName")
        return _checked(context, _find(context, ("username",), name), _password(payload, options))

    return by_directory


def _by_pass_code(context: Context, body: Fields, options: Fields) -> User:
    payload = body.fields("passCodePayload")
    code = payload.text("passCode")
    address = codes.address(context, payload)
    codes.use(context, address, codes.LOGIN, code)
    by_phone = address.email is None
    user = context.state.users.get("phone" if by_phone else "email", address.key)
    if user is not None:
        return user
    if not options.optional_flag("autoRegister"):
        raise Refusal("unknown_account")
    user = accounts.add(
        context,
        phone=address.phone,
        phone_country_code=address.phone_country_code if by_phone else None,
        email=address.email,
        source="register",
    )
    user.password = None
    return user


def _find(context: Context, kinds: tuple[str, ...], name: str) -> User | None:
    for kind in kinds:
        full = f"{DEFAULT_COUNTRY_CODE} {name}" if kind == "phone" else name
        user = context.state.users.get(kind, full)
        if user is not None:
            return user
    return None


def _password(payload: Fields, options: Fields) -> str:
    return passwords.decrypted(payload.text("password"), _encryption(options))


def _encryption(options: Fields) -> str:
    if not options.has("passwordEncryptType"):
        return "none"
    return options.choice("passwordEncryptType", _ENCRYPTIONS)


def _checked(context: Context, user: User | None, password: str) -> User:
    if user is None:
        raise Refusal("unknown_account")
    now, settings = context.clock.now(), context.settings
    user.password_tries.check(now, "user_locked")
    if password != user.password:
        user.password_tries.count_failure(
            now, settings.max_password_failures, settings.lockout_time
        )
        raise Refusal("wrong_password")
    user.password_tries.failures = 0
    return user


def _require_mfa(context: Context, user: User) -> None:
    if triggers.application_methods(context):
        data = triggers.application_trigger(context, user)
        raise Refusal("mfa_required_application", data=data)
    own = triggers.personal_trigger(context, user)
    if own is not None:
        raise Refusal("mfa_required_personal", data=own)


_CONNECTIONS = {
    "PASSWORD": _by_password,
    "PASSCODE": _by_pass_code,
    "LDAP": _by_directory("ldapPayload"),
    "AD": _by_directory("adPayload"),
}
