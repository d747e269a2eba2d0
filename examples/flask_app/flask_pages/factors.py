"""The factors of whoever is signed in: shown, added, removed."""

from __future__ import annotations

import time

import attrs
from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from authing_mfa import EnrollmentRequest, ExpiredError, FactorType
from authing_mfa.enrollment import ENROLLMENT_SECONDS

from . import visitor

pages = Blueprint("factors", __name__)


@pages.before_request
def only_signed_in() -> ResponseReturnValue | None:
    if not visitor.is_signed_in():
        return redirect(url_for("sign_in.form"))
    g.me = visitor.me()
    return None


@pages.get("/")
def listed() -> str:
    # A photo of a face needs a camera, and a camera needs a script.
    usable = (FactorType.OTP, FactorType.SMS, FactorType.EMAIL)
    offered = g.me.list_factors_to_enroll()
    return render_template(
        "factors.html",
        factors=g.me.list_enrolled_factors(),
        offered=[kind for kind in usable if kind in offered],
    )


@pages.post("/factors/enroll")
def enroll() -> ResponseReturnValue:
    kind = request.form["kind"]
    target = visitor.typed("phone_number", "phone_country_code", "email")
    asked = g.me.send_enroll_factor_request(kind, **target)
    ends_at = time.time() + ENROLLMENT_SECONDS
    session["pending"] = {"kind": kind, "request": asked.to_dict(), "ends_at": ends_at}
    return redirect(url_for(".confirm_form"))


@pages.get("/factors/confirm")
def confirm_form() -> ResponseReturnValue:
    if "pending" not in session:
        return redirect(url_for(".listed"))
    pending = Pending.of_session()
    return render_template("confirm.html", kind=pending.kind, setup=pending.request.otp_data)


@pages.post("/factors/confirm")
def confirm() -> ResponseReturnValue:
    pending = Pending.of_session()
    g.me.enroll_factor(
        pending.kind,
        enrollment_token=pending.request.enrollment_token,
        pass_code=request.form["code"],
    )
    del session["pending"]
    if setup := pending.request.otp_data:
        return render_template("recovery_code.html", recovery_code=setup.recovery_code)
    return redirect(url_for(".listed"))


@pages.post("/factors/remove")
def remove() -> ResponseReturnValue:
    g.me.reset_factor(request.form["factor_id"])
    return redirect(url_for(".listed"))


@attrs.frozen
class Pending:
    """A factor that waits for its code, between two requests."""

    kind: str
    request: EnrollmentRequest

    @classmethod
    def of_session(cls) -> Pending:
        """Return theirs.

        Raises:
            ExpiredError: There is none, or its minute is over.
        """
        stored = session.get("pending")
        if stored is None or stored["ends_at"] <= time.time():
            session.pop("pending", None)
            raise ExpiredError("no factor is waiting for a code")
        return cls(stored["kind"], EnrollmentRequest.from_dict(stored["request"]))
