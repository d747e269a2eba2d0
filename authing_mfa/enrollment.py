"""Bind a factor in two steps: begin, then confirm with the code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

from ._call.session import Session
from ._http.fork import LazyLock
from ._protocol import bodies, endpoints
from ._protocol.deadline import Deadline, monotonic
from ._protocol.envelope import Envelope, build_data
from ._protocol.factor_match import matches
from ._protocol.request import Request
from ._secrets import conceal, safe_repr
from ._values.codec import misfit
from ._values.factors import EnrollmentRequest, Factor, Factors, FactorType
from ._values.notebook import Picture, show_for
from ._values.otp import OTPSetup
from .errors import AuthingMFAError, ConfigurationError, ExpiredError

ENROLLMENT_SECONDS: Final = 60.0
"""Lifetime of an enrollmentToken, as the API reference states."""


class Enrollment:
    """An enrollment that has begun; ``AuthenticationClient.begin_enrollment`` makes one.

    For SMS and EMAIL the service has sent a code to the user; for OTP show ``otp`` to them.

    Attributes:
        factor_type: The kind of the factor.
    """

    def __init__(
        self, session: Session, factor_type: FactorType, target: Mapping[str, str]
    ) -> None:
        deadline = session.deadline()
        self.factor_type = factor_type
        self._session = session
        self._target = target
        self._bound_before: tuple[Factor, ...] = enrolled_factors(session, deadline)
        self._confirmed = False
        self._in_doubt = False  # whether a confirmation may have taken effect
        self._picture: Picture | None = None
        self._lock = LazyLock("Lock")  # a code may be submitted twice at once
        self._begin(deadline)

    @property
    def expires_in(self) -> float:
        """Return the seconds that remain to confirm, counted from before the code was sent."""
        return max(0.0, self._ends_at - monotonic())

    @property
    def expired(self) -> bool:
        """Return whether the time to confirm is over."""
        return self.expires_in == 0.0

    @property
    def otp(self) -> OTPSetup | None:
        """Return QR code, secret and recovery code for OTP; None for the other kinds."""
        return self._request.otp_data

    def show_qr(self, *, embed: bool = False) -> None:
        """Show the QR code: on a notebook's page until confirmed or expired, elsewhere as text.

        A notebook's file never holds the code, whenever it is saved. The page holds only an
        address on the machine that runs this, from which the browser fetches the picture once;
        after ``confirm``, or when the minute is over, a line of text replaces it. A browser on
        another machine cannot fetch it, and the page says so.

        In a terminal the code stays in the scroll-back.

        Args:
            embed: Put the picture itself into the page, for a browser on another machine. A
                notebook that is saved while the code is shown then holds the code, and with it the
                secret; one that is saved afterwards does not.

        Raises:
            ExpiredError: The minute is over: ``resend``.
            ConfigurationError: This kind of factor has no QR code, or the factor is bound already,
                or the extra ``authing-mfa[qr]`` is not installed.
        """
        if self.otp is None:
            raise ConfigurationError(f"a factor of type {self.factor_type} has no QR code")
        self._refuse_if_over()
        self._clear_qr()
        self._picture = show_for(self.expires_in, self.otp.qr, embed=embed)

    def resend(self) -> None:
        """Begin again: a new code or QR, and another minute.

        The service sends one code a minute to a phone or an address. Where the old QR code was
        shown, so is the new one.

        Raises:
            ThrottleError, InvalidOperationError: A code was sent within the last minute.
            ConfigurationError: The factor is bound already; no code was sent.
        """
        deadline = self._session.deadline()
        with self._lock.hold(deadline, "binding the factor"):
            bound = enrolled_factors(self._session, deadline) if self._in_doubt else ()
            self._finish_if_bound(bound)
            self._refuse_if_confirmed()
            self._begin(deadline)
            if self._in_doubt and not self._target:  # a new secret replaces the one in doubt
                self._in_doubt, self._bound_before = False, bound
        if self._picture is not None:
            self.show_qr(embed=self._picture.embedded)

    def confirm(
        self,
        pass_code: str | None = None,
        *,
        photo: str | None = None,
        is_external_photo: bool | None = None,
    ) -> None:
        """Bind the factor, or find it bound.

        A code may be typed with spaces, dashes or full-width digits. When no response comes, the
        service is asked at once whether the factor is bound, and again before the next attempt; so
        call it again after a failure. Where this enrollment has bound the factor already, nothing
        is sent: the same code submitted twice is no failure.

        Args:
            pass_code: For SMS, EMAIL and OTP.
            photo: For FACE: a storage key, or a URL where ``is_external_photo`` is True.
            is_external_photo: For FACE.

        Raises:
            ConfigurationError: The text cannot be a code; nothing was sent.
            ExpiredError: The minute is over: ``resend``; the code was not sent.
            CodeRejectedError: The code is wrong; another one is allowed within the minute.
            AuthingMFAError: Where ``outcome_unknown`` is True, it is not known whether the factor
                is bound: call ``confirm`` again, or ``reconcile``.
        """
        pass_code, photo = conceal(pass_code), conceal(photo)
        deadline = self._session.deadline()
        with self._lock.hold(deadline, "binding the factor"):
            if self._confirmed:
                return
            proof = bodies.enrollment_data(
                self.factor_type,
                pass_code,
                photo,
                is_external_photo,
                digits=self.otp.digits if self.otp else bodies.TOTP_DIGITS,
            )
            if not (self._in_doubt and self._is_bound(deadline)):
                self._refuse_if_over()
                self._enroll(proof, deadline)

    def reconcile(self) -> Factor | None:
        """Ask the service whether this enrollment's factor is bound.

        Looks for the enrollment's own phone or address; where the service masks these, the rest
        must fit. An authenticator or a face shows neither, nor does a phone that is masked
        altogether: then the only new factor of the kind counts, once ``confirm`` may have bound
        it. It cannot be distinguished from the user's other enrollments of that kind.

        Returns:
            The factor that is bound now and was not, or was different, when the enrollment began;
            None where there is none, and ``confirm`` may be called again.
        """
        return self._finish_if_bound(enrolled_factors(self._session, self._session.deadline()))

    def _begin(self, deadline: Deadline) -> None:
        began = monotonic()
        self._request: EnrollmentRequest = request_enrollment(
            self._session, self.factor_type, self._target, deadline
        )
        self._ends_at = began + ENROLLMENT_SECONDS

    def _enroll(self, proof: Mapping[str, object], deadline: Deadline) -> None:
        token = conceal(self._request.enrollment_token)
        try:
            enroll(self._session, self.factor_type, token, proof, deadline)
        except AuthingMFAError as error:
            self._in_doubt = self._in_doubt or error.outcome_unknown
            # A refusal, too, may be due to the factor, bound meanwhile by an earlier attempt.
            if self._in_doubt:
                with contextlib.suppress(AuthingMFAError):
                    if self._is_bound(deadline):
                        return
            raise
        self._finish()

    def _is_bound(self, deadline: Deadline) -> bool:
        """Ask what became of an earlier attempt; where that fails, it stays unknown."""
        try:
            return self._finish_if_bound(enrolled_factors(self._session, deadline)) is not None
        except AuthingMFAError as error:
            error.outcome_unknown = True
            raise

    def _finish_if_bound(self, bound: Iterable[Factor]) -> Factor | None:
        """Return the factor that this enrollment has bound, if any, and finish with it."""
        new = [
            factor
            for factor in bound
            if factor.factor_type == self.factor_type and factor not in self._bound_before
        ]
        shown = [matches(factor.profile, self._target) for factor in new]
        if True in shown:
            own = new[shown.index(True)]
        elif shown.count(None) == 1 and (self._confirmed or self._in_doubt):
            own = new[shown.index(None)]
        else:
            return None
        self._finish()
        return own

    def _finish(self) -> None:
        self._confirmed, self._in_doubt = True, False
        self._clear_qr()

    def _clear_qr(self) -> None:
        if self._picture is not None:
            self._picture.clear()
            self._picture = None

    def _refuse_if_over(self) -> None:
        self._refuse_if_confirmed()
        if self.expired:
            raise ExpiredError("the enrollment's minute is over: call resend() for a new code")

    def _refuse_if_confirmed(self) -> None:
        if self._confirmed:
            raise ConfigurationError("this enrollment is confirmed already; begin another one")

    def __reduce__(self) -> NoReturn:
        raise TypeError("an enrollment cannot be pickled: its minute is this process's own")

    @safe_repr
    def __repr__(self) -> str:
        state = "confirmed" if self._confirmed else f"expires_in={self.expires_in:.0f}"
        return f"<Enrollment {self.factor_type} {state}>"


def enrolled_factors(session: Session, deadline: Deadline | None = None) -> Factors:
    """Return the factors that the user has bound."""
    request = Request(endpoints.LIST_ENROLLED_FACTORS)
    return Factors(session.fetch(request, tuple[Factor, ...], deadline))


def request_enrollment(
    session: Session, kind: FactorType, target: Mapping[str, str], deadline: Deadline | None = None
) -> EnrollmentRequest:
    """Ask to bind a factor; its codes go to the phone or the address of ``target``."""

    def build(envelope: Envelope) -> EnrollmentRequest:
        begun = build_data(EnrollmentRequest, envelope)
        if kind is FactorType.OTP and begun.otp_data is None:  # there is nothing to scan
            raise misfit("data.otpData", "wanted object (OTPSetup), got none")
        return begun

    body = {"factorType": kind.value, "profile": target}
    request = Request(endpoints.SEND_ENROLL_FACTOR_REQUEST, json=body)
    return session.call(request, build, deadline)


def enroll(
    session: Session,
    kind: FactorType,
    token: str,
    proof: Mapping[str, Any],
    deadline: Deadline | None = None,
) -> None:
    """Bind the factor whose enrollment began with ``token``, by what proves it."""
    body = {"factorType": kind.value, "enrollmentToken": token, "enrollmentData": proof}
    session.command(Request(endpoints.ENROLL_FACTOR, json=body), deadline)
