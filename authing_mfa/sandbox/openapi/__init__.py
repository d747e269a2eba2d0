"""The OpenAPI document of a running sandbox: what it serves, takes and answers as it is set."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..routes import served
from ..routes.route import Route
from ..wire import Document, Request
from . import factors, management, responses, signin, stepup, tokens
from .answers import components
from .operation import (
    CLIENT,
    MANAGEMENT,
    MFA,
    SIGNATURE,
    USER,
    Operation,
    Operations,
)
from .schema import STRING, Schema

PATH = "/openapi.json"
_PARTS = (factors, management, signin, stepup, tokens)
_ABOUT = """\
A stateful stand-in for the service, for tests and demos; its page for people is at `/`.

A refusal nearly always comes with HTTP status 200: `statusCode` in its envelope is what counts. \
The same refusals are described for the HTTP statuses 4XX, with those of a request that is no \
request. A fault that was asked for may answer anything at all.

Headers that begin with `x-authing-` are taken as `x-genauth-` as well.
"""


def answer(context: Context, _request: Request) -> Document:
    """Answer GET /openapi.json."""
    return document(context)


def document(context: Context) -> Document:
    """Describe every endpoint that is served."""
    described = operations(context)
    paths: dict[str, Document] = {}
    for (method, path), route in served(context.settings).items():
        members = _written(context, route, described[route.handle])
        paths.setdefault(path, {})[method.lower()] = members
    return {
        "openapi": "3.1.0",
        "info": {"title": "authing-mfa sandbox", "version": "3", "description": _ABOUT},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components(context.settings),
            "securitySchemes": _SECURITY,
        },
    }


def operations(context: Context) -> Operations:
    """Return what is said of each handler."""
    return {handle: each for part in _PARTS for handle, each in part.operations(context).items()}


def _written(context: Context, route: Route, operation: Operation) -> Document:
    suffix = "_of_application" if route.form == "applications" else ""
    document: Document = {
        "operationId": route.handle.__name__ + suffix,
        "summary": operation.summary,
        "tags": [route.handle.__module__.rpartition(".")[2]],
        "parameters": _parameters(context, operation),
        "responses": responses.written(context.settings, route, operation),
    }
    if operation.security:
        nobody: list[Document] = [{}] if operation.anonymous else []
        document["security"] = [*({name: []} for name in operation.security), *nobody]
    if operation.body:
        document["requestBody"] = _body(operation)
    return document


def _body(operation: Operation) -> Document:
    required = any("oneOf" in each or each["required"] for each in operation.body.values())
    content = {kind: {"schema": schema} for kind, schema in operation.body.items()}
    return {"required": required, "content": content}


def _parameters(context: Context, operation: Operation) -> list[Document]:
    found = [
        _parameter("query", name, schema, required=name in operation.required)
        for name, schema in operation.query.items()
    ]
    prefix = context.settings.header_prefixes[0]
    if operation.app_id:
        required = operation.app_id_required
        # An empty header counts as none.
        known = {"enum": [context.state.application.app_id, *([] if required else [""])]}
        found.append(_parameter("header", f"{prefix}app-id", known, required=required))
    if MANAGEMENT in operation.security:
        found.append(
            _parameter("header", f"{prefix}userpool-id", {"enum": [context.state.pool_id]})
        )
    lang = {**STRING, "examples": ["zh-CN", "en-US"]}
    return [*found, _parameter("header", f"{prefix}lang", lang)]


def _parameter(place: str, name: str, schema: Schema, *, required: bool = False) -> Document:
    return {"in": place, "name": name, "schema": schema, "required": required}


def _bearer(description: str) -> dict[str, Any]:
    return {"type": "http", "scheme": "bearer", "description": description}


_SECURITY = {
    USER: _bearer("The access token of a user, or the token of a finished step-up."),
    MFA: _bearer("The mfaToken that a sign-in which asks for a second factor answers."),
    MANAGEMENT: _bearer("The token of get_management_token."),
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
    CLIENT: {
        "type": "http",
        "scheme": "basic",
        "description": "The application's id and secret, where it is set to prove itself so.",
    },
}
