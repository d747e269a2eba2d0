"""The frozen values of a sign-in: its options, its tokens, and its second factor."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from .._secrets import conceal, hide, repr_account, repr_email, repr_phone
from ..errors import ConfigurationError
from .base import Value, WireValue, checked
from .codec import misfit, read_filled, wire
from .factors import FactorType

_TOKEN: Final = re.compile(r"[!-~]+")

LONGEST_LIFETIME_SECONDS: Final = 10 * 365 * 86400
"""A lifetime said to be longer is taken as ten years."""


@checked
@attrs.frozen(kw_only=True)
class SignInOptions(WireValue):
    """The options of a sign-in; those that are None are not sent.

    Attributes:
        scope: Space separated; holds ``openid``; ``offline_access`` asks for a refresh token.
        client_ip: The end user's address; without it the service logs this machine's.
        context: Handed to the pipeline functions of the user pool.
        tenant_id: The tenant to sign in to.
        custom_data: Stored with a user who is created by this sign-in.
        auto_register: Create the user where there is none.
        captcha_code: The picture's text, once the service has asked for it.
    """

    scope: str | None = None
    client_ip: str | None = None
    context: dict[str, Any] | None = attrs.field(default=None, hash=False, repr=hide)
    tenant_id: str | None = None
    custom_data: dict[str, Any] | None = attrs.field(default=None, hash=False, repr=hide)
    auto_register: bool | None = None
    captcha_code: str | None = attrs.field(default=None, repr=hide)


@checked
@attrs.frozen(kw_only=True)
class TokenSet(WireValue):
    """The tokens of a signed-in user; all secret.

    Attributes:
        access_token: What ``as_user`` and ``set_access_token`` take; they take the whole set, too.
        expires_at: When it ends.
        refresh_token: Gets the next set; None without the scope ``offline_access``.
        id_token: Says who the user is. It is handed out as it came, **not verified**: check its
            signature, issuer, audience and expiry with the service's keys before you believe it.
        scope: What was granted, where the service says.
    """

    access_token: str = wire("access_token", repr=hide)
    expires_at: datetime = wire("expires_at")
    refresh_token: str | None = wire("refresh_token", default=None, repr=hide)
    id_token: str | None = wire("id_token", default=None, repr=hide)
    token_type: str = wire("token_type", default="bearer")
    scope: str | None = None

    def __attrs_post_init__(self) -> None:
        expires_at: object = self.expires_at
        if not isinstance(expires_at, datetime) or expires_at.utcoffset() is None:
            raise ConfigurationError("expires_at: wanted an instant, a datetime with its zone")

    @property
    def expired(self) -> bool:
        """True once the access token has ended, by this machine's clock."""
        return self.expires_at <= datetime.now(UTC)

    @property
    def _revocable(self) -> tuple[str | None, ...]:
        """The tokens that a sign-out revokes, in its order."""
        return conceal(self.refresh_token), conceal(self.access_token)


@attrs.frozen(kw_only=True)
class TokenResponse(WireValue):
    """Tokens as the service writes them, with a lifetime in seconds instead of an end."""

    access_token: str = wire("access_token", repr=hide)
    expires_in: float = wire("expires_in", "expire_in")
    refresh_token: str | None = wire("refresh_token", default=None, repr=hide)
    id_token: str | None = wire("id_token", default=None, repr=hide)
    token_type: str = wire("token_type", default="bearer")
    scope: str | None = None

    def to_tokens(self, age: float = 0, held: TokenSet | None = None) -> TokenSet:
        """Return the set.

        Args:
            age: Seconds since they were asked for, which their lifetime counts from.
            held: The set that they replace; it gives the members that the service left out.

        Raises:
            InvalidResponseError: A token could not stand in a header.
        """
        for name in ("access_token", "refresh_token", "id_token"):
            _refuse_unsendable(f"data.{name}", conceal(getattr(self, name)))
        lifetime = min(max(0.0, self.expires_in), LONGEST_LIFETIME_SECONDS)
        told = {name: getattr(self, name) for name in ("refresh_token", "id_token", "scope")}
        kept = {name: getattr(held, name, None) for name, fact in told.items() if fact is None}
        return TokenSet(
            access_token=self.access_token,
            expires_at=datetime.now(UTC) + timedelta(seconds=lifetime - age),
            token_type=self.token_type,
            **{**told, **kept},
        )


def _refuse_unsendable(where: str, token: str | None) -> None:
    if token is not None and not _TOKEN.fullmatch(token):
        raise misfit(where, "wanted visible ASCII, got other")


