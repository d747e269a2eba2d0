"""What every answer carries, and where every error becomes a page."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from authing_mfa import AuthingMFAError, UnauthorizedError

from . import factors, sign_in, visitor
from .failures import failure
from .visitor import language
from .wording import words

View = Callable[[HttpRequest], HttpResponse]

_log = logging.getLogger(__name__)

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}

# The page of the form that each of these answers; it is shown again when a typo can be mended.
_FORMS: dict[str | None, View] = {
    "sign_in": sign_in.form,
    "send": sign_in.step_up,
    "associate": sign_in.step_up,
    "verify": sign_in.step_up,
    "enroll": factors.listed,
    "prove": factors.prove_form,
    "confirm": factors.confirm_form,
}


def headers(get_response: View) -> View:
    """Guard every page: kept nowhere, framed nowhere, running nothing."""

    def guarded(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response

    return guarded


class ErrorsToPages:
    """Answers what the client raised: a status, words in the visitor's language, their form."""

    def __init__(self, get_response: View) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page of an error of ours; Django answers the others."""
        if not isinstance(error, AuthingMFAError):
            return None
        if isinstance(error, UnauthorizedError) and not visitor.forget_dead_tokens(request):
            return _explain(request, "overtaken", 409)
        told = failure(error, language())
        _log.info("%s: %s", type(error).__name__, error)  # neither holds a secret
        visitor.tell(request, told.text)
        page = page_for(request, error, told.may_be_typed_again)
        page.status_code = told.status
        if told.retry_after is not None:
            page.headers["Retry-After"] = str(told.retry_after)
        return page


def page_for(request: HttpRequest, error: AuthingMFAError, typed_again: bool) -> HttpResponse:
    """Return the form that they need now, or a page that only says what happened."""
    if isinstance(error, UnauthorizedError):
        return sign_in.form(request)
    sent = request.resolver_match.url_name if request.resolver_match else None
    if typed_again and sent in _FORMS:
        with contextlib.suppress(AuthingMFAError):
            form = _FORMS[sent](request)
            if form.status_code == 200:  # no form any more: it would send them elsewhere
                return form
    return render(request, "problem.html")


def explain_forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without our token."""
    return _explain(request, "forged", 403)


def explain_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a form that is none of ours."""
    return _explain(request, "refused", 400)


def explain_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a page that is not here."""
    return _explain(request, "gone", 404)


def _explain(request: HttpRequest, key: str, status: int) -> HttpResponse:
    visitor.tell(request, words(language())[key])
    return render(request, "problem.html", status=status)
