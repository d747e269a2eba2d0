"""What the page shows, as one JSON document. Codes are in it, tokens and passwords are not."""

from __future__ import annotations

from itertools import islice
from typing import Any

from .. import otp
from ..factors import enrolled
from ..faults import Fault
from ..journal import Entry
from ..outbox import Message
from ..people import Factor, User
from ..routes import ROUTES
from ..service import Service
from ..state import PendingEnrollment
from ..wire import Document
from ..world import World

SHOWN = 50
_PATHS = sorted({path for _, path in ROUTES})


def state(service: Service) -> Document:
    """Write everything that the page shows, the newest first."""
    with service.lock:
        world = service.world
        return {
            "application": {
                "id": world.state.application.app_id,
                "factors": world.state.application.enabled_factors,
            },
            "clock": {"now": _millis(world.clock.now()), "frozen": world.clock.frozen},
            "messages": [_message(world, each) for each in _newest(world.outbox)],
            "users": _users(world),
            "faults": [_fault(each) for each in service.faults],
            "journal": [_entry(each) for each in _newest(service.journal)],
            "paths": _PATHS,
        }


def _newest(items: Any) -> list[Any]:
    return list(islice(reversed(list(items)), SHOWN))


def _millis(moment: float) -> int:
    return int(moment * 1000)


def _message(world: World, message: Message) -> Document:
    return {
        "number": message.number,
        "kind": "E-mail" if message.email else "SMS",
        "to": message.address,
        "channel": message.channel,
        "code": message.code,
        "at": _millis(message.sent_at),
        "expired": world.clock.now() >= message.sent_at + world.settings.code_lifetime,
    }


def _users(world: World) -> Document:
    users = world.state.users
    now = world.clock.now()
    waiting = [each for _, each in world.state.pending if now < each.expires_at]
    return {
        "total": len(users),
        "list": [_user(world, each, waiting) for each in _newest(users.held)],
    }


def _user(world: World, user: User, waiting: list[PendingEnrollment]) -> Document:
    return {
        "id": user.user_id,
        "name": user.username,
        "phone": user.phone and f"{user.phone_country_code} {user.phone}",
        "email": user.email,
        "status": user.shown_status,
        "factors": [_factor(world, each) for each in enrolled(world, user)],
        "waiting": [_waiting(world, each) for each in waiting if each.user_id == user.user_id],
    }


def _factor(world: World, factor: Factor) -> Document:
    target = factor.email or (factor.phone and f"{factor.phone_country_code} {factor.phone}")
    return {
        "type": factor.factor_type,
        "target": target,
        "code": _totp(world, factor.secret),
        "recoveryCode": factor.recovery_code,
    }


def _waiting(world: World, pending: PendingEnrollment) -> Document:
    return {
        "type": pending.factor_type,
        "target": pending.address and (pending.address.email or pending.address.key),
        "code": _totp(world, pending.secret),
    }


def _totp(world: World, secret: str | None) -> str | None:
    return otp.code_at(secret, world.clock.now()) if secret else None


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
