"""What the document says of one endpoint beside its path and method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..context import Context
from ..routes.route import Handler
from .schema import Schema

Links = Mapping[str, Mapping[str, Any]]

USER, MFA, MANAGEMENT, SIGNATURE, CLIENT = (
    "userToken",
    "mfaToken",
    "managementToken",
    "accessKeySignature",
    "clientSecret",
)
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@attrs.frozen(kw_only=True)
class Operation:
    """One endpoint.

    Args:
        summary: what it is for, in one line.
        security: ways to prove who asks, any of them will do; none for anybody.
        anonymous: whether it answers without a proof as well.
        app_id: whether it reads the application's id from the headers.
        app_id_required: whether it refuses a request without one.
        query: parameters by their names; those in `required` must be there.
        body: of the request, by its media type.
        data: of a success; None where there is none.
        refusals: the names of what it may refuse.
        refused_data: what a refusal may have beside its codes.
        links: what may be asked next, by the operation's id.
    """

    summary: str
    security: tuple[str, ...] = ()
    anonymous: bool = False
    app_id: bool = False
    app_id_required: bool = False
    query: Mapping[str, Schema] = attrs.field(factory=dict)
    required: tuple[str, ...] = ()
    body: Mapping[str, Schema] = attrs.field(factory=dict)
    data: Schema | None = None
    beside: Mapping[str, Schema] = attrs.field(factory=dict)
    refusals: tuple[str, ...] = ()
    refused_data: Schema | None = None
    links: Links = attrs.field(factory=dict)


Operations = dict[Handler, Operation]


def asked(context: Context, **facts: Any) -> Operation:
    """Describe an endpoint that reads the application's id."""
    required = bool(facts.pop("app_id_required", context.settings.app_id_required))
    refusals = ("bad_argument", "application_not_found", *facts.pop("refusals", ()))
    return Operation(app_id=True, app_id_required=required, refusals=refusals, **facts)


def signed_in(context: Context, **facts: Any) -> Operation:
    """Describe an endpoint of a signed-in user."""
    scope = () if context.settings.factor_scope is None else ("scope_missing",)
    refusals = ("not_signed_in", *scope, *facts.pop("refusals", ()))
    security = facts.pop("security", (USER,))
    return asked(context, security=security, refusals=refusals, **facts)


def take(path: str) -> str:
    """Write a link's value: a member of the answer, by its JSON pointer."""
    return f"$response.body#/{path}"
