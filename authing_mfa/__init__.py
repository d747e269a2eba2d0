"""The multi-factor part of the Authing / GenAuth identity API."""

from ._auth.passwords import PasswordEncryption
from ._protocol.version import __version__
from ._values.base import publish as _publish
from ._values.factors import Channel, Envelope, Factor, FactorProfile, Factors, FactorType
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
from .authentication import AuthenticationClient
from .challenge import MFAChallenge
from .enrollment import Enrollment, EnrollmentRequest
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

for _name in __all__:
    _publish(globals()[_name], __name__)
del _name, _publish
