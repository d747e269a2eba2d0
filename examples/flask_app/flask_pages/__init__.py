"""The security page of a site, on Flask.

``create_app`` is what a WSGI server calls: ``gunicorn 'flask_pages:create_app()'``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app
from flask_wtf import CSRFProtect

from authing_mfa import AuthenticationClient

from . import factors, problems, sign_in
from .store import Store
from .visitor import is_signed_in, language
from .wording import LOCALES, words

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the site for the tenant that the environment names.

    Args:
        config: Settings in place of those below.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        # The same in all processes; so is the file that their sessions share.
        SECRET_KEY=os.environ.get("FLASK_SECRET_KEY"),
        SESSIONS=os.environ.get("FLASK_SESSIONS"),
        PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO=False,
        MAX_CONTENT_LENGTH=16 * 1024,
        # No page waits longer for a call than this, whatever the service does.
        AUTHING_CLIENT={"timeout": (3.05, 5), "deadline": 8, "max_retries": 1},
    )
    app.config.from_mapping(config or {})
    for name in ("SECRET_KEY", "SESSIONS"):
        if not app.config[name]:
            raise RuntimeError(f"set FLASK_{name}, the same in all processes")
    app.config.from_mapping(_cookies(app.config["PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO"]))
    app.extensions["sessions"] = Store(app.config["SESSIONS"])
    app.extensions["authing_mfa"] = AuthenticationClient.from_env(
        app_secret=os.environ["AUTHING_APP_SECRET"],
        access_token=None,
        **app.config["AUTHING_CLIENT"],
    )
    CSRFProtect(app)
    app.register_blueprint(sign_in.pages)
    app.register_blueprint(factors.pages)
    problems.register(app)
    app.context_processor(_spoken)
    app.after_request(_guarded)
    return app


def _cookies(is_demo: bool) -> dict[str, Any]:
    """Return the settings of the one cookie, which holds the session's id and no secret else.

    Its name lets browsers take it from this host alone, over HTTPS alone.
    """
    guarded = {"SESSION_COOKIE_HTTPONLY": True, "SESSION_COOKIE_SAMESITE": "Lax"}
    if is_demo:
        here = ["127.0.0.1", "localhost"]
        return {**guarded, "SESSION_COOKIE_NAME": "session", "TRUSTED_HOSTS": here}
    return {
        **guarded,
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_PATH": "/",
    }


def _spoken() -> dict[str, Any]:
    return {
        "locale": LOCALES[language()],
        "text": words(language()),
        "is_signed_in": is_signed_in(),
    }


def _guarded(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if current_app.config["PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO"]:
        del response.headers["Strict-Transport-Security"]
    if response.mimetype == "text/css":
        response.headers["Cache-Control"] = "public, max-age=3600"
    return response
