"""The forms of responses: how each is written, and how it is described."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from .json_schema import NULL, TEXT, Schema, const
from .json_schema import written as closed
from .refusals import MESSAGES, Refusal, RefusalCode
from .settings import Settings
from .wire import Document

_OK = {"zh": "成功", "en": "Success"}
_OAUTH_ERRORS = ("invalid_client", "invalid_grant", "unsupported_grant_type")
_MFA_REQUIRED = ("mfa_required_application", "mfa_required_personal")


@attrs.frozen(kw_only=True)
class Meta:
    """The language, the request id and the form of v2 refusals of one response."""

    language: str
    request_id: str
    v2_errors: str = "code"


@attrs.frozen
class Beside:
    """Data, and what stands beside ``data`` at the top of a v2 envelope."""

    data: Any
    beside: Document


def words(refusal: Refusal, language: str) -> str:
    """Return a refusal's message."""
    message = MESSAGES[refusal.name][language]
    return f"{message}: {refusal.detail}" if refusal.detail else message


class V3:
    """The envelope of the V3 API; the server's own refusals have it, too."""

    plain_http = False
    """Whether a refusal has its status code as its HTTP status."""
    server_refuses = True
    """Whether its refusals look like those of the server, which knows no route."""

    def write(self, data: Any, meta: Meta) -> Document | None:
        """Write a success; None is an endpoint without data."""
        document: Document = {
            "statusCode": 200,
            "message": _OK[meta.language],
            "requestId": meta.request_id,
        }
        if data is not None:
            document["data"] = data
        return document

    def refuse(self, refusal: Refusal, code: RefusalCode, meta: Meta) -> Document:
        """Write a refusal."""
        document: Document = {
            "statusCode": code.status_code,
            "message": words(refusal, meta.language),
            "requestId": meta.request_id,
        }
        if code.api_code is not None:
            document["apiCode"] = code.api_code
        if refusal.data is not None:
            document["data"] = refusal.data
        return document

    def successes(self, data: Schema | None, _beside: Mapping[str, Schema]) -> list[Schema]:
        """Describe a success with such data."""
        members = {"statusCode": const(200), "message": TEXT, "requestId": TEXT}
        return [closed(members | ({} if data is None else {"data": data}))]

    def refusals(
        self, settings: Settings, names: Iterable[str], data: Schema | None = None
    ) -> list[Schema]:
        """Describe refusals; with data are those that ask for MFA."""
        asking = [] if data is None else [name for name in names if name in _MFA_REQUIRED]
        plain = [name for name in names if name not in asking]
        members = {"message": TEXT, "requestId": TEXT}
        return [
            *_by_codes(settings, plain, _v3_codes, members),
            *_by_codes(settings, asking, _v3_codes, {**members, "data": data or {}}),
        ]


class Bare(V3):
    """No envelope around a success, and the one of V3 around a refusal."""

    def write(self, data: Any, _meta: Meta) -> Document | None:
        """Write a success; None is one without a body."""
        return None if data is None else dict(data)

    def successes(self, data: Schema | None, _beside: Mapping[str, Schema]) -> list[Schema]:
        """Describe a success, which is its data."""
        return [] if data is None else [data]


class OAuth(Bare):
    """No envelope around a success, and OAuth's object for a refusal."""

    plain_http = True
    server_refuses = False

    def refuse(self, refusal: Refusal, _code: RefusalCode, meta: Meta) -> Document:
        """Write a refusal."""
        error = refusal.name if refusal.name in _OAUTH_ERRORS else "invalid_request"
        return {"error": error, "error_description": words(refusal, meta.language)}

    def refusals(
        self, _settings: Settings, _names: Iterable[str], _data: Schema | None = None
    ) -> list[Schema]:
        """Describe refusals."""
        error = {"enum": [*_OAUTH_ERRORS, "invalid_request"]}
        return [closed({"error": error, "error_description": TEXT})]


class V2(V3):
    """The envelope of v2, whose refusals have an old and a newer form."""

    server_refuses = False

    def write(self, data: Any, meta: Meta) -> Document:
        """Write a success."""
        beside = data.beside if isinstance(data, Beside) else {}
        data = data.data if isinstance(data, Beside) else data
        return {"code": 200, "message": _OK[meta.language], "data": data, **beside}

    def refuse(self, refusal: Refusal, code: RefusalCode, meta: Meta) -> Document:
        """Write a refusal."""
        message = words(refusal, meta.language)
        if meta.v2_errors == "code":
            return {"code": code.api_code or code.status_code, "message": message}
        return {
            "uniqueId": meta.request_id,
            "statusCode": code.status_code,
            "apiCode": str(code.api_code or code.status_code),
            "message": message,
            "data": None,
        }

    def successes(self, data: Schema | None, beside: Mapping[str, Schema]) -> list[Schema]:
        """Describe a success, and what stands beside its data."""
        return [closed({"code": const(200), "message": TEXT, "data": data or {}, **beside})]

    def refusals(
        self, settings: Settings, names: Iterable[str], _data: Schema | None = None
    ) -> list[Schema]:
        """Describe refusals."""
        if settings.v2_errors == "code":
            return _by_codes(settings, names, _v2_code, {"message": TEXT})
        beside = {"message": TEXT, "uniqueId": TEXT, "data": NULL}
        return _by_codes(settings, names, _v2_codes, beside)


def _v3_codes(code: RefusalCode) -> dict[str, Schema]:
    api_code = {} if code.api_code is None else {"apiCode": const(code.api_code)}
    return {"statusCode": const(code.status_code), **api_code}


def _v2_code(code: RefusalCode) -> dict[str, Schema]:
    return {"code": const(code.api_code or code.status_code)}


def _v2_codes(code: RefusalCode) -> dict[str, Schema]:
    api_code = str(code.api_code or code.status_code)
    return {"statusCode": const(code.status_code), "apiCode": const(api_code)}


def _by_codes(
    settings: Settings,
    names: Iterable[str],
    write: Callable[[RefusalCode], dict[str, Schema]],
    members: dict[str, Schema],
) -> list[Schema]:
    """Describe one envelope for each code that these refusals have, with their names."""
    by_code: dict[RefusalCode, list[str]] = {}
    for name in dict.fromkeys(names):
        by_code.setdefault(settings.refusals[name], []).append(name)
    return [
        {"title": ", ".join(same), **closed({**write(code), **members})}
        for code, same in by_code.items()
    ]
