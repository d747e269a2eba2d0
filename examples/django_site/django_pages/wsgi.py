"""What a WSGI server calls: ``gunicorn django_pages.wsgi``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_pages.settings")
application = get_wsgi_application()
