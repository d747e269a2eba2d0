"""Who is here: their language, their tokens, and the client that acts as them."""

from __future__ import annotations

from typing import cast

from flask import current_app, request, session
from flask_session.base import ServerSideSessionInterface

from authing_mfa import AuthenticationClient, TokenSet

from .wording import LOCALES


def language() -> str:
    """Return the one of our languages that their browser prefers."""
    return request.accept_languages.best_match(LOCALES, default="en")


def client() -> AuthenticationClient:
    """Return the client of this process, which holds nobody's token."""
    return cast(AuthenticationClient, current_app.extensions["authing_mfa"])


def is_signed_in() -> bool:
    """Tell whether the session holds tokens."""
    return "tokens" in session


def sign_in(tokens: TokenSet | str) -> None:
    """Begin their session, under an id that nobody knew before."""
    session.clear()
    store(tokens)
    cast(ServerSideSessionInterface, current_app.session_interface).regenerate(session)


def store(tokens: TokenSet | str) -> None:
    """Keep their tokens in the session, on the server's side."""
    session["tokens"] = tokens if isinstance(tokens, str) else tokens.to_dict()


def me() -> AuthenticationClient:
    """Return a client that acts as them; refreshed tokens go back into the session."""
    stored = session["tokens"]
    return client().as_user(
        stored if isinstance(stored, str) else TokenSet.from_dict(stored),
        lang=LOCALES[language()],
        real_ip=request.remote_addr,
        on_new_tokens=store,
    )


def typed(*names: str) -> dict[str, str]:
    """Return those fields of their form that are not empty."""
    return {name: request.form[name].strip() for name in names if request.form.get(name)}
