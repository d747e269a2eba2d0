"""The calls of signing in and out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import _checks, _clock, _endpoints, _factors, _jwt, _sign_in_body
from ._application import Application
from ._client import Client, acknowledged, reading
from ._envelope import unwrap_bare, unwrap_nothing
from ._mask import conceal, taken
from ._tokens import ANONYMOUS, Bearer, SignIns, StaticToken, UserTokens
from ._wire import Deadline
from .errors import APIError, ConfigurationError, InvalidResponseError, UnauthorizedError
from .models import Channel, Envelope

# What only a sign-in needs is imported when one begins: importing the package stays cheap.
if TYPE_CHECKING:
    from ._passwords import PasswordEncryption
    from ._renewal import RefreshingToken
    from .signin import MFATrigger, SignInOptions, TokenSet
    from .stepup import MFAChallenge

OnNewTokens = Callable[["TokenSet"], object]

_SMS_CHANNELS = frozenset(Channel) - {
    Channel.VERIFY_EMAIL_LINK,
    Channel.UPDATE_EMAIL,
    Channel.BIND_EMAIL,
    Channel.UNLOCK_ACCOUNT,
    Channel.COMPLETE_EMAIL,
    Channel.UNBIND_EMAIL,
}
_EMAIL_CHANNELS = frozenset(Channel) - {
    Channel.BIND_PHONE,
    Channel.UNBIND_PHONE,
    Channel.BIND_MFA,
    Channel.UNBIND_MFA,
    Channel.COMPLETE_PHONE,
    Channel.IDENTITY_VERIFICATION,
}


class SignInCalls(Client):
    """Signing in, meeting MFA, keeping tokens fresh, signing out."""

    _application: Application
    _on_new_tokens: OnNewTokens | None
    _sign_ins: SignIns
    _tokens: UserTokens

    def sign_in(
        self,
        account: str | None = None,
        *,
        email: str | None = None,
        phone: str | None = None,
        username: str | None = None,
        password: str | None = None,
        pass_code: str | None = None,
        phone_country_code: str | None = None,
        directory: str | None = None,
        options: SignInOptions | None = None,
        encryption: PasswordEncryption | None = None,
    ) -> TokenSet:
        """Sign a user in; sends no user's token, and changes nothing in this client.

        Name the user in one way, and give a password or a code.

        Args:
            account: User name, phone or e-mail, whichever it is.
            email: E-mail.
            phone: Phone; digits without the country code.
            username: User name.
            password: Their password.
            pass_code: A code that ``send_sms`` or ``send_email`` sent on ``Channel.LOGIN``.
            phone_country_code: Beside a phone and a code, such as ``+1``; default ``+86``.
            directory: ``LDAP`` or ``AD``, to check the password there.
            options: Scope and more.
            encryption: Encrypt the password with the service's key as well; one call more.

        Returns:
            The tokens; give them to ``as_user`` or ``set_access_token``.

        Raises:
            MFARequiredError: Go on with ``challenge(error.trigger)``.
            CredentialsRejectedError: Wrong account or password.
            CodeRejectedError: Wrong code.
            AccountLockedError: Too many tries.
            PasswordResetRequiredError: A new password must be set first.
            SignInIncompleteError: Details are missing.
            ConfigurationError: The arguments do not go together; nothing was sent.

        Endpoint: ``POST /api/v3/signin``
        """
        password, pass_code = conceal(password), conceal(pass_code)
        name, value = _sign_in_body.account(
            {"account": account, "email": email, "phone": phone, "username": username}
        )
        connection, payload = _sign_in_body.credentials(
            name,
            value,
            password=password,
            pass_code=pass_code,
            phone_country_code=phone_country_code,
            directory=directory,
        )
        wanted = _sign_in_body.options(options)
        encrypted_by = _sign_in_body.encryption(encryption)
        proof, signature = self._application.fields(), self._application.signature()
        deadline = self._session.deadline()
        if encrypted_by and password is not None:
            payload["password"] = self._encrypted(password, encrypted_by, deadline)
            wanted["passwordEncryptType"] = encrypted_by.kind
        body = {"connection": connection, _sign_in_body.payload_key(connection): payload, **proof}
        return self._call(
            _endpoints.SIGNIN,
            functools.partial(_tokens_of, since=_clock.now()),
            tokens=signature,
            deadline=deadline,
            json={**body, "options": wanted} if wanted else body,
        )

    def challenge(
        self,
        trigger: MFATrigger | None,
        *,
        application_paths: bool = False,
        totp_source: str = "APPLICATION",
        authorize_sends: bool = False,
        allow_binding: bool = False,
    ) -> MFAChallenge:
        """Return the challenge that finishes a sign-in which asked for MFA.

        Three things that deployments do differently are settings here, and one danger.

        Args:
            trigger: From ``MFARequiredError``, or ``MFATrigger.from_dict`` of a stored one. The
                error has None where the service sent none that fits; that is refused here.
            application_paths: Verify TOTP, recovery code and face under
                ``/api/v2/applications/mfa/`` instead of ``/api/v2/mfa/``.
            totp_source: ``source`` of an authenticator that is associated on the way:
                ``APPLICATION`` or ``SELF``.
            authorize_sends: Send the mfaToken with ``send_sms`` and ``send_email`` as well.
            allow_binding: Let somebody who has a factor bind another one on the way, or name
                where codes go. **Whoever knows the password then passes without any factor of
                the user's**, by a phone or an authenticator of their own: see NIST
                SP 800-63B-4 on binding an additional authenticator. Without it, only a user who
                has none of the factors on offer binds one on the way; a factor of which the
                trigger does not tell, such as a passkey, counts as the user's.

        Raises:
            ConfigurationError: The trigger has no mfaToken.
            ExpiredError: Its mfaToken has run out.
        """
        from .stepup import MFAChallenge

        return MFAChallenge(
            self,
            trigger,
            application_paths=application_paths,
            totp_source=totp_source,
            authorize_sends=authorize_sends,
            allow_binding=allow_binding,
        )

    def send_sms(
        self,
        phone_number: str,
        *,
        channel: Channel = Channel.LOGIN,
        phone_country_code: str | None = None,
    ) -> None:
        """Have a code sent to a phone; sends no user's token.

        Args:
            phone_number: Digits without the country code.
            channel: What for.
            phone_country_code: Such as ``+1``; the service's default is ``+86``.

        Raises:
            ThrottleError, InvalidOperationError: One was sent within the last minute.

        Endpoint: ``POST /api/v3/send-sms``
        """
        body = _factors.phone(phone_number, phone_country_code)
        self._send_code(_endpoints.SEND_SMS, body, channel, _SMS_CHANNELS)

    def send_email(self, email: str, *, channel: Channel = Channel.LOGIN) -> None:
        """Have a code sent to an address; sends no user's token.

        Args:
            email: The address.
            channel: What for.

        Raises:
            ThrottleError, InvalidOperationError: One was sent within the last minute.

        Endpoint: ``POST /api/v3/send-email``
        """
        body = {"email": _factors.email_address(email)}
        self._send_code(_endpoints.SEND_EMAIL, body, channel, _EMAIL_CHANNELS)

    def sign_out(self) -> None:
        """Revoke the tokens that this client holds, and forget them.

        Every handle of the same sign-in on this client is signed out with it: its next call raises
        ``UnauthorizedError``. A refresh that is under way is waited for, so that the tokens it
        brings are revoked, too, and ``on_new_tokens`` is not called for this sign-in any more.

        Raises:
            AuthingMFAError: A token could not be revoked; the client still holds them, and
                ``sign_out`` may be called again.

        Endpoint: ``POST /oidc/token/revocation`` (a form; the answer may be empty)
        """
        deadline = self._session.deadline()
        leaving = self._tokens
        leaving.end(deadline, functools.partial(self._revoke, deadline))
        if self._tokens is leaving:  # else set_access_token gave others meanwhile
            self._tokens = StaticToken(None)

    def _revoke(self, deadline: Deadline, held: TokenSet | str | None) -> None:
        tokens = (held,) if held is None or isinstance(held, str) else held._revocable
        for token in filter(None, tokens):
            self._call(
                _endpoints.OIDC_TOKEN_REVOCATION,
                acknowledged,
                tokens=self._application.signature(),
                unwrap=unwrap_nothing,
                deadline=deadline,
                form={"token": conceal(token), **self._application.form_fields()},
            )

    def _send_code(
        self,
        endpoint: _endpoints.Endpoint,
        body: dict[str, str],
        channel: Channel,
        channels: frozenset[Channel],
    ) -> None:
        if channel not in list(channels):
            names = ", ".join(sorted(one.name for one in channels))
            raise ConfigurationError(f"channel: wanted one of {names}")
        wanted = {**body, "channel": Channel(channel).value}
        self._call(endpoint, acknowledged, tokens=ANONYMOUS, json=wanted)

    def _source(self, tokens: str | TokenSet, on_new_tokens: OnNewTokens | None) -> UserTokens:
        """Return what signs with these tokens, refreshing them where they can be."""
        if isinstance(tokens, str):
            return StaticToken(_checks.header_text("access_token", tokens))
        from .signin import TokenSet

        if not isinstance(tokens, TokenSet):
            raise ConfigurationError("access_token: wanted a str or a TokenSet, got another type")
        _checks.header_text("access_token", taken(tokens, "access_token"))
        if tokens.refresh_token in (None, ""):  # an empty one refreshes nothing
            token = conceal(tokens.access_token)
            return self._sign_ins.get(tokens, lambda: StaticToken(token))
        _checks.header_text("refresh_token", taken(tokens, "refresh_token"))
        from ._renewal import NotifyingToken

        source = self._sign_ins.get(tokens, functools.partial(self._refreshing, tokens))
        return source if on_new_tokens is None else NotifyingToken(source, on_new_tokens, tokens)

    def _refreshing(self, tokens: TokenSet) -> RefreshingToken:
        from ._renewal import RefreshingToken

        def fetch(held: TokenSet | None, deadline: Deadline) -> TokenSet:
            old = tokens if held is None else held
            fresh = self._refresh(old, deadline)
            self._sign_ins.refreshed(old, fresh)
            return fresh

        return RefreshingToken(fetch, _bearer, tokens)

    def _refresh(self, held: TokenSet, deadline: Deadline) -> TokenSet:
        form = {"grant_type": "refresh_token", "refresh_token": conceal(held.refresh_token or "")}
        since = _clock.now()
        try:
            return self._call(
                _endpoints.OIDC_TOKEN,
                functools.partial(_tokens_of, since=since, held=held),
                tokens=self._application.signature(),
                unwrap=unwrap_bare,
                deadline=deadline,
                form={**form, **self._application.form_fields()},
            )
        except APIError as error:
            if error.status_code not in (400, 401):
                raise
            refusal = error
        message = f"the refresh token was refused ({refusal.message}): sign in again"
        raise UnauthorizedError(**{**vars(refusal), "message": message})

    def _encrypted(self, password: str, by: PasswordEncryption, deadline: Deadline) -> str:
        from ._passwords import SystemKeys, require_extra

        require_extra(by.kind)  # before the key is asked for
        return self._call(
            _endpoints.SYSTEM,
            lambda envelope: by.encrypt(password, reading(SystemKeys)(envelope)),
            tokens=ANONYMOUS,
            unwrap=unwrap_bare,
            deadline=deadline,
        )


def _tokens_of(envelope: Envelope, since: float, held: TokenSet | None = None) -> TokenSet:
    from .signin import TokenAnswer

    fresh = reading(TokenAnswer)(envelope).to_tokens(_clock.now() - since, held)
    if held is not None:
        _refuse_another_user(held, fresh)
    return fresh


def _refuse_another_user(held: TokenSet, fresh: TokenSet) -> None:
    """Refuse refreshed tokens of which a JWT names another user than the old ones do.

    Each must fit: an ``id_token`` that is not told anew is the old one, and names the old user.
    """
    before, after = _subjects(held), _subjects(fresh)
    if before and after - before:
        where = "data.access_token"
        raise InvalidResponseError(f"{where}: wanted a token of the same user", where=where)


def _subjects(tokens: TokenSet) -> set[str]:
    claims = [_jwt.claims(token) for token in (tokens.access_token, tokens.id_token) if token]
    return {claim["sub"] for claim in claims if isinstance(claim.get("sub"), str)}


def _bearer(held: TokenSet) -> Bearer:
    return Bearer(held.access_token, expires_at=held.expires_at)
