"""Prove which application calls."""

from __future__ import annotations

from typing import Final

import attrs
from requests.auth import HTTPBasicAuth

from .._protocol.headers import identify
from .._secrets import hide
from .._values import arguments
from ..errors import ConfigurationError
from .tokens import ANONYMOUS, FixedAuth

CLIENT_AUTH_MODES: Final = ("client_secret_post", "client_secret_basic", "none")


@attrs.frozen(kw_only=True)
class Application:
    """The application that calls, and on whose behalf.

    Attributes:
        client_auth: How sign-in and token calls prove the application: one of
            ``CLIENT_AUTH_MODES``.
    """

    app_id: str
    app_secret: str | None = attrs.field(repr=hide)
    client_auth: str
    lang: str | None
    real_ip: str | None
    genauth_headers: bool
    pickle_secrets: bool

    def headers(self) -> dict[str, str]:
        """Return the headers of every call."""
        return identify(
            {"x-authing-app-id": self.app_id, "x-real-ip": self.real_ip},
            lang=self.lang,
            genauth=self.genauth_headers,
        )

    def proof_in_body(self) -> dict[str, str]:
        """Return the fields that prove the application in the body of a sign-in."""
        if self.client_auth != "client_secret_post":
            return {}
        return {"client_id": self.app_id, "client_secret": self._secret()}

    def proof_in_form(self) -> dict[str, str]:
        """Return the fields that name or prove the application in a form of a token call."""
        if self.client_auth == "none":
            return {"client_id": self.app_id}
        return self.proof_in_body()

    def proof_in_header(self) -> FixedAuth:
        """Return the ``Authorization`` header that proves the application, if it does so there."""
        if self.client_auth != "client_secret_basic":
            return ANONYMOUS
        return FixedAuth(HTTPBasicAuth(self.app_id, self._secret()))

    def _secret(self) -> str:
        if self.app_secret is None:
            raise ConfigurationError(
                f"app_secret: client_auth is {self.client_auth}, which needs it; pass it, or set "
                "client_auth to what the application's settings say"
            )
        return self.app_secret


def client_auth_mode(value: object, app_secret: str | None) -> str:
    """Return the mode wanted, or by default what the secret allows."""
    if value is None:
        return "none" if app_secret is None else "client_secret_post"
    return arguments.one_of("client_auth", value, CLIENT_AUTH_MODES)
