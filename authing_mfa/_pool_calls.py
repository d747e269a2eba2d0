"""The calls of the users of a pool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

from . import _checks, _endpoints
from ._client import Client, acknowledged, reading, refusal
from ._mask import Sealed, taken
from .errors import APIError, ConfigurationError, InvalidArgumentError
from .models import Envelope
from .pool import (
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
from .signin import MFATrigger

LARGEST_PAGE: Final = 50
"""Users on a page at most, as the API reference states."""
IMPORT_BATCH: Final = 50
"""Secrets sent in one call; the reference states no limit."""


class PoolCalls(Client):
    """The users of the pool that the administrator's key is for."""

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
        if not 1 <= _checks.count("limit", limit) <= LARGEST_PAGE:
            raise ConfigurationError(f"limit: wanted 1 to {LARGEST_PAGE} users on a page")
        if _checks.count("page", page) < 1:
            raise ConfigurationError("page: wanted 1 or more; the first page is 1")
        orders = list(_checks.items("sort", sort, UserSort))
        conditions = _checks.items("filters", filters, UserFilter)
        options: dict[str, Any] = {"pagination": {"page": page, "limit": limit}}
        if orders:
            options["sort"] = [order.to_wire() for order in orders]
        wanted = {
            "keywords": _checks.optional(_checks.text, "keywords", keywords),
            "advancedFilter": [condition.to_wire() for condition in conditions] or None,
            "searchQuery": search_query,
        }
        body = {key: value for key, value in wanted.items() if value is not None}
        return self._call(
            _endpoints.LIST_USERS, reading(UserPage), json={**body, "options": options}
        )

    def iter_users(
        self,
        *,
        limit: int = LARGEST_PAGE,
        keywords: str | None = None,
        filters: Sequence[UserFilter] = (),
        sort: Sequence[UserSort] = (UserSort("createdAt"),),
        search_query: Mapping[str, Any] | None = None,
    ) -> Iterator[PoolUser]:
        """Yield all users that match, a page at a time as they are wanted.

        Each page is a call of its own, with a deadline of its own.

        A user who comes or goes while this walks can shift the pages; ``authing_mfa.audit`` walks
        so that none is skipped or doubled.

        Args:
            limit: Users on a page, 1 to 50.
            keywords: As in ``list_users``, like all below.
            filters: Conditions.
            sort: Orders; the default is the oldest user first.
            search_query: A search-engine query.

        Endpoint: ``POST /api/v3/list-users``
        """
        conditions = tuple(_checks.items("filters", filters, UserFilter))
        orders = tuple(_checks.items("sort", sort, UserSort))
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
            user_id: Who, by ``user_id_type``.
            user_id_type: What ``user_id`` is.

        Raises:
            NotFoundError: There is no such user.

        Endpoint: ``GET /api/v3/get-user-mfa-info``
        """
        params = _who(user_id, user_id_type)
        return self._call(_endpoints.GET_USER_MFA_INFO, reading(UserMFAInfo), params=params)

    def get_mfa_status(
        self, user_id: str, *, user_id_type: UserIdType = UserIdType.USER_ID
    ) -> MFATrigger:
        """Return a user's trigger object as it is set.

        Args:
            user_id: Who, by ``user_id_type``.
            user_id_type: What ``user_id`` is.

        Endpoint: ``GET /api/v3/get-mfa-status``
        """
        params = _who(user_id, user_id_type)
        return self._call(_endpoints.GET_MFA_STATUS, reading(MFATrigger), params=params)

    def set_mfa_status(
        self,
        user_id: str,
        trigger: MFATrigger,
        *,
        user_id_type: UserIdType = UserIdType.USER_ID,
    ) -> None:
        """Set a user's trigger object. It does not switch a factor on or off.

        Args:
            user_id: Who, by ``user_id_type``.
            trigger: As ``get_mfa_status`` returns it.
            user_id_type: What ``user_id`` is.

        Raises:
            APIError: The service answers that it was not set.

        Endpoint: ``POST /api/v3/set-mfa-status``
        """
        if not isinstance(trigger, MFATrigger):
            raise ConfigurationError("trigger: wanted an MFATrigger, as get_mfa_status returns it")
        data = {**trigger.to_dict(), "mfaToken": taken(trigger, "mfa_token")}
        body = {**_who(user_id, user_id_type), "mfaTriggerData": data}
        self._call(_endpoints.SET_MFA_STATUS, _succeeded, json=body)

    def get_mfa_trigger_data(
        self, app_id: str, user_id: str, *, user_id_type: UserIdType = UserIdType.USER_ID
    ) -> MFATrigger:
        """Return what a user who passed your own login needs for a second factor.

        Where ``trigger.asks_for_factor`` is False none is asked for. Otherwise
        ``AuthenticationClient.challenge(trigger)`` goes on.

        Args:
            app_id: The MFA application.
            user_id: Who, by ``user_id_type``.
            user_id_type: What ``user_id`` is.

        Endpoint: ``GET /api/v3/get-mfa-trigger-data``
        """
        params = {"appId": _checks.text("app_id", app_id), **_who(user_id, user_id_type)}
        return self._call(_endpoints.GET_MFA_TRIGGER_DATA, reading(MFATrigger), params=params)

    def get_otp_secret(
        self, user_id: str, *, user_id_type: UserIdType = UserIdType.USER_ID
    ) -> OTPSecret:
        """Return the secret of a user's authenticator: whoever has it makes their codes.

        Args:
            user_id: Who, by ``user_id_type``.
            user_id_type: What ``user_id`` is.

        Endpoint: ``GET /api/v3/get-otp-secret-by-user``
        """
        params = _who(user_id, user_id_type)
        return self._call(_endpoints.GET_OTP_SECRET_BY_USER, reading(OTPSecret), params=params)

    def import_otp(
        self,
        imports: Iterable[OTPImport],
        *,
        batch_size: int = IMPORT_BATCH,
        on_batch: Callable[[int], object] | None = None,
    ) -> int:
        """Give users authenticators that they have elsewhere.

        Each batch is a call of its own, with a deadline of its own.

        Args:
            imports: The secrets; all are taken and checked before the first batch is sent.
            batch_size: How many go in one call.
            on_batch: Called after each batch with how many are in so far: where a later batch
                fails, begin there again.

        Returns:
            How many were imported.

        Raises:
            ConfigurationError: One of them cannot work, and which; nothing was sent.

        Endpoint: ``POST /api/v3/import-otp``
        """
        given = Sealed(imports)
        del imports
        if _checks.count("batch_size", batch_size) < 1:
            raise ConfigurationError("batch_size: wanted 1 or more")
        report = _checks.callback("on_batch", on_batch)
        checked = [
            _as_import(f"imports[{place}]", item)
            for place, item in enumerate(_checks.items("imports", given.open(), OTPImport))
        ]
        done = 0
        while batch := checked[done : done + batch_size]:
            self._call(_endpoints.IMPORT_OTP, acknowledged, json={"list": batch})
            done += len(batch)
            if report:
                report(done)
        return done


def _who(user_id: str, user_id_type: UserIdType) -> dict[str, str]:
    try:
        kind = UserIdType(user_id_type)
    except ValueError:
        names = ", ".join(one.value for one in UserIdType)
        raise ConfigurationError(f"user_id_type: wanted one of {names}") from None
    return {"userId": _checks.text("user_id", user_id), "userIdType": kind.value}


def _as_import(where: str, item: OTPImport) -> dict[str, Any]:
    otp = {"secret": _checks.text(f"{where}.secret", taken(item, "secret"))}
    if item.recovery_code is not None:
        otp["recoveryCode"] = _checks.text(f"{where}.recovery_code", taken(item, "recovery_code"))
    return {"userId": _checks.text(f"{where}.user_id", item.user_id), "otp": otp}


def _succeeded(envelope: Envelope) -> None:
    if not reading(SetResult)(envelope).success:
        raise refusal(APIError, "the service did not set it", envelope)
