"""Binding a factor in two steps: begin, then confirm with the code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

import attrs

from ._http.fork import LazyLock
from ._notebook.show import Picture, show_for
from ._protocol import bodies, clock, endpoints, target
from ._protocol.clock import Deadline
from ._protocol.envelope import build_data
from ._protocol.request import Request
from ._secrets import conceal, hide, sturdy
from ._session import Session
from ._values.base import WireValue
from ._values.codec import read_filled, wire
from ._values.factors import Envelope, Factor, Factors, FactorType
from ._values.otp import OTPSetup
from .errors import AuthingMFAError, ConfigurationError, ExpiredError, InvalidResponseError

ENROLLMENT_SECONDS: Final = 60.0
"""How long an enrollmentToken stands, as the API reference states."""


@attrs.frozen(kw_only=True)
class FactorToEnroll(WireValue):
    """A kind of factor that the application offers and the user has not bound."""

    factor_type: FactorType


@attrs.frozen(kw_only=True)
class EnrollmentRequest(WireValue):
    """What the service answers when an enrollment begins.

    Attributes:
        enrollment_token: Stands one minute; ``enroll_factor`` wants it.
        otp_data: For OTP only.
    """

    enrollment_token: str = wire("enrollmentToken", read=read_filled, repr=hide)
    otp_data: OTPSetup | None = None


def enrolled_factors(session: Session, deadline: Deadline | None = None) -> Factors:
    """Return the factors that the user has bound."""
    request = Request(endpoints.LIST_ENROLLED_FACTORS)
    return Factors(session.fetch(request, tuple[Factor, ...], deadline=deadline))


def request_enrollment(
    session: Session,
    kind: FactorType,
    profile: Mapping[str, str],
    deadline: Deadline | None = None,
) -> EnrollmentRequest:
    """Ask to bind a factor; its codes go to what ``profile`` names."""
    body = {"factorType": kind.value, "profile": profile}
    request = Request(endpoints.SEND_ENROLL_FACTOR_REQUEST, json=body)
    build = _build_otp_request if kind is FactorType.OTP else _build_request
    return session.call(request, build, deadline=deadline)


def _build_request(envelope: Envelope) -> EnrollmentRequest:
    return build_data(EnrollmentRequest, envelope)


def _build_otp_request(envelope: Envelope) -> EnrollmentRequest:
    request = _build_request(envelope)
    if request.otp_data is None:  # nothing is to be scanned
        message, where = "data.otpData: wanted object (OTPSetup), got none", "data.otpData"
        raise InvalidResponseError(message, where=where)
    return request


def enroll(
    session: Session,
    kind: FactorType,
    enrollment_token: str,
    proof: Mapping[str, Any],
    deadline: Deadline | None = None,
) -> None:
    """Bind the factor that a request began, by what proves it."""
    body = {
        "factorType": kind.value,
        "enrollmentToken": enrollment_token,
        "enrollmentData": proof,
    }
    session.command(Request(endpoints.ENROLL_FACTOR, json=body), deadline=deadline)


class Enrollment:
    """A factor on its way to being bound; ``AuthenticationClient.begin_enrollment`` makes one.

    For SMS and EMAIL the code is on its way to the user; for OTP show ``otp`` to them.

    Attributes:
        factor_type: What is being bound.
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
        self._turn = LazyLock("Lock")  # a code may be submitted twice at once
        self._begin(deadline)

    @property
    def expires_in(self) -> float:
        """Seconds left to confirm, zero when there are none; from before the code was sent."""
        return max(0.0, self._ends_at - clock.now())

    @property
    def expired(self) -> bool:
        """Whether the time to confirm is over."""
        return self.expires_in == 0.0

    @property
    def otp(self) -> OTPSetup | None:
        """For OTP: QR code, secret and recovery code. None for the other kinds."""
        return self._request.otp_data

    def show_qr(self, *, embed: bool = False) -> None:
        """Show the QR code: on a notebook's page until confirmed or expired, elsewhere as text.

        A notebook's file never holds the code, whenever it is saved. What the page holds is an
        address on the machine that runs this, at which the browser fetches the picture, once;
        after ``confirm``, or when the time is over, a line of text stands in its place. A browser
        on another machine cannot fetch it, and the page says so.

        A terminal keeps what it has shown.

        Args:
            embed: Put the picture itself into the page, for a browser on another machine. A
                notebook that is saved while the code is on show then holds it, and with it the
                secret; one that is saved afterwards does not.

        Raises:
            ExpiredError: The minute is over: ``resend``.
            ConfigurationError: Nothing is to be scanned for this kind of factor, or the factor is
                bound already, or the extra ``authing-mfa[qr]`` is not installed.
        """
        if self.otp is None:
            raise ConfigurationError(f"a factor of type {self.factor_type} has no QR code")
        self._refuse_if_over()
        self._clear_qr()
        self._picture = show_for(self.expires_in, self.otp.qr, embed=embed)

    def resend(self) -> None:
        """Begin again: a new code or QR, and another minute.

        The service sends one code a minute to a phone or an address. Where the old QR code was
        shown, the new one is shown.

        Raises:
            ThrottleError, InvalidOperationError: The minute is not over.
            ConfigurationError: The factor is bound already; no code was sent.
        """
        deadline = self._session.deadline()
        with self._turn.hold(deadline, "binding the factor"):
            bound = enrolled_factors(self._session, deadline) if self._in_doubt else ()
            self._finish_if(self._own(bound))
            self._refuse_if_confirmed()
            self._begin(deadline)
            if self._in_doubt and not self._target:  # what was to be bound is given up for another
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

        A code may be typed with spaces, dashes or full-width digits. When no answer comes, the
        service is asked at once whether the factor is bound, and again before the next try; so
        call it again after a failure. Where the factor is bound by this enrollment already,
        nothing is sent: the same code submitted twice is no failure.

        Args:
            pass_code: For SMS, EMAIL and OTP.
            photo: For FACE: a storage key, or a URL where ``is_external_photo`` is True.
            is_external_photo: For FACE.

        Raises:
            ConfigurationError: The code cannot be one; nothing was sent.
            ExpiredError: The minute is over: ``resend``; the code was not sent.
            CodeRejectedError: The code is wrong; another try is allowed within the minute.
            AuthingMFAError: Where ``outcome_unknown`` is True, it is not known whether the factor
                is bound: call ``confirm`` again, or ``reconcile``.
        """
        pass_code, photo = conceal(pass_code), conceal(photo)
        deadline = self._session.deadline()
        with self._turn.hold(deadline, "binding the factor"):
            if self._confirmed:
                return
            proof = bodies.enrollment_data(
                self.factor_type,
                pass_code,
                photo,
                is_external_photo,
                digits=self.otp.digits if self.otp else bodies.TOTP_DIGITS,
            )
            if not (self._in_doubt and self._is_bound_by_now(deadline)):
                self._refuse_if_over()
                self._enroll(proof, deadline)

    def reconcile(self) -> Factor | None:
        """Ask the service whether this enrollment's factor is bound.

        It looks for the enrollment's own phone or address. Where the service masks these, what it
        shows must fit. An authenticator or a face shows nothing, nor does a phone that is masked
        altogether: then the only factor of the kind that is new counts, once ``confirm`` may have
        bound it. The user's other enrollments of that kind cannot be told from it.

        Returns:
            The factor that is bound now and was not, or not so, when the enrollment began; None
            where none is found, and ``confirm`` may be tried again.
        """
        return self._find(self._session.deadline())

    def _begin(self, deadline: Deadline) -> None:
        began = clock.now()
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
            # A refusal, too, may be that of a factor which an earlier try has bound meanwhile.
            if not (self._in_doubt and self._is_bound(deadline)):
                raise
        self._finish()

    def _is_bound(self, deadline: Deadline) -> bool:
        with contextlib.suppress(AuthingMFAError):
            return self._find(deadline) is not None
        return False

    def _is_bound_by_now(self, deadline: Deadline) -> bool:
        """Ask what became of an earlier try; where that fails, it is as open as before."""
        try:
            return self._find(deadline) is not None
        except AuthingMFAError as error:
            error.outcome_unknown = True
            raise

    def _find(self, deadline: Deadline) -> Factor | None:
        factor = self._own(enrolled_factors(self._session, deadline))
        self._finish_if(factor)
        return factor

    def _own(self, bound: Iterable[Factor]) -> Factor | None:
        """Return the one of the user's factors that this enrollment has bound."""
        new = [
            factor
            for factor in bound
            if factor.factor_type == self.factor_type and factor not in self._bound_before
        ]
        shown = [target.shows(factor.profile, self._target) for factor in new]
        if True in shown:
            return new[shown.index(True)]
        if shown.count(None) == 1 and (self._confirmed or self._in_doubt):
            return new[shown.index(None)]
        return None

    def _finish_if(self, factor: Factor | None) -> None:
        if factor is not None:
            self._finish()

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

    @sturdy
    def __repr__(self) -> str:
        state = "confirmed" if self._confirmed else f"expires_in={self.expires_in:.0f}"
        return f"<Enrollment {self.factor_type} {state}>"
