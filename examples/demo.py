"""Sign one user in, then walk through their factors: list, enrol, get, verify and reset them.

    python examples/demo.py

It plays the service and the user by itself, on the embedded sandbox. With AUTHING_APP_ID,
AUTHING_APP_HOST and AUTHING_ACCESS_TOKEN set, it walks the factors of that token's user on that
tenant instead. Then you are asked for phone, e-mail and codes, and before a factor is reset.
"""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

from authing_mfa import (
    APIError,
    AuthenticationClient,
    AuthingMFAError,
    CallRecord,
    CodeRejectedError,
    ConfigurationError,
    Enrollment,
    Factor,
    FactorType,
    MFARequiredError,
)

if TYPE_CHECKING:
    from authing_mfa.sandbox import Sandbox, SandboxUser

PASSWORD = "example-password"  # noqa: S105  the sandbox's user has it
TENANT = ("AUTHING_APP_ID", "AUTHING_APP_HOST", "AUTHING_ACCESS_TOKEN")


@attrs.frozen(kw_only=True)
class Person:
    """Who owns the phone, the mailbox and the authenticator app.

    Attributes:
        target: Where the codes of a new factor go; None leaves that kind out.
        code_for: The code that was sent, or that the app shows after it scanned the QR code.
        app_code: The code that the app shows now.
        agrees: Yes or no.
    """

    target: Callable[[FactorType], dict[str, str] | None]
    code_for: Callable[[Enrollment], str]
    app_code: Callable[[], str]
    agrees: Callable[[str], bool]


# The walk, one function a step


def walk(client: AuthenticationClient, person: Person) -> None:
    look(client)
    enrol(client, person, FactorType.EMAIL)
    enrol(client, person, FactorType.SMS)
    reset_old_authenticator(client, person)
    enrol(client, person, FactorType.OTP)
    factors = look_again(client)
    verify(client, person, factors)
    reset(client, person, factors)


def look(client: AuthenticationClient) -> None:
    heading("What the user has bound, and could bind")
    calling("client.list_enrolled_factors()")
    returned(*client.list_enrolled_factors())
    calling("client.list_factors_to_enroll()")
    returned(*client.list_factors_to_enroll())


def enrol(client: AuthenticationClient, person: Person, kind: FactorType) -> None:
    heading(f"Enrol {kind}")
    calling("client.list_factors_to_enroll()")
    target = person.target(kind) if kind in client.list_factors_to_enroll() else None
    if target is None:
        note("left out")
        return
    calling(f"client.begin_enrollment('{kind}'{''.join(f', {name}=...' for name in target)})")
    enrollment = client.begin_enrollment(kind, **target)
    returned(enrollment)
    if enrollment.otp is not None:
        calling("enrollment.otp")
        returned(enrollment.otp)
    confirm(enrollment, person)


def confirm(enrollment: Enrollment, person: Person, tries: int = 3) -> None:
    """Bind the factor; a mistyped code may be typed again within the minute."""
    code = person.code_for(enrollment)
    calling("enrollment.confirm(code)")
    try:
        enrollment.confirm(code)
    except (CodeRejectedError, ConfigurationError) as error:
        if tries == 1:
            raise
        raised(error)
        confirm(enrollment, person, tries - 1)


def reset_old_authenticator(client: AuthenticationClient, person: Person) -> None:
    heading("Reset an authenticator that is to be replaced")
    calling("client.list_enrolled_factors()")
    old = [one for one in client.list_enrolled_factors() if one.factor_type is FactorType.OTP]
    if not old:
        note("left out: there is none")
    reset_each(client, person, old)


def look_again(client: AuthenticationClient) -> tuple[Factor, ...]:
    heading("List what is bound now, and get each by its id")
    calling("client.list_enrolled_factors()")
    factors = client.list_enrolled_factors()
    note(f"{len(factors)} factors")
    for factor in factors:
        calling(f"client.get_factor({factor.factor_id!r})")
        returned(client.get_factor(factor.factor_id))
    return factors


def verify(client: AuthenticationClient, person: Person, factors: tuple[Factor, ...]) -> None:
    heading("Verify a code of the authenticator app, then a wrong one")
    if not any(factor.factor_type is FactorType.OTP for factor in factors):
        note("left out: there is no authenticator")
        return
    code = person.app_code()
    calling("client.verify_totp(code)")
    client.verify_totp(code)
    note("it returned, so the code is right")
    calling("client.verify_totp('000000')")
    try:
        client.verify_totp("000000")
    except CodeRejectedError as error:
        raised(error)


def reset(client: AuthenticationClient, person: Person, factors: tuple[Factor, ...]) -> None:
    heading("Reset what is bound")
    reset_each(client, person, factors)
    calling("client.list_enrolled_factors()")
    returned(*client.list_enrolled_factors())


def reset_each(client: AuthenticationClient, person: Person, factors: Iterable[Factor]) -> None:
    for factor in factors:
        name = f"{factor.factor_type} {factor.masked_target}".strip()
        if person.agrees(f"Reset {name}? It is unbound at once"):
            calling(f"client.reset_factor({factor.factor_id!r})")
            client.reset_factor(factor.factor_id)


# What is printed


def heading(text: str) -> None:
    print(f"\n== {text}")


