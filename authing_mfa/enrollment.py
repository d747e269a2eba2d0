"""Binding a factor in two steps: begin, then confirm with the code."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

import attrs

from . import _factors
from ._mask import guarded, hidden, sturdy
from ._notebook import Picture, show_for
from ._value import Value
from .errors import ConfigurationError, ExpiredError
from .models import Factor, FactorType
from .otp import OTPSetup

if TYPE_CHECKING:
    from ._factor_calls import FactorCalls

ENROLLMENT_SECONDS: Final = 60.0
"""How long an enrollmentToken stands, as the API reference states."""


@attrs.frozen(kw_only=True)
class FactorToEnroll(Value):
    """A kind of factor that the application offers and the user has not bound."""

    factor_type: FactorType


@guarded
@attrs.frozen(kw_only=True)
class EnrollmentRequest(Value):
    """What the service answers when an enrollment begins.

    Attributes:
        enrollment_token: Stands one minute; ``enroll_factor`` wants it.
        otp_data: For OTP only.
    """

    enrollment_token: str = hidden()
    otp_data: OTPSetup | None = None


class Enrollment:
    """A factor on its way to being bound; ``AuthenticationClient.begin_enrollment`` makes one.

    For SMS and EMAIL the code is on its way to the user; for OTP show ``otp`` to them.

    Attributes:
        factor_type: What is being bound.
    """

    def __init__(
        self, client: FactorCalls, factor_type: FactorType, target: Mapping[str, Any]
    ) -> None:
        self.factor_type = factor_type
        self._client = client
        self._target = target
        self._bound_before = client.list_enrolled_factors()
        self._confirmed = False
        self._picture: Picture | None = None
        self.resend()

    @property
    def expires_in(self) -> float:
        """Seconds left to confirm, zero when there are none."""
        return max(0.0, self._ends_at - time.monotonic())

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
            ConfigurationError: The factor is bound already; nothing was sent.
        """
        self._refuse_if_confirmed()
        self._request: EnrollmentRequest = self._client.send_enroll_factor_request(
            self.factor_type, **self._target
        )
        self._ends_at = time.monotonic() + ENROLLMENT_SECONDS
        if self._picture is not None:
            self.show_qr(embed=self._picture.embedded)

    def confirm(
        self,
        pass_code: str | None = None,
        *,
        photo: str | None = None,
        is_external_photo: bool | None = None,
    ) -> None:
        """Bind the factor.

        A code may be typed with spaces, dashes or full-width digits.

        Args:
            pass_code: For SMS, EMAIL and OTP.
            photo: For FACE: a storage key, or a URL where ``is_external_photo`` is True.
            is_external_photo: For FACE.

        Raises:
            ConfigurationError: The code cannot be one, or the factor is bound already; nothing
                was sent.
            ExpiredError: The minute is over: ``resend``; nothing was sent.
            CodeRejectedError: The code is wrong; another try is allowed within the minute.
            AuthingMFAError: Where ``outcome_unknown`` is True, ``reconcile`` tells what became
                of it.
        """
        proof = _factors.enrollment_data(
            self.factor_type,
            pass_code,
            photo,
            is_external_photo,
            digits=self.otp.digits if self.otp else _factors.TOTP_DIGITS,
        )
        self._refuse_if_over()
        self._client._enroll(self.factor_type, self._request.enrollment_token, proof)
        self._finish()

    def reconcile(self) -> Factor | None:
        """Ask the service whether the factor is bound, after an outcome that was unknown.

        Returns:
            The factor that is bound now and was not, or not so, when the enrollment began; None
            where there is none, and ``confirm`` may be tried again.
        """
        for factor in self._client.list_enrolled_factors():
            if factor.factor_type == self.factor_type and factor not in self._bound_before:
                self._finish()
                return factor
        return None

    def _finish(self) -> None:
        self._confirmed = True
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
