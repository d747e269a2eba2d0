"""The mocked wire of an administrator, with answers out of the payloads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from authing_mfa import ManagementClient
from tests.support import payloads
from tests.support.wire import HOST, Wire, sent_body, sent_headers

from .stages import EDITS, INSTEAD, KINDS, Reply, unchanged

SECRET = "SANDBOXSANDBOX23"
TOKEN_NAME = "get-management-token"

_STATUS_KEYS = {
    "OTP": "totpStatus",
    "SMS": "smsMfaStatus",
    "EMAIL": "emailMfaStatus",
    "FACE": "faceMfaStatus",
}
_NAMES = {
    "user_id": "userId",
    "external_id": "externalId",
    "phone": "phone",
    "email": "email",
    "username": "username",
}


class WireAdminStage:
    """The mocked wire, with answers out of the payloads."""

    app_id = "app_example"

    def __init__(self, wire: Wire, signing: str | None) -> None:
        self.client = ManagementClient(
            access_key_id="key_example",
            access_key_secret="example-key-secret",
            host=HOST,
            signing=signing,
            max_retries=0,
        )
        self._users: list[dict[str, Any]] = []
        self._factors: dict[str, dict[str, str]] = {}
        self._statuses: dict[str, Any] = {}
        self._on = {"pool": list(KINDS), "application": list(KINDS)}
        self._asked: tuple[str, ...] = ()
        self._habits: set[str] = set()
        self._is_key_rejected = self._is_token_dead = False
        self._fault: tuple[str, str] | None = None
        wire.assert_all_requests_are_fired = False
        for verb in ("GET", "POST"):
            wire.add_callback(verb, re.compile(f"{HOST}/api/v3/"), self._reply)

    def add_user(self, *factors: str, **facts: str) -> str:
        user_id = f"{len(self._users):024x}"
        record = {"userId": user_id, "status": "Activated", "workStatus": "Active"}
        names = {_NAMES.get(name, name): fact for name, fact in facts.items()}
        self._users.append({**record, **names})
        self._factors[user_id] = dict.fromkeys(factors, SECRET)
        return user_id

    def require_mfa(self, *kinds: str) -> None:
        self._asked = kinds

    def turn(self, habit: str) -> None:
        self._habits.add(habit)

    def expire_token(self) -> None:
        self._is_token_dead = True

    def reject_key(self) -> None:
        self._is_key_rejected = self._is_token_dead = True

    def misbehave(self, fault: str, name: str) -> None:
        self._fault = fault, name

    def _reply(self, request: requests.PreparedRequest) -> Reply:
        url = urlsplit(request.url or "")
        name = url.path.rpartition("/")[2]
        fault = ""
        if self._fault and self._fault[1] == name:
            fault, self._fault = self._fault[0], None
        if fault in INSTEAD:
            return INSTEAD[fault]
        body = sent_body(request)
        sent = json.loads(body) if body else dict(parse_qsl(url.query))
        answer = self._refusal(request, name) or self._answer(name, sent)
        if fault == "dropped":
            raise requests.ConnectionError("dropped after the request was read")
        whole = json.dumps(EDITS.get(fault, unchanged)(answer)).encode()
        return 200, {}, whole[: len(whole) // 2] if fault == "cut" else whole

    def _refusal(self, request: requests.PreparedRequest, name: str) -> Any:
        authorization = sent_headers(request).get("authorization", "")
        if name == TOKEN_NAME:
            self._is_token_dead = self._is_key_rejected
            return _refused(401) if self._is_key_rejected else None
        if authorization.startswith(("authing ", "GenAuth ")):
            return _refused(401, 1300) if self._is_key_rejected else None
        return _refused(401, 2020) if self._is_token_dead else None

    def _answer(self, name: str, sent: dict[str, Any]) -> Any:
        answers: dict[str, Callable[[dict[str, Any]], Any]] = {
            TOKEN_NAME: lambda _: payloads.read("get_management_token"),
            "get-global-mfa-settings": lambda _: self._enabled("pool"),
            "update-global-mfa-settings": self._update,
            "disable-global-mfa-settings": self._disable,
            "update-application-mfa-settings": self._update_application,
            "get-user-mfa-info": lambda sent: self._of_user(sent, self._info),
            "get-mfa-status": lambda sent: self._of_user(sent, self._status),
            "set-mfa-status": lambda sent: self._of_user(sent, self._set_status, sent),
            "get-mfa-trigger-data": self._trigger,
            "import-otp": self._import,
            "get-otp-secret-by-user": lambda sent: self._of_user(sent, self._secret),
            "list-users": self._list,
        }
        return answers[name](sent)

    def _enabled(self, whose: str) -> Any:
        kinds = [kind for kind in KINDS if kind in self._on[whose]]
        if "text" in self._habits:
            return _done("get_global_mfa_settings_text", enabledFactors=json.dumps(kinds))
        return _done("get_global_mfa_settings", enabledFactors=kinds)

    def _update(self, sent: dict[str, Any]) -> Any:
        if set(sent["enabledFactors"]) - set(KINDS):
            return _refused(400)
        kept = self._on["pool"] if "adds" in self._habits else []
        self._on["pool"] = [*kept, *sent["enabledFactors"]]
        return self._enabled("pool")

    def _disable(self, sent: dict[str, Any]) -> Any:
        if "no disabling" in self._habits:
            return _refused(404)
        if set(sent["disableFactors"]) - set(KINDS):
            return _refused(400)
        self._on["pool"] = [
            kind for kind in self._on["pool"] if kind not in sent["disableFactors"]
        ]
        return self._enabled("pool")

    def _update_application(self, sent: dict[str, Any]) -> Any:
        if sent["appId"] != self.app_id:
            return _refused(404, 2011)
        if {*sent["enabledFactors"], *sent["disabledFactors"]} - set(KINDS):
            return _refused(400)
        on = {*self._on["application"], *sent["enabledFactors"]} - {*sent["disabledFactors"]}
        self._on["application"] = list(on)
        return self._enabled("application")

    def _of_user(self, sent: dict[str, Any], answer: Callable[..., Any], *more: Any) -> Any:
        for user in self._users:
            if user.get(_NAMES[sent["userIdType"]]) == sent["userId"]:
                return answer(user["userId"], *more)
        return _refused(404, 2004)

    def _info(self, user_id: str) -> Any:
        on, off = (True, False) if "flags" in self._habits else ("enabled", "disabled")
        bound = self._factors[user_id]
        told = {key: on if kind in bound else off for kind, key in _STATUS_KEYS.items()}
        return _done("get_user_mfa_info", **told)

    def _status(self, user_id: str) -> Any:
        return self._statuses.get(user_id) or payloads.read("get_mfa_status")

    def _set_status(self, user_id: str, sent: dict[str, Any]) -> Any:
        if "sets nothing" in self._habits:
            return payloads.read("set_mfa_status_not_set")
        answer = payloads.read("get_mfa_status")
        self._statuses[user_id] = {**answer, "data": sent["mfaTriggerData"]}
        return payloads.read("set_mfa_status")

    def _trigger(self, sent: dict[str, Any]) -> Any:
        if sent["appId"] != self.app_id:
            return _refused(404, 2011)
        methods = [
            {"mfaPolicy": kind, "status": 1, "sort": sort} for sort, kind in enumerate(self._asked)
        ]
        return self._of_user(sent, lambda _: _done("get_mfa_status", applicationMfa=methods))

    def _import(self, sent: dict[str, Any]) -> Any:
        for each in sent["list"]:
            if each["userId"] not in self._factors:
                return _refused(404, 2004)
            if not re.fullmatch("[A-Z2-7]{16,}", each["otp"]["secret"]):
                return _refused(400)
            if "no replacing" in self._habits and "OTP" in self._factors[each["userId"]]:
                return _refused(409)
        for each in sent["list"]:
            self._factors[each["userId"]]["OTP"] = each["otp"]["secret"]
        return payloads.read("enroll_factor")

    def _secret(self, user_id: str) -> Any:
        secret = self._factors[user_id].get("OTP")
        return _done("get_otp_secret_by_user", secret=secret) if secret else _refused(404)

    def _list(self, sent: dict[str, Any]) -> Any:
        if "searchQuery" in sent:
            return _refused(501)
        found = list(self._users)
        for condition in sent.get("advancedFilter", ()):
            if condition["field"] != "username" or condition["operator"] != "IN":
                return _refused(400)
            found = [user for user in found if user.get("username") in condition["value"]]
        words = sent.get("keywords", "")
        found = [user for user in found if words in user.get("username", "")]
        for order in sent["options"].get("sort", ()):
            if order["field"] not in ("createdAt", "username"):
                return _refused(400)
            key = {"createdAt": "userId"}.get(order["field"], order["field"])
            found.sort(key=lambda user: user[key], reverse=order["order"] == "desc")
        page, limit = (sent["options"]["pagination"][name] for name in ("page", "limit"))
        part = found[(page - 1) * limit : page * limit]
        return _done("list_users", totalCount=len(found), list=part)


def _done(payload: str, **changes: Any) -> Any:
    answer = payloads.read(payload)
    return {**answer, "data": {**answer["data"], **changes}}


def _refused(status_code: int, api_code: int | None = None) -> Any:
    body = payloads.read(f"failure_{status_code}")
    return body if api_code is None else {**body, "apiCode": api_code}
