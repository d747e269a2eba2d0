"""One endpoint: its handler, who may call it, and what it takes and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from .. import wire
from ..context import Context
from ..json_schema import Schema
from ..wire import Request

Handler = Callable[[Context, Request], Any]
Table = dict[tuple[str, str], "Route"]

USER_TOKEN, MFA_TOKEN = "userToken", "mfaToken"
MANAGEMENT_TOKEN, SIGNATURE = "managementToken", "accessKeySignature"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
NOTHING = object()
"""Returned by a handler where even the body is empty."""


@attrs.frozen
class Access:
    """The rule for callers of an endpoint.

    Args:
        security: Ways to prove who calls, any of which will do; none for anybody.
        refusals: The names of the refusals that every such endpoint has.
        app_id: The settings of which any makes the application's id required; none where the
            id is not read.
        client: Whether the application proves itself as it is set to.
        anonymous: Whether no proof is needed either, unless ``send_needs_token`` is set.
    """

    security: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    app_id: tuple[str, ...] = ()
    client: bool = False
    anonymous: bool = False


_APP_ID = ("app_id_required",)
_APPLICATION = ("bad_argument", "application_not_found")
_SIGNED_IN = (*_APPLICATION, "not_signed_in", "scope_missing")

ANYBODY = Access()
APPLICATION = Access((), _APPLICATION, _APP_ID)
INTROSPECTION = Access((), _APPLICATION, (*_APP_ID, "introspection_needs_app_id"))
SENDER = Access((USER_TOKEN, MFA_TOKEN), (*_APPLICATION, "not_signed_in"), _APP_ID, anonymous=True)
SIGN_IN = Access((), (*_APPLICATION, "invalid_client"), _APP_ID, client=True)
CLIENT = Access((), ("bad_argument", "invalid_client"), client=True)
USER = Access((USER_TOKEN,), _SIGNED_IN, _APP_ID)
USER_IN_STEP_UP = Access((MFA_TOKEN, USER_TOKEN), _SIGNED_IN, _APP_ID)
STEP_UP = Access((MFA_TOKEN,), (*_APPLICATION, "mfa_token_rejected"), _APP_ID)
MANAGEMENT = Access(
    (MANAGEMENT_TOKEN, SIGNATURE),
    (
        "bad_argument",
        "not_signed_in",
        "wrong_access_key",
        "signature_wrong",
        "signature_method",
        "signature_version",
        "signature_date",
        "signature_date_missing",
        "signature_clock",
        "signature_replayed",
    ),
)


@attrs.frozen(kw_only=True)
class Route:
    """An endpoint; the first line of its handler's docstring says what it is for.

    ``body``, ``media`` and ``query`` may be functions of the context, as settings change them.

    Args:
        handle: Answers a request; its name is the endpoint's id in the OpenAPI document.
        write: Writes what the handler returns.
        refuse: Writes what the handler refuses.
        form: ``plain`` or ``applications``, where a path has two forms.
        plain_http: Whether a refusal has its status code as its HTTP status.
        limited: Whether it counts for the calls a second that the pool may make.
        body: The schema of the request's body.
        media: The media types of the body.
        query: The schema of the query, as of one object.
        data: The schema of a success; None where there is no data.
        beside: Schemas of what stands beside ``data`` in the envelope.
        refusals: The names of what it may refuse beside the refusals of its access.
        refused_data: The schema of the data of a refusal that asks for MFA.
        links: What may be called next, by the ids of those endpoints.
    """

    handle: Handler
    access: Access = ANYBODY
    write: wire.Writer = wire.v3
    refuse: wire.Refuser = wire.v3_refused
    form: str | None = None
    plain_http: bool = False
    limited: bool = False
    body: Schema | Callable[[Context], Schema] | None = None
    media: tuple[str, ...] | Callable[[Context], tuple[str, ...]] = (JSON,)
    query: Schema | Callable[[Context], Schema] | None = None
    data: Schema | None = None
    beside: Mapping[str, Schema] = attrs.field(factory=dict)
    refusals: tuple[str, ...] = ()
    refused_data: Schema | None = None
    links: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)


def endpoint(
    table: Table, method: str, path: str, access: Access, **facts: Any
) -> Callable[[Handler], Handler]:
    """Put the decorated handler into a table; ``facts`` are members of ``Route``."""

    def register(handle: Handler) -> Handler:
        table[method, path] = Route(handle=handle, access=access, **facts)
        return handle

    return register


def take(path: str) -> str:
    """Write a link's value: a member of the response, by its JSON pointer."""
    return f"$response.body#/{path}"