@attrs.frozen(kw_only=True)
class OfferedMethod(WireValue):
    """One kind of second factor that an application accepts at sign-in.

    Attributes:
        mfa_policy: The kind.
        status: 1 where it is switched on, 0 where it is off; anything else counts as on.
        sort: Its place among the methods, lowest first.
    """

    mfa_policy: FactorType
    status: int = 1
    sort: int = 0


@checked
@attrs.frozen(kw_only=True)
class MFATrigger(WireValue):
    """The data of a sign-in that asks for MFA; ``client.challenge`` takes it.

    Attributes:
        mfa_token: Authorises the verification calls, for some minutes.
        application_mfa: The methods of the application, those that are off included; empty where
            it asks for nothing.
        mfa_phone: The phone bound for MFA; None or empty where the user has none.
        mfa_email: The e-mail bound for MFA, likewise.
        totp_mfa_enabled: Whether the user has an authenticator; None where that is not told.
        face_mfa_enabled: Whether the user has a face bound, likewise.
    """

    mfa_token: str = attrs.field(repr=hide)
    application_mfa: tuple[OfferedMethod, ...] = ()
    mfa_phone: str | None = attrs.field(default=None, repr=repr_phone)
    mfa_phone_country_code: str | None = None
    mfa_email: str | None = attrs.field(default=None, repr=repr_email)
    phone: str | None = attrs.field(default=None, repr=repr_phone)
    phone_country_code: str | None = None
    email: str | None = attrs.field(default=None, repr=repr_email)
    username: str | None = attrs.field(default=None, repr=repr_account)
    nickname: str | None = attrs.field(default=None, repr=repr_account)
    totp_mfa_enabled: bool | None = None
    face_mfa_enabled: bool | None = None

    @property
    def _switched_on(self) -> tuple[FactorType, ...]:
        """The kinds of factor that the application asks for, in its order."""
        listed = sorted(self.application_mfa, key=lambda method: method.sort)
        return tuple(method.mfa_policy for method in listed if method.status != 0)

    @property
    def asks_for_factor(self) -> bool:
        """True if the user must pass a second factor; for a trigger of ``get_mfa_trigger_data``.

        False only where the application asks for none and the user has no authenticator. A user's
        own MFA, which is TOTP, shows in no trigger: whoever has an authenticator is asked for it,
        and so is whoever may have one.
        """
        return bool(self._switched_on) or self.totp_mfa_enabled is not False


@attrs.frozen(kw_only=True)
class ChallengeMethod(Value):
    """One way to finish a challenge.

    Attributes:
        factor_type: The kind.
        bound: Whether the user has it, or may have it where the trigger does not tell; if not, it
            is bound on the way.
        masked_target: Where its codes go; empty where that is not told.
    """

    factor_type: FactorType
    bound: bool
    masked_target: str = ""


@attrs.frozen(kw_only=True)
class StepUpUser(WireValue):
    """The user of a finished challenge, without the secrets of the service's record."""

    user_id: str = wire("id", "userId", read=read_filled)
    user_pool_id: str | None = None
    email: str | None = attrs.field(default=None, repr=repr_email)
    phone: str | None = attrs.field(default=None, repr=repr_phone)
    username: str | None = attrs.field(default=None, repr=repr_account)
    nickname: str | None = attrs.field(default=None, repr=repr_account)
    name: str | None = attrs.field(default=None, repr=repr_account)
    photo: str | None = None


@attrs.frozen(kw_only=True)
class StepUpExtras(WireValue):
    """The secrets in the user's record of a finished challenge."""

    token: str | None = attrs.field(default=None, repr=hide)
    recovery_code: str | None = attrs.field(default=None, repr=hide)


@attrs.frozen(kw_only=True)
class StepUpResult(Value):
    """A finished challenge.

    Attributes:
        user: Who passed it.
        token: The user's token of the older API; None where the service gave none.
        recovery_code: After a recovery code was used: the **new** one. Show it once.
    """

    user: StepUpUser
    token: str | None = attrs.field(default=None, repr=hide)
    recovery_code: str | None = attrs.field(default=None, repr=hide)


@attrs.frozen(kw_only=True)
class MFATokenInspection(WireValue):
    """The state of an mfaToken at the service; all but ``active`` is None for a dead one."""

    active: bool
    user_pool_id: str | None = None
    user_id: str | None = None
    issued_at: datetime | None = wire("iat", default=None)
    expires_at: datetime | None = wire("exp", default=None)
