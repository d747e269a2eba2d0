"""The security page of a site, on Flask.

``create_app`` is what a WSGI server calls: ``gunicorn 'flask_pages:create_app()'``.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cachelib import SimpleCache
from flask import Flask, Response
from flask_session import Session
from flask_wtf import CSRFProtect

from authing_mfa import AuthenticationClient

from . import factors, problems, sign_in
from .visitor import language
from .wording import LOCALES, words

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the site for the tenant that the environment names.

    Args:
        config: Settings in place of those below.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        SECRET_KEY=os.environ.get("FLASK_SECRET_KEY") or secrets.token_hex(32),
        # Tokens stay on this side: Flask's own session is a cookie that its owner can read. This
        # one lives in the memory of one process; several of them share a Redis instead.
        SESSION_TYPE="cachelib",
        SESSION_CACHELIB=SimpleCache(threshold=10_000),
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=8),
        MAX_CONTENT_LENGTH=16 * 1024,
        # No page waits longer for a call than this, whatever the service does.
        AUTHING_CLIENT={"timeout": (3.05, 5), "deadline": 8, "max_retries": 1},
    )
    app.config.from_mapping(config or {})
    app.extensions["authing_mfa"] = AuthenticationClient.from_env(
        app_secret=os.environ["AUTHING_APP_SECRET"],
        access_token=None,
        **app.config["AUTHING_CLIENT"],
    )
    Session(app)
    CSRFProtect(app)
    app.register_blueprint(sign_in.pages)
    app.register_blueprint(factors.pages)
    problems.register(app)
    app.context_processor(_spoken)
    app.after_request(_guarded)
    return app


def _spoken() -> dict[str, Any]:
    return {"locale": LOCALES[language()], "text": words(language())}


def _guarded(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if response.mimetype == "text/css":
        response.headers["Cache-Control"] = "public, max-age=3600"
    return response
