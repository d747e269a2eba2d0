"""What each family of errors is for a visitor: a status and a sentence; needs no framework."""

from __future__ import annotations

import math
from typing import Final

import attrs

from authing_mfa import (
    AccountLockedError,
    APIError,
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    ConflictError,
    CredentialsRejectedError,
    ExpiredError,
    FaceRejectedError,
    FactorNotOfferedError,
    ForbiddenError,
    InvalidOperationError,
    MFARequiredError,
    NotFoundError,
    PasswordResetRequiredError,
    PaymentNeededError,
    ServerError,
    SignInIncompleteError,
    ThirdPartyError,
    ThrottleError,
    UnauthorizedError,
)

from .wording import words

# These are about the visitor, and the hint for the service's apiCode says it best.
_FOR_THE_VISITOR: Final[dict[type[AuthingMFAError], tuple[int, str]]] = {
    CodeRejectedError: (422, "code_wrong"),
    FaceRejectedError: (422, "code_wrong"),
    AccountLockedError: (423, "locked"),
    PasswordResetRequiredError: (403, "sign_in_unfinished"),
    SignInIncompleteError: (403, "sign_in_unfinished"),
    MFARequiredError: (403, "sign_in_unfinished"),
}

# The first that fits. The last ones are nothing that a visitor could mend.
_IN_OUR_WORDS: Final[dict[type[AuthingMFAError], tuple[int, str]]] = {
    FactorNotOfferedError: (403, "forbidden"),
    ConfigurationError: (422, "mistyped"),
    CredentialsRejectedError: (401, "account_wrong"),
    ExpiredError: (410, "expired"),
    UnauthorizedError: (401, "sign_in_again"),
    ForbiddenError: (403, "forbidden"),
    NotFoundError: (404, "gone"),
    ConflictError: (409, "exists"),
    InvalidOperationError: (422, "not_now"),
    ThrottleError: (429, "too_often"),
    PaymentNeededError: (503, "down"),
    ServerError: (503, "down"),
    ThirdPartyError: (503, "down"),
    APIError: (400, "refused"),
    AuthingMFAError: (503, "down"),
}


@attrs.frozen
class Failure:
    """What to answer a visitor.

    Attributes:
        status: HTTP status.
        text: What to tell them.
        retry_after: Seconds to wait, where the service told them.
    """

    status: int
    text: str
    retry_after: int | None

    @property
    def may_be_typed_again(self) -> bool:
        """Whether the form that they sent should be shown again."""
        return self.status in (401, 422, 423, 429)


def failure(error: AuthingMFAError, language: str) -> Failure:
    """Return what an error is for a visitor who reads ``language``."""
    text = words(language)
    hint = error.hint_in(language) if isinstance(error, APIError) else None
    if found := _first(_FOR_THE_VISITOR, error):
        status, sentence = found[0], hint or text[found[1]]
    else:
        status, key = _first(_IN_OUR_WORDS, error) or (503, "down")
        sentence = text[key]
    if error.outcome_unknown:
        sentence = f"{sentence} {text['in_doubt']}"
    return Failure(status, sentence, _retry_after(error))


def _first(
    table: dict[type[AuthingMFAError], tuple[int, str]], error: AuthingMFAError
) -> tuple[int, str] | None:
    return next((answer for family, answer in table.items() if isinstance(error, family)), None)


def _retry_after(error: AuthingMFAError) -> int | None:
    seconds = error.retry_after if isinstance(error, ThrottleError) else None
    return None if seconds is None else math.ceil(seconds)
