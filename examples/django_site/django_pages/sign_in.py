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
    methods = [each for each in ways(challenge(request)) if each.factor_type in visitor.USABLE]
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
    target = {} if way(asked, kind).bound else visitor.typed(request, *fields)
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
    asked = challenge(request)
    if way(asked, "OTP").bound:
        raise FactorNotOfferedError("there is an authenticator already")
    visitor.put(request, setup=asked.associate_totp().to_dict())
    return redirect("step_up")


@sensitive_post_parameters("code")
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    asked, sent = challenge(request), request.session.get("sent", {})
    checks: dict[str, tuple[str, Callable[[str], StepUpResult]]] = {
        "SMS": ("SMS", lambda code: asked.verify_sms(code, **sent.get("SMS", {}))),
        "EMAIL": ("EMAIL", lambda code: asked.verify_email(code, **sent.get("EMAIL", {}))),
        "OTP": ("OTP", asked.verify_totp),
        "NEW_OTP": ("OTP", asked.confirm_totp),
        "RECOVERY": ("OTP", asked.verify_recovery_code),
    }
    by = request.POST.get("by", "")
    if by not in checks:
        raise BadRequest("by: wanted one of the ways to verify")
    kind, check = checks[by]
    if way(asked, kind).bound is (by == "NEW_OTP") and kind == "OTP":
        raise FactorNotOfferedError("that is for the other case")
    setup = OTPSetup.from_dict(request.session["setup"]) if by == "NEW_OTP" else None
    visitor.spend(request, "tries")
    result = check(request.POST.get("code", ""))
    return welcome(request, result, setup.recovery_code if setup else result.recovery_code)


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


def note_sent(request: HttpRequest, kind: str, target: dict[str, str]) -> None:
    """Remember where a code went, for the request that brings it."""
    visitor.put(request, sent={**request.session.get("sent", {}), kind: target})


def welcome(request: HttpRequest, result: StepUpResult, recovery_code: str | None) -> HttpResponse:
    """Let them in; a recovery code that is new is shown first."""
    if result.token is None:
        raise InvalidResponseError("the finished challenge came without a token", where="token")
    shown = visitor.to_show(recovery_code)
    visitor.sign_in(request, result.token, proof="factor", **shown)
    return redirect("factors")
