"""The rules of the service, asked by a client in the same thread: no server, no socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
import requests
from requests.adapters import BaseAdapter

from authing_mfa import AuthenticationClient, CodeRejectedError, FactorType, MFARequiredError
from authing_mfa.sandbox import Sandbox, SandboxUser
from authing_mfa.sandbox.service import Service
from authing_mfa.sandbox.wire import Request

HOST = "https://sandbox.example.com"
EMAIL = "user@example.com"


class ServiceAdapter(BaseAdapter):
    """Hands requests to the service, as the server's handler does."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **_options: Any
    ) -> requests.Response:
        url, body = urlsplit(str(request.url)), request.body or b""
        assert isinstance(body, str | bytes)
        answered = self._service.respond(
            Request(
                method=str(request.method),
                path=url.path,
                query=url.query,
                headers={name.lower(): str(value) for name, value in request.headers.items()},
                body=body.encode() if isinstance(body, str) else body,
            )
        )
        response = requests.Response()
        response.request, response.url = request, str(request.url)
        response.status_code, response._content = answered.http_status, answered.encode()
        response.headers["Content-Type"] = answered.content_type
        return response

    def close(self) -> None:
        """Close nothing."""


@pytest.fixture
def unserved() -> Sandbox:
    sandbox = Sandbox()
    sandbox.clock.freeze()
    return sandbox


@pytest.fixture
def person(unserved: Sandbox) -> SandboxUser:
    return unserved.add_user(email=EMAIL, password="example-password")


@pytest.fixture
def client(unserved: Sandbox, person: SandboxUser) -> Iterator[AuthenticationClient]:
    with requests.Session() as session:
        session.mount(HOST, ServiceAdapter(unserved._service))
        yield AuthenticationClient(
            app_id=unserved.app_id,
            app_secret=unserved.app_secret,
            app_host=HOST,
            access_token=person.access_token,
            session=session,
        )


def test_mailed_code_binds_a_factor(unserved: Sandbox, client: AuthenticationClient) -> None:
    client.begin_enrollment("EMAIL", email=EMAIL).confirm(unserved.outbox.last_code(email=EMAIL))
    (factor,) = client.list_enrolled_factors()
    assert factor.factor_type is FactorType.EMAIL
    client.reset_factor(factor.factor_id)
    assert client.list_enrolled_factors() == ()


def test_authenticator_signs_in(
    unserved: Sandbox, client: AuthenticationClient, person: SandboxUser
) -> None:
    enrollment = client.begin_enrollment("OTP")
    assert enrollment.otp is not None
    totp = pyotp.TOTP(enrollment.otp.secret)
    enrollment.confirm(totp.at(unserved.clock.now()))
    unserved.require_mfa("personal")
    with pytest.raises(MFARequiredError) as asked:
        client.sign_in(email=EMAIL, password="example-password")
    unserved.clock.advance(60)
    passed = client.challenge(asked.value.trigger).verify_totp(totp.at(unserved.clock.now()))
    assert passed.user.user_id == person.user_id


def test_wrong_code_is_rejected(unserved: Sandbox, client: AuthenticationClient) -> None:
    enrollment = client.begin_enrollment("EMAIL", email=EMAIL)
    right = unserved.outbox.last_code(email=EMAIL)
    with pytest.raises(CodeRejectedError):
        enrollment.confirm("000000" if right != "000000" else "111111")
    assert client.list_enrolled_factors() == ()
