"""The check of callers: the ways to prove who calls, and the rule of each kind of endpoint."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from typing import Any

import attrs

from . import signing
from .context import Context
from .refusals import Refusal
from .state import Token
from .tokens import holder
from .users import User
from .wire import Fields, Request

USER_TOKEN, MFA_TOKEN = "userToken", "mfaToken"
MANAGEMENT_TOKEN, SIGNATURE = "managementToken", "accessKeySignature"


def _anybody(_context: Context, _request: Request) -> None:
    """Let everybody call."""


@attrs.frozen(kw_only=True)
class Access:
    """The rule for callers of an endpoint.

    Args:
        who: Returns who calls, which the handler is given, or refuses.
        security: Ways to prove who calls, any of which will do; none for anybody.
        refusals: The names of the refusals that every such endpoint has.
        app_id: The settings of which any makes the application's id required; none where the
            id is not read.
        client: Whether the application proves itself as it is set to.
    """

    who: Callable[[Context, Request], Any] = _anybody
    security: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    app_id: tuple[str, ...] = ()
    client: bool = False

    def check(
        self, context: Context, request: Request, read: Callable[[], Fields]
    ) -> tuple[Any, Fields]:
        """Return who calls and what the request holds, which is read once the caller is known."""
        if self.app_id:
            _check_app_id(context, request, self.app_id)
        caller = self.who(context, request)
        given = read()
        if self.client:
            _check_client(context, request, given)
        return caller, given


def _check_app_id(context: Context, request: Request, required_by: tuple[str, ...]) -> None:
    """Refuse an application id that is not the sandbox's, or none where one is required."""
    settings = context.settings
    found = (request.headers.get(f"{prefix}app-id") for prefix in settings.header_prefixes)
    app_id = next((each for each in found if each), None)
    if app_id is None:
        if any(getattr(settings, name) for name in required_by):
            raise Refusal("bad_argument", "no application id in the headers")
    elif app_id != context.state.application.app_id:
        raise Refusal("application_not_found")


def _check_client(context: Context, request: Request, given: Fields) -> None:
    """Refuse an application that does not prove itself in the way that it is set to."""
    application = context.state.application
    mode = application.client_auth
    if mode == "client_secret_basic":
        client_id, secret = _basic(request)
    else:
        client_id = given.optional_text("client_id") or ""
        secret = given.optional_text("client_secret") or ""
    if mode == "none":
        secret = application.secret
        client_id = client_id or application.app_id
    proven = hmac.compare_digest(secret.encode(), application.secret.encode())
    if client_id != application.app_id or not proven:
        raise Refusal("invalid_client")


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _bearer(context: Context, request: Request) -> str:
    """Return the token in ``authorization``, or an empty string."""
    header = request.headers.get("authorization", "").strip()
    scheme, _, rest = header.partition(" ")
    form, token = ("bearer", rest.strip()) if scheme.lower() == "bearer" else ("raw", header)
    return token if form in context.settings.authorization_schemes else ""


def _user(context: Context, request: Request) -> User:
    settings = context.settings
    found = holder(context, _bearer(context, request), *settings.user_token_kinds)
    if found is None:
        raise Refusal("not_signed_in")
    token, user = found
    if settings.factor_scope is not None and settings.factor_scope not in token.scope.split():
        raise Refusal("scope_missing", settings.factor_scope)
    return user


def _step_up(context: Context, request: Request) -> tuple[Token, User]:
    found = holder(context, _bearer(context, request), "mfa")
    if found is None or _is_spent(context, found[0]):
        raise Refusal("mfa_token_rejected")
    return found


def _is_spent(context: Context, token: Token) -> bool:
    limit = context.settings.mfa_token_max_failures
    too_many = limit is not None and token.failures >= limit
    return too_many or (token.used and context.settings.mfa_token_single_use)


def _user_in_step_up(context: Context, request: Request) -> User:
    found = holder(context, _bearer(context, request), "mfa")
    return found[1] if found else _user(context, request)


def _sender(context: Context, request: Request) -> None:
    kinds = (*context.settings.user_token_kinds, "mfa")
    known = holder(context, _bearer(context, request), *kinds) is not None
    if context.settings.send_needs_token and not known:
        raise Refusal("not_signed_in")


def _administrator(context: Context, request: Request) -> None:
    """Refuse a request that neither has a live management token nor is signed with a key."""
    if signing.is_signed(request):
        signing.check(context, request)
        return
    state = context.state
    token = state.tokens.get(_bearer(context, request), context.clock.now())
    if token is None or token.kind != "management":
        raise Refusal("not_signed_in")
    for prefix in context.settings.header_prefixes:
        if request.headers.get(f"{prefix}userpool-id", state.pool_id) != state.pool_id:
            raise Refusal("bad_argument", "the user pool of the headers is not the token's")


_APP_ID = ("app_id_required",)
_APPLICATION = ("bad_argument", "application_not_found")
_SIGNED_IN = (*_APPLICATION, "not_signed_in", "scope_missing")

ANYBODY = Access()
APPLICATION = Access(refusals=_APPLICATION, app_id=_APP_ID)
INTROSPECTION = Access(refusals=_APPLICATION, app_id=(*_APP_ID, "introspection_needs_app_id"))
SENDER = Access(
    who=_sender,
    security=(USER_TOKEN, MFA_TOKEN),
    refusals=(*_APPLICATION, "not_signed_in"),
    app_id=_APP_ID,
)
SIGN_IN = Access(refusals=(*_APPLICATION, "invalid_client"), app_id=_APP_ID, client=True)
CLIENT = Access(refusals=("bad_argument", "invalid_client"), client=True)
USER = Access(who=_user, security=(USER_TOKEN,), refusals=_SIGNED_IN, app_id=_APP_ID)
USER_IN_STEP_UP = Access(
    who=_user_in_step_up,
    security=(MFA_TOKEN, USER_TOKEN),
    refusals=_SIGNED_IN,
    app_id=_APP_ID,
)
STEP_UP = Access(
    who=_step_up,
    security=(MFA_TOKEN,),
    refusals=(*_APPLICATION, "mfa_token_rejected"),
    app_id=_APP_ID,
)
MANAGEMENT = Access(
    who=_administrator,
    security=(MANAGEMENT_TOKEN, SIGNATURE),
    refusals=("bad_argument", "not_signed_in", "wrong_access_key", *signing.REFUSALS),
)
