"""Who is here: their language, their tokens, and the client that acts as them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language

from authing_mfa import AuthenticationClient, TokenSet

from .wording import LOCALES, words

P = ParamSpec("P")


def language() -> str:
    """Return the one of our languages that their browser prefers."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def spoken(request: HttpRequest) -> dict[str, Any]:
    """Give every template its words, and what went wrong if something did."""
    return {
        "locale": LOCALES[language()],
        "text": words(language()),
        "typed": request.POST,
        "is_signed_in": is_signed_in(request),
    }


@functools.cache
def client() -> AuthenticationClient:
    """Return the client of this process, which holds nobody's token."""
    return AuthenticationClient.from_env(
        app_secret=os.environ["AUTHING_APP_SECRET"], access_token=None, **settings.AUTHING_CLIENT
    )


def address(request: HttpRequest) -> str | None:
    """Return their IP address; behind a proxy of yours, have it set REMOTE_ADDR."""
    return request.META.get("REMOTE_ADDR") or None


def is_signed_in(request: HttpRequest) -> bool:
    """Tell whether the session holds tokens."""
    return "tokens" in request.session


def sign_in(request: HttpRequest, tokens: TokenSet | str) -> None:
    """Begin their session, under an id that nobody knew before."""
    request.session.flush()
    store(request, tokens)


def store(request: HttpRequest, tokens: TokenSet | str) -> None:
    """Keep their tokens in the session, on the server's side."""
    request.session["tokens"] = tokens if isinstance(tokens, str) else tokens.to_dict()
    request.session.save()  # now: Django would not, if the page failed, and these are the last


def me(request: HttpRequest) -> AuthenticationClient:
    """Return a client that acts as them; refreshed tokens go back into the session."""
    stored = request.session["tokens"]
    return client().as_user(
        stored if isinstance(stored, str) else TokenSet.from_dict(stored),
        lang=LOCALES[language()],
        real_ip=address(request),
        on_new_tokens=functools.partial(store, request),
    )


def only_signed_in(
    view: Callable[Concatenate[HttpRequest, AuthenticationClient, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Give a view the client that acts as the visitor; send a stranger to the sign-in."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **names: P.kwargs) -> HttpResponse:
        if not is_signed_in(request):
            return redirect("sign_in")
        return view(request, me(request), *args, **names)

    return guarded


def typed(request: HttpRequest, *names: str) -> dict[str, str]:
    """Return those fields of their form that are not empty."""
    return {name: request.POST[name].strip() for name in names if request.POST.get(name)}
