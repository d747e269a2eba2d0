"""The page's state as one JSON document. Codes are in it, tokens and passwords are not."""

from __future__ import annotations

from itertools import islice
from typing import Any

from .. import otp
from ..context import Context
from ..factors import enrolled
from ..faults import Fault
from ..journal import Entry
from ..outbox import Message
from ..routes import ROUTES
from ..service import Service
from ..state import PendingEnrollment
from ..users import Factor, User
from ..wire import Document

SHOWN = 50
_PATHS = sorted({path for _, path in ROUTES})


def state(service: Service) -> Document:
    """Write everything that the page shows, the newest first."""
    with service.lock:
        context = service.context
        return {
            "application": {
                "id": context.state.application.app_id,
                "factors": context.state.application.enabled_factors,
            },
            "clock": {"now": _millis(context.clock.now()), "frozen": context.clock.frozen},
            "messages": [_message(context, each) for each in _newest(context.outbox)],
            "users": _users(context),
            "faults": [_fault(each) for each in service.faults],
            "journal": [_entry(each) for each in _newest(service.journal)],
            "paths": _PATHS,
        }


def _newest(items: Any) -> list[Any]:
    return list(islice(reversed(list(items)), SHOWN))


def _millis(moment: float) -> int:
    return int(moment * 1000)


def _message(context: Context, message: Message) -> Document:
    return {
        "number": message.number,
        "kind": "E-mail" if message.email else "SMS",
        "to": message.address,
        "channel": message.channel,
        "code": message.code,
        "at": _millis(message.sent_at),
        "expired": context.clock.now() >= message.sent_at + context.settings.code_lifetime,
    }


def _users(context: Context) -> Document:
    users = context.state.users
    now = context.clock.now()
    waiting = [each for _, each in context.state.pending if now < each.expires_at]
    return {
        "total": len(users),
        "list": [_user(context, each, waiting) for each in _newest(users.held)],
    }


def _user(context: Context, user: User, waiting: list[PendingEnrollment]) -> Document:
    return {
        "id": user.user_id,
        "name": user.username,
        "phone": user.phone and f"{user.phone_country_code} {user.phone}",
        "email": user.email,
        "status": user.shown_status,
        "factors": [_factor(context, each) for each in enrolled(context, user)],
        "waiting": [_waiting(context, each) for each in waiting if each.user_id == user.user_id],
    }


def _factor(context: Context, factor: Factor) -> Document:
    return {
        "type": factor.factor_type,
        "target": factor.address and factor.address.text,
        "code": _totp(context, factor.secret),
        "recoveryCode": factor.recovery_code,
    }


def _waiting(context: Context, pending: PendingEnrollment) -> Document:
    return {
        "type": pending.factor_type,
        "target": pending.address and pending.address.text,
        "code": _totp(context, pending.secret),
    }


def _totp(context: Context, secret: str | None) -> str | None:
    return otp.code_at(secret, context.clock.now()) if secret else None


def _fault(fault: Fault) -> Document:
    return {
        "number": fault.number,
        "name": fault.name,
        "path": ", ".join(fault.paths),
        "left": fault.times,
        "hits": fault.hits,
    }


def _entry(entry: Entry) -> Document:
    return {
        "number": entry.number,
        "at": _millis(entry.at),
        "method": entry.method,
        "path": entry.path,
        "httpStatus": entry.http_status,
        "statusCode": entry.status_code,
        "apiCode": entry.api_code,
        "ms": round(entry.ms),
        "fault": entry.fault,
    }
