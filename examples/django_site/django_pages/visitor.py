"""Who is here: their language, their session, their tokens, and the client that acts as them."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Concatenate, Final, ParamSpec, cast

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    ExpiredError,
    FactorType,
    ThrottleError,
    TokenSet,
    UnauthorizedError,
)

from .wording import LOCALES, words

P = ParamSpec("P")

SIGNED_IN_SECONDS: Final = 8 * 3600
"""A sign-in ends after so long, in use or not."""
STEP_UP_SECONDS: Final = 600
"""A sign-in that waits for its second factor ends after so long; its mfaToken ends before."""
PROOF_SECONDS: Final = 600
"""Factors may be changed for so long after one was proved."""
SHOWN_SECONDS: Final = 600
"""A new recovery code is shown for so long, unless they say before that they have it."""
MOST: Final = {"codes": 5, "tries": 10}
"""How many codes a session may have sent, and how many times it may try one."""

USABLE: Final = (FactorType.OTP, FactorType.SMS, FactorType.EMAIL)
"""Kinds that these pages serve: a photo of a face needs a camera, and a camera needs a script."""

_log = logging.getLogger(__name__)


class Held(dict[str, Any]):
    """What a session held; its repr is silent, because reports of errors show variables."""

    def __repr__(self) -> str:
        """Tell that something is held."""
        return "<held>"


def language() -> str:
    """Return the one of our languages that their browser prefers."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def spoken(request: HttpRequest) -> dict[str, Any]:
    """Give every template its words, and what went wrong if something did."""
    return {
        "locale": LOCALES[language()],
        "text": words(language()),
        "typed": request.POST,
        "problem": getattr(request, "problem", None),
        "is_signed_in": is_signed_in(request),
    }


def tell(request: HttpRequest, problem: str) -> None:
    """Have the page say what went wrong; it is kept nowhere."""
    cast(Any, request).problem = problem


@functools.cache
def client() -> AuthenticationClient:
    """Return the client of this process, which holds nobody's token."""
    return AuthenticationClient.from_env(
        app_secret=os.environ["AUTHING_APP_SECRET"], access_token=None, **settings.AUTHING_CLIENT
    )


def address(request: HttpRequest) -> str | None:
    """Return their IP address; behind a proxy of yours, have it set REMOTE_ADDR."""
    return request.META.get("REMOTE_ADDR") or None


@contextlib.contextmanager
def changed(request: HttpRequest) -> Iterator[SessionStore]:
    """Give their session, read anew and written at once, while nobody else changes it.

    Django would write what this request has read at its beginning, over what others wrote since.

    Raises:
        ExpiredError: It was ended meanwhile: nothing brings it back.
    """
    with transaction.atomic():
        key = request.session.session_key
        list(Session.objects.select_for_update().filter(pk=key))
        session = SessionStore(key)
        session.keys()  # reads it
        if session.session_key is None:
            raise ExpiredError("the session is over")
        yield session
        session.save()
    session.modified = False  # it is written, and they have its cookie
    request.session = session


def put(request: HttpRequest, **values: Any) -> None:
    """Put values into their session."""
    with changed(request) as session:
        session.update(values)


def take(request: HttpRequest, name: str) -> None:
    """Take a value out of their session."""
    with changed(request) as session:
        session.pop(name, None)


def spend(request: HttpRequest, what: str) -> None:
    """Count a code that is to be sent, or a try, before it is made.

    Raises:
        ThrottleError: Their session has had as many as it may.
    """
    with changed(request) as session:
        session[what] = session.get(what, 0) + 1
        if session[what] > MOST[what]:
            raise ThrottleError("the session has had as many as it may")


def is_signed_in(request: HttpRequest) -> bool:
    """Tell whether their session holds tokens."""
    return "tokens" in request.session


def wait_for_factor(request: HttpRequest, challenge: dict[str, Any]) -> None:
    """Begin the session of a sign-in that has only had its password."""
    before = end(request)
    _begin(request, STEP_UP_SECONDS, Held(challenge=challenge))
    revoke(before)


