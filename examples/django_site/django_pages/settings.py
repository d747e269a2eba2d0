"""The settings of the site; those that differ from place to place come from the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_HERE = Path(__file__).parent

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or secrets.token_hex(32)
ALLOWED_HOSTS = os.environ.get("DJANGO_ALLOWED_HOSTS", "127.0.0.1 localhost").split()
ROOT_URLCONF = "django_pages.urls"
WSGI_APPLICATION = "django_pages.wsgi.application"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024

INSTALLED_APPS = ["django.contrib.sessions", "django.contrib.messages"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django_pages.middleware.headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
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
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "django_pages.visitor.spoken",
            ]
        },
    }
]

LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"

# Tokens stay on this side, so the signed-cookie backend will not do: its owner can read it. This
# one lives in the memory of one process; several of them share a database or a Redis instead.
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "django_pages.middleware.explain_forged"
SECURE_REFERRER_POLICY = "same-origin"

SESSION_COOKIE_SECURE = os.environ.get("DJANGO_HTTPS", "1") == "1"

# No page waits longer for a call than this, whatever the service does.
AUTHING_CLIENT = {"timeout": (3.05, 5), "deadline": 8, "max_retries": 1}
