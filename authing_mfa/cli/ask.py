"""Questions, asked on a terminal or answered by the lines of standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import click

from .. import CodeRejectedError, ConfigurationError
from .._secrets import conceal
from . import failures, output

T = TypeVar("T")


def on_terminal() -> bool:
    """Return whether a person can answer."""
    return sys.stdin.isatty()


def text(question: str, *, default: str | None = None) -> str:
    """Ask for a text that may show while it is typed."""
    return _ask(question, hidden=False, default=default)


def secret(question: str) -> str:
    """Ask for a text that must not show while it is typed."""
    return _ask(question, hidden=True)


def agrees(question: str) -> bool:
    """Ask a yes or no question; an empty answer is a no."""
    return text(f"{question} [y/N]", default="").strip().lower() in ("y", "yes")


def until_accepted(question: str, use: Callable[[str], T], tries: int = 3) -> T:
    """Ask for a code and use it; on a terminal, ask again after a rejected one."""
    code = secret(question)
    try:
        return use(code)
    except (CodeRejectedError, ConfigurationError) as error:
        if tries == 1 or not on_terminal():
            raise
        output.note(failures.sentence(error), "yellow")
    return until_accepted(question, use, tries - 1)


def next_line(question: str) -> str:
    """Read a line of standard input.

    Raises:
        ConfigurationError: Standard input has ended.
    """
    line = conceal(sys.stdin.readline())
    if not line:
        raise ConfigurationError(f"{question}: standard input ended before it was answered")
    return conceal(line.strip())


def _ask(question: str, *, hidden: bool, default: str | None = None) -> str:
    if not on_terminal():
        output.note(f"{question}:")
        return next_line(question)
    answer: str = conceal(
        click.prompt(
            output.plain(question),
            hide_input=hidden,
            default=default,
            show_default=False,
            err=True,
        )
    )
    return answer
