"""Open a response: return its envelope, or raise the right error."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final, NoReturn, TypeVar

import attrs

from .._secrets import Sealed, conceal, hide
from .._values import codec
from .._values.base import Value
from .._values.signin import MFATrigger
from ..errors import (
    APIError,
    CodeRejectedError,
    InvalidArgumentError,
    InvalidResponseError,
    MFARequiredError,
    ThrottleError,
    UnauthorizedError,
    api_error_class,
)
from .response import Response

T = TypeVar("T")

data_of: Final = attrgetter("data")
"""Return an envelope's data, unnamed: error reports evaluate the attributes that a line names."""
_CODES: Final = ("statusCode", "code", "apiCode")
"""The members that may hold a response's code: an int or, in older ones, digits in a string."""
_FIRST_API_CODE: Final = 1000
_FALSE_MEANS: Final[Mapping[str, type[APIError]]] = {
    "success": APIError,
    "verified": CodeRejectedError,
    "isValid": CodeRejectedError,
}
"""The members by which data says that a call failed, where one is false; each with its error."""


@attrs.frozen(kw_only=True)
class Envelope(Value):
    """A response of the service, opened.

    Attributes:
        status_code: 200.
        message: The service's words, in the language asked for.
        data: JSON types, untouched; never shown in a ``repr``.
    """

    status_code: int
    message: str
    api_code: int | None = None
    request_id: str | None = None
    data: Any = attrs.field(default=None, repr=hide, hash=False)


def unwrap(response: Response) -> Envelope:
    """Open an envelope: V3's ``statusCode``, or ``code`` of the API before it.

    Raises:
        APIError: The service said no, in the envelope or by its HTTP status.
        InvalidResponseError: There is no envelope, although the HTTP status promises one.
    """
    envelope = _read_envelope(_read_object(response), response)
    response.has_envelope = True
    if envelope.status_code != 200:
        raise _refused(response, envelope)
    _check_http_status(response)
    return envelope


def unwrap_bare(response: Response) -> Envelope:
    """Open a response that comes without an envelope; its whole body is ``data``.

    Raises:
        APIError: The HTTP status, or an envelope that came all the same, says no.
        InvalidResponseError: The body is not an object.
    """
    opened = _read_object(response)
    get = opened.open().get
    if opened.open().keys() & set(_CODES):
        return unwrap(response)
    if response.http_status >= 400 or isinstance(get("error"), str):
        message = response.text(get("error_description")) or response.text(get("error"))
        status = max(400, response.http_status)  # what OAuth says to an error, whatever came
        raise _refused(response, Envelope(status_code=status, message=message))
    _check_http_status(response)
    return Envelope(status_code=200, message="", data=opened.open())


def unwrap_nothing(response: Response) -> Envelope:
    """Open a response whose success may be an empty body.

    Raises:
        APIError, InvalidResponseError: As ``unwrap_bare``.
    """
    if 200 <= response.http_status < 300 and not response.body.strip():
        return Envelope(status_code=200, message="")
    return unwrap_bare(response)


def unwrap_recovery(response: Response) -> Envelope:
    """Open an envelope in which a new recovery code may stand beside ``data``; move it inside.

    Raises:
        APIError: As ``unwrap``.
        InvalidResponseError: As ``unwrap``; with the new recovery code, where one came.
    """
    try:
        envelope = unwrap(response)
    except InvalidResponseError as error:
        error.recovery_code = _new_recovery_code(response)
        raise
    code = _read_object(response).open().get("recoveryCode")
    if code is None or code == "":  # then the one in ``data`` counts, if there is one
        return envelope
    data = envelope.data if isinstance(envelope.data, dict) else {}
    return attrs.evolve(envelope, data={**data, "recoveryCode": code})


def unwrap_confirmation(response: Response) -> Envelope:
    """Open the response to an authenticator's first code: 400, and no finer code, means wrong.

    Raises:
        CodeRejectedError: The code is wrong.
        APIError, InvalidResponseError: As ``unwrap``.
    """
    try:
        return unwrap(response)
    except InvalidArgumentError as error:
        if error.api_code not in (None, 400) or not response.has_envelope:
            raise
        refused = error
    raise CodeRejectedError(**vars(refused))


def unwrap_refresh(response: Response) -> Envelope:
    """Open the response to a refresh token: 400 and 401 mean that it is not taken any more.

    Raises:
        UnauthorizedError: It is refused.
        APIError, InvalidResponseError: As ``unwrap_bare``.
    """
    try:
        return unwrap_bare(response)
    except (InvalidArgumentError, UnauthorizedError) as error:
        refused = error
    message = f"the refresh token was refused ({refused.message}): sign in again"
    raise UnauthorizedError(**{**vars(refused), "message": message})


