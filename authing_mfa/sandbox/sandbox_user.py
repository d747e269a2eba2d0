"""A user as a test holds it."""

from __future__ import annotations

from typing import Any

from . import otp, passwords
from .server import Server
from .service import Service
from .tokens import SCOPE, give_access_token
from .triggers import application_methods, give_mfa_token
from .users import User


class SandboxUser:
    """A user of the sandbox, with what a test needs to play that person."""

    def __init__(self, service: Service, user: User, server: Server) -> None:
        self._service = service
        self._user = user
        self._server = server
        self._access_token: str | None = None

    def __repr__(self) -> str:
        return f"<SandboxUser {self.user_id}>"

    @property
    def user_id(self) -> str:
        """The user's id, 24 hexadecimal digits."""
        return self._user.user_id

    @property
    def access_token(self) -> str:
        """The user's access token, issued when it is first asked for."""
        if self._access_token is None:
            self._access_token = self.new_access_token()
        return self._access_token

    @property
    def username(self) -> str | None:
        """The name to sign in with."""
        return self._user.username

    @property
    def phone(self) -> str | None:
        """The account's phone, without its area code."""
        return self._user.phone

    @property
    def email(self) -> str | None:
        """The account's e-mail."""
        return self._user.email

    @property
    def password(self) -> str:
        """The account's password."""
        return self._user.password or ""

    @property
    def password_hash(self) -> str:
        """The stand-in for the password's hash in the user's record."""
        return passwords.hashed(self._user)

    @property
    def salt(self) -> str:
        """The salt in the user's record."""
        return self._user.salt

    @property
    def credentials(self) -> dict[str, Any]:
        """Keyword arguments of a client that acts as this user."""
        return {
            "app_id": self._service.context.state.application.app_id,
            "app_host": self._server.url,
            "access_token": self.access_token,
        }

    @property
    def factor_ids(self) -> tuple[str, ...]:
        """The ids of the factors bound by enrolment, oldest first."""
        with self._service.lock:
            return tuple(self._user.factors)

    def totp_code(self, *, step: int = 0) -> str:
        """Return the code that the user's authenticator shows now.

        That is the bound authenticator or, before an enrolment is finished, the one requested
        last.

        Args:
            step: 1 for the code after it, -1 for the one before.

        Raises:
            LookupError: The user has no authenticator.
        """
        with self._service.lock:
            return otp.code_at(self._secret(), self._service.context.clock.now(), step=step)

    def recovery_code(self) -> str:
        """Return the recovery code of the bound authenticator.

        Raises:
            LookupError: The user has no authenticator.
        """
        with self._service.lock:
            factor = self._user.factor_of("OTP")
            if factor is None or factor.recovery_code is None:
                raise LookupError("the user has no recovery code")
            return factor.recovery_code

    def new_access_token(self, scope: str = SCOPE) -> str:
        """Return a further access token, without a sign-in."""
        with self._service.lock:
            return give_access_token(self._service.context, self._user, scope).value

    def new_mfa_token(self) -> str:
        """Return an mfaToken, as a sign-in that asks for MFA would issue."""
        with self._service.lock:
            context = self._service.context
            methods = application_methods(context) or context.state.application.enabled_factors
            return give_mfa_token(context, self._user, methods).value

    def block_sign_in(self, cause: str | None) -> None:
        """Refuse this user's sign-ins although the password is right; None: no more.

        Args:
            cause: ``user_locked``, ``user_suspended``, ``must_set_password`` (a first sign-in),
                ``must_reset_password``, ``must_complete`` (the account's information).

        Raises:
            ValueError: Another cause.
        """
        with self._service.lock:
            self._user.sign_in_block = cause

    def _secret(self) -> str:
        bound = self._user.factor_of("OTP")
        if bound is not None:
            return str(bound.secret)
        context = self._service.context
        now = context.clock.now()
        pending = [
            each.secret
            for _, each in context.state.pending
            if each.user_id == self.user_id and each.secret and now < each.expires_at
        ]
        if not pending:
            raise LookupError("the user has no authenticator")
        return pending[-1]
