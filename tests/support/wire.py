"""The mocked wire: what the tests without sockets share."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, TypeVar, cast

import attrs
import responses
from requests import PreparedRequest

from authing_mfa import AuthenticationClient
from tests.support import payloads

HOST: Final = "https://demo.example.com"
FACTOR_ID: Final = "0123456789abcdef01234567|phone"


@attrs.frozen
class Method:
    """One method of the client: how it is called, its endpoint, and an answer that it takes."""

    call: Callable[[AuthenticationClient], Any]
    verb: str
    path: str
    payload: str

    @property
    def safe(self) -> bool:
        """Whether it may be sent again."""
        return self.verb == "GET" or self.path == "/mfa/token/introspection"


METHODS: Final = {
    "get_factor": Method(
        lambda client: client.get_factor(FACTOR_ID), "GET", "/api/v3/get-factor", "get_factor"
    ),
    "list_enrolled_factors": Method(
        AuthenticationClient.list_enrolled_factors,
        "GET",
        "/api/v3/list-enrolled-factors",
        "list_enrolled_factors",
    ),
    "list_factors_to_enroll": Method(
        AuthenticationClient.list_factors_to_enroll,
        "GET",
        "/api/v3/list-factors-to-enroll",
        "list_factors_to_enroll",
    ),
    "send_enroll_factor_request": Method(
        lambda client: client.send_enroll_factor_request("SMS", phone_number="18800000000"),
        "POST",
        "/api/v3/send-enroll-factor-request",
        "send_enroll_factor_request",
    ),
    "enroll_factor": Method(
        lambda client: client.enroll_factor(
            "SMS", enrollment_token="example-enrollment-token", pass_code="123456"
        ),
        "POST",
        "/api/v3/enroll-factor",
        "enroll_factor",
    ),
    "reset_factor": Method(
        lambda client: client.reset_factor(FACTOR_ID),
        "POST",
        "/api/v3/reset-factor",
        "enroll_factor",
    ),
    "verify_totp": Method(
        lambda client: client.verify_totp("123456"),
        "POST",
        "/api/v3/mfa-totp-verify",
        "mfa_totp_verify",
    ),
    "introspect_mfa_token": Method(
        lambda client: client.introspect_mfa_token("example-mfa-token"),
        "POST",
        "/mfa/token/introspection",
        "introspection_active",
    ),
}
WRITES: Final = sorted(name for name, method in METHODS.items() if not method.safe)
READS: Final = sorted(name for name, method in METHODS.items() if method.safe)
_VERBS: Final = {method.path: method.verb for method in METHODS.values()}


W = TypeVar("W", bound="Wire")


class Wire(responses.RequestsMock):
    """Answers below requests; every answer planned must be fetched, and no other can be."""

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def plan(
        self,
        path: str,
        body: Any = None,
        *,
        payload: str | None = None,
        verb: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Plan one answer: a payload by its name, bytes as they are, an error, or JSON.

        The path is whole, or only its last part.
        """
        whole = path if path.startswith("/") else f"/api/v3/{path}"
        if payload is not None:
            body = payloads.raw(payload)
        elif not isinstance(body, (bytes, Exception)):
            body = json_module.dumps(body).encode()
        self.add(
            verb or _VERBS.get(whole, "GET"),
            HOST + whole,
            body=body,
            status=status,
            headers=headers,
        )

    @property
    def requests(self) -> list[PreparedRequest]:
        """What was sent, in order."""
        return [call.request for call in self.calls]

    @property
    def request(self) -> PreparedRequest:
        """The only request that was sent."""
        (request,) = self.requests
        return request


def sent_body(request: PreparedRequest) -> bytes:
    """Return a request's body, empty where it has none."""
    body = request.body or b""
    return body.encode() if isinstance(body, str) else bytes(cast("bytes", body))


def sent_json(request: PreparedRequest) -> Any:
    """Return a request's body, read as JSON."""
    return json_module.loads(sent_body(request))


def sent_headers(request: PreparedRequest) -> dict[str, str]:
    """Return a request's headers, their names in small letters."""
    return {name.lower(): str(value) for name, value in request.headers.items()}


def make_client(**options: Any) -> AuthenticationClient:
    """Return a client of the mocked host, that tries once unless told otherwise."""
    usual = {"app_id": "app_example", "app_host": HOST, "access_token": "example-token"}
    return AuthenticationClient(**{**usual, "max_retries": 0, **options})
