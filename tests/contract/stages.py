"""Two places on which the same scenarios are played: the mocked wire, and the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import requests

from authing_mfa import AuthenticationClient
from authing_mfa.sandbox import Sandbox
from tests.support import payloads
from tests.support.wire import HOST, METHODS, Wire, make_client, sent_body

PHONE, EMAIL = "18800000000", "test@example.com"
KINDS = ("OTP", "SMS", "EMAIL", "FACE")

Reply = tuple[int, Mapping[str, str], bytes]
_SUFFIXES = {"SMS": "phone", "EMAIL": "email", "OTP": "otp", "FACE": "face"}
_PAGE = b"<html><body>gateway</body></html>"
INSTEAD: dict[str, Reply] = {
    "throttled": (429, {"Retry-After": "7"}, payloads.raw("failure_429")),
    "unavailable": (503, {}, payloads.raw("failure_503")),
    "third party": (200, {}, payloads.raw("failure_601")),
    "gateway page": (502, {}, _PAGE),
    "page": (200, {}, _PAGE),
}


class Stage(Protocol):
    """A service with one user, who is signed in and has nothing bound."""

    client: AuthenticationClient

    def bind(self, kind: str) -> str:
        """Let the user have a factor; return its id."""

    def disable(self, kind: str) -> None:
        """Let the application no longer offer a kind of factor."""

    def code(self, kind: str) -> str:
        """Return the code that the user was sent, or reads off the authenticator."""

    def wait_a_minute(self) -> None:
        """Let the enrollment tokens and codes of now run out."""

    def mfa_token(self) -> str:
        """Return an mfaToken of the user."""

    def sign_out(self) -> None:
        """Let the client's token be good no longer."""

    def misbehave(self, fault: str) -> None:
        """Let the next answer be spoilt, or come in place of the service's."""


class WireStage:
    """The mocked wire, with answers out of the payloads."""

    def __init__(self, wire: Wire) -> None:
        self.client = make_client()
        self._bound: list[str] = []
        self._disabled: set[str] = set()
        self._sent: set[str] = set()
        self._expired = self._signed_out = False
        self._fault: str | None = None
        wire.assert_all_requests_are_fired = False
        for method in METHODS.values():
            wire.add_callback(method.verb, HOST + method.path, self._reply)

    def bind(self, kind: str) -> str:
        self._bound.append(kind)
        return str(_factor(kind)["factorId"])

    def disable(self, kind: str) -> None:
        self._disabled.add(kind)

    def code(self, kind: str) -> str:
        return "246810"

    def wait_a_minute(self) -> None:
        self._expired = True
        self._sent.clear()

    def mfa_token(self) -> str:
        return "example-mfa-token"

    def sign_out(self) -> None:
        self._signed_out = True

    def misbehave(self, fault: str) -> None:
        self._fault = fault

    def _reply(self, request: requests.PreparedRequest) -> Reply:
        fault, self._fault = self._fault or "", None
        if fault in INSTEAD:
            return INSTEAD[fault]
        url = urlsplit(request.url or "")
        answer = self._answer(url.path.rpartition("/")[2], _contents(request, url.query))
        if fault == "dropped":
            raise requests.ConnectionError("dropped after the request was read")
        body = json.dumps(EDITS.get(fault, unchanged)(answer)).encode()
        return 200, {}, body[: len(body) // 2] if fault == "cut" else body

    def _answer(self, name: str, sent: dict[str, Any]) -> Any:
        if name == "introspection":
            return payloads.read(
                f"introspection_{'' if sent['token'] == self.mfa_token() else 'in'}active"
            )
        if self._signed_out:
            return {**payloads.read("failure_401"), "apiCode": 2020}
        answers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "get-factor": self._get,
            "list-enrolled-factors": lambda _: _done([_factor(kind) for kind in self._bound]),
            "list-factors-to-enroll": lambda _: _done(
                [{"factorType": kind} for kind in KINDS if kind not in self._not_offered()]
            ),
            "send-enroll-factor-request": self._send,
            "enroll-factor": self._enroll,
            "reset-factor": self._reset,
            "mfa-totp-verify": self._verify,
        }
        return answers[name](sent)

    def _not_offered(self) -> set[str]:
        return {*self._bound, *self._disabled}

    def _get(self, sent: dict[str, Any]) -> Any:
        for kind in self._bound:
            if _factor(kind)["factorId"] == sent["factorId"]:
                return _done(_factor(kind))
        return payloads.read("failure_404")

    def _send(self, sent: dict[str, Any]) -> Any:
        kind = sent["factorType"]
        if kind in self._disabled:
            return payloads.read("failure_403")
        if kind in self._bound:
            return payloads.read("failure_409")
        if kind in self._sent:
            return payloads.read("failure_422")
        self._sent |= {kind} & {"SMS", "EMAIL"}
        return payloads.read(f"send_enroll_factor_request{'_otp' if kind == 'OTP' else ''}")

    def _enroll(self, sent: dict[str, Any]) -> Any:
        kind, proof = sent["factorType"], sent["enrollmentData"]
        token = payloads.read("send_enroll_factor_request")["data"]["enrollmentToken"]
        if self._expired or sent["enrollmentToken"] != token:
            return payloads.read("failure_400")
        if kind != "FACE" and proof["passCode"] != self.code(kind):
            return {**payloads.read("failure_400"), "apiCode": 6001 if kind == "OTP" else 2001}
        self._bound.append(kind)
        return payloads.read("enroll_factor")

    def _reset(self, sent: dict[str, Any]) -> Any:
        answer = self._get(sent)
        if answer["statusCode"] == 200:
            self._bound.remove(answer["data"]["factorType"])
        return {**answer, "data": None}

    def _verify(self, sent: dict[str, Any]) -> Any:
        if "OTP" not in self._bound:
            return payloads.read("failure_404")
        right = sent["totp"] == self.code("OTP")
        return payloads.read(f"mfa_totp_verify{'' if right else '_wrong'}")


