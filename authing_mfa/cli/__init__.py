"""`authing-mfa`, the command line."""

from __future__ import annotations

import sys

__all__ = ["main"]

_NEEDED = ("click", "rich")


def main() -> int:
    """Run the command line on this process's arguments; return its exit code."""
    try:
        from .app import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        sys.stderr.write('authing-mfa needs an extra: pip install "authing-mfa[cli]"\n')
        return 2
    return run(sys.argv[1:])
