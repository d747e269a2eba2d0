"""What a signed-in user does with their own factors."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import requests

from . import _checks
from ._application import Application, client_auth_mode
from ._endpoints import Endpoint
from ._factor_calls import FactorCalls
from ._mask import Sealed, conceal, conceal_pairs, sturdy
from ._session import Session
from ._sign_in_calls import OnNewTokens, SignInCalls
from ._tokens import SignIns, StaticToken
from ._transport import Options
from .errors import ConfigurationError
from .models import Envelope

if TYPE_CHECKING:
    from .record import CallRecord
    from .signin import TokenSet

C = TypeVar("C", bound="AuthenticationClient")

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class AuthenticationClient(FactorCalls, SignInCalls):
    """Signs users in, and does what a signed-in user does with their own factors.

    A client may be shared by threads; ``as_user`` gives a handle for each request's user. Close
    it, or use it as a context manager, to close its connections.

    Args:
        app_id: The application's id.
        app_host: Its address, such as ``https://demo.authing.cn``; ``http://`` for loopback only.
        app_secret: The application's secret.
        access_token: The user's token, sent as ``Bearer``; or a ``TokenSet``, which is refreshed
            before it expires.
        client_auth: How the application proves itself at sign-in: ``client_secret_post``,
            ``client_secret_basic`` or ``none``, as its settings say; by default the first where
            there is a secret.
        on_new_tokens: Called with each refreshed ``TokenSet``, to store it. What it raises reaches
            the caller; the client goes on with the new tokens all the same.
        lang: Language of the service's messages, such as ``en-US``; its default is ``zh-CN``.
        timeout: Seconds to connect, and seconds between two reads; one number stands for both.
        deadline: Seconds for a whole call, all tries and waits in it.
        max_retries: How many more times a call may be tried; see the retry rules in the README.
        verify: True, or the path of your own CA bundle. TLS cannot be left unverified.
        proxies: Scheme to URL, as requests takes them; default: the environment's.
        session: Your own ``requests.Session``. Its headers, hooks, proxies, client certificate and
            an adapter of your own are used; it is neither changed nor closed. Where its adapter or
            class is your own, the deadline does not bound everything: see docs/connections.md.
        real_ip: The end user's address, sent as ``x-real-ip``.
        on_call: Called with a ``CallRecord`` after each call.
        genauth_headers: Send each ``x-authing-`` header under its ``x-genauth-`` name as well.
        pickle_secrets: Let token, app secret and proxy passwords travel in a pickled client.

    Raises:
        ConfigurationError: An argument cannot work.
    """

    def __init__(
        self,
        *,
        app_id: str,
        app_host: str,
        app_secret: str | None = None,
        access_token: str | TokenSet | None = None,
        lang: str | None = None,
        timeout: float | tuple[float, float] = (3.05, 10),
        deadline: float = 30,
        max_retries: int = 2,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
        session: requests.Session | None = None,
        real_ip: str | None = None,
        on_call: Callable[[CallRecord], object] | None = None,
        client_auth: str | None = None,
        on_new_tokens: OnNewTokens | None = None,
        genauth_headers: bool = False,
        pickle_secrets: bool = False,
    ) -> None:
        app_secret, access_token = conceal(app_secret), _concealed(access_token)
        app_host, proxies = conceal(app_host), conceal_pairs(proxies)
        secret = _checks.optional(_checks.header_text, "app_secret", app_secret)
        self._application = Application(
            app_id=_checks.header_text("app_id", app_id),
            app_secret=secret,
            client_auth=client_auth_mode(client_auth, secret),
            lang=_checks.optional(_checks.header_text, "lang", lang),
            real_ip=_checks.optional(_checks.ip_address, "real_ip", real_ip),
            genauth_headers=_checks.flag("genauth_headers", genauth_headers),
            pickle_secrets=_checks.flag("pickle_secrets", pickle_secrets),
        )
        options = Options(
            host=_checks.host("app_host", app_host),
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            verify=verify,
            proxies=proxies,
            on_call=on_call,
        )
        self._sign_ins = SignIns()
        self._on_new_tokens = _checks.callback("on_new_tokens", on_new_tokens)
        super().__init__(
            Session(options, session),
            self._application.headers(),
            StaticToken(None)
            if access_token is None
            else self._source(access_token, self._on_new_tokens),
        )

    @classmethod
    def from_env(cls: type[C], **options: Any) -> C:
        """Return a client for what the environment names.

        Reads ``AUTHING_APP_ID`` and ``AUTHING_APP_HOST``, and where they are set
        ``AUTHING_APP_SECRET`` and ``AUTHING_ACCESS_TOKEN``.

        Args:
            options: Any other argument of the client.

        Raises:
            ConfigurationError: One of the first two is missing.
        """
        given = Sealed(options)  # with one that no client takes, such as another's secret
        del options
        named = {
            "app_id": _checks.environ("AUTHING_APP_ID"),
            "app_host": conceal(_checks.environ("AUTHING_APP_HOST")),
            "app_secret": conceal(os.environ.get("AUTHING_APP_SECRET") or None),
            "access_token": conceal(os.environ.get("AUTHING_ACCESS_TOKEN") or None),
        }
        return cls(**{**named, **given.open()})

    def set_access_token(self, access_token: str | TokenSet) -> None:
        """Use other tokens from now on; for scripts. Where users differ, see ``as_user``."""
        access_token = _concealed(access_token)
        self._tokens = self._source(access_token, self._on_new_tokens)

    def as_user(
        self: C,
        access_token: str | TokenSet,
        *,
        lang: str | None = None,
        real_ip: str | None = None,
        on_new_tokens: OnNewTokens | None = None,
    ) -> C:
        """Return a second client on the same connections for another user; it costs nothing.

        Handles of the same ``TokenSet`` refresh it once, though each tells its own
        ``on_new_tokens``.

        Args:
            access_token: The user's token, or the ``TokenSet`` of their sign-in.
            lang: Their language; default: this client's.
            real_ip: Their address; default: this client's.
            on_new_tokens: Stores their refreshed tokens; default: this client's.
        """
        access_token = _concealed(access_token)
        handle = self.for_visitor(lang=lang, real_ip=real_ip)
        store = _checks.callback("on_new_tokens", on_new_tokens) or self._on_new_tokens
        handle._on_new_tokens = store
        handle._tokens = self._source(access_token, store)
        return handle

    def for_visitor(self: C, *, lang: str | None = None, real_ip: str | None = None) -> C:
        """Return a second client on the same connections for somebody who is not signed in yet.

        Args:
            lang: Their language; default: this client's.
            real_ip: Their address; default: this client's.
        """
        application = copy.copy(self._application)
        if lang is not None:
            application.lang = _checks.header_text("lang", lang)
        if real_ip is not None:
            application.real_ip = _checks.ip_address("real_ip", real_ip)
        return self._handle(
            _application=application,
            _headers=application.headers(),
            _tokens=StaticToken(None),
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
    ) -> Envelope:
        """Call any other endpoint of the V3 API with the user's token.

        Only GET is tried again after a failure that may have left.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: Such as ``/api/v3/get-profile``.
            params: Query parameters.
            json: Body as JSON types.
            data: Body as a form; not beside ``json``.

        Returns:
            The envelope; its ``data`` is untouched.
        """
        params, data, json = conceal_pairs(params), conceal_pairs(data), Sealed(json)
        if method not in _METHODS:
            raise ConfigurationError(f"method: wanted one of {', '.join(_METHODS)}, in capitals")
        if json.open() is not None and data is not None:
            raise ConfigurationError("data: wanted a json or a data body, got both")
        endpoint = Endpoint(method, _checks.path("path", path), safe=method == "GET")
        return self._call(
            endpoint,
            lambda envelope: envelope,
            params=_checks.pairs("params", params),
            json=json if json.open() is not None else None,
            form=_checks.pairs("data", data),
        )

    def _arguments(self) -> dict[str, Any]:
        application, options = self._application, self._session.options
        arguments = {
            **vars(application),
            **options.arguments(with_secrets=application.pickle_secrets),
            "app_host": options.host,
            "access_token": None if self._tokens.ended else self._tokens.held,
            "on_new_tokens": self._on_new_tokens,
        }
        if not application.pickle_secrets:
            del arguments["app_secret"], arguments["access_token"]
        return arguments

    @sturdy
    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self._application.app_id} at {self._session.options.host}>"
        )


def _concealed(access_token: Any) -> Any:
    """Conceal a token; what is none is told by its type, and a set conceals itself."""
    return access_token if attrs.has(type(access_token)) else conceal(access_token)
