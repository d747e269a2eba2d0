"""Plain HTTP calls, written by hand: no part of the client is in these tests."""

from __future__ import annotations

import base64
import json
from types import TracebackType
from typing import Any

import requests

from authing_mfa.sandbox import Sandbox, SandboxUser

Json = dict[str, Any]
TIMEOUT = 10
PHONE = "13800000000"
EMAIL = "user@example.com"


class Caller:
    """Somebody with a connection and, if signed in, a token."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["x-authing-lang"] = "en-US"
        if token is not None:
            self.session.headers["authorization"] = f"Bearer {token}"

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.close()

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request and return the whole answer."""
        return self.session.request(
            method, self.sandbox.url + path, timeout=TIMEOUT, allow_redirects=False, **options
        )

    def get(self, endpoint: str, **query: str) -> Json:
        """GET an endpoint of the V3 API."""
        return dict(self.send("GET", f"/api/v3/{endpoint}", params=query).json())

    def post(self, endpoint: str, **body: Any) -> Json:
        """POST JSON to an endpoint of the V3 API."""
        return dict(self.send("POST", f"/api/v3/{endpoint}", json=body).json())

    def request_enrollment(self, factor_type: str, **profile: Any) -> Json:
        """Begin an enrolment."""
        return self.post("send-enroll-factor-request", factorType=factor_type, profile=profile)

    def enroll(self, factor_type: str, token: str, **proof: Any) -> Json:
        """Finish an enrolment."""
        return self.post(
            "enroll-factor",
            factorType=factor_type,
            enrollmentToken=token,
            enrollmentData=proof,
        )

    def sign_in(self, connection: str = "PASSWORD", **body: Any) -> Json:
        """Sign in; the payloads are given by their wire names."""
        return self.post("signin", connection=connection, **body)

    def by_password(self, user: SandboxUser, **options: Any) -> Json:
        """Sign in as a user, by name and password."""
        payload = {"username": user.username, "password": user.password}
        return self.sign_in(passwordPayload=payload, options=options)

    def token(self, **form: str) -> requests.Response:
        """POST a form to /oidc/token."""
        return self.send("POST", "/oidc/token", data=form)

    def v2(self, path: str, token: str = "", method: str = "POST", **body: Any) -> Json:
        """Call a v2 endpoint with an mfaToken."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = self.send(method, f"/api/v2/{path}", json=body, headers=headers)
        return dict(answer.json())

    def introspect(self, token: str) -> Json:
        """Ask what an mfaToken is good for."""
        answer = self.send("POST", "/mfa/token/introspection", data={"token": token})
        return dict(answer.json())


def codes(envelope: Json) -> tuple[int, int | None]:
    """Return what decides: the statusCode and the apiCode, None where there is none."""
    return envelope["statusCode"], envelope.get("apiCode")


def claims_of(jwt: str) -> Json:
    """Read a JWT's claims, unchecked."""
    part = jwt.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def management_token(caller: Caller, **changes: str) -> Json:
    """Ask for a management token with the pool's key."""
    sandbox = caller.sandbox
    key = {
        "accessKeyId": sandbox.access_key_id,
        "accessKeySecret": sandbox.access_key_secret,
        **changes,
    }
    return caller.post("get-management-token", **key)


def enroll_sms(caller: Caller, phone: str) -> None:
    """Bind a phone, start to finish."""
    token = caller.request_enrollment("SMS", phoneNumber=phone)["data"]["enrollmentToken"]
    code = caller.sandbox.outbox.last_code(phone=phone)
    assert codes(caller.enroll("SMS", token, passCode=code)) == (200, None)


def enroll_otp(caller: Caller, user: SandboxUser) -> Json:
    """Bind an authenticator, start to finish, and return its otpData."""
    data: Json = caller.request_enrollment("OTP")["data"]
    answer = caller.enroll("OTP", data["enrollmentToken"], passCode=user.totp_code())
    assert codes(answer) == (200, None)
    return dict(data["otpData"])


def ask(caller: Caller, *filters: tuple[Any, ...], **body: Any) -> Json:
    """POST list-users; a filter is a field, an operator and, if it has one, a value."""
    if filters:
        names = ("field", "operator", "value")
        body["advancedFilter"] = [dict(zip(names, each, strict=False)) for each in filters]
    return caller.post("list-users", **body)


def options(page: int = 1, limit: int = 50, **rest: Any) -> Json:
    """Return options with a page."""
    return {"pagination": {"page": page, "limit": limit}, **rest}


def names(answer: Json) -> list[str]:
    """Return the usernames of a page."""
    return [each["username"] for each in answer["data"]["list"]]
