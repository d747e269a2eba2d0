"""Signing in with a password and, where the service asks for it, a second factor; signing out."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from authing_mfa import (
    AuthingMFAError,
    ExpiredError,
    InvalidResponseError,
    MFAChallenge,
    MFARequiredError,
    MFATrigger,
    OTPSetup,
    SignInOptions,
    StepUpResult,
)

from . import visitor
from .store import Held

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
            options=SignInOptions(scope=SCOPE, client_ip=visitor.address()),
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
        methods=[each for each in challenge().methods if each.factor_type in visitor.USABLE],
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
    target = visitor.typed(*fields)  # refused where one is bound
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
    visitor.put(setup=challenge().associate_totp().to_dict())
    return redirect(url_for(".step_up"))


@pages.post("/step-up/verify")
def verify() -> ResponseReturnValue:
    asked, waiting, by = challenge(), visitor.held(), request.form["by"]
    sent = waiting.get("sent", {})
    checks: dict[str, Callable[[str], StepUpResult]] = {
        "SMS": lambda code: asked.verify_sms(code, **sent.get("SMS", {})),
        "EMAIL": lambda code: asked.verify_email(code, **sent.get("EMAIL", {})),
        "OTP": asked.verify_totp,
        "NEW_OTP": asked.confirm_totp,
        "RECOVERY": asked.verify_recovery_code,
    }
    check = checks.get(by) or abort(400)
    visitor.spend("tries")
    try:
        result = check(request.form["code"])
        return welcome(result, new_code_of(waiting) if by == "NEW_OTP" else result.recovery_code)
    except InvalidResponseError as error:
        if error.recovery_code is None:
            raise
        visitor.put(**visitor.to_show(error.recovery_code))
    return redirect(url_for(".recovery_code"))  # it is the new one, whatever else was wrong


@pages.get("/recovery-code")
def recovery_code() -> ResponseReturnValue:
    if code := visitor.recovery_code():
        return render_template("recovery_code.html", recovery_code=code)
    return redirect(url_for("factors.listed"))


@pages.post("/recovery-code")
def recovery_code_kept() -> ResponseReturnValue:
    visitor.take("recovery")
    return redirect(url_for("factors.listed"))


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


def note_sent(kind: str, target: dict[str, str]) -> None:
    """Remember where a code went, for the request that brings it."""
    visitor.put(sent={**visitor.held().get("sent", {}), kind: target})


def new_code_of(waiting: Held) -> str | None:
    """Return the recovery code of an authenticator that they have bound on the way."""
    return OTPSetup.from_dict(waiting["setup"]).recovery_code if "setup" in waiting else None


def welcome(result: StepUpResult, new_code: str | None) -> ResponseReturnValue:
    """Let them in; a recovery code that is new is shown first."""
    if result.token is None:
        raise InvalidResponseError(
            "the finished challenge came without a token", where="token", recovery_code=new_code
        )
    shown = visitor.to_show(new_code)
    visitor.sign_in(result.token, proof="factor", **shown)
    return redirect(url_for("factors.listed"))
