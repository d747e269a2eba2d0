"""The responses of an endpoint, success and refusals, in the form of its route."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .. import wire
from ..json_schema import NULL, TEXT, Schema, const
from ..json_schema import written as closed
from ..refusals import RefusalCode
from ..routes.route import Route
from ..settings import Settings
from ..wire import Document

_MFA_REQUIRED = ("mfa_required_application", "mfa_required_personal")
_HEADERS: Document = {
    "X-Authing-Sandbox": {"required": True, "schema": {"enum": ["1"]}},
    "Date": {"required": True, "schema": {"type": "string"}},
}
_RETRY_AFTER: Document = {"Retry-After": {"schema": {"type": "integer", "minimum": 0}}}


def written(settings: Settings, route: Route) -> Document:
    """Describe the responses by their HTTP statuses."""
    names = _possible(settings, (*route.access.refusals, *route.refusals))
    success = _success(route)
    refused = _refused(settings, route, names)
    # The server itself refuses in the V3 form, before it knows the route.
    early = _v3_refused(settings, _early(route, names))
    with_200 = [] if route.plain_http else refused
    ok = _response("Done, or refused", [*success, *with_200], links=route.links)
    return {
        "200": ok,
        "4XX": _response("Refused", [*refused, *early], headers=_HEADERS | _RETRY_AFTER),
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


def _success(route: Route) -> list[Schema]:
    data = route.data
    if route.write is wire.bare:
        return [] if data is None else [data]
    members = {"message": TEXT} | ({} if data is None else {"data": data})
    if route.write is wire.v2:
        return [closed({"code": const(200), **members, **route.beside})]
    return [closed({"statusCode": const(200), "requestId": TEXT, **members})]


def _early(route: Route, refusals: tuple[str, ...]) -> list[str]:
    names = ["bad_argument", "too_large", *(["throttled"] if route.limited else [])]
    known = refusals if route.refuse is wire.v3_refused else ()
    return [name for name in names if name not in known]


def _refused(settings: Settings, route: Route, names: tuple[str, ...]) -> list[Schema]:
    if route.refuse is wire.oauth_refused:
        return [_OAUTH_ERROR]
    if route.refuse is wire.v2_refused:
        return _v2_refused(settings, names)
    plain = _v3_refused(settings, (each for each in names if each not in _MFA_REQUIRED))
    if route.refused_data is None:
        return plain
    with_data = _v3_refused(settings, _MFA_REQUIRED, data=route.refused_data)
    return [*plain, *with_data]


def _v3_refused(settings: Settings, names: Iterable[str], **data: Schema) -> list[Schema]:
    def write(code: RefusalCode) -> dict[str, Schema]:
        api_code = {} if code.api_code is None else {"apiCode": const(code.api_code)}
        return {"statusCode": const(code.status_code), **api_code}

    beside = {"message": TEXT, "requestId": TEXT, **data}
    return _of_codes(settings, names, write, beside)


def _v2_refused(settings: Settings, names: Iterable[str]) -> list[Schema]:
    def write(code: RefusalCode) -> dict[str, Schema]:
        if settings.v2_errors == "code":
            return {"code": const(code.api_code or code.status_code)}
        api_code = str(code.api_code or code.status_code)
        return {"statusCode": const(code.status_code), "apiCode": const(api_code)}

    beside = {"message": TEXT}
    if settings.v2_errors == "statusCode":
        beside |= {"uniqueId": TEXT, "data": NULL}
    return _of_codes(settings, names, write, beside)


def _of_codes(
    settings: Settings,
    names: Iterable[str],
    write: Callable[[RefusalCode], dict[str, Schema]],
    beside: dict[str, Schema],
) -> list[Schema]:
    """Describe one envelope for each code that these refusals have, with their names."""
    by_code: dict[RefusalCode, list[str]] = {}
    for name in dict.fromkeys(names):
        by_code.setdefault(settings.refusals[name], []).append(name)
    return [
        {"title": ", ".join(same), **closed({**write(code), **beside})}
        for code, same in by_code.items()
    ]


_OAUTH_ERROR = closed(
    {
        "error": {"enum": [*wire.OAUTH_ERRORS, "invalid_request"]},
        "error_description": TEXT,
    }
)
