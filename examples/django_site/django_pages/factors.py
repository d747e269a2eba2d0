"""The factors of whoever is signed in: shown, added, removed."""

from __future__ import annotations

import contextlib
import time

import attrs
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from authing_mfa import (
    AuthenticationClient,
    AuthingMFAError,
    EnrollmentRequest,
    ExpiredError,
    FactorType,
)
from authing_mfa.enrollment import ENROLLMENT_SECONDS

from . import visitor
from .wording import words


@visitor.only_signed_in
def listed(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    if visitor.recovery_code(request):
        return redirect("recovery_code")
    text = words(visitor.language())
    offered = me.list_factors_to_enroll()
    context = {
        "is_pending": "pending" in request.session,
        "factors": [
            (text.get(factor.factor_type, factor.factor_type), factor)
            for factor in me.list_enrolled_factors()
        ],
        "offered": [(text[kind], kind) for kind in visitor.USABLE if kind in offered],
    }
    return render(request, "factors.html", context)


@visitor.only_signed_in
def prove_form(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    kinds = [each.factor_type for each in me.list_enrolled_factors()]
    return render(request, "prove.html", {"has_authenticator": FactorType.OTP in kinds})


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@visitor.only_signed_in
def prove(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    if request.method != "POST":
        return prove_form(request)
    visitor.spend(request, "tries")
    me.verify_totp(request.POST.get("code", ""))
    visitor.prove(request)
    return redirect("factors")


@require_POST
@visitor.only_signed_in
def enroll(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    if not visitor.may_change_factors(request, me):
        return redirect("prove")
    kind = request.POST.get("kind", "")
    target = visitor.typed(request, "phone_number", "phone_country_code", "email")
    before = [factor.factor_id for factor in me.list_enrolled_factors()]
    if kind != "OTP":
        visitor.spend(request, "codes")
    asked = me.send_enroll_factor_request(kind, **target)
    pending = Pending(kind, asked, time.time() + ENROLLMENT_SECONDS, before)
    visitor.put(request, pending=pending.to_dict())
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


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@visitor.only_signed_in
def confirm(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    if request.method != "POST":
        return confirm_form(request)
    pending = Pending.of_session(request)
    try:
        pending.confirm(request, me)
    except AuthingMFAError as error:
        with visitor.changed(request) as session:
            is_done = "pending" not in session  # by the same form, sent twice
        if is_done:
            return redirect("factors")
        if not pending.is_bound_after(error, request, me):
            raise
    setup = pending.request.otp_data
    visitor.take(request, "pending")
    visitor.put(request, **visitor.to_show(setup.recovery_code if setup else None))
    return redirect("factors")


@require_POST
@visitor.only_signed_in
def remove(request: HttpRequest, me: AuthenticationClient) -> HttpResponse:
    if not visitor.may_change_factors(request, me):
        return redirect("prove")
    me.reset_factor(request.POST.get("factor_id", ""))
    return redirect("factors")


@attrs.frozen
class Pending:
    """A factor that waits for its code, between two requests.

    Attributes:
        kind: Its kind.
        request: What the service answered.
        ends_at: When its minute ends.
        before: The factors that they had before.
        in_doubt: Whether an earlier answer was lost.
    """

    kind: str
    request: EnrollmentRequest
    ends_at: float
    before: list[str]
    in_doubt: bool = False

    @classmethod
    def of_session(cls, request: HttpRequest) -> Pending:
        """Return theirs.

        Raises:
            ExpiredError: There is none, or its minute is over and no answer was lost.
        """
        stored = visitor.Held(request.session.get("pending") or {})
        if not stored:
            raise ExpiredError("no factor is waiting for a code")
        pending = cls(**{**stored, "request": EnrollmentRequest.from_dict(stored["request"])})
        if not pending.in_doubt and pending.ends_at <= time.time():
            visitor.take(request, "pending")
            raise ExpiredError("the minute is over")
        return pending

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON types."""
        return {**attrs.asdict(self, recurse=False), "request": self.request.to_dict()}

    def confirm(self, request: HttpRequest, me: AuthenticationClient) -> None:
        """Bind it.

        Raises:
            ExpiredError: Its minute is over.
        """
        if self.ends_at <= time.time():
            raise ExpiredError("the minute is over")
        me.enroll_factor(
            self.kind,
            enrollment_token=self.request.enrollment_token,
            pass_code=request.POST.get("code", ""),
        )

    def is_bound_after(
        self, error: AuthingMFAError, request: HttpRequest, me: AuthenticationClient
    ) -> bool:
        """Ask the service whether it is bound, where an answer was lost now or before."""
        if error.outcome_unknown:
            visitor.put(request, pending=attrs.evolve(self, in_doubt=True).to_dict())
        if error.outcome_unknown or self.in_doubt:
            with contextlib.suppress(AuthingMFAError):
                now = me.list_enrolled_factors()
                return any(
                    each.factor_type == self.kind and each.factor_id not in self.before
                    for each in now
                )
        return False
