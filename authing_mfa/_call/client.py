"""What both clients have in common: handles, closing, pickles."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Self

import attrs
import requests

from .._auth.tokens import TokenSource
from .._http.options import Options
from .._http.transport import Transport
from .session import Session


class Client:
    """A client over a session; its handles share the connections."""

    def __init__(
        self,
        options: Options,
        session: requests.Session | None,
        headers: Mapping[str, str],
        tokens: TokenSource,
    ) -> None:
        self._session = Session(options, Transport(options, session), headers, tokens)
        self._owns_connections = True

    def close(self) -> None:
        """Close the connections; a handle from ``as_user`` leaves them to its client."""
        if self._owns_connections:
            self._session.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __copy__(self) -> Self:
        """Return a second handle on the same connections, which holds what this one holds."""
        return self._handle()

    def __deepcopy__(self, memo: object) -> Self:
        return self._handle()

    def __reduce__(self) -> tuple[Any, ...]:
        if self._session.transport.is_borrowed:
            raise TypeError("a client with a session of yours cannot be pickled; make it there")
        return functools.partial(type(self), **self._constructor_arguments()), ()

    def _constructor_arguments(self) -> dict[str, Any]:
        """Return what builds this client again in another process."""
        raise NotImplementedError

    def _without_retries(self) -> Self:
        """Return a second handle that tries each call once."""
        session = self._session
        options = attrs.evolve(session.options, max_retries=0)
        return self._handle(_session=attrs.evolve(session, options=options))

    def _handle(self, **differences: Any) -> Self:
        """Return a second client on the same connections, with other private parts."""
        handle = object.__new__(type(self))
        vars(handle).update(vars(self), _owns_connections=False, **differences)
        return handle
