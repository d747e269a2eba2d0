"""Read the tokens that the service returns. It trusts them: nothing is verified here."""

from __future__ import annotations

import base64
import json
from typing import Any

from .._protocol.deadline import monotonic
from .._protocol.envelope import Envelope, build_data
from .._values.codec import misfit
from .._values.signin import TokenResponse, TokenSet


def jwt_claims(token: str) -> dict[str, Any]:
    """Return the payload of a JWT; empty for a token that is none."""
    try:
        payload = token.split(".")[1]
        padded = payload + "=" * (-len(payload) % 4)
        value = json.loads(base64.urlsafe_b64decode(padded))
    except (IndexError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read_tokens(envelope: Envelope, since: float, held: TokenSet | None = None) -> TokenSet:
    """Return the token set of a response.

    Args:
        envelope: The response, opened.
        since: When it was asked for, by ``monotonic()``: lifetimes count from there.
        held: The set that the new one replaces.

    Raises:
        InvalidResponseError: A token cannot stand in a header, or belongs to another user than
            ``held`` does.
    """
    fresh = build_data(TokenResponse, envelope).to_tokens(monotonic() - since, held)
    if held is not None:
        _refuse_another_user(held, fresh)
    return fresh


def _refuse_another_user(held: TokenSet, fresh: TokenSet) -> None:
    """Refuse refreshed tokens of which a JWT names another user than the old ones do.

    Each must fit: an ``id_token`` that is not told anew is the old one, and names the old user.
    """
    before, after = _subjects(held), _subjects(fresh)
    if before and after - before:
        raise misfit("data.access_token", "wanted a token of the same user")


def _subjects(tokens: TokenSet) -> set[str]:
    claims = [jwt_claims(token) for token in (tokens.access_token, tokens.id_token) if token]
    return {claim["sub"] for claim in claims if isinstance(claim.get("sub"), str)}