def sign_in(request: HttpRequest, tokens: TokenSet | str, *, proof: str, **more: Any) -> None:
    """Begin their session, under an id that nobody knew before; the one before is over.

    Args:
        request: Their request.
        tokens: Theirs.
        proof: ``password``, or ``factor`` where they have passed the challenge as well.
        more: What else to keep.

    Raises:
        ExpiredError: The challenge was ended meanwhile: a late answer does not bring it back.
    """
    before = end(request)
    kept = tokens if isinstance(tokens, str) else Held(tokens.to_dict())
    new = Held(more, tokens=kept, proof=proof, proved_at=time.time())
    if proof == "factor" and "challenge" not in before:
        revoke(new)
        raise ExpiredError("the sign-in was ended meanwhile")
    _begin(request, SIGNED_IN_SECONDS, new)
    revoke(before)


def to_show(recovery_code: str | None) -> dict[str, Any]:
    """Return what keeps a new recovery code in a session until they have written it down."""
    if recovery_code is None:
        return {}
    return {"recovery": Held(code=recovery_code, ends_at=time.time() + SHOWN_SECONDS)}


def recovery_code(request: HttpRequest) -> str | None:
    """Return the recovery code that they have not yet written down."""
    shown = Held(request.session.get("recovery") or {})
    return shown["code"] if shown and time.time() < shown["ends_at"] else None


def prove(request: HttpRequest) -> None:
    """Note that they have just proved a factor; their session goes on under a new id."""
    with changed(request) as session:
        session.update({"proof": "factor", "proved_at": time.time(), "tries": 0})
        session.cycle_key()
    request.session.modified = True  # they need its cookie
    rotate_token(request)


def may_change_factors(request: HttpRequest, me: AuthenticationClient) -> bool:
    """Tell whether they have just proved a factor, or the password where they have no factor."""
    session = request.session
    is_fresh = 0 <= time.time() - session["proved_at"] < PROOF_SECONDS
    return is_fresh and (session["proof"] == "factor" or not me.list_enrolled_factors())


def end(request: HttpRequest) -> Held:
    """End their session here, and return what it held; nothing to whoever comes second."""
    key = request.session.session_key
    with transaction.atomic():
        list(Session.objects.select_for_update().filter(pk=key))
        over = Held(SessionStore(key).items()) if key else Held()
        request.session.flush()
    rotate_token(request)
    return over


def forget_dead_tokens(request: HttpRequest) -> bool:
    """End their session because the service refused its tokens.

    Returns:
        False where another request has put newer tokens into it meanwhile.
    """
    used = getattr(request, "used", None)
    stored = SessionStore(request.session.session_key).get("tokens") if used else None
    if stored is None:  # where it is over, their cookie may be that of a newer one by now
        return True
    if stored != used:
        return False
    end(request)
    return True


def revoke(over: Held) -> None:
    """Have the service end the tokens of a session that is over, if it can be told."""
    if "tokens" in over:
        try:
            client().as_user(_tokens(over)).sign_out()
        except AuthingMFAError as error:
            _log.warning("not revoked: %s", error)  # it holds no secret


def me(request: HttpRequest) -> AuthenticationClient:
    """Return a client that acts as them; refreshed tokens go back into the session."""
    mine = Held(request.session.items())
    cast(Any, request).used = mine["tokens"]
    return client().as_user(
        _tokens(mine),
        lang=LOCALES[language()],
        real_ip=address(request),
        on_new_tokens=functools.partial(_keep, request),
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


def _begin(request: HttpRequest, seconds: float, values: Held) -> None:
    request.session = SessionStore()
    request.session.update(values)
    request.session.set_expiry(timezone.now() + timedelta(seconds=seconds))
    request.session.save()
    request.session.clear_expired()


def _keep(request: HttpRequest, fresh: TokenSet) -> None:
    """Keep refreshed tokens, on the server's side; those of a session that is over are revoked."""
    try:
        put(request, tokens=fresh.to_dict())
    except ExpiredError:
        revoke(Held(tokens=fresh.to_dict()))
        raise UnauthorizedError("signed out meanwhile") from None
    cast(Any, request).used = fresh.to_dict()


def _tokens(theirs: Held) -> TokenSet | str:
    stored = theirs["tokens"]
    return stored if isinstance(stored, str) else TokenSet.from_dict(stored)
