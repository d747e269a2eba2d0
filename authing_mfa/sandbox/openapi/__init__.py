"""The OpenAPI document of a running sandbox, made from its table of routes and its settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..access import (
    MANAGEMENT,
    MANAGEMENT_TOKEN,
    MFA_TOKEN,
    SENDER,
    SIGNATURE,
    USER_TOKEN,
)
from ..context import Context
from ..envelopes import V3
from ..json_schema import STRING, Schema
from ..routes import served
from ..routes.route import Route, resolved
from ..settings import Settings
from ..wire import Document, Fields
from .components import components

PATH = "/openapi.json"
_BASIC = "clientSecret"
_HEADERS: Document = {
    "X-Authing-Sandbox": {"required": True, "schema": {"enum": ["1"]}},
    "Date": {"required": True, "schema": {"type": "string"}},
}
_RETRY_AFTER: Document = {"Retry-After": {"schema": {"type": "integer", "minimum": 0}}}
_ABOUT = """\
A stateful stand-in for the service, for tests and demos; its page for people is at `/`.

A refusal nearly always comes with HTTP status 200: `statusCode` in its envelope is what counts. \
The same refusals are described for the HTTP statuses 4XX, with those of a request that is no \
request. A fault that was asked for may answer anything at all.

Headers that begin with `x-authing-` are taken as `x-genauth-` as well.
"""


def respond(context: Context, _: None, _given: Fields) -> Document:
    """Answer GET /openapi.json."""
    return document(context)


def document(context: Context) -> Document:
    """Describe every endpoint that is served."""
    paths: dict[str, Document] = {}
    for (method, path), route in served(context.settings).items():
        paths.setdefault(path, {})[method.lower()] = _operation(context, route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "authing-mfa sandbox", "version": "3", "description": _ABOUT},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components(context.settings),
            "securitySchemes": _SECURITY,
        },
    }


def _operation(context: Context, route: Route) -> Document:
    name, access = route.handle.__name__, route.access
    document: Document = {
        "operationId": name + ("_of_application" if route.form == "applications" else ""),
        "summary": (route.handle.__doc__ or name).partition("\n")[0].rstrip("."),
        "tags": [route.tag],
        "parameters": _parameters(context, route),
        "responses": _responses(context.settings, route),
    }
    by_header = access.client and _mode(context) == "client_secret_basic"
    security = (_BASIC,) if by_header else access.security
    if security:
        optional = access is SENDER and not context.settings.send_needs_token
        nobody: list[Document] = [{}] if optional else []
        document["security"] = [*({each: []} for each in security), *nobody]
    schema = resolved(context, route.body)
    if schema is not None:
        document["requestBody"] = _body(context, route, schema)
    return document


def _body(context: Context, route: Route, schema: Schema) -> Document:
    if route.access.client:
        schema = _with_client(context, schema)
    content = {kind: {"schema": schema} for kind in resolved(context, route.media)}
    return {"required": "oneOf" in schema or bool(schema["required"]), "content": content}


def _with_client(context: Context, schema: Schema) -> Schema:
    """Add the members by which the application proves itself, as it is set to."""
    if "oneOf" in schema:
        return {"oneOf": [_with_client(context, each) for each in schema["oneOf"]]}
    app_id, mode = context.state.application.app_id, _mode(context)
    members: Mapping[str, Schema] = {
        "none": {"client_id": {"enum": [app_id, "", None]}},
        "client_secret_basic": {},
        "client_secret_post": {
            "client_id": {"type": "string", "enum": [app_id]},
            "client_secret": STRING,
        },
    }[mode]
    required = [*schema["required"], *(members if mode == "client_secret_post" else ())]
    return {**schema, "properties": {**schema["properties"], **members}, "required": required}


def _parameters(context: Context, route: Route) -> list[Document]:
    query = resolved(context, route.query) or {"properties": {}, "required": []}
    found = [
        _parameter("query", name, schema, required=name in query["required"])
        for name, schema in query["properties"].items()
    ]
    settings = context.settings
    prefix = settings.header_prefixes[0]
    if route.access.app_id:
        required = any(getattr(settings, name) for name in route.access.app_id)
        # An empty header counts as none.
        known = {"enum": [context.state.application.app_id, *([] if required else [""])]}
        found.append(_parameter("header", f"{prefix}app-id", known, required=required))
    if route.access is MANAGEMENT:
        pool_id = {"enum": [context.state.pool_id]}
        found.append(_parameter("header", f"{prefix}userpool-id", pool_id))
    lang = {**STRING, "examples": ["zh-CN", "en-US"]}
    return [*found, _parameter("header", f"{prefix}lang", lang)]


def _responses(settings: Settings, route: Route) -> Document:
    """Describe the responses by their HTTP statuses."""
    names, envelope = (
        _possible(settings, (*route.access.refusals, *route.refusals)),
        route.envelope,
    )
    success = envelope.successes(route.data, route.beside)
    refused = envelope.refusals(settings, names, route.refused_data)
    # The server itself refuses in the V3 form, before it knows the route.
    early = ["bad_argument", "too_large", *(["throttled"] if route.limited else [])]
    early = [name for name in early if not (envelope.server_refuses and name in names)]
    with_200 = [] if envelope.plain_http else refused
    return {
        "200": _response("Done, or refused", [*success, *with_200], links=route.links),
        "4XX": _response(
            "Refused",
            [*refused, *V3().refusals(settings, early)],
            headers=_HEADERS | _RETRY_AFTER,
        ),
    }


def _response(
    description: str,
    schemas: list[Schema],
    *,
    headers: Document = _HEADERS,
    links: Mapping[str, Mapping[str, Any]] | None = None,
) -> Document:
    response: Document = {"description": description, "headers": headers}
    if schemas:
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        response["content"] = {"application/json": {"schema": schema}}
    if links:
        response["links"] = {
            f"to_{target}": {"operationId": target, **link} for target, link in links.items()
        }
    return response


def _possible(settings: Settings, names: Iterable[str]) -> tuple[str, ...]:
    """Return the refusals that the settings do not rule out."""
    ruled_out = {
        "scope_missing": settings.factor_scope is None,
        "international_sms_off": settings.international_sms,
    }
    return tuple(name for name in names if not ruled_out.get(name, False))


def _mode(context: Context) -> str:
    return context.state.application.client_auth


def _parameter(place: str, name: str, schema: Schema, *, required: bool = False) -> Document:
    return {"in": place, "name": name, "schema": schema, "required": required}


def _bearer(description: str) -> dict[str, Any]:
    return {"type": "http", "scheme": "bearer", "description": description}


_SECURITY = {
    USER_TOKEN: _bearer("The access token of a user, or the token of a finished step-up."),
    MFA_TOKEN: _bearer("The mfaToken that a sign-in which asks for a second factor answers."),
    MANAGEMENT_TOKEN: _bearer("The token of get_management_token."),
    SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": (
            "`authing <accessKeyId>:<signature>`, where the signature is base64 of the HMAC-SHA1 "
            "with the key's secret over the method, the `date` and `x-authing-` headers in order, "
            "and the path with the members of the query or body in order. With it go `date` and "
            "`x-authing-signature-method`, `-version` (1.0) and `-nonce`."
        ),
    },
    _BASIC: {
        "type": "http",
        "scheme": "basic",
        "description": "The application's id and secret, where it is set to prove itself so.",
    },
}
