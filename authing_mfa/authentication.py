"""Sign users in, and manage a signed-in user's own factors."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any, Final, Self, cast

import attrs
import requests

from . import enrollment
from ._auth import passwords
from ._auth.application import Application, client_auth_mode
from ._auth.has_passed import has_passed
from ._auth.passwords import PasswordEncryption, SystemKeys, require_extra
from ._auth.read_tokens import read_tokens
from ._auth.sign_ins import SignIns
from ._auth.tokens import ANONYMOUS, StaticToken, UserTokens
from ._call.client import Client
from ._call.session import Session
from ._http.options import DEADLINE, MAX_RETRIES, TIMEOUT, Options
from ._protocol import bodies, endpoints
from ._protocol.deadline import Deadline, monotonic
from ._protocol.endpoints import Endpoint
from ._protocol.envelope import Envelope, build_data, refuse_unverified
from ._protocol.request import Request
from ._secrets import Sealed, conceal, conceal_pairs, safe_repr
from ._values import arguments, factors
from ._values.factors import Channel, EnrollmentRequest, Factor, Factors, FactorType
from ._values.record import CallRecord
from ._values.signin import MFATokenInspection, MFATrigger, SignInOptions, TokenSet
from .challenge import MFAChallenge
from .enrollment import Enrollment
from .errors import ConfigurationError

OnNewTokens = Callable[[TokenSet], object]
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class AuthenticationClient(Client):
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
        timeout: float | tuple[float, float] = TIMEOUT,
        deadline: float = DEADLINE,
        max_retries: int = MAX_RETRIES,
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
        app_secret, access_token = conceal(app_secret), _conceal_tokens(access_token)
        app_host, proxies = conceal(app_host), conceal_pairs(proxies)
        self._application = Application(
            app_id=arguments.header_text("app_id", app_id),
            app_secret=arguments.optional(arguments.header_text, "app_secret", app_secret),
            client_auth=client_auth_mode(client_auth, app_secret),
            lang=arguments.optional(arguments.header_text, "lang", lang),
            real_ip=arguments.optional(arguments.ip_address, "real_ip", real_ip),
            genauth_headers=arguments.flag("genauth_headers", genauth_headers),
            pickle_secrets=arguments.flag("pickle_secrets", pickle_secrets),
        )
        options = Options(
            host=arguments.host("app_host", app_host),
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            verify=verify,
            proxies=proxies,
            on_call=on_call,
        )
        self._on_new_tokens = arguments.callback("on_new_tokens", on_new_tokens)
        headers, nobody = self._application.headers(), StaticToken(None)
        super().__init__(options, session, headers, nobody)
        # It holds no client: a sign-in is shared, and would keep one request's handle alive.
        self._sign_ins = SignIns(functools.partial(_refresh, self._session, self._application))
        if access_token is not None:
            self._sign_with(access_token)

    @classmethod
    def from_env(cls, **options: Any) -> Self:
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
            "app_id": arguments.environ("AUTHING_APP_ID"),
            "app_host": conceal(arguments.environ("AUTHING_APP_HOST")),
            "app_secret": conceal(os.environ.get("AUTHING_APP_SECRET") or None),
            "access_token": conceal(os.environ.get("AUTHING_ACCESS_TOKEN") or None),
        }
        return cls(**{**named, **given.open()})

    def set_access_token(self, access_token: str | TokenSet) -> None:
        """Sign with other tokens from now on; for scripts. Where users differ, use ``as_user``."""
        access_token = _conceal_tokens(access_token)
        self._sign_with(access_token)

    def as_user(
        self,
        access_token: str | TokenSet,
        *,
        lang: str | None = None,
        real_ip: str | None = None,
        on_new_tokens: OnNewTokens | None = None,
    ) -> Self:
        """Return a second client on the same connections for another user; it costs nothing.

        Handles of the same ``TokenSet`` refresh it once, though each tells its own
        ``on_new_tokens``.

        Args:
            access_token: The user's token, or the ``TokenSet`` of their sign-in.
            lang: Their language; default: this client's.
            real_ip: Their address; default: this client's.
            on_new_tokens: Stores their refreshed tokens; default: this client's.
        """
        access_token = _conceal_tokens(access_token)
        handle = self.for_visitor(lang=lang, real_ip=real_ip)
        if on_new_tokens is not None:
            handle._on_new_tokens = arguments.callback("on_new_tokens", on_new_tokens)
        handle._sign_with(access_token)
        return handle

    def for_visitor(self, *, lang: str | None = None, real_ip: str | None = None) -> Self:
        """Return a second client on the same connections for somebody who is not signed in yet.

        Args:
            lang: Their language; default: this client's.
            real_ip: Their address; default: this client's.
        """
        changes: dict[str, Any] = {}
        if lang is not None:
            changes["lang"] = arguments.header_text("lang", lang)
        if real_ip is not None:
            changes["real_ip"] = arguments.ip_address("real_ip", real_ip)
        application = attrs.evolve(self._application, **changes)
        headers, nobody = application.headers(), StaticToken(None)
        session = attrs.evolve(self._session, headers=headers, tokens=nobody)
        return self._handle(_application=application, _session=session)

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

        After a failure in which the request may have been sent, only GET is sent again.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: Such as ``/api/v3/get-profile``.
            params: Query parameters.
            json: Body as JSON types.
            data: Body as a form; not beside ``json``.

        Returns:
            The envelope; its ``data`` is untouched.
        """
        params, data, json = conceal_pairs(params), conceal_pairs(data), conceal(json)
        if method not in _METHODS:
            raise ConfigurationError(f"method: wanted one of {', '.join(_METHODS)}, in capitals")
        if json is not None and data is not None:
            raise ConfigurationError("data: wanted a json or a data body, got both")
        endpoint = Endpoint(method, arguments.path("path", path), idempotent=method == "GET")
        query, form = arguments.pairs("params", params), arguments.pairs("data", data)
        request = Request(endpoint, params=query, json=json, form=form)
        return self._session.call(request, lambda envelope: envelope)

    def _constructor_arguments(self) -> dict[str, Any]:
        application, options = self._application, self._session.options
        settings = {
            **attrs.asdict(application),
            **options.arguments(with_secrets=application.pickle_secrets),
            "app_host": options.host,
            "access_token": None if self._tokens.ended else self._tokens.held,
            "on_new_tokens": self._on_new_tokens,
        }
        if not application.pickle_secrets:
            del settings["app_secret"], settings["access_token"]
        return settings

    @safe_repr
    def __repr__(self) -> str:
        application, host = self._application, self._session.options.host
        return f"<{type(self).__name__} {application.app_id} at {host}>"

    def get_factor(self, factor_id: str) -> Factor:
        """Return one bound factor of the user.

        Args:
            factor_id: As ``list_enrolled_factors`` gives it; opaque, may hold ``|``.

        Raises:
            NotFoundError: The user has no such factor.
            UnauthorizedError: The token is wrong or has expired.

        Endpoint: ``GET /api/v3/get-factor``
        """
        params = {"factorId": arguments.text("factor_id", factor_id)}
        return self._session.fetch(Request(endpoints.GET_FACTOR, params=params), Factor)

    def list_enrolled_factors(self) -> Factors:
        """Return the factors that the user has bound.

        Endpoint: ``GET /api/v3/list-enrolled-factors``
        """
        return enrollment.enrolled_factors(self._session)

    def list_factors_to_enroll(self) -> tuple[FactorType, ...]:
        """Return the kinds that the application offers and the user has not bound.

        Endpoint: ``GET /api/v3/list-factors-to-enroll``
        """
        request = Request(endpoints.LIST_FACTORS_TO_ENROLL)
        offered = self._session.fetch(request, tuple[factors.FactorToEnroll, ...])
        return tuple(factor.factor_type for factor in offered)

    def begin_enrollment(
        self,
        factor_type: FactorType | str,
        *,
        phone_number: str | None = None,
        phone_country_code: str | None = None,
        email: str | None = None,
    ) -> Enrollment:
        """Begin to bind a factor, and return an object that finishes it within its minute.

        It is for the user whose tokens the client holds now, whatever the client is given later.
        Takes and raises what ``send_enroll_factor_request`` does.
        """
        kind = bodies.factor_type(factor_type)
        profile = bodies.profile(kind, phone_number, phone_country_code, email)
        return Enrollment(self._session, kind, profile)

    def send_enroll_factor_request(
        self,
        factor_type: FactorType | str,
        *,
        phone_number: str | None = None,
        phone_country_code: str | None = None,
        email: str | None = None,
    ) -> EnrollmentRequest:
        """Ask to bind a factor; for SMS and EMAIL the service now sends its code.

        Args:
            factor_type: The kind.
            phone_number: For SMS: digits without the country code.
            phone_country_code: For SMS, such as ``+1``; the service's default is ``+86``.
            email: For EMAIL.

        Returns:
            The token that ``enroll_factor`` wants within one minute, and for OTP what the
            authenticator app needs.

        Raises:
            ConfigurationError: The kind lacks its target, or does not take it; nothing was sent.
            ThrottleError, InvalidOperationError: A code went there within the last minute.

        Endpoint: ``POST /api/v3/send-enroll-factor-request``
        """
        kind = bodies.factor_type(factor_type)
        profile = bodies.profile(kind, phone_number, phone_country_code, email)
        return enrollment.request_enrollment(self._session, kind, profile)

    def enroll_factor(
        self,
        factor_type: FactorType | str,
        *,
        enrollment_token: str,
        pass_code: str | None = None,
        photo: str | None = None,
        is_external_photo: bool | None = None,
    ) -> None:
        """Bind the factor that ``send_enroll_factor_request`` began.

        Args:
            factor_type: The kind.
            enrollment_token: From the request; stands one minute.
            pass_code: For SMS, EMAIL and OTP: the code, digits only; six of them for OTP.
            photo: For FACE: a storage key, or a URL where ``is_external_photo`` is True.
            is_external_photo: For FACE.

        Raises:
            ConfigurationError: The kind lacks its proof, or the code cannot be one; nothing was
                sent.
            CodeRejectedError: The code is wrong or has expired.

        Endpoint: ``POST /api/v3/enroll-factor``
        """
        enrollment_token = conceal(enrollment_token)
        pass_code, photo = conceal(pass_code), conceal(photo)
        kind = bodies.factor_type(factor_type)
        proof = bodies.enrollment_data(kind, pass_code, photo, is_external_photo)
        token = conceal(arguments.text("enrollment_token", enrollment_token))
        enrollment.enroll(self._session, kind, token, proof)

    def reset_factor(self, factor_id: str) -> None:
        """Unbind one factor. Asks for nothing but the user's token.

        Raises:
            NotFoundError: The user has no such factor.

        Endpoint: ``POST /api/v3/reset-factor``
        """
        body = {"factorId": arguments.text("factor_id", factor_id)}
        self._session.command(Request(endpoints.RESET_FACTOR, json=body))

    def verify_totp(self, code: str) -> None:
        """Check a code of the user's authenticator; returns only if it is right.

        Args:
            code: Six digits; spaces, dashes and full-width digits are tidied.

        Raises:
            ConfigurationError: It cannot be a code; nothing was sent.
            CodeRejectedError: It is wrong.

        Endpoint: ``POST /api/v3/mfa-totp-verify``
        """
        code = conceal(code)
        body = {"totp": arguments.code("code", code, bodies.TOTP_DIGITS)}
        self._session.call(Request(endpoints.MFA_TOTP_VERIFY, json=body), refuse_unverified)

    def introspect_mfa_token(self, token: str) -> MFATokenInspection:
        """Return what the service knows of an mfaToken; sends no user's token.

        Returns:
            With ``active`` False, and nothing else, for a token that is wrong or dead.

        Endpoint: ``POST /mfa/token/introspection`` (a form; the response has no envelope)
        """
        token = conceal(token)
        form = {"token": arguments.text("token", token)}
        request = Request(endpoints.MFA_TOKEN_INTROSPECTION, form=form)
        return self._session.signed_by(ANONYMOUS).fetch(request, MFATokenInspection)

    def has_passed(
        self,
        trigger: MFATrigger,
        token: str | None,
        *,
        used_before: Callable[[str], bool],
        max_age: float = 600,
    ) -> bool:
        """Return whether a token proves that the user passed this challenge; for your own login.

        For a challenge that a program of the user's finished: it brings you the ``token`` of the
        result. It must be of the trigger's user, active, of a finished challenge, issued while
        this one stood, and new to you. The trigger must be the one that you kept on your server.

        Asks ``introspect_mfa_token``.

        Args:
            trigger: As it was when the challenge began.
            token: What came back; None and what cannot be a token prove nothing.
            used_before: Given a digest of the token, marks it and tells whether it was marked
                before, in one step, in a store that all your processes share. It is called last,
                for tokens that pass otherwise. Keep a mark for twice ``max_age``.
            max_age: Seconds after the challenge began in which the token must come.

        Raises:
            InvalidResponseError: This deployment does not tell what has to be told: whose the
                mfaToken is and since when, or which tokens are those of finished challenges.
            ConfigurationError: An argument cannot work; nothing was sent.
        """
        token = conceal(token)
        return has_passed(
            trigger, token, self.introspect_mfa_token, used_before=used_before, max_age=max_age
        )

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
        connection, key, payload = bodies.credentials(
            {"account": account, "email": email, "phone": phone, "username": username},
            password=password,
            pass_code=pass_code,
            phone_country_code=phone_country_code,
            directory=directory,
        )
        wanted = bodies.options(options)
        encrypted_by = passwords.checked(encryption)
        proof = self._application.proof_in_body()
        session = self._session.signed_by(self._application.proof_in_header())
        deadline = session.deadline()
        if encrypted_by and password is not None:
            payload["password"] = self._encrypted(password, encrypted_by, deadline)
            wanted["passwordEncryptType"] = encrypted_by.kind
        body = {"connection": connection, key: payload, **proof}
        request = Request(endpoints.SIGNIN, json={**body, "options": wanted} if wanted else body)
        build = functools.partial(read_tokens, since=monotonic())
        return session.call(request, build, deadline)

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

        The first three settings are for deployments that differ; the fourth weakens the challenge.

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
        return MFAChallenge(
            self._session,
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
        target = bodies.phone(phone_number, phone_country_code)
        body = {**target, **bodies.channel(channel, bodies.SMS_CHANNELS)}
        self._session.signed_by(ANONYMOUS).command(Request(endpoints.SEND_SMS, json=body))

    def send_email(self, email: str, *, channel: Channel = Channel.LOGIN) -> None:
        """Have a code sent to an address; sends no user's token.

        Args:
            email: The address.
            channel: What for.

        Raises:
            ThrottleError, InvalidOperationError: One was sent within the last minute.

        Endpoint: ``POST /api/v3/send-email``
        """
        target = {"email": bodies.email_address(email)}
        body = {**target, **bodies.channel(channel, bodies.EMAIL_CHANNELS)}
        self._session.signed_by(ANONYMOUS).command(Request(endpoints.SEND_EMAIL, json=body))

    def sign_out(self) -> None:
        """Revoke the tokens that this client holds, and forget them.

        Every handle of the same sign-in on this client is signed out with it: its next call raises
        ``UnauthorizedError``. A refresh that is under way is waited for, so that the tokens it
        brings are revoked, too, and ``on_new_tokens`` is not called for this sign-in any more.

        Raises:
            AuthingMFAError: A token could not be revoked; the client still holds them, and
                ``sign_out`` may be called again.

        Endpoint: ``POST /oidc/token/revocation`` (a form; the response may be empty)
        """
        deadline = self._session.deadline()
        leaving = self._tokens
        leaving.end(deadline, functools.partial(self._revoke, deadline))
        if self._tokens is leaving:  # else set_access_token gave others meanwhile
            self._session = self._session.signed_by(StaticToken(None))

    def _revoke(self, deadline: Deadline, held: TokenSet | str | None) -> None:
        tokens = (held,) if held is None or isinstance(held, str) else held._revocable
        for token in filter(None, tokens):
            form = {"token": conceal(token), **self._application.proof_in_form()}
            request = Request(endpoints.OIDC_TOKEN_REVOCATION, form=form)
            session = self._session.signed_by(self._application.proof_in_header())
            session.command(request, deadline)

    @property
    def _tokens(self) -> UserTokens:
        return cast("UserTokens", self._session.tokens)

    def _sign_with(self, access_token: str | TokenSet) -> None:
        tokens = self._sign_ins.source(access_token, self._on_new_tokens)
        self._session = self._session.signed_by(tokens)

    def _encrypted(self, password: str, by: PasswordEncryption, deadline: Deadline) -> str:
        def encrypt(envelope: Envelope) -> str:
            return by.encrypt(password, build_data(SystemKeys, envelope))

        require_extra(by.kind)  # before the key is asked for
        session = self._session.signed_by(ANONYMOUS)
        return session.call(Request(endpoints.SYSTEM), encrypt, deadline)


def _conceal_tokens(access_token: Any) -> Any:
    """Conceal a token, or what is none; a token set hides its own members."""
    return access_token if attrs.has(type(access_token)) else conceal(access_token)


def _refresh(
    session: Session, application: Application, held: TokenSet, deadline: Deadline
) -> TokenSet:
    token = conceal(held.refresh_token or "")
    form = {"grant_type": "refresh_token", "refresh_token": token, **application.proof_in_form()}
    build = functools.partial(read_tokens, since=monotonic(), held=held)
    signed = session.signed_by(application.proof_in_header())
    return signed.call(Request(endpoints.OIDC_TOKEN, form=form), build, deadline)
