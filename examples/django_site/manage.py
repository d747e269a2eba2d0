"""Run the site on this machine: python examples/django_site/manage.py runserver.

On an embedded sandbox, or on your tenant where AUTHING_APP_ID, AUTHING_APP_HOST and
AUTHING_APP_SECRET are set.
"""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_pages.settings")
    if sys.argv[1:2] == ["runserver"]:
        from django_pages.trial import play_the_tenant

        play_the_tenant()
        os.environ.setdefault("DJANGO_HTTPS", "0")  # plain HTTP, to this machine only
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
