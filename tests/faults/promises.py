"""What every error keeps to, whatever went wrong; each test asks for its error here."""

from __future__ import annotations

import copy
import pickle
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from authing_mfa import AuthenticationClient, AuthingMFAError, FactorType

from . import acts, marks
from .server import Act


def failure(call: Callable[[], Any]) -> AuthingMFAError:
    """Return the error of a call that must fail, having held it to every promise."""
    try:
        call()
    except AuthingMFAError as error:
        _assert_says_where(error)
        _assert_stands_alone(error)
        _assert_survives_copies(error)
        _assert_hides_secrets(error, traceback.format_exc())
        return error
    raise AssertionError("the call did not fail")


def failure_in_time(
    call: Callable[[], Any], *, deadline: float, grace: float = 1.5
) -> AuthingMFAError:
    """Return the error of a call that must fail by its deadline; grace is for a busy machine."""
    began = time.monotonic()
    error = failure(call)
    assert deadline + grace > time.monotonic() - began
    return error


def _assert_says_where(error: AuthingMFAError) -> None:
    assert error.method in {"GET", "POST"}
    assert (error.path or "").startswith(("/api/v3/", "/mfa/"))
    assert "?" not in (error.path or "")


def _assert_stands_alone(error: AuthingMFAError) -> None:
    strangers = [link for link in _chain(error) if not isinstance(link, AuthingMFAError)]
    assert strangers == []


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    if error is not None:
        yield error
        yield from _chain(error.__cause__)
        yield from _chain(error.__context__)


def _assert_survives_copies(error: AuthingMFAError) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(error) is type(twin)
        assert vars(error) == vars(twin)
        assert str(error) == str(twin)


def _assert_hides_secrets(error: AuthingMFAError, trace: str) -> None:
    shown = (str(error), repr(error), repr(vars(error)), repr(pickle.dumps(error)), trace)
    assert [mark for mark in marks.ALL for text in shown if mark in text] == []


def get_factor(client: AuthenticationClient) -> Any:
    """Read, as most tests do."""
    return client.get_factor(marks.FACTOR_ID)


def _send(client: AuthenticationClient) -> Any:
    return client.send_enroll_factor_request(FactorType.SMS, phone_number=marks.PHONE)


def _enroll(client: AuthenticationClient) -> Any:
    return client.enroll_factor(
        FactorType.SMS, enrollment_token=marks.ENROLLMENT_TOKEN, pass_code=marks.PASS_CODE
    )


def _reset(client: AuthenticationClient) -> Any:
    return client.reset_factor(marks.FACTOR_ID)


def _verify_totp(client: AuthenticationClient) -> Any:
    return client.verify_totp(marks.PASS_CODE)


def _introspect(client: AuthenticationClient) -> Any:
    return client.introspect_mfa_token(marks.ENROLLMENT_TOKEN)


READS: dict[str, Callable[[AuthenticationClient], Any]] = {
    "get-factor": get_factor,
    "list-enrolled-factors": AuthenticationClient.list_enrolled_factors,
    "list-factors-to-enroll": AuthenticationClient.list_factors_to_enroll,
    "introspection": _introspect,
}
WRITES: dict[str, Callable[[AuthenticationClient], Any]] = {
    "send-enroll-factor-request": _send,
    "enroll-factor": _enroll,
    "reset-factor": _reset,
    "mfa-totp-verify": _verify_totp,
}
DONE: dict[str, Act] = {
    "send-enroll-factor-request": acts.answer({"enrollmentToken": marks.ENROLLMENT_TOKEN}),
    "enroll-factor": acts.answer(),
    "reset-factor": acts.answer(),
    "mfa-totp-verify": acts.answer({"verified": True}),
}
