"""Signing in by password, code or directory, up to the tokens or the request for MFA."""

from __future__ import annotations

from collections.abc import Callable

from . import accounts, codes, passwords, records
from .context import Context
from .oidc import give_tokens
from .refusals import Refusal
from .users import ACTIVATED, DEFAULT_COUNTRY_CODE, User
from .wire import Document, Fields

CONNECTIONS = ("PASSWORD", "PASSCODE", "LDAP", "AD")
_ENCRYPTIONS = ("none", "rsa", "sm2")
_LOGIN = "CHANNEL_LOGIN"
NAMES = ("account", "email", "username", "phone")
_DEFAULT_SCOPE = "openid profile username email phone"


def sign_in(context: Context, body: Fields) -> Document:
    """Return the tokens of whoever proves to be somebody.

    Raises:
        Refusal: Wrong account or password, a locked or blocked account, or MFA is required;
            then ``data`` is the trigger.
    """
    connection = body.choice("connection", CONNECTIONS)
    options = body.optional_fields("options") or Fields({})
    scope = _scope(options)
    user = _CONNECTIONS[connection](context, body, options)
    if user.sign_in_block is not None:
        raise Refusal(user.sign_in_block)
    if user.status != ACTIVATED:
        raise Refusal("user_suspended")
    _require_mfa(context, user)
    user.logins += 1
    user.last_login_at = context.clock.now()
    return give_tokens(context, user, scope, context.settings.sign_in_lifetime_key)


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
    given = [name for name in NAMES if payload.has(name)]
    if len(given) != 1:
        raise payload.wrong("account", f"wanted one of {', '.join(NAMES)}")
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
    if payload.has("phone") == payload.has("email"):
        raise payload.wrong("phone", "wanted a phone or an email")
    by_phone = payload.has("phone")
    address = (
        codes.phone_address(context, payload, "phone")
        if by_phone
        else codes.email_address(payload)
    )
    codes.use(context, address, _LOGIN, code)
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
    methods = records.application_methods(context)
    if methods:
        data = records.trigger(context, user, methods)
        raise Refusal("mfa_required_application", data=data)
    own = personal_trigger(context, user)
    if own is not None:
        raise Refusal("mfa_required_personal", data=own)


def personal_trigger(context: Context, user: User) -> Document | None:
    """Write the trigger of a user's own MFA; None where the user has none."""
    personal = context.state.application.mfa_policy == "personal"
    if not personal or user.factor_of("OTP") is None:
        return None
    data = records.trigger(context, user, ["OTP"])
    form = context.settings.personal_trigger_methods
    if form == "absent":
        del data["applicationMfa"]
    elif form == "empty":
        data["applicationMfa"] = []
    return data


_CONNECTIONS = {
    "PASSWORD": _by_password,
    "PASSCODE": _by_pass_code,
    "LDAP": _by_directory("ldapPayload"),
    "AD": _by_directory("adPayload"),
}
