"""Clients of the service that the options name, or of a fresh sandbox."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .. import AuthenticationClient, ManagementClient
from . import ask, keyring, output, sandbox
from .settings import Settings

if TYPE_CHECKING:
    from ..sandbox import SandboxUser


@attrs.frozen
class Service:
    """The service that a command calls, and the factory of its clients.

    Attributes:
        settings: The options, filled with those of an embedded sandbox.
        sandbox_user: The owner of phone, mailbox and authenticator on an embedded sandbox.
    """

    settings: Settings
    sandbox_user: SandboxUser | None = None

    def anonymous_client(self, **more: Any) -> AuthenticationClient:
        """Return a client that acts for the application."""
        settings = self.settings
        return AuthenticationClient(
            app_id=settings.required("app_id"),
            app_host=settings.required("app_host"),
            app_secret=settings.value("app_secret"),
            client_auth=settings.client_auth,
            **self._shared(),
            **more,
        )

    def user_client(self, **more: Any) -> AuthenticationClient:
        """Return a client that acts for a user; ask for the token where none is given."""
        return self.anonymous_client(access_token=self._token(), **more)

    def management_client(self, **more: Any) -> ManagementClient:
        """Return a client that acts with the administrator's key; ask for a missing secret."""
        settings = self.settings
        return ManagementClient(
            access_key_id=settings.required("access_key_id"),
            access_key_secret=_asked(settings, "access_key_secret"),
            host=settings.management_host,
            **self._shared(),
            **more,
        )

    def show_authenticator(self) -> None:
        """Show the present code of the user's authenticator on a sandbox."""
        if self.sandbox_user is not None:
            code = self.sandbox_user.totp_code()
            output.note(f"sandbox: the authenticator shows {code}", "magenta")

    def _token(self) -> str:
        settings = self.settings
        if settings.keyring and not settings.access_token:
            return keyring.load(settings)
        return _asked(settings, "access_token")

    def _shared(self) -> dict[str, Any]:
        settings = self.settings
        wanted = {"verify": settings.ca_bundle, "deadline": settings.deadline}
        return {
            "lang": settings.language,
            "genauth_headers": settings.genauth_headers,
            **{name: value for name, value in wanted.items() if value is not None},
        }


@contextlib.contextmanager
def connected(
    settings: Settings, *, factors: Sequence[str] = ("SMS",), asks_mfa: bool = False
) -> Iterator[Service]:
    """Give the service that the options name.

    Args:
        settings: The options.
        factors: On an embedded sandbox: what its user has bound.
        asks_mfa: On an embedded sandbox: whether a sign-in needs a second factor.
    """
    if settings.value("app_host") != "sandbox":
        yield Service(settings)
        return
    with sandbox.running(factors, asks_mfa=asks_mfa) as (server, user):
        server.outbox.listen(sandbox.show)
        output.note(f"sandbox: a fresh one at {server.url}, for this command alone", "magenta")
        filled = attrs.evolve(settings, host=server.url, **sandbox.credentials(server, user))
        yield Service(filled, user)


def _asked(settings: Settings, name: str) -> str:
    """Return a secret that must be there; ask a person for it where it is not given."""
    if settings.value(name) is None and ask.on_terminal():
        return ask.secret(name.replace("_", " ").capitalize())
    return settings.required(name)
