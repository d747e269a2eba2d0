"""The multi-factor part of the Authing / GenAuth identity API."""

import importlib as _importlib
import typing as _typing

from ._protocol.version import __version__
from ._values.factors import Channel, Envelope, Factor, FactorProfile, Factors, FactorType
from .authentication import AuthenticationClient
from .errors import (
    AccountLockedError,
    APIError,
    AuditStoppedError,
    AuthingMFAError,
    ClientError,
    CodeRejectedError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    CredentialsRejectedError,
    ExpiredError,
    FaceRejectedError,
    FactorNotOfferedError,
    ForbiddenError,
    InvalidArgumentError,
    InvalidOperationError,
    InvalidResponseError,
    MFARequiredError,
    NotFoundError,
    PasswordResetRequiredError,
    PayloadTooLargeError,
    PaymentNeededError,
    RequestTimeoutError,
    ServerError,
    SignInIncompleteError,
    ThirdPartyError,
    ThrottleError,
    TransportError,
    UnauthorizedError,
)

if _typing.TYPE_CHECKING:
    from ._auth.passwords import PasswordEncryption
    from ._values.otp import OTPSetup
    from ._values.qr import QRCode
    from ._values.record import CallRecord
    from ._values.signin import (
        ChallengeMethod,
        MFATokenInspection,
        MFATrigger,
        OfferedMethod,
        SignInOptions,
        StepUpResult,
        StepUpUser,
        TokenSet,
    )
    from ._values.users import (
        OTPImport,
        OTPSecret,
        PoolUser,
        UserFilter,
        UserIdType,
        UserMFAInfo,
        UserPage,
        UserSort,
    )
    from .challenge import MFAChallenge
    from .enrollment import Enrollment, EnrollmentRequest
    from .management import ManagementClient

__all__ = [
    "APIError",
    "AccountLockedError",
    "AuditStoppedError",
    "AuthenticationClient",
    "AuthingMFAError",
    "CallRecord",
    "ChallengeMethod",
    "Channel",
    "ClientError",
    "CodeRejectedError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "CredentialsRejectedError",
    "Enrollment",
    "EnrollmentRequest",
    "Envelope",
    "ExpiredError",
    "FaceRejectedError",
    "Factor",
    "FactorNotOfferedError",
    "FactorProfile",
    "FactorType",
    "Factors",
    "ForbiddenError",
    "InvalidArgumentError",
    "InvalidOperationError",
    "InvalidResponseError",
    "MFAChallenge",
    "MFARequiredError",
    "MFATokenInspection",
    "MFATrigger",
    "ManagementClient",
    "NotFoundError",
    "OTPImport",
    "OTPSecret",
    "OTPSetup",
    "OfferedMethod",
    "PasswordEncryption",
    "PasswordResetRequiredError",
    "PayloadTooLargeError",
    "PaymentNeededError",
    "PoolUser",
    "QRCode",
    "RequestTimeoutError",
    "ServerError",
    "SignInIncompleteError",
    "SignInOptions",
    "StepUpResult",
    "StepUpUser",
    "ThirdPartyError",
    "ThrottleError",
    "TokenSet",
    "TransportError",
    "UnauthorizedError",
    "UserFilter",
    "UserIdType",
    "UserMFAInfo",
    "UserPage",
    "UserSort",
    "__version__",
]

_LOADED_WHEN_USED = {
    "PasswordEncryption": "_passwords",
    "Enrollment": "enrollment",
    "EnrollmentRequest": "enrollment",
    "ManagementClient": "management",
    "OTPSetup": "otp",
    "OTPImport": "pool",
    "OTPSecret": "pool",
    "PoolUser": "pool",
    "UserFilter": "pool",
    "UserIdType": "pool",
    "UserMFAInfo": "pool",
    "UserPage": "pool",
    "UserSort": "pool",
    "QRCode": "qr",
    "CallRecord": "record",
    "ChallengeMethod": "signin",
    "MFATokenInspection": "signin",
    "MFATrigger": "signin",
    "OfferedMethod": "signin",
    "SignInOptions": "signin",
    "StepUpResult": "signin",
    "StepUpUser": "signin",
    "TokenSet": "signin",
    "MFAChallenge": "stepup",
}
"""Public name -> its module: what many programs never use does not slow their start."""


def __getattr__(name: str) -> _typing.Any:
    if name not in _LOADED_WHEN_USED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _importlib.import_module(f".{_LOADED_WHEN_USED[name]}", __name__)
    globals()[name] = value = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LOADED_WHEN_USED})