class SandboxStage:
    """The sandbox, over HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._user = sandbox.add_user(phone=PHONE, email=EMAIL)
        self.client = AuthenticationClient(**self._user.credentials, max_retries=0)

    def bind(self, kind: str) -> str:
        request = self.client.send_enroll_factor_request(kind, **_target(kind))
        self.client.enroll_factor(
            kind,
            enrollment_token=request.enrollment_token,
            pass_code=None if kind == "FACE" else self.code(kind),
            photo="face/example" if kind == "FACE" else None,
        )
        return self._user.factor_ids[-1]

    def disable(self, kind: str) -> None:
        self._sandbox.disable_factor(kind)

    def code(self, kind: str) -> str:
        if kind == "OTP":
            return self._user.totp_code()
        outbox = self._sandbox.outbox
        return outbox.last_code(phone=PHONE) if kind == "SMS" else outbox.last_code(email=EMAIL)

    def wait_a_minute(self) -> None:
        self._sandbox.clock.advance(61)

    def mfa_token(self) -> str:
        return self._user.new_mfa_token()

    def sign_out(self) -> None:
        self._sandbox.clock.advance(self._sandbox.settings.access_token_lifetime + 1)

    def misbehave(self, fault: str) -> None:
        faults = self._sandbox.faults
        plans: dict[str, Callable[[], object]] = {
            "throttled": lambda: faults.throttle(retry_after=7),
            "unavailable": lambda: faults.status(503),
            "third party": lambda: faults.status(601),
            "gateway page": lambda: faults.html(502),
            "page": lambda: faults.html(200),
            "cut": faults.truncate,
            "dropped": faults.drop,
            "unknown kind": faults.unknown_factor,
            "extra keys": faults.extra_fields,
            "null data": lambda: faults.null_fields("data"),
        }
        plans[fault]()


def other_than(code: str) -> str:
    """Return a code of the same length that is not this one."""
    return "".join(str((int(digit) + 5) % 10) for digit in code)


def _target(kind: str) -> dict[str, str]:
    return {"SMS": {"phone_number": PHONE}, "EMAIL": {"email": EMAIL}}.get(kind, {})


def _contents(request: requests.PreparedRequest, query: str) -> dict[str, Any]:
    text = sent_body(request).decode()
    if text.startswith("{"):
        return dict(json.loads(text))
    return dict(parse_qsl(text or query))


def _done(data: Any) -> Any:
    return {**payloads.read("enroll_factor"), "data": data}


def _factor(kind: str) -> Any:
    return payloads.read(f"get_factor_{kind.lower()}")["data"]


def _with_unknown_kind(answer: Any) -> Any:
    new = {"factorId": "f_new", "factorType": "PASSKEY", "profile": {}}
    data = answer["data"]
    return {**answer, "data": [*data, new] if isinstance(data, list) else {**data, **new}}


def _with_extra_keys(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_extra_keys(each) for each in value]
    if isinstance(value, dict):
        return {**{key: _with_extra_keys(each) for key, each in value.items()}, "new": [None]}
    return value


def unchanged(answer: Any) -> Any:
    return answer


EDITS: dict[str, Callable[[Any], Any]] = {
    "unknown kind": _with_unknown_kind,
    "extra keys": _with_extra_keys,
    "null data": lambda answer: {**answer, "data": None},
}
