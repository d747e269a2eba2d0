"""The endpoints of signing in: sending codes, and what the service says of itself."""

from __future__ import annotations

from .. import codes, oidc, passwords, signin, wire
from ..context import Context, bearer, check_app_id, holder
from ..refusals import Refusal
from ..wire import Document, Request
from .route import Route, Table


def sign_in(context: Context, request: Request) -> Document:
    """Answer POST /api/v3/signin."""
    check_app_id(context, request)
    body = wire.json_fields(request)
    oidc.check_client(context, request, body)
    return signin.sign_in(context, body)


def send_sms(context: Context, request: Request) -> None:
    """Answer POST /api/v3/send-sms."""
    _check_sender(context, request)
    body = wire.json_fields(request)
    channel = body.choice("channel", codes.SMS_CHANNELS)
    codes.send(context, codes.phone_address(context, body, "phoneNumber"), channel)


def send_email(context: Context, request: Request) -> None:
    """Answer POST /api/v3/send-email."""
    _check_sender(context, request)
    body = wire.json_fields(request)
    channel = body.choice("channel", codes.EMAIL_CHANNELS)
    codes.send(context, codes.email_address(body), channel)


def system(_context: Context, _request: Request) -> Document:
    """Answer GET /api/v3/system, without an envelope."""
    return {
        "rsa": {"publicKey": passwords.public_key()},
        "sm2": {"publicKey": ""},
        "version": {"server": "sandbox", "console": "sandbox", "login": "sandbox"},
        "publicIps": ["127.0.0.1"],
    }


def _check_sender(context: Context, request: Request) -> None:
    check_app_id(context, request)
    kinds = (*context.settings.user_token_kinds, "mfa")
    known = holder(context, bearer(context, request), *kinds) is not None
    if context.settings.send_needs_token and not known:
        raise Refusal("not_signed_in")


ROUTES: Table = {
    ("POST", "/api/v3/signin"): Route(sign_in),
    ("POST", "/api/v3/send-sms"): Route(send_sms),
    ("POST", "/api/v3/send-email"): Route(send_email),
    ("GET", "/api/v3/system"): Route(system, wire.bare),
}
