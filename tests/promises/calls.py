"""Every public call that reaches the service, ready to be made on a sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from authing_mfa import (
    AuthenticationClient,
    ManagementClient,
    MFARequiredError,
    OTPImport,
)
from authing_mfa.sandbox import Sandbox, SandboxUser

from .people import begin_challenge

Prepared = Callable[[], Any]
SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@attrs.frozen
class World:
    """A sandbox with a user, and the options with which clients are made."""

    sandbox: Sandbox
    user: SandboxUser
    options: dict[str, Any]

    @property
    def app(self) -> AuthenticationClient:
        """A client without a user."""
        sandbox = self.sandbox
        return AuthenticationClient(app_id=sandbox.app_id, app_host=sandbox.url, **self.options)

    @property
    def client(self) -> AuthenticationClient:
        """A client of the user."""
        return AuthenticationClient(**self.user.credentials, **self.options)

    @property
    def admin(self) -> ManagementClient:
        """A client of the administrator."""
        return ManagementClient(**self.sandbox.management_credentials, **self.options)


@attrs.frozen
class Call:
    """One public call: what prepares it, and where it goes."""

    path: str
    prepare: Callable[[World], Prepared]
    write: bool = False
    asks: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Its own path, and those where it asks what became of a lost answer."""
        return (self.path, *self.asks)


def make_world(sandbox: Sandbox, **options: Any) -> World:
    """Return a world whose user has an authenticator and a phone."""
    user = sandbox.add_user(
        username="carla",
        phone="13700000000",
        email="carla@example.com",
        password="carla's example password",
        factors=["OTP", "SMS"],
    )
    return World(sandbox, user, options)


def _enroll(world: World) -> Prepared:
    client = world.client
    token = client.send_enroll_factor_request("EMAIL", email="carla@example.com").enrollment_token
    code = world.sandbox.outbox.last_code(email="carla@example.com")
    return lambda: client.enroll_factor("EMAIL", enrollment_token=token, pass_code=code)


def _confirm(world: World) -> Prepared:
    enrollment = world.client.begin_enrollment("EMAIL", email="carla@example.com")
    code = world.sandbox.outbox.last_code(email="carla@example.com")
    return lambda: enrollment.confirm(code)


def _resend(world: World) -> Prepared:
    enrollment = world.client.begin_enrollment("EMAIL", email="carla@example.com")
    world.sandbox.clock.advance(61)
    return enrollment.resend


def _reconcile(world: World) -> Prepared:
    return world.client.begin_enrollment("EMAIL", email="carla@example.com").reconcile


def _begin(world: World) -> Prepared:
    client = world.client
    return lambda: client.begin_enrollment("EMAIL", email="carla@example.com")


def _sign_in(world: World) -> Prepared:
    app, user = world.app, world.user
    return lambda: app.sign_in(user.username, password=user.password)


def _sign_in_with_code(world: World) -> Prepared:
    app = world.app
    app.send_email("carla@example.com")
    code = world.sandbox.outbox.last_code(email="carla@example.com")
    return lambda: app.sign_in(email="carla@example.com", pass_code=code)


def _asked_for_more(world: World) -> Prepared:
    world.sandbox.require_mfa("application", methods=["OTP", "SMS"])
    signed = _sign_in(world)

    def call() -> None:
        try:
            signed()
        except MFARequiredError:
            return

    return call


def _challenge(world: World) -> Any:
    world.sandbox.require_mfa("application", methods=["OTP", "SMS"])
    return begin_challenge(world.app, world.user)


def _challenge_totp(world: World) -> Prepared:
    challenge = _challenge(world)
    return lambda: challenge.verify_totp(world.user.totp_code())


def _challenge_recovery(world: World) -> Prepared:
    challenge, code = _challenge(world), world.user.recovery_code()
    return lambda: challenge.verify_recovery_code(code)


def _challenge_send(world: World) -> Prepared:
    challenge = _challenge(world)
    return lambda: challenge.send_sms()


def _challenge_sms(world: World) -> Prepared:
    challenge = _challenge(world)
    challenge.send_sms()
    code = world.sandbox.outbox.last_code(phone="13700000000")
    return lambda: challenge.verify_sms(code)


def _newcomer(world: World) -> Any:
    world.sandbox.require_mfa("application", methods=["OTP"])
    user = world.sandbox.add_user(username="newcomer", password="newcomer's example password")
    return user, begin_challenge(world.app, user)


def _challenge_associate(world: World) -> Prepared:
    _, challenge = _newcomer(world)
    return lambda: challenge.associate_totp()


def _as_user(method: str, *arguments: Any, **options: Any) -> Callable[[World], Prepared]:
    def prepare(world: World) -> Prepared:
        client = world.client
        return lambda: getattr(client, method)(*arguments, **options)

    return prepare


def _as_admin(method: str, *arguments: Any, **options: Any) -> Callable[[World], Prepared]:
    def prepare(world: World) -> Prepared:
        admin = world.admin
        admin.get_global_mfa_settings()
        return lambda: getattr(admin, method)(*arguments, **options)

    return prepare


def _of_user(method: str) -> Callable[[World], Prepared]:
    return lambda world: _as_admin(method, world.user.user_id)(world)


