"""An HTTP answer -> its envelope, or the right error."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any, Final, NoReturn

import attrs

from .._secrets import Sealed, conceal
from .._values.factors import Envelope
from .._values.signin import MFATrigger
from ..errors import (
    APIError,
    CodeRejectedError,
    InvalidArgumentError,
    InvalidResponseError,
    MFARequiredError,
    ThrottleError,
    api_error_class,
)
from .messages import Answer

ReadTrigger = Callable[[Any], "MFATrigger"]
Unwrap = Callable[[Answer, "ReadTrigger | None"], Envelope]

_CODES: Final = ("statusCode", "code", "apiCode")
"""What may hold the code of an answer; an int, or its digits as a string, in older answers."""
_FIRST_API_CODE: Final = 1000


def unwrap(answer: Answer, read_trigger: ReadTrigger | None = None) -> Envelope:
    """Open an envelope: V3's ``statusCode``, or ``code`` of the API before it.

    Args:
        answer: What came back.
        read_trigger: Builds the trigger of an error that asks for MFA.

    Raises:
        APIError: The service said no, in the envelope or by its HTTP status.
        InvalidResponseError: There is no envelope, although the HTTP status promises one.
    """
    try:
        envelope = _read_envelope(_read_object(answer), answer)
    except InvalidResponseError as error:
        raise _without_envelope(answer, error) from None
    answer.has_envelope = True
    if envelope.status_code != 200:
        refusal = _refusal(answer, envelope)
        if isinstance(refusal, MFARequiredError) and read_trigger:
            with contextlib.suppress(InvalidResponseError):
                refusal.trigger = read_trigger(envelope.data)
        raise refusal
    _check_http_status(answer)
    return envelope


def unwrap_bare(answer: Answer, read_trigger: ReadTrigger | None = None) -> Envelope:
    """Open an answer that comes without an envelope; its whole body is ``data``.

    Raises:
        APIError: The HTTP status, or an envelope that came all the same, says no.
        InvalidResponseError: The body is not an object.
    """
    try:
        opened = _read_object(answer)
    except InvalidResponseError as error:
        raise _without_envelope(answer, error) from None
    get = opened.open().get
    if opened.open().keys() & set(_CODES):
        return unwrap(answer, read_trigger)
    if answer.http_status >= 400 or isinstance(get("error"), str):
        message = answer.text(get("error_description")) or answer.text(get("error"))
        status = max(400, answer.http_status)  # what OAuth says to an error, whatever came
        raise _refusal(answer, Envelope(status_code=status, message=message))
    _check_http_status(answer)
    return Envelope(status_code=200, message="", data=opened.open())


def unwrap_nothing(answer: Answer, read_trigger: ReadTrigger | None = None) -> Envelope:
    """Open an answer whose success may be an empty body.

    Raises:
        APIError, InvalidResponseError: As ``unwrap_bare``.
    """
    if 200 <= answer.http_status < 300 and not answer.body.strip():
        return Envelope(status_code=200, message="")
    return unwrap_bare(answer, read_trigger)


def unwrap_recovery(answer: Answer, read_trigger: ReadTrigger | None = None) -> Envelope:
    """Open an envelope in which a new recovery code may stand beside ``data``; move it inside.

    Raises:
        APIError: As ``unwrap``.
        InvalidResponseError: As ``unwrap``; with the new recovery code, where one came.
    """
    try:
        envelope = unwrap(answer, read_trigger)
    except InvalidResponseError as error:
        error.recovery_code = _new_recovery_code(answer)
        raise
    return _with_recovery_code(envelope, _read_object(answer))


def unwrap_confirmation(answer: Answer, read_trigger: ReadTrigger | None = None) -> Envelope:
    """Open the answer to the first code of an authenticator: 400, and no finer code, means wrong.

    Raises:
        CodeRejectedError: The code is wrong.
        APIError, InvalidResponseError: As ``unwrap``.
    """
    try:
        return unwrap(answer, read_trigger)
    except InvalidArgumentError as error:
        if error.api_code not in (None, 400) or not answer.has_envelope:
            raise
        refusal = error
    raise CodeRejectedError(**vars(refusal))


def _with_recovery_code(envelope: Envelope, opened: Sealed) -> Envelope:
    """Move a recovery code that stands beside ``data`` into it."""
    code = opened.open().get("recoveryCode")
    if code is None or code == "":  # then the one in ``data`` counts, if there is one
        return envelope
    data = envelope.data if isinstance(envelope.data, dict) else {}
    return attrs.evolve(envelope, data={**data, "recoveryCode": code})


def recovery_code_in(data: object) -> str | None:
    """Return the recovery code of a user's record, if it has one."""
    code = data.get("recoveryCode") if isinstance(data, dict) else None
    return conceal(code) if isinstance(code, str) and code != "" else None


def _new_recovery_code(answer: Answer) -> str | None:
    try:
        opened = _read_object(answer)
    except InvalidResponseError:
        return None
    beside = recovery_code_in(opened.open())
    return recovery_code_in(opened.open().get("data")) if beside is None else beside


def _check_http_status(answer: Answer) -> None:
    if not 200 <= answer.http_status < 300:
        raise _mismatch("HTTP status", "2xx with an answer that says it worked", "another")


def _read_object(answer: Answer) -> Sealed:
    """Read the object that an answer is; sealed, since tokens and codes may be in it."""
    opened = Sealed(None)
    with contextlib.suppress(ValueError, RecursionError):
        opened = Sealed(_DECODER.decode(answer.body.decode()))
    if isinstance(opened.open(), dict):
        return opened
    kind, size = type(opened.open()).__name__, len(answer.body)
    got = f"{size} bytes of no JSON" if opened.open() is None else f"JSON {kind}"
    raise _mismatch("body", "a JSON object", got)


def _read_envelope(opened: Sealed, answer: Answer) -> Envelope:
    get = opened.open().get
    status_code, older, api_code = map(_number, map(get, _CODES))
    if api_code is None and older is not None and older >= _FIRST_API_CODE:
        api_code = older
    return Envelope(
        status_code=_first_code(opened) if status_code is None else status_code,
        message=answer.text(get("message")),
        api_code=api_code,
        request_id=answer.text(get("requestId")) or None,
        data=get("data"),
    )


def _first_code(opened: Sealed) -> int:
    """Return the first code that is there; null is as if it were not."""
    told = [name for name in _CODES if opened.open().get(name) is not None]
    name = told[0] if told else _CODES[0]
    code = _number(opened.open().get(name))
    if code is None:
        got = type(opened.open()[name]).__name__ if told else "nothing"
        raise _mismatch(name, "int", got)
    return code


def _refusal(answer: Answer, envelope: Envelope) -> APIError:
    cls = api_error_class(envelope.status_code, envelope.api_code)
    error = cls(
        envelope.message or cls.__name__,
        status_code=envelope.status_code,
        api_code=envelope.api_code,
        request_id=envelope.request_id,
        http_status=answer.http_status,
    )
    if isinstance(error, ThrottleError):
        error.retry_after = answer.retry_after
    return error


def _without_envelope(
    answer: Answer, error: InvalidResponseError
) -> APIError | InvalidResponseError:
    if answer.http_status < 400:
        return error
    message = "the answer is not an envelope"
    return _refusal(answer, Envelope(status_code=answer.http_status, message=message))


def _mismatch(where: str, wanted: str, got: str) -> InvalidResponseError:
    return InvalidResponseError(f"{where}: wanted {wanted}, got {got}", where=where)


def _number(value: object) -> int | None:
    """Read a code that older answers write as a string."""
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
