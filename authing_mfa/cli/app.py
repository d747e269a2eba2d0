"""The command ``authing-mfa`` itself, and the exit code of each run."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence

import click

from .. import AuthingMFAError, __version__
from . import failures, output
from .admin import admin
from .demo import demo
from .doctor import doctor
from .explain import explain
from .factors import factors, verify
from .sandbox import sandbox
from .settings import for_group
from .signin import sign_in, sign_out

_EPILOG = f"""\b
Exit codes:
{failures.table()}

\b
Shell completion, for bash, and likewise zsh and fish:
  eval "$(_AUTHING_MFA_COMPLETE=bash_source authing-mfa)"
"""


@click.group(
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(version)s")
@for_group
def root() -> None:
    """Multi-factor authentication on Authing and GenAuth.

    Results go to standard output; questions, warnings and the codes of an embedded sandbox to
    standard error. A question that is not asked on a terminal is answered by a line of standard
    input. `--host sandbox` runs any command on a fresh sandbox, without an account.
    """


for _command in (demo, sandbox, sign_in, sign_out, factors, verify, admin, explain, doctor):
    root.add_command(_command)


class _Arguments(tuple[str, ...]):
    """Arguments that a ``repr`` does not show: a secret may be among them."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} arguments>"


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    arguments = _Arguments(arguments)
    _accept_any_character()
    try:
        return _run(arguments, as_json="--json" in arguments)
    except BrokenPipeError:  # the reader has stopped reading
        _discard_output()
        return failures.UNHEALTHY
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _discard_output()
        output.note(f"the output cannot be written: {os.strerror(errno.ENOSPC)}")
        return failures.UNHEALTHY


def _discard_output() -> None:
    """Keep the interpreter from failing once more when it flushes the buffer."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str], *, as_json: bool) -> int:
    try:
        code = root.main(list(arguments), prog_name="authing-mfa", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        output.note("stopped")
        return failures.INTERRUPTED
    except click.ClickException as error:
        return failures.misused(error, as_json)
    except AuthingMFAError as error:
        return failures.failed(error, as_json)
    return code if isinstance(code, int) else 0


def _accept_any_character() -> None:
    """Replace characters that the encoding of a terminal or pipe does not have."""
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