def calling(text: str) -> None:
    print(f"\n   {text}")


def called(record: CallRecord) -> None:
    """Print what went over the wire; the client calls this after each of its calls."""
    answer = "no answer" if record.status_code is None else f"statusCode {record.status_code}"
    print(f"      {record.method} {record.path}: {answer}, {record.seconds * 1000:.0f} ms")


def returned(*values: object) -> None:
    for value in values:
        arrow(repr(value))
    if not values:
        note("nothing")


def raised(error: AuthingMFAError) -> None:
    arrow(f"{type(error).__name__}: {error}")
    if isinstance(error, APIError) and error.hint:
        note(f"hint: {error.hint}")


def arrow(text: str) -> None:
    print(textwrap.fill(text, 96, initial_indent="   -> ", subsequent_indent=" " * 8))


def note(text: str) -> None:
    print(f"   -- {text}")


# The embedded sandbox, which plays the service, and its user


def walk_on_sandbox() -> None:
    from authing_mfa.sandbox import Sandbox, Settings

    with Sandbox(settings=Settings(wrong_totp="6001")) as sandbox:
        print(f"The service is the embedded sandbox at {sandbox.url}")
        user = sandbox.add_user(
            phone="18800000000",
            email="test@example.com",
            password=PASSWORD,
            factors=[FactorType.OTP],
        )
        sandbox.require_mfa("application", methods=[FactorType.OTP])
        with AuthenticationClient(
            app_id=sandbox.app_id, app_host=sandbox.url, lang="en-US", on_call=called
        ) as client:
            token = sign_in(client, str(user.email), user.totp_code)
            walk(client.as_user(token), sandbox_person(sandbox, user))


def sign_in(client: AuthenticationClient, email: str, app_code: Callable[[], str]) -> str:
    """Return the user's token, got with a password and a code of the authenticator app."""
    heading("Sign in with a password")
    calling("client.sign_in(email, password=...)")
    try:
        return client.sign_in(email, password=PASSWORD).access_token
    except MFARequiredError as error:
        raised(error)
        trigger = error.trigger
    heading("Finish the sign-in with the authenticator app")
    calling("challenge = client.challenge(error.trigger)")
    challenge = client.challenge(trigger)
    returned(*challenge.methods)
    calling("challenge.verify_totp(code)")
    result = challenge.verify_totp(app_code())
    returned(result)
    return str(result.token)


def sandbox_person(sandbox: Sandbox, user: SandboxUser) -> Person:
    """Return somebody who reads the sandbox's outbox and holds the user's authenticator."""
    targets = {
        FactorType.SMS: {"phone_number": str(user.phone)},
        FactorType.EMAIL: {"email": str(user.email)},
        FactorType.OTP: {},
    }

    def code_for(enrollment: Enrollment) -> str:
        if enrollment.factor_type is FactorType.SMS:
            return sandbox.outbox.last_code(phone=user.phone)
        if enrollment.factor_type is FactorType.EMAIL:
            return sandbox.outbox.last_code(email=user.email)
        return user.totp_code()

    return Person(
        target=targets.get,
        code_for=code_for,
        app_code=user.totp_code,
        agrees=lambda question: True,
    )


# A tenant of yours, and you


def walk_on_tenant() -> None:
    person = Person(
        target=ask_target, code_for=ask_code, app_code=ask_app_code, agrees=ask_yes_or_no
    )
    with AuthenticationClient.from_env(lang="en-US", on_call=called) as client:
        print(f"The service is {os.environ['AUTHING_APP_HOST']}")
        walk(client, person)


def ask_target(kind: FactorType) -> dict[str, str] | None:
    if kind is FactorType.OTP:
        return {} if ask_yes_or_no("Add an authenticator app?") else None
    if kind is FactorType.EMAIL:
        email = ask("E-mail address to bind (nothing: leave it out)")
        return {"email": email} if email else None
    phone = ask("Phone to bind, without its country code (nothing: leave it out)")
    if not phone:
        return None
    country_code = ask("Its country code (nothing: +86)") or "+86"
    return {"phone_number": phone, "phone_country_code": country_code}


def ask_code(enrollment: Enrollment) -> str:
    if enrollment.otp is None:
        return ask("The code that was sent")
    note(f"type this key into the app: {enrollment.otp.manual_key}")
    note("the recovery code, enrollment.otp.recovery_code, is not printed here")
    return ask_app_code()


def ask_app_code() -> str:
    return ask("A code that the app shows now, not one that you have used")


def ask_yes_or_no(question: str) -> bool:
    return ask(f"{question} [y/N]").lower() in ("y", "yes")


def ask(question: str) -> str:
    return input(f"   ?? {question}: ").strip()


def main() -> int:
    missing = [name for name in TENANT if not os.environ.get(name)]
    if missing and len(missing) < len(TENANT):
        print(f"Set {' and '.join(missing)} as well, or none of {', '.join(TENANT)}.")
        return 2
    started = time.monotonic()
    try:
        if missing:
            walk_on_sandbox()
        else:
            walk_on_tenant()
    except AuthingMFAError as error:
        raised(error)
        return 1
    except (EOFError, KeyboardInterrupt):
        print("\nStopped. What was enrolled stays bound: run it again to reset it.")
        return 1
    print(f"\nDone in {time.monotonic() - started:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
