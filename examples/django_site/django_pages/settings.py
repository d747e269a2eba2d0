"""The settings of the site; those that differ from place to place come from the environment."""

from __future__ import annotations

import os
from pathlib import Path

_HERE = Path(__file__).parent

# On for the demonstration alone, by manage.py: everything of HTTPS is off then, and loopback's
# names are the only ones that are served.
PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO = (
    os.environ.get("DJANGO_PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO") == "1"
)
_HTTPS = not PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO

# The same in all processes; so is the database, which holds nothing but their sessions.
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["DJANGO_DATABASE"],
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 5},
    }
}
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
if _HTTPS:
    ALLOWED_HOSTS += os.environ.get("DJANGO_ALLOWED_HOSTS", "").split()
ROOT_URLCONF = "django_pages.urls"
WSGI_APPLICATION = "django_pages.wsgi.application"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024

INSTALLED_APPS = ["django.contrib.sessions"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_pages.middleware.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_pages.middleware.ErrorsToPages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "templates"],
        "OPTIONS": {
            "context_processors": ["django_pages.visitor.spoken"],
        },
    }
]

LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"

# Tokens stay on this side, so the signed-cookie backend will not do: its owner can read it. The
# database's never writes a session again that was deleted meanwhile; a cache's may.
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# The prefix lets browsers take a cookie from this host alone, over HTTPS alone. The token against
# forged forms has a cookie of its own, so that a form shown to a stranger stores nothing here.
SESSION_COOKIE_NAME = "__Host-session" if _HTTPS else "session"
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_NAME = "__Host-csrf" if _HTTPS else "csrf"
CSRF_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "django_pages.middleware.explain_forged"
SECURE_SSL_REDIRECT = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # a preload list is for a domain's owner to ask for
SECURE_REFERRER_POLICY = "same-origin"
DEFAULT_EXCEPTION_REPORTER_FILTER = "django_pages.reports.ReportFilter"

# No page waits longer for a call than this, whatever the service does.
AUTHING_CLIENT = {"timeout": (3.05, 5), "deadline": 8, "max_retries": 1}
