"""What the OAuth endpoints take and answer."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..routes import tokens as routes
from .clients import app_proof
from .operation import FORM, Operation, Operations
from .schema import TEXT, Schema, const, ref

_AGAIN = {
    "token": {
        "requestBody": {
            "grant_type": "refresh_token",
            "refresh_token": "$response.body#/refresh_token",
        }
    },
    "revocation": {"requestBody": {"token": "$response.body#/refresh_token"}},
}


def operations(context: Context) -> Operations:
    """Describe the endpoints of `routes.tokens`."""
    return {
        routes.token: _operation(
            context,
            "Exchange a refresh token for a new token set",
            {"grant_type": const("refresh_token"), "refresh_token": TEXT},
            data=ref("RefreshedTokens"),
            refusals=("invalid_grant", "unsupported_grant_type"),
            links=_AGAIN,
        ),
        routes.revocation: _operation(
            context, "End a token; a refresh token ends its whole sign-in", {"token": TEXT}
        ),
    }


def _operation(
    context: Context, summary: str, members: dict[str, Schema], **facts: Any
) -> Operation:
    proof = app_proof(context)
    refusals = ("bad_argument", "invalid_client", *facts.pop("refusals", ()))
    return Operation(
        summary=summary,
        security=proof.security,
        body={FORM: proof.beside(members)},
        refusals=refusals,
        **facts,
    )
