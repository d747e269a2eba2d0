"""The factors of whoever is signed in: shown, added, removed."""

from __future__ import annotations

import time

import attrs
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from authing_mfa import AuthenticationClient, EnrollmentRequest, ExpiredError, FactorType
from authing_mfa.enrollment import ENROLLMENT_SECONDS

from . import visitor
from .wording import words


@visitor.only_signed_in
def listed(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    text = words(visitor.language())
    # A photo of a face needs a camera, and a camera needs a script.
    usable = (FactorType.OTP, FactorType.SMS, FactorType.EMAIL)
    offered = me.list_factors_to_enroll()
    context = {
        "factors": [
            (text.get(factor.factor_type, factor.factor_type), factor)
            for factor in me.list_enrolled_factors()
        ],
        "offered": [(text[kind], kind) for kind in usable if kind in offered],
    }
    return render(request, "factors.html", context)


@require_POST
@visitor.only_signed_in
def enroll(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    kind = request.POST.get("kind", "")
    target = visitor.typed(request, "phone_number", "phone_country_code", "email")
    asked = me.send_enroll_factor_request(kind, **target)
    ends_at = time.time() + ENROLLMENT_SECONDS
    request.session["pending"] = {"kind": kind, "request": asked.to_dict(), "ends_at": ends_at}
    return redirect("confirm")


def confirm_form(request: HttpRequest) -> HttpResponse:
    if "pending" not in request.session:
        return redirect("factors")
    pending = Pending.of_session(request)
    context = {
        "name": words(visitor.language()).get(pending.kind, pending.kind),
        "setup": pending.request.otp_data,
    }
    return render(request, "confirm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@visitor.only_signed_in
def confirm(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    if request.method != "POST":
        return confirm_form(request)
    pending = Pending.of_session(request)
    me.enroll_factor(
        pending.kind,
        enrollment_token=pending.request.enrollment_token,
        pass_code=request.POST.get("code", ""),
    )
    del request.session["pending"]
    if setup := pending.request.otp_data:
        return render(request, "recovery_code.html", {"recovery_code": setup.recovery_code})
    return redirect("factors")


@require_POST
@visitor.only_signed_in
def remove(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    me.reset_factor(request.POST.get("factor_id", ""))
    return redirect("factors")


@attrs.frozen
class Pending:
    """A factor that waits for its code, between two requests."""

    kind: str
    request: EnrollmentRequest

    @classmethod
    def of_session(cls, request: HttpRequest) -> Pending:
        """Return theirs.

        Raises:
            ExpiredError: There is none, or its minute is over.
        """
        stored = request.session.get("pending")
        if stored is None or stored["ends_at"] <= time.time():
            request.session.pop("pending", None)
            raise ExpiredError("no factor is waiting for a code")
        return cls(stored["kind"], EnrollmentRequest.from_dict(stored["request"]))
