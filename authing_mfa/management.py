"""What an administrator does: settings, and the MFA of any user of the pool."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import attrs
import requests
from requests.auth import AuthBase

from . import _checks, _clock, _endpoints, _factors, _jwt
from ._client import identify, reading, with_twins
from ._mask import Sealed, conceal, conceal_pairs, hidden, sturdy
from ._pool_calls import PoolCalls
from ._renewal import RefreshingToken
from ._session import Session
from ._signing import SCHEMES, RequestSignature
from ._tokens import ANONYMOUS, Bearer, TokenSource
from ._transport import Options
from ._wire import Deadline
from .errors import ConfigurationError, InvalidResponseError
from .models import Envelope, FactorType
from .pool import MFASettings
from .record import CallRecord
from .signin import TokenAnswer, TokenSet

M = TypeVar("M", bound="ManagementClient")

_POOL_ID: Final = re.compile(r"[!-~]+")

PUBLIC_HOST: Final = "https://api.authing.cn"


@attrs.frozen(kw_only=True)
class _Key:
    """The access key of an administrator."""

    access_key_id: str
    access_key_secret: str | None = hidden()
    signing: str | None
    lang: str | None
    sign_host_path: bool
    genauth_headers: bool
    pickle_secrets: bool

    def secret(self) -> str:
        if self.access_key_secret is None:
            raise ConfigurationError(
                "access_key_secret: there is none; pass it. It travels in a pickled client only "
                "with pickle_secrets=True; where that is not wanted, use from_env() there"
            )
        return self.access_key_secret


@attrs.frozen
class _SignedByKey:
    """Signs each request with the key itself."""

    key: _Key
    host: str
    held: None = None

    def auth(self, deadline: Deadline) -> RequestSignature:
        return RequestSignature(
            access_key_id=self.key.access_key_id,
            access_key_secret=self.key.secret(),
            variant=self.key.signing or "",
            host_path="" if self.key.sign_host_path else urlsplit(self.host).path,
        )

    def on_unauthorized(self, auth: AuthBase | None) -> bool:
        return False


class ManagementClient(PoolCalls):
    """Reads and sets the MFA of a user pool, with an administrator's access key.

    Threads may share a client. Close it, or use it as a context manager.

    Args:
        access_key_id: The pool's id for its own key, or the id of a co-administrator's.
        access_key_secret: Its secret.
        host: The management API's address.
        signing: None to fetch a management token and keep it fresh; ``authing`` or ``genauth`` to
            sign each request with the key instead, in that variant.
        lang: Language of the service's messages.
        timeout: Seconds to connect, and seconds between two reads.
        deadline: Seconds for a whole call, all tries, waits and token fetches in it.
        max_retries: How many more times a call may be tried.
        verify: True, or the path of your own CA bundle.
        proxies: Scheme to URL; default: the environment's.
        session: Your own ``requests.Session``, as for ``AuthenticationClient``.
        on_call: Called with a ``CallRecord`` after each call.
        sign_host_path: Sign the path that ``host`` ends in, too; with ``signing`` only. The
            vendor's own client signs that of the call only; what the service expects is not
            stated.
        genauth_headers: Send each ``x-authing-`` header under its ``x-genauth-`` name as well.
        pickle_secrets: Let the secret and proxy passwords travel in a pickled client.

    Raises:
        ConfigurationError: An argument cannot work.
    """

    def __init__(
        self,
        *,
        access_key_id: str,
        access_key_secret: str | None,
        host: str = PUBLIC_HOST,
        signing: str | None = None,
        lang: str | None = None,
        timeout: float | tuple[float, float] = (3.05, 10),
        deadline: float = 30,
        max_retries: int = 2,
        verify: bool | str = True,
        proxies: Mapping[str, str] | None = None,
        session: requests.Session | None = None,
        on_call: Callable[[CallRecord], object] | None = None,
        sign_host_path: bool = False,
        genauth_headers: bool = False,
        pickle_secrets: bool = False,
    ) -> None:
        access_key_secret, host = conceal(access_key_secret), conceal(host)
        proxies = conceal_pairs(proxies)
        self._key = _Key(
            access_key_id=_checks.header_text("access_key_id", access_key_id),
            access_key_secret=_checks.optional(
                _checks.header_text, "access_key_secret", access_key_secret
            ),
            signing=_checks.optional(_variant, "signing", signing),
            lang=_checks.optional(_checks.header_text, "lang", lang),
            sign_host_path=_checks.flag("sign_host_path", sign_host_path),
            genauth_headers=_checks.flag("genauth_headers", genauth_headers),
            pickle_secrets=_checks.flag("pickle_secrets", pickle_secrets),
        )
        options = Options(
            host=_checks.host("host", host),
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            verify=verify,
            proxies=proxies,
            on_call=on_call,
        )
        headers = identify({}, lang=lang, genauth=genauth_headers)
        super().__init__(Session(options, session), headers, self._source(options.host))

    @classmethod
    def from_env(cls: type[M], **options: Any) -> M:
        """Return a client for the key that the environment names.

        Reads ``AUTHING_ACCESS_KEY_ID``, ``AUTHING_ACCESS_KEY_SECRET``, and ``AUTHING_API_HOST``
        where it is set.

        Args:
            options: Any other argument of the client.

        Raises:
            ConfigurationError: One of the first two is missing.
        """
        given = Sealed(options)  # with one that no client takes, such as another's secret
        del options
        named = {
            "access_key_id": _checks.environ("AUTHING_ACCESS_KEY_ID"),
            "access_key_secret": conceal(_checks.environ("AUTHING_ACCESS_KEY_SECRET")),
            "host": conceal(os.environ.get("AUTHING_API_HOST") or PUBLIC_HOST),
        }
        return cls(**{**named, **given.open()})

    def get_global_mfa_settings(self) -> tuple[FactorType, ...]:
        """Return the factors that the pool has switched on.

        Endpoint: ``GET /api/v3/get-global-mfa-settings``
        """
        return self._call(_endpoints.GET_GLOBAL_MFA_SETTINGS, _enabled)

    def update_global_mfa_settings(
        self, enabled_factors: Iterable[FactorType | str]
    ) -> tuple[FactorType, ...]:
        """Switch factors on for the pool; whether others stay on is told by what is returned.

        Endpoint: ``POST /api/v3/update-global-mfa-settings``
        """
        body = {"enabledFactors": _kinds("enabled_factors", enabled_factors)}
        return self._call(_endpoints.UPDATE_GLOBAL_MFA_SETTINGS, _enabled, json=body)

    def disable_global_mfa_settings(
        self, disabled_factors: Iterable[FactorType | str]
    ) -> tuple[FactorType, ...]:
        """Switch factors off for the pool. Not every deployment has this call.

        Endpoint: ``POST /api/v3/disable-global-mfa-settings``
        """
        body = {"disableFactors": _kinds("disabled_factors", disabled_factors)}
        return self._call(_endpoints.DISABLE_GLOBAL_MFA_SETTINGS, _enabled, json=body)

    def update_application_mfa_settings(
        self,
        app_id: str,
        *,
        enabled_factors: Iterable[FactorType | str] = (),
        disabled_factors: Iterable[FactorType | str] = (),
    ) -> tuple[FactorType, ...]:
        """Switch factors of one application on and off.

        Returns:
            Those that are on.

        Endpoint: ``POST /api/v3/update-application-mfa-settings``
        """
        body = {
            "appId": _checks.text("app_id", app_id),
            "enabledFactors": _kinds("enabled_factors", enabled_factors),
            "disabledFactors": _kinds("disabled_factors", disabled_factors),
        }
        return self._call(_endpoints.UPDATE_APPLICATION_MFA_SETTINGS, _enabled, json=body)

    def _source(self, host: str) -> TokenSource:
        if self._key.signing is not None:
            return _SignedByKey(self._key, host)
        return RefreshingToken(self._fetch_token, self._bearer)

    def _fetch_token(self, held: TokenSet | None, deadline: Deadline) -> TokenSet:
        body = {
            "accessKeyId": self._key.access_key_id,
            "accessKeySecret": self._key.secret(),
        }
        return self._call(
            _endpoints.GET_MANAGEMENT_TOKEN,
            functools.partial(_management_tokens, _clock.now()),
            tokens=ANONYMOUS,
            deadline=deadline,
            json=body,
        )

    def _bearer(self, held: TokenSet) -> Bearer:
        headers = {"x-authing-userpool-id": _pool_id(held)}
        signed = with_twins(headers, self._key.genauth_headers)
        return Bearer(held.access_token, signed, held.expires_at)

    def _arguments(self) -> dict[str, Any]:
        arguments = {
            **attrs.asdict(self._key),
            **self._session.options.arguments(with_secrets=self._key.pickle_secrets),
            "host": self._session.options.host,
        }
        if not self._key.pickle_secrets:
            arguments["access_key_secret"] = None
        return arguments

    @sturdy
    def __repr__(self) -> str:
        host = self._session.options.host
        return f"<{type(self).__name__} {self._key.access_key_id} at {host}>"


def _management_tokens(since: float, envelope: Envelope) -> TokenSet:
    tokens = reading(TokenAnswer)(envelope).to_tokens(_clock.now() - since)
    _pool_id(tokens)
    return tokens


def _pool_id(tokens: TokenSet) -> str:
    """Return the user pool that a management token claims to be for."""
    claim = _jwt.claims(tokens.access_token).get("scoped_userpool_id")
    if isinstance(claim, str) and _POOL_ID.fullmatch(claim):
        return claim
    where = "data.access_token"
    message = f"{where}: wanted a JWT that claims scoped_userpool_id, got none"
    raise InvalidResponseError(message, where=where)


def _variant(name: str, value: object) -> str:
    if not isinstance(value, str) or value not in SCHEMES:
        raise ConfigurationError(f"{name}: wanted one of {', '.join(SCHEMES)}")
    return str(value)


def _kinds(name: str, values: Iterable[FactorType | str]) -> list[str]:
    return [_factors.factor_type(value).value for value in _checks.items(name, values, str)]


def _enabled(envelope: Envelope) -> tuple[FactorType, ...]:
    return reading(MFASettings)(envelope).enabled_factors