def build_data(shape: type[T], envelope: Envelope) -> T:
    """Build ``shape`` from an envelope's data."""
    return codec.build(shape, data_of(envelope))


def refuse_failure(envelope: Envelope) -> None:
    """Raise where the data says that it did not work, although the code is 200."""
    for name in _false_members(data_of(envelope)):
        raise api_error(_FALSE_MEANS[name], f"the service answers {name}: false", envelope)


def refuse_unverified(envelope: Envelope) -> None:
    """Raise unless the data says that a code was verified."""
    data = Sealed(build_data(dict[str, Any], envelope))
    if not codec.build(bool, data.open().get("verified"), "data.verified"):
        raise api_error(CodeRejectedError, "the code was not verified", envelope)


def _false_members(data: object) -> list[str]:
    members = data if isinstance(data, dict) else {"success": data}  # some send a bare bool
    return [name for name in _FALSE_MEANS if members.get(name) is False]


def api_error(kind: type[APIError], message: str, envelope: Envelope) -> APIError:
    """Return an error with the codes of an envelope."""
    return kind(
        message,
        status_code=envelope.status_code,
        api_code=envelope.api_code,
        request_id=envelope.request_id,
    )


def recovery_code_in(data: object) -> str | None:
    """Return the recovery code of a user's record, if it has one."""
    code = data.get("recoveryCode") if isinstance(data, dict) else None
    return conceal(code) if isinstance(code, str) and code != "" else None


def _new_recovery_code(response: Response) -> str | None:
    try:
        opened = _read_object(response)
    except InvalidResponseError:
        return None
    beside = recovery_code_in(opened.open())
    return recovery_code_in(opened.open().get("data")) if beside is None else beside


def _check_http_status(response: Response) -> None:
    if not 200 <= response.http_status < 300:
        wanted = "wanted 2xx with an answer that says it worked, got another"
        raise codec.misfit("HTTP status", wanted)


def _read_object(response: Response) -> Sealed:
    """Read the object that a response is; sealed, since tokens and codes may be in it."""
    opened = Sealed(None)
    with contextlib.suppress(ValueError, RecursionError):
        opened = Sealed(_DECODER.decode(response.body.decode()))
    if isinstance(opened.open(), dict):
        return opened
    kind, size = type(opened.open()).__name__, len(response.body)
    got = f"{size} bytes of no JSON" if opened.open() is None else f"JSON {kind}"
    raise _no_envelope(response, "body", f"wanted a JSON object, got {got}")


def _read_envelope(opened: Sealed, response: Response) -> Envelope:
    get = opened.open().get
    status_code, older, api_code = map(_number, map(get, _CODES))
    if api_code is None and older is not None and older >= _FIRST_API_CODE:
        api_code = older
    return Envelope(
        status_code=_first_code(opened, response) if status_code is None else status_code,
        message=response.text(get("message")),
        api_code=api_code,
        request_id=response.text(get("requestId")) or None,
        data=get("data"),
    )


def _first_code(opened: Sealed, response: Response) -> int:
    """Return the first code that is present and not null."""
    told = [name for name in _CODES if opened.open().get(name) is not None]
    name = told[0] if told else _CODES[0]
    code = _number(opened.open().get(name))
    if code is None:
        got = type(opened.open()[name]).__name__ if told else "nothing"
        raise _no_envelope(response, name, f"wanted int, got {got}")
    return code


def _refused(response: Response, envelope: Envelope) -> APIError:
    cls = api_error_class(envelope.status_code, envelope.api_code)
    error = api_error(cls, envelope.message or cls.__name__, envelope)
    error.http_status = response.http_status
    if isinstance(error, ThrottleError):
        error.retry_after = response.retry_after
    if isinstance(error, MFARequiredError):
        with contextlib.suppress(InvalidResponseError):
            error.trigger = codec.build(MFATrigger, data_of(envelope))
    return error


def _no_envelope(response: Response, where: str, wanted: str) -> APIError | InvalidResponseError:
    """Return the error of a response that is no envelope: its HTTP status decides, from 400."""
    if response.http_status < 400:
        return codec.misfit(where, wanted)
    message = "the answer is not an envelope"
    return _refused(response, Envelope(status_code=response.http_status, message=message))


def _number(value: object) -> int | None:
    """Read a code that older responses write as a string."""
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
