"""Signing in with a password and, where the service asks for it, a second factor; signing out."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from authing_mfa import (
    AuthingMFAError,
    ChallengeMethod,
    ExpiredError,
    FactorNotOfferedError,
    FactorType,
    InvalidResponseError,
    MFAChallenge,
    MFARequiredError,
    MFATrigger,
    OTPSetup,
    SignInOptions,
    StepUpResult,
)

from . import visitor

pages = Blueprint("sign_in", __name__)

# The second scope brings a refresh token, so that nobody has to sign in anew every two hours.
SCOPE = "openid offline_access"


@pages.get("/sign-in")
def form() -> str:
    return render_template("sign_in.html")


@pages.post("/sign-in")
def with_password() -> ResponseReturnValue:
    try:
        tokens = visitor.client().sign_in(
            request.form["account"],
            password=request.form["password"],
            options=SignInOptions(scope=SCOPE, client_ip=request.remote_addr),
        )
    except MFARequiredError as error:
        if error.trigger is None:
            raise
        visitor.wait_for_factor(error.trigger.to_dict())
        return redirect(url_for(".step_up"))
    visitor.sign_in(tokens, proof="password")
    return redirect(url_for("factors.listed"))


@pages.get("/step-up")
def step_up() -> ResponseReturnValue:
    held = visitor.held()
    if "challenge" not in held:
        return redirect(url_for(".form"))
    return render_template(
        "step_up.html",
        methods=[each for each in ways(challenge()) if each.factor_type in visitor.USABLE],
        setup=OTPSetup.from_dict(held["setup"]) if "setup" in held else None,
        sent=held.get("sent", {}),
    )


@pages.post("/step-up/send")
def send() -> ResponseReturnValue:
    asked, kind = challenge(), request.form["by"]
    senders: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
        "SMS": (asked.send_sms, ("phone_number", "phone_country_code")),
        "EMAIL": (asked.send_email, ("email",)),
    }
    sender, fields = senders.get(kind) or abort(400)
    target = {} if way(asked, kind).bound else visitor.typed(*fields)
    visitor.spend("codes")
    try:
        sender(**target)
    except AuthingMFAError as error:
        if error.outcome_unknown:  # it may be on its way: let them type it
            note_sent(kind, target)
        raise
    note_sent(kind, target)
    return redirect(url_for(".step_up"))


@pages.post("/step-up/associate")
def associate() -> ResponseReturnValue:
    asked = challenge()
    if way(asked, "OTP").bound:
        raise FactorNotOfferedError("there is an authenticator already")
    visitor.put(setup=asked.associate_totp().to_dict())
    return redirect(url_for(".step_up"))


@pages.post("/step-up/verify")
def verify() -> ResponseReturnValue:
    asked, sent, by = challenge(), visitor.held().get("sent", {}), request.form["by"]
    checks: dict[str, tuple[str, Callable[[str], StepUpResult]]] = {
        "SMS": ("SMS", lambda code: asked.verify_sms(code, **sent.get("SMS", {}))),
        "EMAIL": ("EMAIL", lambda code: asked.verify_email(code, **sent.get("EMAIL", {}))),
        "OTP": ("OTP", asked.verify_totp),
        "NEW_OTP": ("OTP", asked.confirm_totp),
        "RECOVERY": ("OTP", asked.verify_recovery_code),
    }
    kind, check = checks.get(by) or abort(400)
    if way(asked, kind).bound is (by == "NEW_OTP") and kind == "OTP":
        raise FactorNotOfferedError("that is for the other case")
    setup = OTPSetup.from_dict(visitor.held()["setup"]) if by == "NEW_OTP" else None
    visitor.spend("tries")
    result = check(request.form["code"])
    return welcome(result, setup.recovery_code if setup else result.recovery_code)


@pages.post("/sign-out")
def out() -> ResponseReturnValue:
    leaving = visitor.me() if visitor.is_signed_in() else None
    visitor.end()  # they are out here even if the service cannot be told
    if leaving:
        leaving.sign_out()
    return redirect(url_for(".form"))


def challenge() -> MFAChallenge:
    """Return the challenge that their sign-in waits for."""
    held = visitor.held()
    if "challenge" not in held:
        raise ExpiredError("no sign-in is waiting")
    return visitor.client().challenge(MFATrigger.from_dict(held["challenge"]))


def ways(asked: MFAChallenge) -> list[ChallengeMethod]:
    """Return how they may finish: by a factor that they have, as long as they have one.

    Another one would prove nothing: whoever stole the password would bring their own.
    """
    bound = [each for each in asked.methods if each.bound]
    return bound or list(asked.methods)


def way(asked: MFAChallenge, kind: str) -> ChallengeMethod:
    """Return the way of that kind.

    Raises:
        FactorNotOfferedError: There is none.
    """
    for each in ways(asked):
        if each.factor_type is FactorType(kind):
            return each
    raise FactorNotOfferedError(f"{kind} is not offered")


def note_sent(kind: str, target: dict[str, str]) -> None:
    """Remember where a code went, for the request that brings it."""
    visitor.put(sent={**visitor.held().get("sent", {}), kind: target})


def welcome(result: StepUpResult, recovery_code: str | None) -> ResponseReturnValue:
    """Let them in; a recovery code that is new is shown first."""
    if result.token is None:
        raise InvalidResponseError("the finished challenge came without a token", where="token")
    shown = visitor.to_show(recovery_code)
    visitor.sign_in(result.token, proof="factor", **shown)
    return redirect(url_for("factors.listed"))
