"""Who is here: their language, their session, their tokens, and the client that acts as them."""

from __future__ import annotations

import functools
import time
from typing import Any, Final, cast

from flask import current_app, g, request, session
from flask_wtf.csrf import generate_csrf

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    ExpiredError,
    FactorType,
    ThrottleError,
    TokenSet,
    UnauthorizedError,
)

from .store import Held, Store
from .wording import LOCALES

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


def language() -> str:
    """Return the one of our languages that their browser prefers."""
    return request.accept_languages.best_match(LOCALES, default="en")


def client() -> AuthenticationClient:
    """Return the client of this process, which holds nobody's token."""
    return cast(AuthenticationClient, current_app.extensions["authing_mfa"])


def address() -> str | None:
    """Return their IP address; over a socket of this machine they have none."""
    return request.remote_addr or None


def held() -> Held:
    """Return what their session holds on our side; nothing where they have none."""
    return (_store().read(session["id"]) if "id" in session else None) or Held()


def put(**values: Any) -> None:
    """Put values into their session.

    Raises:
        ExpiredError: It was ended meanwhile.
    """
    with _store().change(session.get("id", "")) as mine:
        mine.update(values)


def take(name: str) -> None:
    """Take a value out of their session."""
    with _store().change(session.get("id", "")) as mine:
        mine.pop(name, None)


def spend(what: str) -> None:
    """Count a code that is to be sent, or a try, before it is made.

    Raises:
        ThrottleError: Their session has had as many as it may.
    """
    with _store().change(session.get("id", "")) as mine:
        mine[what] = mine.get(what, 0) + 1
        if mine[what] > MOST[what]:
            raise ThrottleError("the session has had as many as it may")


def is_signed_in() -> bool:
    """Tell whether their session holds tokens."""
    return "tokens" in held()


def wait_for_factor(challenge: dict[str, Any]) -> None:
    """Begin the session of a sign-in that has only had its password."""
    before = end()
    _go_by(_store().begin(Held(challenge=challenge), STEP_UP_SECONDS))
    revoke(before)


def sign_in(tokens: TokenSet | str, *, proof: str, **more: Any) -> None:
    """Begin their session, under an id that nobody knew before; the one before is over.

    Args:
        tokens: Theirs.
        proof: ``password``, or ``factor`` where they have passed the challenge as well.
        more: What else to keep.

    Raises:
        ExpiredError: The challenge was ended meanwhile: a late answer does not bring it back.
    """
    before = end()
    kept = tokens if isinstance(tokens, str) else Held(tokens.to_dict())
    new = Held(more, tokens=kept, proof=proof, proved_at=time.time())
    if proof == "factor" and "challenge" not in before:
        revoke(new)
        raise ExpiredError("the sign-in was ended meanwhile")
    _go_by(_store().begin(new, SIGNED_IN_SECONDS))
    revoke(before)


def to_show(recovery_code: str | None) -> dict[str, Any]:
    """Return what keeps a new recovery code in a session until they have written it down."""
    if recovery_code is None:
        return {}
    return {"recovery": Held(code=recovery_code, ends_at=time.time() + SHOWN_SECONDS)}


def recovery_code() -> str | None:
    """Return the recovery code that they have not yet written down."""
    shown = Held(held().get("recovery") or {})
    return shown["code"] if shown and time.time() < shown["ends_at"] else None


def prove() -> None:
    """Note that they have just proved a factor; their session goes on under a new id."""
    put(proof="factor", proved_at=time.time(), tries=0)
    _go_by(_store().rename(session["id"]))


def may_change_factors(me: AuthenticationClient) -> bool:
    """Tell whether they have just proved a factor, or the password where they have no factor."""
    mine = held()
    is_fresh = 0 <= time.time() - mine["proved_at"] < PROOF_SECONDS
    return is_fresh and (mine["proof"] == "factor" or not me.list_enrolled_factors())


def end() -> Held:
    """End their session here, and return what it held."""
    session_id = session.get("id")
    session.clear()
    return (_store().end(session_id) if session_id else None) or Held()


def forget_dead_tokens() -> bool:
    """End their session because the service refused its tokens.

    Returns:
        False where another request has put newer tokens into it meanwhile.
    """
    stored = held().get("tokens") if "used" in g else None
    if stored is None:  # where it is over, their cookie may be that of a newer one by now
        return True
    if stored != g.used:
        return False
    end()
    return True


def revoke(over: Held) -> None:
    """Have the service end the tokens of a session that is over, if it can be told."""
    if "tokens" in over:
        try:
            client().as_user(_tokens(over)).sign_out()
        except AuthingMFAError as error:
            current_app.logger.warning("not revoked: %s", error)  # it holds no secret


def me() -> AuthenticationClient:
    """Return a client that acts as them; refreshed tokens go back into the session."""
    mine = held()
    if "tokens" not in mine:
        raise UnauthorizedError("signed out meanwhile")
    g.used = mine["tokens"]
    return client().as_user(
        _tokens(mine),
        lang=LOCALES[language()],
        real_ip=address(),
        on_new_tokens=functools.partial(_keep, session["id"]),
    )


def typed(*names: str) -> dict[str, str]:
    """Return those fields of their form that are not empty."""
    return {name: request.form[name].strip() for name in names if request.form.get(name)}


def _keep(session_id: str, fresh: TokenSet) -> None:
    """Keep refreshed tokens, on the server's side; those of a session that is over are revoked."""
    try:
        with _store().change(session_id) as theirs:
            theirs["tokens"] = fresh.to_dict()
    except ExpiredError:
        revoke(Held(tokens=fresh.to_dict()))
        raise UnauthorizedError("signed out meanwhile") from None
    g.used = fresh.to_dict()


def _go_by(session_id: str) -> None:
    """Give their cookie a session's id, and all else that it will hold.

    So no page writes it again: one that comes late would put the id of before into it.
    """
    session.clear()
    session["id"] = session_id
    generate_csrf()


def _store() -> Store:
    return cast(Store, current_app.extensions["sessions"])


def _tokens(theirs: Held) -> TokenSet | str:
    stored = theirs["tokens"]
    return stored if isinstance(stored, str) else TokenSet.from_dict(stored)
