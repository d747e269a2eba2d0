"""Signing in with a password and, where the service asks for it, a second factor; signing out."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

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
from .wording import words

# The second scope brings a refresh token, so that nobody has to sign in anew every two hours.
SCOPE = "openid offline_access"


def form(request: HttpRequest) -> HttpResponse:
    return render(request, "sign_in.html")


@sensitive_post_parameters("password")
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
        visitor.wait_for_factor(request, error.trigger.to_dict())
        return redirect("step_up")
    visitor.sign_in(request, tokens, proof="password")
    return redirect("factors")


def step_up(request: HttpRequest) -> HttpResponse:
    session = request.session
    if "challenge" not in session:
        return redirect("sign_in")
    text = words(visitor.language())
    methods = [each for each in challenge(request).methods if each.factor_type in visitor.USABLE]
    context = {
        "methods": [(text[each.factor_type], each.factor_type, each) for each in methods],
        "setup": OTPSetup.from_dict(session["setup"]) if "setup" in session else None,
        "sent": session.get("sent", {}),
    }
    return render(request, "step_up.html", context)


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    asked, kind = challenge(request), request.POST.get("by", "")
    senders: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
        "SMS": (asked.send_sms, ("phone_number", "phone_country_code")),
        "EMAIL": (asked.send_email, ("email",)),
    }
    if kind not in senders:
        raise BadRequest("by: wanted SMS or EMAIL")
    sender, fields = senders[kind]
    target = visitor.typed(request, *fields)  # refused where one is bound
    visitor.spend(request, "codes")
    try:
        sender(**target)
    except AuthingMFAError as error:
        if error.outcome_unknown:  # it may be on its way: let them type it
            note_sent(request, kind, target)
        raise
    note_sent(request, kind, target)
    return redirect("step_up")


@require_POST
def associate(request: HttpRequest) -> HttpResponse:
    visitor.put(request, setup=challenge(request).associate_totp().to_dict())
    return redirect("step_up")


@sensitive_post_parameters("code")
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    asked, waiting = challenge(request), visitor.Held(request.session.items())
    sent = waiting.get("sent", {})
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
    visitor.spend(request, "tries")
    try:
        result = checks[by](request.POST.get("code", ""))
        bound = new_code_of(waiting) if by == "NEW_OTP" else None
        return welcome(request, result, bound or result.recovery_code)
    except InvalidResponseError as error:
        if error.recovery_code is None:
            raise
        visitor.put(request, **visitor.to_show(error.recovery_code))
    return redirect("recovery_code")  # it is the new one, whatever else was wrong


@require_http_methods(["GET", "HEAD", "POST"])
def recovery_code(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        visitor.take(request, "recovery")
    elif code := visitor.recovery_code(request):
        return render(request, "recovery_code.html", {"recovery_code": code})
    return redirect("factors")


@require_POST
def out(request: HttpRequest) -> HttpResponse:
    leaving = visitor.me(request) if visitor.is_signed_in(request) else None
    visitor.end(request)  # they are out here even if the service cannot be told
    if leaving:
        leaving.sign_out()
    return redirect("sign_in")


def challenge(request: HttpRequest) -> MFAChallenge:
    """Return the challenge that their sign-in waits for."""
    if "challenge" not in request.session:
        raise ExpiredError("no sign-in is waiting")
    return visitor.client().challenge(MFATrigger.from_dict(request.session["challenge"]))


def note_sent(request: HttpRequest, kind: str, target: dict[str, str]) -> None:
    """Remember where a code went, for the request that brings it."""
    visitor.put(request, sent={**request.session.get("sent", {}), kind: target})


def new_code_of(waiting: visitor.Held) -> str | None:
    """Return the recovery code of an authenticator that they have bound on the way."""
    return OTPSetup.from_dict(waiting["setup"]).recovery_code if "setup" in waiting else None


def welcome(request: HttpRequest, result: StepUpResult, new_code: str | None) -> HttpResponse:
    """Let them in; a recovery code that is new is shown first."""
    if result.token is None:
        raise InvalidResponseError(
            "the finished challenge came without a token", where="token", recovery_code=new_code
        )
    shown = visitor.to_show(new_code)
    visitor.sign_in(request, result.token, proof="factor", **shown)
    return redirect("factors")
