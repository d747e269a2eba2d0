"""What every outcome on the client's side keeps to."""

from __future__ import annotations

import copy
import pickle
import traceback
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from authing_mfa import APIError, AuthingMFAError, Envelope, InvalidResponseError
from authing_mfa._secrets import hide

T = TypeVar("T")

MARK = "MARKED"
"""Where the service's words are not to be repeated, a value that holds this is not either."""


def outcome(call: Callable[[], T]) -> T | AuthingMFAError:
    """Return what a call returns or raises, its error held to what every error promises."""
    try:
        return call()
    except AuthingMFAError as error:
        _check_copies(error)
        _check_facts(error)
        _check_alone(error)
        return error


def told_beside(error: AuthingMFAError) -> str:
    """Return all that an error shows, but for what an `APIError` repeats of the service."""
    text = f"{error} {error!r} {''.join(traceback.format_exception_only(error))}"
    if isinstance(error, APIError):
        for told in (error.message, error.request_id or ""):
            for spelling in (told, repr(told)[1:-1]):
                text = text.replace(spelling, "") if spelling else text
    return text


def check_value(value: Any, kind: Any) -> None:
    """Hold a success to its type, and to what every value promises."""
    assert fits(value, kind), f"a {type(value).__name__} in place of {kind}"
    for each in value if isinstance(value, tuple) else (value,):
        if attrs.has(type(each)):
            if not isinstance(each, Envelope):  # its data may nest deeper than pickle follows
                _check_kept(each)
            _check_shown(each)
            _check_properties(each)


def fits(value: Any, kind: Any) -> bool:
    """Tell whether a value is what an annotation says, all the way down; no subclass will do."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return True
    if origin is tuple:
        return isinstance(value, tuple) and all(fits(each, arguments[0]) for each in value)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, each) for each in arguments)
    if not attrs.has(kind):
        return type(value) is (origin or kind)
    hints = typing.get_type_hints(kind)
    return type(value) is kind and all(
        fits(getattr(value, field.name), hints[field.name]) for field in attrs.fields(kind)
    )


def _check_copies(error: AuthingMFAError) -> None:
    pickled = pickle.loads(pickle.dumps(error))
    for again in (pickled, copy.copy(error), copy.deepcopy(error)):
        assert type(error) is type(again)
        assert _facts(error) == _facts(again)
        assert (str(error), repr(error)) == (str(again), repr(again))


def _facts(error: AuthingMFAError) -> dict[str, Any]:
    """Return all that travels with an error; a trigger and a new recovery code do not."""
    secret = ("trigger", "recovery_code")
    return {name: fact for name, fact in vars(error).items() if name not in secret}


def _check_facts(error: AuthingMFAError) -> None:
    assert fits(error.message, str)
    assert error.message
    if isinstance(error, InvalidResponseError):
        assert error.where, "an answer outside the contract, and not where"
        assert error.message.startswith(error.where)
        assert MARK not in told_beside(error)
    if isinstance(error, APIError):
        assert fits(error.status_code, int)
        assert fits(error.api_code, int | None)
        assert fits(error.request_id, str | None)
        assert error.hint is None or fits(error.hint, str)


def _check_alone(error: AuthingMFAError) -> None:
    for link in (error.__cause__, error.__context__):
        assert link is None or isinstance(link, AuthingMFAError), f"a {type(link)} hangs on it"


def _check_kept(value: Any) -> None:
    assert value == pickle.loads(pickle.dumps(value))
    assert value == copy.deepcopy(value)


def _check_shown(value: Any) -> None:
    """Hold a value's pictures to its hidden fields; what another field shows is no secret."""
    fields = attrs.fields(type(value))
    open_texts = [str(getattr(value, f.name)) for f in fields if f.repr in (True, repr)]
    shown = repr(value) + value._repr_html_()
    for field in fields:
        text = str(getattr(value, field.name))
        if field.repr is hide and MARK in text:
            assert text not in shown or any(text in each for each in open_texts)


def _check_properties(value: Any) -> None:
    """Read every property: it is there, or the error is ours."""
    for name, member in vars(type(value)).items():
        if isinstance(member, property):
            outcome(lambda name=name: getattr(value, name))  # type: ignore[misc]
