"""Pass a second factor with answers of a person or of standard input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from .. import (
    ChallengeMethod,
    ConfigurationError,
    FactorType,
    InvalidResponseError,
    MFAChallenge,
    StepUpResult,
)
from .._secrets import conceal
from . import ask, output
from .connect import Service

_RECOVERY: Final = "RECOVERY"
METHODS: Final = (*(str(kind) for kind in FactorType), _RECOVERY)
"""Methods to pass a challenge; ``RECOVERY`` is the recovery code of an authenticator."""


def passed(challenge: MFAChallenge, service: Service, wanted: str | None) -> StepUpResult:
    """Pass a challenge by the method wanted, or by the one that is chosen from its list."""
    methods = challenge.methods
    name = wanted or _chosen(methods)
    if name == _RECOVERY:
        return _by_recovery_code(challenge)
    method = next((one for one in methods if one.factor_type == name), None)
    if method is None:
        names = ", ".join(str(one.factor_type) for one in methods)
        raise ConfigurationError(f"method: the challenge offers {names}")
    return _BY_TYPE[method.factor_type](challenge, service, method)


def _chosen(methods: Sequence[ChallengeMethod]) -> str:
    names = [str(one.factor_type) for one in methods if one.factor_type in _BY_TYPE]
    if len(names) == 1 and not ask.on_terminal():
        return names[0]
    output.note("a second factor is asked for:")
    for method in methods:
        where = method.masked_target or ("" if method.bound else "not bound yet")
        output.note(f"  {method.factor_type} {where}".rstrip())
    if any(one.factor_type is FactorType.OTP and one.bound for one in methods):
        names.append(_RECOVERY)
        output.note(f"  {_RECOVERY} the recovery code of a lost authenticator")
    first = names[0] if names else None
    return ask.text(f"Which one? [{first}]", default=first).strip().upper() or str(first)


def _by_recovery_code(challenge: MFAChallenge) -> StepUpResult:
    try:
        result = ask.until_accepted("Recovery code", challenge.verify_recovery_code)
    except InvalidResponseError as error:
        _show_new_code(error.recovery_code)
        raise
    _show_new_code(result.recovery_code)  # before the sign-in goes on: the old code is used up
    return result


def _show_new_code(new_code: str | None) -> None:
    if new_code is not None:
        output.note(conceal(f"keep your new recovery code: {new_code}"))


def _by_sms(challenge: MFAChallenge, service: Service, method: ChallengeMethod) -> StepUpResult:
    phone = None if method.bound else ask.text("Phone to bind, without its country code")
    challenge.send_sms(phone)
    return ask.until_accepted("Code", challenge.verify_sms)


def _by_email(challenge: MFAChallenge, service: Service, method: ChallengeMethod) -> StepUpResult:
    email = None if method.bound else ask.text("E-mail address to bind")
    challenge.send_email(email)
    return ask.until_accepted("Code", challenge.verify_email)


def _by_totp(challenge: MFAChallenge, service: Service, method: ChallengeMethod) -> StepUpResult:
    if method.bound:
        service.show_authenticator()
        return ask.until_accepted("Code of the authenticator", challenge.verify_totp)
    output.show_otp(challenge.associate_totp())
    service.show_authenticator()
    return ask.until_accepted("Code", challenge.confirm_totp)


def _by_face(challenge: MFAChallenge, service: Service, method: ChallengeMethod) -> StepUpResult:
    if not method.bound:
        first, second = (ask.text(f"Storage key of photo {which} to bind") for which in "AB")
        challenge.associate_face(first, second)
    return challenge.verify_face(ask.text("Storage key of the photo"))


_BY_TYPE: Final[dict[str, Callable[[MFAChallenge, Service, ChallengeMethod], StepUpResult]]] = {
    FactorType.SMS: _by_sms,
    FactorType.EMAIL: _by_email,
    FactorType.OTP: _by_totp,
    FactorType.FACE: _by_face,
}
