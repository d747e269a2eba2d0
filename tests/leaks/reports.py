"""What other people's tools show of an error: each of them shows the variables of all frames."""

from __future__ import annotations

import io
import json
import sys
from types import TracebackType
from typing import Any

from tests.support.marks import PACKAGE


def own_frames(error: BaseException) -> TracebackType | None:
    """Return an error's traceback from where this package begins: a caller's frames are theirs."""
    trace = error.__traceback__
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith(PACKAGE):
        trace = trace.tb_next
    return trace


def by_rich(error: BaseException, **options: Any) -> str:
    """Return what rich prints."""
    from rich.console import Console
    from rich.traceback import Traceback

    shown = io.StringIO()
    trace = Traceback.from_exception(
        type(error), error, own_frames(error), show_locals=True, **options
    )
    Console(file=shown, width=200).print(trace)
    return shown.getvalue()


def by_rich_at_length(error: BaseException) -> str:
    """Return what rich prints, texts not shortened."""
    return by_rich(error, locals_max_string=None, locals_max_length=None)


def by_ipython(error: BaseException) -> str:
    """Return what IPython shows in its verbose mode."""
    from IPython.core.ultratb import VerboseTB

    return str(VerboseTB().text(type(error), error, own_frames(error)))


def by_sentry(error: BaseException) -> str:
    """Return what Sentry sends, its own scrubber, which goes by names, switched off."""
    import sentry_sdk
    from sentry_sdk.scrubber import EventScrubber
    from sentry_sdk.transport import Transport

    events: list[Any] = []

    class Collecting(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            events.append(envelope)

    client = sentry_sdk.Client(
        dsn="https://example@sentry.example.com/1",
        default_integrations=False,
        transport=Collecting,
        event_scrubber=EventScrubber(denylist=[], pii_denylist=[]),
    )
    information = (type(error), error, own_frames(error))
    event, hint = sentry_sdk.utils.event_from_exception(information, client.options)
    client.capture_event(event, hint)
    (envelope,) = events
    return json.dumps([item.payload.json for item in envelope.items])


def by_django(error: BaseException) -> str:
    """Return Django's page for developers."""
    import django
    from django.conf import settings
    from django.views.debug import ExceptionReporter

    settings.configure(DEBUG=True, SECRET_KEY="example")
    django.setup()
    return str(ExceptionReporter(None, type(error), error, own_frames(error)).get_traceback_html())


def main(name: str, failure: str) -> None:
    """Print Django's page for a call that fails; in a process of its own, as it is configured."""
    from tests.faults.server import Server
    from tests.support.calls import SENT, ready

    from .test_failed import FAILURES, raised

    call = SENT[name]
    with Server() as server:
        error = raised(call, ready(server, call, FAILURES[failure], answered=0))
    assert error is not None
    sys.stdout.write(by_django(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
