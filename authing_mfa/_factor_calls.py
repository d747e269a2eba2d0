"""The calls of a user's factors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from . import _checks, _endpoints, _factors, _mapper
from ._client import Client, acknowledged, reading, refusal
from ._envelope import unwrap_bare
from ._mask import Sealed, conceal
from ._tokens import ANONYMOUS
from ._wire import Deadline
from .errors import CodeRejectedError, InvalidResponseError
from .models import Envelope, Factor, Factors, FactorType

# What only some calls give is imported when one is made: importing the package stays cheap.
if TYPE_CHECKING:
    from .enrollment import Enrollment, EnrollmentRequest
    from .signin import MFATokenInspection, MFATrigger


class FactorCalls(Client):
    """The factors of the user whose token the client holds."""

    def get_factor(self, factor_id: str) -> Factor:
        """Return one bound factor of the user.

        Args:
            factor_id: As ``list_enrolled_factors`` gives it; opaque, may hold ``|``.

        Raises:
            NotFoundError: The user has no such factor.
            UnauthorizedError: The token is wrong or has expired.

        Endpoint: ``GET /api/v3/get-factor``
        """
        params = {"factorId": _checks.text("factor_id", factor_id)}
        return self._call(_endpoints.GET_FACTOR, reading(Factor), params=params)

    def list_enrolled_factors(self) -> Factors:
        """Return the factors that the user has bound.

        Endpoint: ``GET /api/v3/list-enrolled-factors``
        """
        return self._enrolled()

    def _enrolled(self, deadline: Deadline | None = None) -> Factors:
        read = reading(tuple[Factor, ...])
        return Factors(self._call(_endpoints.LIST_ENROLLED_FACTORS, read, deadline=deadline))

    def list_factors_to_enroll(self) -> tuple[FactorType, ...]:
        """Return the kinds that the application offers and the user has not bound.

        Endpoint: ``GET /api/v3/list-factors-to-enroll``
        """
        from .enrollment import FactorToEnroll

        offered = self._call(
            _endpoints.LIST_FACTORS_TO_ENROLL, reading(tuple[FactorToEnroll, ...])
        )
        return tuple(factor.factor_type for factor in offered)

    def begin_enrollment(
        self,
        factor_type: FactorType | str,
        *,
        phone_number: str | None = None,
        phone_country_code: str | None = None,
        email: str | None = None,
    ) -> Enrollment:
        """Begin to bind a factor, guided: the two calls below, their minute, and reconciling.

        It is for the user whose tokens the client holds now, whatever the client is given later.
        Takes and raises what ``send_enroll_factor_request`` does.
        """
        from .enrollment import Enrollment

        kind = _factors.factor_type(factor_type)
        profile = _factors.profile(kind, phone_number, phone_country_code, email)
        return Enrollment(self._handle(), kind, profile)

    def send_enroll_factor_request(
        self,
        factor_type: FactorType | str,
        *,
        phone_number: str | None = None,
        phone_country_code: str | None = None,
        email: str | None = None,
    ) -> EnrollmentRequest:
        """Ask to bind a factor; for SMS and EMAIL the service now sends its code.

        Args:
            factor_type: The kind.
            phone_number: For SMS: digits without the country code.
            phone_country_code: For SMS, such as ``+1``; the service's default is ``+86``.
            email: For EMAIL.

        Returns:
            The token that ``enroll_factor`` wants within one minute, and for OTP what the
            authenticator app needs.

        Raises:
            ConfigurationError: The kind lacks its target, or does not take it; nothing was sent.
            ThrottleError, InvalidOperationError: A code went there within the last minute.

        Endpoint: ``POST /api/v3/send-enroll-factor-request``
        """
        kind = _factors.factor_type(factor_type)
        profile = _factors.profile(kind, phone_number, phone_country_code, email)
        return self._request_enrollment(kind, profile)

    def _request_enrollment(
        self, kind: FactorType, profile: Mapping[str, str], deadline: Deadline | None = None
    ) -> EnrollmentRequest:
        from .enrollment import EnrollmentRequest

        def read(envelope: Envelope) -> EnrollmentRequest:
            request = reading(EnrollmentRequest)(envelope)
            if kind is FactorType.OTP and request.otp_data is None:  # nothing is to be scanned
                message, where = "data.otpData: wanted object (OTPSetup), got none", "data.otpData"
                raise InvalidResponseError(message, where=where)
            return request

        return self._call(
            _endpoints.SEND_ENROLL_FACTOR_REQUEST,
            read,
            deadline=deadline,
            json={"factorType": kind.value, "profile": profile},
        )

    def enroll_factor(
        self,
        factor_type: FactorType | str,
        *,
        enrollment_token: str,
        pass_code: str | None = None,
        photo: str | None = None,
        is_external_photo: bool | None = None,
    ) -> None:
        """Bind the factor that ``send_enroll_factor_request`` began.

        Args:
            factor_type: The kind.
            enrollment_token: From the request; stands one minute.
            pass_code: For SMS, EMAIL and OTP: the code, digits only; six of them for OTP.
            photo: For FACE: a storage key, or a URL where ``is_external_photo`` is True.
            is_external_photo: For FACE.

        Raises:
            ConfigurationError: The kind lacks its proof, or the code cannot be one; nothing was
                sent.
            CodeRejectedError: The code is wrong or has expired.

        Endpoint: ``POST /api/v3/enroll-factor``
        """
        enrollment_token = conceal(enrollment_token)
        pass_code, photo = conceal(pass_code), conceal(photo)
        kind = _factors.factor_type(factor_type)
        proof = _factors.enrollment_data(kind, pass_code, photo, is_external_photo)
        self._enroll(kind, _checks.text("enrollment_token", enrollment_token), proof)

    def _enroll(
        self,
        kind: FactorType,
        enrollment_token: str,
        proof: Mapping[str, Any],
        deadline: Deadline | None = None,
    ) -> None:
        body = {
            "factorType": kind.value,
            "enrollmentToken": enrollment_token,
            "enrollmentData": proof,
        }
        self._call(_endpoints.ENROLL_FACTOR, acknowledged, deadline=deadline, json=body)

    def reset_factor(self, factor_id: str) -> None:
        """Unbind one factor. Asks for nothing but the user's token.

        Raises:
            NotFoundError: The user has no such factor.

        Endpoint: ``POST /api/v3/reset-factor``
        """
        body = {"factorId": _checks.text("factor_id", factor_id)}
        self._call(_endpoints.RESET_FACTOR, acknowledged, json=body)

    def verify_totp(self, code: str) -> None:
        """Check a code of the user's authenticator; returns only if it is right.

        Args:
            code: Six digits; spaces, dashes and full-width digits are tidied.

        Raises:
            ConfigurationError: It cannot be a code; nothing was sent.
            CodeRejectedError: It is wrong.

        Endpoint: ``POST /api/v3/mfa-totp-verify``
        """
        code = conceal(code)
        body = {"totp": _checks.code("code", code, _factors.TOTP_DIGITS)}
        self._call(_endpoints.MFA_TOTP_VERIFY, _verified, json=body)

    def introspect_mfa_token(self, token: str) -> MFATokenInspection:
        """Ask what an mfaToken stands for; sends no user's token.

        Returns:
            With ``active`` False, and nothing else, for a token that is wrong or dead.

        Endpoint: ``POST /mfa/token/introspection`` (a form; the answer has no envelope)
        """
        from .signin import MFATokenInspection

        token = conceal(token)
        return self._call(
            _endpoints.MFA_TOKEN_INTROSPECTION,
            reading(MFATokenInspection),
            tokens=ANONYMOUS,
            unwrap=unwrap_bare,
            form={"token": _checks.text("token", token)},
        )

    def has_passed(
        self,
        trigger: MFATrigger,
        token: str | None,
        *,
        used_before: Callable[[str], bool],
        max_age: float = 600,
    ) -> bool:
        """Tell whether a token proves that the user passed this challenge; for your own login.

        For a challenge that a program of the user's finished: it brings you the ``token`` of the
        result. It must be of the trigger's user, active, of a finished challenge, issued while
        this one stood, and new to you. The trigger must be the one that you kept on your server.

        Asks ``introspect_mfa_token``.

        Args:
            trigger: As it was when the challenge began.
            token: What came back; None and what cannot be a token prove nothing.
            used_before: Given a digest of the token, marks it and tells whether it was marked
                before, in one step, in a store that all your processes share. It is called last,
                for tokens that pass otherwise. Keep a mark for twice ``max_age``.
            max_age: Seconds after the challenge began in which the token must come.

        Raises:
            InvalidResponseError: This deployment does not tell what has to be told: whose the
                mfaToken is and since when, or which tokens are those of finished challenges.
            ConfigurationError: An argument cannot work; nothing was sent.
        """
        from . import _passed

        token = conceal(token)
        return _passed.has_passed(
            trigger, token, self.introspect_mfa_token, used_before=used_before, max_age=max_age
        )


def _verified(envelope: Envelope) -> None:
    data = Sealed(reading(dict[str, Any])(envelope))
    if not _mapper.build(bool, data.open().get("verified"), "data.verified"):
        raise refusal(CodeRejectedError, "the code was not verified", envelope)
