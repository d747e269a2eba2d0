"""Tokens that are near their end, and the refresh that a call with them begins with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from authing_mfa import (
    TokenSet,
)
from tests.support.wire import Wire, make_client

from .answers import (
    FACTORS,
    OIDC_TOKEN,
    plan,
    sent_form,
    went_to,
)

NEW: Final = {
    "access_token": "example-new-token",
    "refresh_token": "example-new-refresh-token",
    "id_token": "example-new-id-token",
    "token_type": "Bearer",
    "scope": "openid",
    "expires_in": 7200,
}
REFRESH: Final = {"grant_type": "refresh_token", "refresh_token": "example-refresh-token"}


def ending_in(seconds: float, **facts: Any) -> TokenSet:
    usual = {
        "access_token": "example-old-token",
        "refresh_token": "example-refresh-token",
        "expires_at": datetime.now(UTC) + timedelta(seconds=seconds),
    }
    return TokenSet(**{**usual, **facts})


def plan_list(wire: Wire, body: Any = None, **facts: Any) -> None:
    if body is None:
        wire.plan(FACTORS, payload="list_enrolled_factors", **facts)
    else:
        wire.plan(FACTORS, body, **facts)


def refreshed(wire: Wire, answer: Any = NEW, tokens: TokenSet | None = None, **client: Any) -> Any:
    """Return the form of the refresh that a call with tokens at their end begins with."""
    plan(wire, OIDC_TOKEN, answer)
    plan_list(wire)
    make_client(access_token=tokens or ending_in(-1), **client).list_enrolled_factors()
    assert [went_to(one) for one in wire.requests] == [("POST", OIDC_TOKEN), ("GET", FACTORS)]
    return sent_form(wire.requests[0])
