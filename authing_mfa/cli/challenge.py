"""Passing a second factor, with a person or the lines of standard input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from authing_mfa import (
    ChallengeMethod,
    ConfigurationError,
    FactorType,
    InvalidResponseError,
    MFAChallenge,
    StepUpResult,
)

from .._secrets import conceal
from . import ask, output
from .connect import Place

_RECOVERY: Final = "RECOVERY"
METHODS: Final = (*(str(kind) for kind in FactorType), _RECOVERY)
"""What a challenge can be passed with; ``RECOVERY`` is the recovery code of an authenticator."""


def passed(challenge: MFAChallenge, place: Place, wanted: str | None) -> StepUpResult:
    """Pass a challenge by the method wanted, or by the one that is chosen from its list."""
    methods = challenge.methods
    name = wanted or _chosen(methods)
    if name == _RECOVERY:
        return _by_recovery_code(challenge)
    method = next((one for one in methods if one.factor_type == name), None)
    if method is None:
        names = ", ".join(str(one.factor_type) for one in methods)
        raise ConfigurationError(f"method: the challenge offers {names}")
    return _WAYS[method.factor_type](challenge, place, method)


def _chosen(methods: Sequence[ChallengeMethod]) -> str:
    names = [str(one.factor_type) for one in methods if one.factor_type in _WAYS]
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
        result = ask.until_taken("Recovery code", challenge.verify_recovery_code)
    except InvalidResponseError as error:
        _keep(error.recovery_code)
        raise
    _keep(result.recovery_code)  # at once: the old one is used up, whatever comes of the sign-in
    return result


def _keep(new_code: str | None) -> None:
    if new_code is not None:
        output.note(conceal(f"keep your new recovery code: {new_code}"))


def _by_sms(challenge: MFAChallenge, place: Place, method: ChallengeMethod) -> StepUpResult:
    phone = None if method.bound else ask.text("Phone to bind, without its country code")
    challenge.send_sms(phone)
    return ask.until_taken("Code", challenge.verify_sms)


def _by_email(challenge: MFAChallenge, place: Place, method: ChallengeMethod) -> StepUpResult:
    email = None if method.bound else ask.text("E-mail address to bind")
    challenge.send_email(email)
    return ask.until_taken("Code", challenge.verify_email)


def _by_totp(challenge: MFAChallenge, place: Place, method: ChallengeMethod) -> StepUpResult:
    if method.bound:
        place.show_authenticator()
        return ask.until_taken("Code of the authenticator", challenge.verify_totp)
    output.show_otp(challenge.associate_totp())
    place.show_authenticator()
    return ask.until_taken("Code", challenge.confirm_totp)


def _by_face(challenge: MFAChallenge, place: Place, method: ChallengeMethod) -> StepUpResult:
    if not method.bound:
        first, second = (ask.text(f"Storage key of photo {which} to bind") for which in "AB")
        challenge.associate_face(first, second)
    return challenge.verify_face(ask.text("Storage key of the photo"))


_WAYS: Final[dict[str, Callable[[MFAChallenge, Place, ChallengeMethod], StepUpResult]]] = {
    FactorType.SMS: _by_sms,
    FactorType.EMAIL: _by_email,
    FactorType.OTP: _by_totp,
    FactorType.FACE: _by_face,
}
