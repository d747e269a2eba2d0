"""What every error must be like, whatever the call was."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator

from authing_mfa import AuthingMFAError

from . import marks
from .calls import Method


def oddities(error: Exception, method: Method) -> Iterator[str]:
    """Yield what is wrong with an error; never what it holds, which may be a secret."""
    if not isinstance(error, AuthingMFAError):
        yield f"{type(error).__name__} is none of our errors"
        return
    if (method.verb, method.path) != (error.method, error.path):
        yield "the error names another call"
    chain = [link for link in _chain(error) if not isinstance(link, AuthingMFAError)]
    strangers = {type(link).__name__ for link in chain}
    if strangers:
        yield f"the error hangs on {', '.join(sorted(strangers))}"
    pickled = pickle.dumps(error)
    for twin in (pickle.loads(pickled), copy.copy(error)):
        if (type(error), vars(error), str(error)) != (type(twin), vars(twin), str(twin)):
            yield "the error does not survive a copy"
    shown = (str(error), repr(error), repr(vars(error)), repr(pickled))
    if any(secret in text for text in shown for secret in marks.SECRETS):
        yield "the error shows a secret"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    if error is not None:
        yield error
        yield from _chain(error.__cause__)
        yield from _chain(error.__context__)
