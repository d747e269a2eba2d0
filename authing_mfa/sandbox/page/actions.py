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


def advance_clock(service: Service, body: Fields) -> None:
    """Advance the clock by ``seconds``."""
    seconds = body.whole("seconds")
    if not 0 <= seconds <= _LONGEST:
        raise body.wrong("seconds", "wanted 0 to a year")
    service.context.clock.advance(seconds)


def freeze_clock(service: Service, _: Fields) -> None:
    """Freeze the clock."""
    service.context.clock.freeze()


def run_clock(service: Service, _: Fields) -> None:
    """Run the clock again."""
    service.context.clock.unfreeze()


def arm_fault(service: Service, body: Fields) -> None:
    """Add a fault: its ``kind``, the ``path`` that it meets, and ``always`` or for one call."""
    kind = body.choice("kind", tuple(_FAULTS))
    times = None if body.optional_flag("always") else 1
    _FAULTS[kind](service.faults, times=times, path=body.optional_text("path") or None)


def remove_fault(service: Service, body: Fields) -> None:
    """Remove a fault by its ``number``."""
    service.faults.remove(body.whole("number"))


def clear_faults(service: Service, _: Fields) -> None:
    """Remove all faults."""
    service.faults.clear()


def clear_outbox(service: Service, _: Fields) -> None:
    """Forget the messages."""
    service.context.outbox.clear()


def clear_journal(service: Service, _: Fields) -> None:
    """Forget the requests."""
    service.journal.clear()


def add_user(service: Service, body: Fields) -> None:
    """Add a user; what is not given is made up or left out."""
    names = ("username", "password", "phone", "email")
    given = {name: body.optional_text(name) or None for name in names}
    factors = body.choices("factors", FACTOR_TYPES) if body.has("factors") else []
    accounts.add(service.context, factors, **given)


ACTIONS: dict[str, Action] = {
    "/sandbox/clock/advance": advance_clock,
    "/sandbox/clock/freeze": freeze_clock,
    "/sandbox/clock/run": run_clock,
    "/sandbox/faults/arm": arm_fault,
    "/sandbox/faults/remove": remove_fault,
    "/sandbox/faults/clear": clear_faults,
    "/sandbox/outbox/clear": clear_outbox,
    "/sandbox/journal/clear": clear_journal,
    "/sandbox/users/add": add_user,
}
