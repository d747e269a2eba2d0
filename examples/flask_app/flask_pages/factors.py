"""The factors of whoever is signed in: shown, added, removed."""

from __future__ import annotations

import contextlib
import time

import attrs
from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from authing_mfa import AuthingMFAError, EnrollmentRequest, ExpiredError, FactorType
from authing_mfa.enrollment import ENROLLMENT_SECONDS

from . import visitor
from .store import Held

pages = Blueprint("factors", __name__)


@pages.before_request
def only_signed_in() -> ResponseReturnValue | None:
    if not visitor.is_signed_in():
        return redirect(url_for("sign_in.form"))
    g.me = visitor.me()
    return None


@pages.get("/")
def listed() -> ResponseReturnValue:
    if visitor.recovery_code():
        return redirect(url_for("sign_in.recovery_code"))
    offered = g.me.list_factors_to_enroll()
    return render_template(
        "factors.html",
        is_pending="pending" in visitor.held(),
        factors=g.me.list_enrolled_factors(),
        offered=[kind for kind in visitor.USABLE if kind in offered],
    )


@pages.get("/prove")
def prove_form() -> ResponseReturnValue:
    return render_template("prove.html", has_authenticator=has_authenticator())


@pages.post("/prove")
def prove() -> ResponseReturnValue:
    visitor.spend("tries")
    g.me.verify_totp(request.form["code"])
    visitor.prove()
    return redirect(url_for(".listed"))


@pages.post("/factors/enroll")
def enroll() -> ResponseReturnValue:
    if not visitor.may_change_factors(g.me):
        return redirect(url_for(".prove_form"))
    kind = request.form["kind"]
    target = visitor.typed("phone_number", "phone_country_code", "email")
    before = [factor.factor_id for factor in g.me.list_enrolled_factors()]
    if kind != "OTP":
        visitor.spend("codes")
    asked = g.me.send_enroll_factor_request(kind, **target)
    visitor.put(pending=Pending(kind, asked, time.time() + ENROLLMENT_SECONDS, before).to_dict())
    return redirect(url_for(".confirm_form"))


@pages.get("/factors/confirm")
def confirm_form() -> ResponseReturnValue:
    if "pending" not in visitor.held():
        return redirect(url_for(".listed"))
    pending = Pending.of_session()
    return render_template("confirm.html", kind=pending.kind, setup=pending.request.otp_data)


@pages.post("/factors/confirm")
def confirm() -> ResponseReturnValue:
    pending = Pending.of_session()
    try:
        pending.confirm()
    except AuthingMFAError as error:
        if "pending" not in visitor.held():  # the same form, sent twice, was quicker
            return redirect(url_for(".listed"))
        if not pending.is_bound_after(error):
            raise
    setup = pending.request.otp_data
    visitor.take("pending")
    visitor.put(**visitor.to_show(setup.recovery_code if setup else None))
    return redirect(url_for(".listed"))


@pages.post("/factors/remove")
def remove() -> ResponseReturnValue:
    if not visitor.may_change_factors(g.me):
        return redirect(url_for(".prove_form"))
    g.me.reset_factor(request.form["factor_id"])
    return redirect(url_for(".listed"))


def has_authenticator() -> bool:
    """Tell whether they have an authenticator app."""
    return any(each.factor_type is FactorType.OTP for each in g.me.list_enrolled_factors())


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
    def of_session(cls) -> Pending:
        """Return theirs.

        Raises:
            ExpiredError: There is none, or its minute is over and no answer was lost.
        """
        stored = Held(visitor.held().get("pending") or {})
        if not stored:
            raise ExpiredError("no factor is waiting for a code")
        pending = cls(**{**stored, "request": EnrollmentRequest.from_dict(stored["request"])})
        if not pending.in_doubt and pending.ends_at <= time.time():
            visitor.take("pending")
            raise ExpiredError("the minute is over")
        return pending

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON types."""
        return {**attrs.asdict(self, recurse=False), "request": self.request.to_dict()}

    def confirm(self) -> None:
        """Bind it.

        Raises:
            ExpiredError: Its minute is over.
        """
        if self.ends_at <= time.time():
            raise ExpiredError("the minute is over")
        g.me.enroll_factor(
            self.kind,
            enrollment_token=self.request.enrollment_token,
            pass_code=request.form["code"],
        )

    def is_bound_after(self, error: AuthingMFAError) -> bool:
        """Ask the service whether it is bound, where an answer was lost now or before."""
        if error.outcome_unknown:
            visitor.put(pending=attrs.evolve(self, in_doubt=True).to_dict())
        if error.outcome_unknown or self.in_doubt:
            with contextlib.suppress(AuthingMFAError):
                now = g.me.list_enrolled_factors()
                return any(
                    each.factor_type == self.kind and each.factor_id not in self.before
                    for each in now
                )
        return False
