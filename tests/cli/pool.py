"""A small management API on a real socket: two users, and settings that can be changed."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

USERS: dict[str, dict[str, Any]] = {
    "u1": {"totpStatus": "enabled", "smsMfaStatus": "disabled"},
    "u2": {"totpStatus": False, "smsMfaStatus": False},
}


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing where a client left in a hurry: by now standard error may be closed."""


class Pool:
    """A user pool behind the management API; use it as a context manager."""

    key_id = "example-key-id"
    key_secret = "example-key-secret"

    def __init__(self) -> None:
        self.enabled = ["OTP"]
        self.imported: list[dict[str, Any]] = []
        self.refuses_import_of: str | None = None
        handler = type("Handler", (_Handler,), {"pool": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Pool:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str, given: dict[str, Any]) -> dict[str, Any]:
        name = path.rpartition("/")[2].replace("-", "_")
        reply: Callable[[dict[str, Any]], Any] = getattr(self, name, _unknown)
        found = reply(given)
        return found if "statusCode" in (found or {}) else _envelope(200, data=found)

    def get_management_token(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["accessKeySecret"] != self.key_secret:
            return _envelope(401, message="the key is wrong", requestId="r-1")
        claims = base64.urlsafe_b64encode(b'{"scoped_userpool_id": "pool-1"}').decode()
        return {"access_token": f"example.{claims}.token", "expires_in": 7200}

    def get_global_mfa_settings(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"enabledFactors": self.enabled}

    def update_global_mfa_settings(self, given: dict[str, Any]) -> dict[str, Any]:
        self.enabled = given["enabledFactors"]
        return {"enabledFactors": self.enabled}

    def disable_global_mfa_settings(self, given: dict[str, Any]) -> dict[str, Any]:
        self.enabled = sorted(set(self.enabled) - set(given["disableFactors"]))
        return {"enabledFactors": self.enabled}

    def update_application_mfa_settings(self, given: dict[str, Any]) -> dict[str, Any]:
        on, off = given["enabledFactors"], given["disabledFactors"]
        return {"enabledFactors": [f"{given['appId']}+{'+'.join(on)}-{'-'.join(off)}"]}

    def get_user_mfa_info(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["userId"] not in USERS:
            return _envelope(404, apiCode=2004, message="no such user")
        return {"faceMfaStatus": False, "emailMfaStatus": False, **USERS[given["userId"]]}

    def list_users(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = given["options"]["pagination"]
        users = [
            {"userId": name, "status": "Activated", "createdAt": f"2026-01-0{day}T00:00:00.000Z"}
            for day, name in enumerate(USERS, 1)
        ]
        if given["options"].get("sort", [{}])[0].get("order") == "desc":
            users.reverse()
        end = wanted["page"] * wanted["limit"]
        return {"totalCount": len(users), "list": users[end - wanted["limit"] : end]}

    def import_otp(self, given: dict[str, Any]) -> dict[str, Any] | None:
        if self.refuses_import_of in [one["userId"] for one in given["list"]]:
            return _envelope(500, message="it broke")
        self.imported += given["list"]
        return None


def _unknown(given: dict[str, Any]) -> dict[str, Any]:
    return _envelope(404, message="no such endpoint")


def _envelope(status_code: int, **members: Any) -> dict[str, Any]:
    return {"statusCode": status_code, "message": "", **members}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pool: ClassVar[Pool]

    def do_GET(self) -> None:
        self._answer(dict(parse_qsl(urlsplit(self.path).query)))

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, given: dict[str, Any]) -> None:
        body = json.dumps(self.pool.answer(urlsplit(self.path).path, given)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
