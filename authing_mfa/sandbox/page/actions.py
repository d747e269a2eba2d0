"""The actions of the page's buttons."""

from __future__ import annotations

from collections.abc import Callable

from .. import accounts
from ..faults import Fault, Faults
from ..service import Service
from ..users import FACTOR_TYPES
from ..wire import Fields

Action = Callable[[Service, Fields], object]

_LONGEST = 366 * 86_400
_SLOW = 2.0
_FAULTS: dict[str, Callable[..., Fault]] = {
    "slow": lambda faults, **whom: faults.latency(_SLOW, **whom),
    "throttle": Faults.throttle,
    "unavailable": lambda faults, **whom: faults.status(503, **whom),
    "html": lambda faults, **whom: faults.html(502, **whom),
    "false success": lambda faults, **whom: faults.html(200, **whom),
    "truncate": Faults.truncate,
    "reset": Faults.reset,
    "drop": Faults.drop,
    "unknown factor": Faults.unknown_factor,
    "extra fields": Faults.extra_fields,
    "null fields": Faults.null_fields,
}


def _advance_clock(service: Service, body: Fields) -> None:
    seconds = body.whole("seconds")
    if not 0 <= seconds <= _LONGEST:
        raise body.wrong("seconds", "wanted 0 to a year")
    service.context.clock.advance(seconds)


def _arm_fault(service: Service, body: Fields) -> None:
    """Add a fault: its ``kind``, the ``path`` that it meets, and ``always`` or for one call."""
    kind = body.choice("kind", tuple(_FAULTS))
    times = None if body.optional_flag("always") else 1
    _FAULTS[kind](service.faults, times=times, path=body.optional_text("path") or None)


def _add_user(service: Service, body: Fields) -> None:
    """Add a user; what is not given is made up or left out."""
    names = ("username", "password", "phone", "email")
    given = {name: body.optional_text(name) or None for name in names}
    factors = body.choices("factors", FACTOR_TYPES) if body.has("factors") else []
    accounts.add(service.context, factors, **given)


ACTIONS: dict[str, Action] = {
    "/sandbox/clock/advance": _advance_clock,
    "/sandbox/clock/freeze": lambda service, _: service.context.clock.freeze(),
    "/sandbox/clock/run": lambda service, _: service.context.clock.unfreeze(),
    "/sandbox/faults/arm": _arm_fault,
    "/sandbox/faults/remove": lambda service, body: service.faults.remove(body.whole("number")),
    "/sandbox/faults/clear": lambda service, _: service.faults.clear(),
    "/sandbox/outbox/clear": lambda service, _: service.context.outbox.clear(),
    "/sandbox/journal/clear": lambda service, _: service.journal.clear(),
    "/sandbox/users/add": _add_user,
}
