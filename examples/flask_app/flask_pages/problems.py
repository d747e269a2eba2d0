"""Where every error becomes a page: its status, its words in the visitor's language, its form."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from flask import Flask, current_app, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from authing_mfa import AuthingMFAError, UnauthorizedError

from . import factors, sign_in, visitor
from .failures import failure
from .visitor import language
from .wording import words

# The page of the form that each of these answers; it is shown again when a typo can be mended.
_FORMS: dict[str | None, Callable[[], ResponseReturnValue]] = {
    "sign_in.with_password": sign_in.form,
    "sign_in.send": sign_in.step_up,
    "sign_in.associate": sign_in.step_up,
    "sign_in.verify": sign_in.step_up,
    "factors.enroll": factors.listed,
    "factors.prove": factors.prove_form,
    "factors.confirm": factors.confirm_form,
}


def register(app: Flask) -> None:
    """Let this module answer the app's errors."""
    app.register_error_handler(AuthingMFAError, explain)
    app.register_error_handler(CSRFError, explain_forged)
    app.register_error_handler(HTTPException, explain_http)
    app.register_error_handler(SecurityError, refuse_host)


def explain(error: AuthingMFAError) -> ResponseReturnValue:
    """Answer what the client raised."""
    if isinstance(error, UnauthorizedError) and not visitor.forget_dead_tokens():
        g.problem = words(language())["overtaken"]
        return render_template("problem.html"), 409
    told = failure(error, language())
    current_app.logger.info("%s: %s", type(error).__name__, error)  # neither holds a secret
    g.problem = told.text
    page = make_response(page_for(error, told.may_be_typed_again))
    page.status_code = told.status
    if told.retry_after is not None:
        page.headers["Retry-After"] = str(told.retry_after)
    return page


def page_for(error: AuthingMFAError, typed_again: bool) -> ResponseReturnValue:
    """Return the form that they need now, or a page that only says what happened."""
    if isinstance(error, UnauthorizedError):
        return sign_in.form()
    if typed_again and request.endpoint in _FORMS:
        with contextlib.suppress(AuthingMFAError):
            form = make_response(_FORMS[request.endpoint]())
            if form.status_code == 200:  # no form any more: it would send them elsewhere
                return form
    return render_template("problem.html")


def explain_forged(error: CSRFError) -> ResponseReturnValue:
    """Answer a form without our token."""
    g.problem = words(language())["forged"]
    return render_template("problem.html"), 400


def explain_http(error: HTTPException) -> ResponseReturnValue:
    """Answer a page that is not here, a wrong method, a form without its fields."""
    g.problem = words(language())["refused" if error.code != 404 else "gone"]
    return render_template("problem.html"), error.code or 500


def refuse_host(error: SecurityError) -> ResponseReturnValue:
    """Answer a request for a host that is none of ours; no page of ours has an address there."""
    return "", 400
