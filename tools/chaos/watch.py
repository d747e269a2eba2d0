"""Listens to all that is logged, printed and warned of while a run goes on."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, Final

from . import marks

_FACTOR_IS_TOLD_BY: Final = "urllib3"
"""urllib3 logs the query of a GET at DEBUG; a factor's id, no secret by itself, stands in it."""


class Watch(logging.Handler):
    """Reads every log record, and keeps what a program would have shown on its standard error.

    Attributes:
        records: How many were read.
        leaks: Which secrets were logged, by the logger's name.
        heard: Warnings, and errors that nobody caught.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records = 0
        self.leaks: set[tuple[str, str]] = set()
        self.heard: list[str] = []
        self._printed = io.StringIO()
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        self.records += 1
        facts = record.args if isinstance(record.args, tuple) else (record.args,)
        # Times are left out: one may by chance hold the digits of a code.
        rest = [fact for fact in facts if not isinstance(fact, float)]
        text = f"{self._formatter.format(record)} {rest!r}"
        for secret in marks.SECRETS:
            if secret in text and not _may_tell(record, secret):
                self.leaks.add((record.name, secret))

    def wrong(self) -> list[str]:
        """Say what was seen that ought not to be; never the secret itself."""
        printed = self._printed.getvalue()
        shown = [secret for secret in marks.SECRETS if secret in printed]
        return [
            *(f"{name} logged the secret that begins {it[:6]}" for name, it in self.leaks),
            *(f"the secret that begins {it[:6]} was printed" for it in shown),
            *([f"{len(printed)} characters were printed"] if printed else []),
            *self.heard,
        ]

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Hear everything, at the finest level."""
        root = logging.getLogger()
        before = root.level, sys.unraisablehook, threading.excepthook
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        sys.unraisablehook, threading.excepthook = self._hear, self._hear
        try:
            with (
                warnings.catch_warnings(),
                contextlib.redirect_stdout(self._printed),
                contextlib.redirect_stderr(self._printed),
            ):
                warnings.simplefilter("error")
                yield
                gc.collect()  # what was left open warns now
        finally:
            root.removeHandler(self)
            root.level, sys.unraisablehook, threading.excepthook = before

    def _hear(self, told: Any) -> None:
        self.heard.append(f"{told.exc_type.__name__}: {told.exc_value}")


def _may_tell(record: logging.LogRecord, secret: str) -> bool:
    is_transport = record.name.startswith(_FACTOR_IS_TOLD_BY)
    return is_transport and secret == marks.FACTOR and record.levelno == logging.DEBUG