def _of_factor(method: str) -> Callable[[World], Prepared]:
    def prepare(world: World) -> Prepared:
        client = world.client
        [factor] = [it for it in client.list_enrolled_factors() if it.factor_type == "OTP"]
        return lambda: getattr(client, method)(factor.factor_id)

    return prepare


def _set_status(world: World) -> Prepared:
    admin = world.admin
    trigger = admin.get_mfa_trigger_data(world.sandbox.app_id, world.user.user_id)
    return lambda: admin.set_mfa_status(world.user.user_id, trigger)


def _import(world: World) -> Prepared:
    imports = [OTPImport(user_id=world.user.user_id, secret=SECRET)]
    return _as_admin("import_otp", imports)(world)


def _walk(world: World) -> Prepared:
    admin = world.admin
    admin.get_global_mfa_settings()
    return lambda: list(admin.iter_users())


CALLS: Final = {
    "get_factor": Call("get-factor", _of_factor("get_factor")),
    "list_enrolled_factors": Call("list-enrolled-factors", _as_user("list_enrolled_factors")),
    "list_factors_to_enroll": Call("list-factors-to-enroll", _as_user("list_factors_to_enroll")),
    "request_get": Call(
        "list-enrolled-factors", _as_user("request", "GET", "/api/v3/list-enrolled-factors")
    ),
    "request_post": Call(
        "mfa-totp-verify",
        lambda world: _as_user(
            "request", "POST", "/api/v3/mfa-totp-verify", json={"totp": world.user.totp_code()}
        )(world),
        write=True,
    ),
    "begin_enrollment": Call("send-enroll-factor-request", _begin, write=True),
    "send_enroll_factor_request": Call(
        "send-enroll-factor-request",
        _as_user("send_enroll_factor_request", "EMAIL", email="carla@example.com"),
        write=True,
    ),
    "enroll_factor": Call("enroll-factor", _enroll, write=True),
    "confirm": Call("enroll-factor", _confirm, write=True, asks=("list-enrolled-factors",)),
    "resend": Call("send-enroll-factor-request", _resend, write=True),
    "reconcile": Call("list-enrolled-factors", _reconcile),
    "reset_factor": Call("reset-factor", _of_factor("reset_factor"), write=True),
    "verify_totp": Call(
        "mfa-totp-verify",
        lambda world: _as_user("verify_totp", world.user.totp_code())(world),
        write=True,
    ),
    "introspect_mfa_token": Call(
        "introspection",
        lambda world: _as_user("introspect_mfa_token", world.user.new_mfa_token())(world),
    ),
    "sign_in": Call("signin", _sign_in, write=True),
    "sign_in_with_code": Call("signin", _sign_in_with_code, write=True),
    "sign_in_asked_for_more": Call("signin", _asked_for_more, write=True),
    "send_sms": Call("send-sms", _as_user("send_sms", "13700000000"), write=True),
    "send_email": Call("send-email", _as_user("send_email", "carla@example.com"), write=True),
    "sign_out": Call("revocation", _as_user("sign_out")),
    "challenge_verify_totp": Call("totp/verify", _challenge_totp, write=True),
    "challenge_verify_recovery_code": Call("totp/recovery", _challenge_recovery, write=True),
    "challenge_send_sms": Call("send-sms", _challenge_send, write=True),
    "challenge_verify_sms": Call("sms/verify", _challenge_sms, write=True),
    "challenge_associate_totp": Call("totp/associate", _challenge_associate, write=True),
    "get_user_mfa_info": Call("get-user-mfa-info", _of_user("get_user_mfa_info")),
    "get_mfa_status": Call("get-mfa-status", _of_user("get_mfa_status")),
    "set_mfa_status": Call("set-mfa-status", _set_status, write=True),
    "get_mfa_trigger_data": Call(
        "get-mfa-trigger-data",
        lambda world: _as_admin("get_mfa_trigger_data", world.sandbox.app_id, world.user.user_id)(
            world
        ),
    ),
    "get_otp_secret": Call("get-otp-secret-by-user", _of_user("get_otp_secret")),
    "import_otp": Call("import-otp", _import, write=True),
    "list_users": Call("list-users", _as_admin("list_users")),
    "iter_users": Call("list-users", _walk),
    "get_global_mfa_settings": Call(
        "get-global-mfa-settings", _as_admin("get_global_mfa_settings")
    ),
    "update_global_mfa_settings": Call(
        "update-global-mfa-settings", _as_admin("update_global_mfa_settings", ["OTP"]), write=True
    ),
    "disable_global_mfa_settings": Call(
        "disable-global-mfa-settings",
        _as_admin("disable_global_mfa_settings", ["FACE"]),
        write=True,
    ),
    "update_application_mfa_settings": Call(
        "update-application-mfa-settings",
        lambda world: _as_admin(
            "update_application_mfa_settings", world.sandbox.app_id, enabled_factors=["OTP"]
        )(world),
        write=True,
    ),
}
WRITES: Final = sorted(name for name, call in CALLS.items() if call.write)
READS: Final = sorted(name for name, call in CALLS.items() if not call.write)
