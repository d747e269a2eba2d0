"""Signing in with a password and, where the service asks for it, a second factor; signing out."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

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
from .wording import words

# The second scope brings a refresh token, so that nobody has to sign in anew every two hours.
SCOPE = "openid offline_access"


def form(request: HttpRequest) -> HttpResponse:
    return render(request, "sign_in.html")


@require_http_methods(["GET", "HEAD", "POST"])
def with_password(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return form(request)
    try:
        tokens = visitor.client().sign_in(
            request.POST.get("account"),
            password=request.POST.get("password"),
            options=SignInOptions(scope=SCOPE, client_ip=visitor.address(request)),
        )
    except MFARequiredError as error:
        if error.trigger is None:
            raise
        request.session.flush()
        request.session["challenge"] = error.trigger.to_dict()
        return redirect("step_up")
    visitor.sign_in(request, tokens)
    return redirect("factors")


def step_up(request: HttpRequest) -> HttpResponse:
    if "challenge" not in request.session:
        return redirect("sign_in")
    # A photo of a face needs a camera, and a camera needs a script.
    usable = (FactorType.OTP, FactorType.SMS, FactorType.EMAIL)
    methods = [each for each in challenge(request).methods if each.factor_type in usable]
    methods.sort(key=lambda method: not method.bound)
    text, setup = words(visitor.language()), request.session.get("setup")
    context = {
        "methods": [(text[each.factor_type], each.factor_type, each) for each in methods],
        "setup": setup and OTPSetup.from_dict(setup),
        "sent": request.session.get("sent", {}),
    }
    return render(request, "step_up.html", context)


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    kind = request.POST.get("by", "")
    if kind == "SMS":
        target = visitor.typed(request, "phone_number", "phone_country_code")
        challenge(request).send_sms(**target)
    elif kind == "EMAIL":
        target = visitor.typed(request, "email")
        challenge(request).send_email(**target)
    else:
        raise BadRequest("by: wanted SMS or EMAIL")
    request.session["sent"] = {**request.session.get("sent", {}), kind: target}
    return redirect("step_up")


@require_POST
def associate(request: HttpRequest) -> HttpResponse:
    request.session["setup"] = challenge(request).associate_totp().to_dict()
    return redirect("step_up")


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    asked, sent = challenge(request), request.session.get("sent", {})
    checks: dict[str, Callable[[str], StepUpResult]] = {
        "SMS": lambda code: asked.verify_sms(code, **sent.get("SMS", {})),
        "EMAIL": lambda code: asked.verify_email(code, **sent.get("EMAIL", {})),
        "OTP": asked.verify_totp,
        "NEW_OTP": asked.confirm_totp,
        "RECOVERY": asked.verify_recovery_code,
    }
    by = request.POST.get("by", "")
    if by not in checks:
        raise BadRequest("by: wanted one of the ways to verify")
    result = checks[by](request.POST.get("code", ""))
    setup = request.session.get("setup") if by == "NEW_OTP" else None
    new_code = OTPSetup.from_dict(setup).recovery_code if setup else result.recovery_code
    return welcome(request, result.token, new_code)


@require_POST
def out(request: HttpRequest) -> HttpResponse:
    leaving = visitor.me(request) if visitor.is_signed_in(request) else None
    request.session.flush()  # they are out here even if the service cannot be told
    if leaving:
        leaving.sign_out()
    return redirect("sign_in")


def challenge(request: HttpRequest) -> MFAChallenge:
    """Return the challenge that their sign-in waits for."""
    stored = request.session.get("challenge")
    if stored is None:
        raise ExpiredError("no sign-in is waiting")
    return visitor.client().challenge(MFATrigger.from_dict(stored))


def welcome(request: HttpRequest, token: str | None, recovery_code: str | None) -> HttpResponse:
    """Let them in; a recovery code that is new is shown now, and never again."""
    if token is None:
        raise InvalidResponseError("the finished challenge came without a token", where="token")
    visitor.sign_in(request, token)
    if recovery_code:
        return render(request, "recovery_code.html", {"recovery_code": recovery_code})
    return redirect("factors")
