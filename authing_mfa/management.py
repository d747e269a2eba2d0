"""Read and set the MFA of a user pool and its users, with an access key."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, Final, Self

import attrs
import requests

from ._auth.access_key import AccessKey, read_management_tokens
from ._auth.signature import SCHEMES
from ._auth.tokens import ANONYMOUS, Bearer, RefreshingToken
from ._call.client import Client
from ._http.options import DEADLINE, MAX_RETRIES, TIMEOUT, Options
from ._protocol import bodies, endpoints
from ._protocol.deadline import Deadline, monotonic
from ._protocol.envelope import Envelope, api_error, build_data
from ._protocol.headers import identify
from ._protocol.request import Request
from ._secrets import Sealed, conceal, conceal_pairs, safe_repr, secret_of
from ._values import arguments
from ._values.factors import FactorType
from ._values.record import CallRecord
from ._values.signin import MFATrigger, TokenSet
from ._values.users import (
    MFASettings,
    OTPImport,
    OTPSecret,
    PoolUser,
    SetResult,
    UserFilter,
    UserIdType,
    UserMFAInfo,
    UserPage,
    UserSort,
)
from .errors import APIError, ConfigurationError, InvalidArgumentError

PUBLIC_HOST: Final = "https://api.authing.cn"
LARGEST_PAGE: Final = 50
"""Users on a page at most, as the API reference states."""
IMPORT_BATCH: Final = 50
"""Secrets sent in one call; the reference states no limit."""


class ManagementClient(Client):
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
        deadline: Seconds for a whole call, with all its attempts, waits and token fetches.
        max_retries: Further attempts that a call may have.
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
        timeout: float | tuple[float, float] = TIMEOUT,
        deadline: float = DEADLINE,
        max_retries: int = MAX_RETRIES,
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
        self._key = AccessKey(
            host=arguments.host("host", host),
            access_key_id=arguments.header_text("access_key_id", access_key_id),
            access_key_secret=arguments.optional(
                arguments.header_text, "access_key_secret", access_key_secret
            ),
            signing=None if signing is None else arguments.one_of("signing", signing, SCHEMES),
            lang=arguments.optional(arguments.header_text, "lang", lang),
            sign_host_path=arguments.flag("sign_host_path", sign_host_path),
            genauth_headers=arguments.flag("genauth_headers", genauth_headers),
            pickle_secrets=arguments.flag("pickle_secrets", pickle_secrets),
        )
        options = Options(
            host=self._key.host,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            verify=verify,
            proxies=proxies,
            on_call=on_call,
        )
        headers = identify({}, lang=lang, genauth=genauth_headers)
        tokens = self._key if self._key.signing else RefreshingToken(self._fetch, self._key.bearer)
        super().__init__(options, session, headers, tokens)

    @classmethod
    def from_env(cls, **options: Any) -> Self:
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
            "access_key_id": arguments.environ("AUTHING_ACCESS_KEY_ID"),
            "access_key_secret": conceal(arguments.environ("AUTHING_ACCESS_KEY_SECRET")),
            "host": conceal(os.environ.get("AUTHING_API_HOST") or PUBLIC_HOST),
        }
        return cls(**{**named, **given.open()})

    def _constructor_arguments(self) -> dict[str, Any]:
        keeps_secrets = self._key.pickle_secrets
        options = self._session.options.arguments(with_secrets=keeps_secrets)
        settings = {**attrs.asdict(self._key), **options}
        return settings if keeps_secrets else {**settings, "access_key_secret": None}

    def _identity(self) -> dict[str, str]:
        """Return pool and host; where requests are signed, the key's id stands for the pool.

        Raises:
            AuthingMFAError: The key is rejected, or no token can be had.
        """
        auth = self._session.tokens.auth(self._session.deadline())
        pool = self._key.access_key_id
        if isinstance(auth, Bearer):
            pool = auth.headers["x-authing-userpool-id"]
        return {"pool": pool, "host": self._session.options.host}

    @safe_repr
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._key.access_key_id} at {self._key.host}>"

    def _fetch(self, held: TokenSet | None, deadline: Deadline) -> TokenSet:
        session = self._session.signed_by(ANONYMOUS)
        build = partial(read_management_tokens, since=monotonic())
        return session.call(self._key.token_request(), build, deadline)

    def list_users(
        self,
        *,
        page: int = 1,
        limit: int = LARGEST_PAGE,
        keywords: str | None = None,
        filters: Sequence[UserFilter] = (),
        sort: Sequence[UserSort] = (),
        search_query: Mapping[str, Any] | None = None,
    ) -> UserPage:
        """Return one page of users: one call, with its one deadline.

        Args:
            page: From 1.
            limit: Users on a page, 1 to 50.
            keywords: Found in phone, e-mail, names.
            filters: Conditions that all hold.
            sort: Orders, the first counts most.
            search_query: A search-engine query, as the service takes it.

        Endpoint: ``POST /api/v3/list-users``
        """
        if not 1 <= arguments.count("limit", limit) <= LARGEST_PAGE:
            raise ConfigurationError(f"limit: wanted 1 to {LARGEST_PAGE} users on a page")
        if arguments.count("page", page) < 1:
            raise ConfigurationError("page: wanted 1 or more; the first page is 1")
        orders = list(arguments.items("sort", sort, UserSort))
        conditions = list(arguments.items("filters", filters, UserFilter))
        options = {
            "pagination": {"page": page, "limit": limit},
            "sort": [order.to_wire() for order in orders] or None,
        }
        body = {
            "keywords": arguments.optional(arguments.text, "keywords", keywords),
            "advancedFilter": [condition.to_wire() for condition in conditions] or None,
            "searchQuery": search_query,
            "options": _without_none(options),
        }
        request = Request(endpoints.LIST_USERS, json=_without_none(body))
        return self._session.fetch(request, UserPage)

    def iter_users(
        self,
        *,
        limit: int = LARGEST_PAGE,
        keywords: str | None = None,
        filters: Sequence[UserFilter] = (),
        sort: Sequence[UserSort] = (UserSort("createdAt"),),
        search_query: Mapping[str, Any] | None = None,
    ) -> Iterator[PoolUser]:
        """Yield all users that match; fetch each page when its first user is asked for.

        Each page is a call of its own, with a deadline of its own.

        A user who is added or removed meanwhile can shift the pages; ``authing_mfa.audit`` reads
        them so that no user is skipped or doubled.

        Args:
            limit: Users on a page, 1 to 50.
            keywords: As in ``list_users``, like all below.
            filters: Conditions.
            sort: Orders; the default is the oldest user first.
            search_query: A search-engine query.

        Endpoint: ``POST /api/v3/list-users``
        """
        conditions = tuple(arguments.items("filters", filters, UserFilter))
        orders = tuple(arguments.items("sort", sort, UserSort))
        seen, is_counted = 0, False
        for page in count(1):
            try:
                found = self.list_users(
                    page=page,
                    limit=limit,
                    keywords=keywords,
                    filters=conditions,
                    sort=orders,
                    search_query=search_query,
                )
            except InvalidArgumentError:
                if is_counted:  # all are seen, and the service refuses a page beyond the last
                    return
                raise
            yield from found.users
            seen += len(found.users)
            is_counted = seen >= found.total_count
            # A full page is not the last one, whatever the count says: that may lag.
            if not found.users or (is_counted and len(found.users) < limit):
                return

    def get_user_mfa_info(
        self, user_id: str, *, user_id_type: UserIdType = UserIdType.USER_ID
    ) -> UserMFAInfo:
        """Return which factors a user has bound.

        Args:
            user_id: The user, by the name that ``user_id_type`` says.
            user_id_type: The kind of name.

        Raises:
            NotFoundError: There is no such user.

        Endpoint: ``GET /api/v3/get-user-mfa-info``
        """
        request = Request(endpoints.GET_USER_MFA_INFO, params=_user(user_id, user_id_type))
        return self._session.fetch(request, UserMFAInfo)

    def get_mfa_status(
        self, user_id: str, *, user_id_type: UserIdType = UserIdType.USER_ID
    ) -> MFATrigger:
        """Return a user's trigger object as it is set.

        Args:
            user_id: The user, by the name that ``user_id_type`` says.
            user_id_type: The kind of name.

        Endpoint: ``GET /api/v3/get-mfa-status``
        """
        request = Request(endpoints.GET_MFA_STATUS, params=_user(user_id, user_id_type))
        return self._session.fetch(request, MFATrigger)

    def set_mfa_status(
        self,
        user_id: str,
        trigger: MFATrigger,
        *,
        user_id_type: UserIdType = UserIdType.USER_ID,
    ) -> None:
        """Set a user's trigger object. It does not switch a factor on or off.

        Args:
            user_id: The user, by the name that ``user_id_type`` says.
            trigger: As ``get_mfa_status`` returns it.
            user_id_type: The kind of name.

        Raises:
            APIError: The response says that it was not set.

        Endpoint: ``POST /api/v3/set-mfa-status``
        """
        if not isinstance(trigger, MFATrigger):
            raise ConfigurationError("trigger: wanted an MFATrigger, as get_mfa_status returns it")
        data = {**trigger.to_dict(), "mfaToken": secret_of(trigger, "mfa_token")}
        body = {**_user(user_id, user_id_type), "mfaTriggerData": data}
        self._session.call(Request(endpoints.SET_MFA_STATUS, json=body), _refuse_unless_set)

    def get_mfa_trigger_data(
        self, app_id: str, user_id: str, *, user_id_type: UserIdType = UserIdType.USER_ID
    ) -> MFATrigger:
        """Return the trigger of a user who passed your own login.

        Where its ``asks_for_factor`` is False, no second factor is asked for. Otherwise go on with
        ``AuthenticationClient.challenge(trigger)``.

        Args:
            app_id: The MFA application.
            user_id: The user, by the name that ``user_id_type`` says.
            user_id_type: The kind of name.

        Endpoint: ``GET /api/v3/get-mfa-trigger-data``
        """
        params = {"appId": arguments.text("app_id", app_id), **_user(user_id, user_id_type)}
        request = Request(endpoints.GET_MFA_TRIGGER_DATA, params=params)
        return self._session.fetch(request, MFATrigger)

    def get_global_mfa_settings(self) -> tuple[FactorType, ...]:
        """Return the factors that the pool has switched on.

        Endpoint: ``GET /api/v3/get-global-mfa-settings``
        """
        return self._enabled_factors(Request(endpoints.GET_GLOBAL_MFA_SETTINGS))

    def update_global_mfa_settings(
        self, enabled_factors: Iterable[FactorType | str]
    ) -> tuple[FactorType, ...]:
        """Switch factors on for the pool.

        Returns:
            Those that are on now; a deployment may switch off the others.

        Endpoint: ``POST /api/v3/update-global-mfa-settings``
        """
        body = {"enabledFactors": _factor_types("enabled_factors", enabled_factors)}
        return self._enabled_factors(Request(endpoints.UPDATE_GLOBAL_MFA_SETTINGS, json=body))

    def disable_global_mfa_settings(
        self, disabled_factors: Iterable[FactorType | str]
    ) -> tuple[FactorType, ...]:
        """Switch factors off for the pool. Not every deployment has this call.

        Endpoint: ``POST /api/v3/disable-global-mfa-settings``
        """
        body = {"disableFactors": _factor_types("disabled_factors", disabled_factors)}
        return self._enabled_factors(Request(endpoints.DISABLE_GLOBAL_MFA_SETTINGS, json=body))

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
            "appId": arguments.text("app_id", app_id),
            "enabledFactors": _factor_types("enabled_factors", enabled_factors),
            "disabledFactors": _factor_types("disabled_factors", disabled_factors),
        }
        return self._enabled_factors(Request(endpoints.UPDATE_APPLICATION_MFA_SETTINGS, json=body))

    def _enabled_factors(self, request: Request) -> tuple[FactorType, ...]:
        return self._session.fetch(request, MFASettings).enabled_factors

    def get_otp_secret(
        self, user_id: str, *, user_id_type: UserIdType = UserIdType.USER_ID
    ) -> OTPSecret:
        """Return the secret of a user's authenticator, by which anybody can make their codes.

        Args:
            user_id: The user, by the name that ``user_id_type`` says.
            user_id_type: The kind of name.

        Endpoint: ``GET /api/v3/get-otp-secret-by-user``
        """
        request = Request(endpoints.GET_OTP_SECRET_BY_USER, params=_user(user_id, user_id_type))
        return self._session.fetch(request, OTPSecret)

    def import_otp(
        self,
        imports: Iterable[OTPImport],
        *,
        batch_size: int = IMPORT_BATCH,
        on_batch: Callable[[int], object] | None = None,
    ) -> int:
        """Import the authenticators that users have elsewhere.

        Each batch is a call of its own, with a deadline of its own.

        Args:
            imports: The secrets; all are taken and checked before the first batch is sent.
            batch_size: The number sent in one call.
            on_batch: Called after each batch with the number imported so far: where a later batch
                fails, begin again there.

        Returns:
            The number imported.

        Raises:
            ConfigurationError: One of them, which it names, cannot work; nothing was sent.

        Endpoint: ``POST /api/v3/import-otp``
        """
        given = Sealed(imports)
        del imports
        if arguments.count("batch_size", batch_size) < 1:
            raise ConfigurationError("batch_size: wanted 1 or more")
        report = arguments.callback("on_batch", on_batch)
        checked = [
            _import_to_wire(f"imports[{place}]", item)
            for place, item in enumerate(arguments.items("imports", given.open(), OTPImport))
        ]
        done = 0
        while batch := checked[done : done + batch_size]:
            self._session.command(Request(endpoints.IMPORT_OTP, json={"list": batch}))
            done += len(batch)
            if report:
                report(done)
        return done


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are not None."""
    return {name: member for name, member in members.items() if member is not None}


def _user(user_id: str, user_id_type: UserIdType) -> dict[str, str]:
    kind = arguments.one_of("user_id_type", user_id_type, UserIdType)
    return {"userId": arguments.text("user_id", user_id), "userIdType": kind}


def _refuse_unless_set(envelope: Envelope) -> None:
    if not build_data(SetResult, envelope).success:
        raise api_error(APIError, "the service did not set it", envelope)


def _factor_types(name: str, values: Iterable[FactorType | str]) -> list[str]:
    return [bodies.factor_type(value).value for value in arguments.items(name, values, str)]


def _import_to_wire(where: str, item: OTPImport) -> dict[str, Any]:
    otp = {"secret": arguments.text(f"{where}.secret", secret_of(item, "secret"))}
    if item.recovery_code is not None:
        otp["recoveryCode"] = arguments.text(
            f"{where}.recovery_code", secret_of(item, "recovery_code")
        )
    return {"userId": arguments.text(f"{where}.user_id", item.user_id), "otp": otp}
