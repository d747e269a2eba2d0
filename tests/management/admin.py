"""A client of an administrator on the mocked wire, and the table of what it can call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import attrs
from requests import PreparedRequest

from authing_mfa import ManagementClient, MFATrigger, OTPImport
from tests.support import payloads
from tests.support.wire import HOST, Wire, sent_body, sent_headers

KEY_ID: Final = "key_example"
KEY_SECRET: Final = "example-key-secret"
TOKEN: Final = payloads.read("get_management_token")["data"]["access_token"]
TRIGGER: Final = payloads.read("get_mfa_status")["data"]
USER_ID: Final = "0123456789abcdef01234567"
SECRET: Final = "SANDBOXSANDBOX23"
TOKEN_PATH: Final = "/api/v3/get-management-token"


@attrs.frozen
class Method:
    """One method of the client: how it is called, its endpoint, what goes with it, an answer."""

    call: Callable[[ManagementClient], Any]
    verb: str
    name: str
    payload: str
    query: str = ""
    body: Any = None
    writes: bool = False

    @property
    def path(self) -> str:
        """The whole path."""
        return f"/api/v3/{self.name}"


METHODS: Final = {
    "get_user_mfa_info": Method(
        lambda client: client.get_user_mfa_info(USER_ID),
        "GET",
        "get-user-mfa-info",
        "get_user_mfa_info",
        query=f"userId={USER_ID}&userIdType=user_id",
    ),
    "get_mfa_status": Method(
        lambda client: client.get_mfa_status(USER_ID),
        "GET",
        "get-mfa-status",
        "get_mfa_status",
        query=f"userId={USER_ID}&userIdType=user_id",
    ),
    "set_mfa_status": Method(
        lambda client: client.set_mfa_status(USER_ID, MFATrigger.from_dict(TRIGGER)),
        "POST",
        "set-mfa-status",
        "set_mfa_status",
        body={"userId": USER_ID, "userIdType": "user_id", "mfaTriggerData": TRIGGER},
        writes=True,
    ),
    "get_mfa_trigger_data": Method(
        lambda client: client.get_mfa_trigger_data("app_example", USER_ID),
        "GET",
        "get-mfa-trigger-data",
        "get_mfa_status",
        query=f"appId=app_example&userId={USER_ID}&userIdType=user_id",
    ),
    "get_global_mfa_settings": Method(
        ManagementClient.get_global_mfa_settings,
        "GET",
        "get-global-mfa-settings",
        "get_global_mfa_settings",
    ),
    "update_global_mfa_settings": Method(
        lambda client: client.update_global_mfa_settings(["SMS", "OTP"]),
        "POST",
        "update-global-mfa-settings",
        "get_global_mfa_settings",
        body={"enabledFactors": ["SMS", "OTP"]},
        writes=True,
    ),
    "disable_global_mfa_settings": Method(
        lambda client: client.disable_global_mfa_settings(["FACE"]),
        "POST",
        "disable-global-mfa-settings",
        "get_global_mfa_settings",
        body={"disableFactors": ["FACE"]},
        writes=True,
    ),
    "update_application_mfa_settings": Method(
        lambda client: client.update_application_mfa_settings(
            "app_example", enabled_factors=["SMS"], disabled_factors=["FACE", "EMAIL"]
        ),
        "POST",
        "update-application-mfa-settings",
        "get_global_mfa_settings",
        body={
            "appId": "app_example",
            "enabledFactors": ["SMS"],
            "disabledFactors": ["FACE", "EMAIL"],
        },
        writes=True,
    ),
    "import_otp": Method(
        lambda client: client.import_otp([OTPImport(user_id=USER_ID, secret=SECRET)]),
        "POST",
        "import-otp",
        "enroll_factor",
        body={"list": [{"userId": USER_ID, "otp": {"secret": SECRET}}]},
        writes=True,
    ),
    "get_otp_secret": Method(
        lambda client: client.get_otp_secret(USER_ID),
        "GET",
        "get-otp-secret-by-user",
        "get_otp_secret_by_user",
        query=f"userId={USER_ID}&userIdType=user_id",
    ),
    "list_users": Method(
        ManagementClient.list_users,
        "POST",
        "list-users",
        "list_users",
        body={"options": {"pagination": {"page": 1, "limit": 50}}},
    ),
}
READS: Final = [name for name, method in METHODS.items() if not method.writes]
WRITES: Final = [name for name, method in METHODS.items() if method.writes]
BY_USER: Final = [name for name, method in METHODS.items() if "userId" in (method.body or "")] + [
    name for name, method in METHODS.items() if "userId=" in method.query
]
VARIANTS: Final = {"authing": ("x-authing-", "authing"), "genauth": ("x-genauth-", "GenAuth")}
_VERBS: Final = {method.path: method.verb for method in METHODS.values()}


def make_admin(**options: Any) -> ManagementClient:
    """Return an administrator's client of the mocked host, that tries once unless told."""
    usual = {"access_key_id": KEY_ID, "access_key_secret": KEY_SECRET, "host": HOST}
    return ManagementClient(**{**usual, "max_retries": 0, **options})


def plan_token(wire: Wire, body: Any = None, **facts: Any) -> None:
    """Plan the answer to the next fetch of a token: by default one that lasts two hours."""
    if body is None:
        facts = {"payload": "get_management_token", **facts}
    wire.plan(TOKEN_PATH, body, verb="POST", **facts)


def plan(wire: Wire, name: str, body: Any = None, **facts: Any) -> None:
    """Plan an answer to the call of a method's name; by default its success."""
    method = METHODS[name]
    if body is None:
        facts = {"payload": method.payload, **facts}
    wire.plan(method.path, body, verb=method.verb, **facts)


def done(data: Any) -> Any:
    """Return the envelope of a success."""
    return {**payloads.read("enroll_factor"), "data": data}


def refused(status_code: int, api_code: int | None = None) -> Any:
    """Return the envelope of a refusal."""
    body = payloads.read(f"failure_{status_code}")
    return body if api_code is None else {**body, "apiCode": api_code}


def paths(wire: Wire) -> list[str]:
    """Return the last part of each path that was called, in order."""
    return [urlsplit(request.url or "").path.rpartition("/")[2] for request in wire.requests]


def authorization(request: PreparedRequest) -> str:
    """Return what signed a request."""
    return sent_headers(request)["authorization"]


def expected_signature(request: PreparedRequest, prefix: str) -> str:
    """Return what a request must be signed with, worked out of what was sent."""
    headers = sent_headers(request)
    url = urlsplit(request.url or "")
    members: dict[str, str] = {}
    if request.method == "GET":
        pairs = (pair.partition("=") for pair in url.query.split("&") if pair)
        members = {key: unquote(value) for key, _, value in pairs}
    else:
        for key, value in json.loads(sent_body(request)).items():
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            members[key] = value if isinstance(value, str) else text
    signed = sorted(name for name in headers if name == "date" or name.startswith(prefix))
    lines = [request.method or "", *(f"{name}:{headers[name]}" for name in signed)]
    query = "&".join(f"{key}={members[key]}" for key in sorted(members))
    text = "\n".join([*lines, f"{url.path}?{query}" if query else url.path])
    digest = hmac.digest(KEY_SECRET.encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()
