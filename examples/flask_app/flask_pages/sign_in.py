"""Signing in with a password and, where the service asks for it, a second factor; signing out."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from authing_mfa import (
    ExpiredError,
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
        session.clear()
        session["challenge"] = error.trigger.to_dict()
        return redirect(url_for(".step_up"))
    visitor.sign_in(tokens)
    return redirect(url_for("factors.listed"))


@pages.get("/step-up")
def step_up() -> ResponseReturnValue:
    if "challenge" not in session:
        return redirect(url_for(".form"))
    # A photo of a face needs a camera, and a camera needs a script.
    usable = (FactorType.OTP, FactorType.SMS, FactorType.EMAIL)
    methods = [each for each in challenge().methods if each.factor_type in usable]
    return render_template(
        "step_up.html",
        methods=sorted(methods, key=lambda method: not method.bound),
        setup=OTPSetup.from_dict(session["setup"]) if "setup" in session else None,
        sent=session.get("sent", {}),
    )


@pages.post("/step-up/send")
def send() -> ResponseReturnValue:
    kind = request.form["by"]
    if kind == "SMS":
        target = visitor.typed("phone_number", "phone_country_code")
        challenge().send_sms(**target)
    elif kind == "EMAIL":
        target = visitor.typed("email")
        challenge().send_email(**target)
    else:
        abort(400)
    session["sent"] = {**session.get("sent", {}), kind: target}
    return redirect(url_for(".step_up"))


@pages.post("/step-up/associate")
def associate() -> ResponseReturnValue:
    session["setup"] = challenge().associate_totp().to_dict()
    return redirect(url_for(".step_up"))


@pages.post("/step-up/verify")
def verify() -> ResponseReturnValue:
    asked, sent, by = challenge(), session.get("sent", {}), request.form["by"]
    checks: dict[str, Callable[[str], StepUpResult]] = {
        "SMS": lambda code: asked.verify_sms(code, **sent.get("SMS", {})),
        "EMAIL": lambda code: asked.verify_email(code, **sent.get("EMAIL", {})),
        "OTP": asked.verify_totp,
        "NEW_OTP": asked.confirm_totp,
        "RECOVERY": asked.verify_recovery_code,
    }
    check = checks.get(by) or abort(400)
    result = check(request.form["code"])
    new = OTPSetup.from_dict(session["setup"]).recovery_code if by == "NEW_OTP" else None
    return welcome(result, new or result.recovery_code)


@pages.post("/sign-out")
def out() -> ResponseReturnValue:
    leaving = visitor.me() if visitor.is_signed_in() else None
    session.clear()  # they are out here even if the service cannot be told
    if leaving:
        leaving.sign_out()
    return redirect(url_for(".form"))


def challenge() -> MFAChallenge:
    """Return the challenge that their sign-in waits for."""
    if "challenge" not in session:
        raise ExpiredError("no sign-in is waiting")
    return visitor.client().challenge(MFATrigger.from_dict(session["challenge"]))


def welcome(result: StepUpResult, recovery_code: str | None) -> ResponseReturnValue:
    """Let them in; a recovery code that is new is shown now, and never again."""
    if result.token is None:
        raise InvalidResponseError("the finished challenge came without a token", where="token")
    visitor.sign_in(result.token)
    if recovery_code:
        return render_template("recovery_code.html", recovery_code=recovery_code)
    return redirect(url_for("factors.listed"))
