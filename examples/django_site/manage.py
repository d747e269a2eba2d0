"""Run the site on this machine: python examples/django_site/manage.py runserver.

On an embedded sandbox, or on your tenant where AUTHING_APP_ID, AUTHING_APP_HOST and
AUTHING_APP_SECRET are set.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_pages.settings")
    if sys.argv[1:2] == ["runserver"]:
        demonstrate()
    else:
        execute_from_command_line(sys.argv)


def demonstrate() -> None:
    """Serve over plain HTTP, to this machine only, with sessions that end with the process."""
    from django_pages.trial import play_the_tenant

    play_the_tenant()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO", "1")
        os.environ.setdefault("DJANGO_SECRET_KEY", secrets.token_hex(32))
        os.environ.setdefault("DJANGO_DATABASE", str(Path(folder) / "sessions.sqlite3"))
        execute_from_command_line([sys.argv[0], "migrate", "--verbosity", "0"])
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
