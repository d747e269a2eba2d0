"""Where a command's calls go: to the service that the options name, or to a fresh sandbox."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from authing_mfa import AuthenticationClient, ManagementClient

from . import ask, embedded, keeper, output
from .settings import API_HOST, Settings

if TYPE_CHECKING:
    from authing_mfa.sandbox import SandboxUser


@attrs.frozen
class Place:
    """A service, and what the options say of the caller.

    Attributes:
        person: Who owns phone, mailbox and authenticator on an embedded sandbox.
    """

    settings: Settings
    person: SandboxUser | None = None

    def anonymous_client(self, **more: Any) -> AuthenticationClient:
        """Return a client that speaks for the application."""
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
        """Return a client that acts for the user whose token there is; ask for it otherwise."""
        return self.anonymous_client(access_token=self._token(), **more)

    def management_client(self, **more: Any) -> ManagementClient:
        """Return a client that acts with the administrator's key."""
        settings = self.settings
        return ManagementClient(
            access_key_id=settings.required("access_key_id"),
            access_key_secret=_asked(settings, "access_key_secret"),
            host=settings.value("api_host") or API_HOST,
            **self._shared(),
            **more,
        )

    def show_authenticator(self) -> None:
        """On a sandbox, show the code that the user's authenticator app would show now."""
        if self.person is not None:
            output.note(f"sandbox: the authenticator shows {self.person.totp_code()}", "magenta")

    def _token(self) -> str:
        settings = self.settings
        if settings.keyring and not settings.access_token:
            return keeper.take(settings.required("app_host"), settings.required("app_id"))
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
) -> Iterator[Place]:
    """Give the place that the options name.

    Args:
        settings: The options.
        factors: On an embedded sandbox: what its user has bound.
        asks_mfa: On an embedded sandbox: whether a sign-in needs a second factor.
    """
    if settings.wants_sandbox:
        with _embedded(settings, factors, asks_mfa) as place:
            yield place
    else:
        yield Place(settings)


@contextlib.contextmanager
def _embedded(settings: Settings, factors: Sequence[str], asks_mfa: bool) -> Iterator[Place]:
    with embedded.running(factors, asks_mfa=asks_mfa) as (sandbox, person):
        sandbox.outbox.listen(embedded.show)
        output.note(f"sandbox: a fresh one at {sandbox.url}, for this command alone", "magenta")
        filled = attrs.evolve(
            settings,
            host=sandbox.url,
            app_id=sandbox.app_id,
            app_secret=sandbox.app_secret,
            access_token=person.access_token,
            access_key_id=sandbox.access_key_id,
            access_key_secret=sandbox.access_key_secret,
        )
        yield Place(filled, person)


def _asked(settings: Settings, name: str) -> str:
    """Return a secret that must be there, asking a person for one that is not."""
    if settings.value(name) is None and ask.on_terminal():
        return ask.secret(name.replace("_", " ").capitalize())
    return settings.required(name)
