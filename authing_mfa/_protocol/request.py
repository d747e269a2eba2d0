"""Describe one HTTP request: an endpoint, and the contents that are sent to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from .._secrets import Sealed, secrets_in
from ..errors import ConfigurationError
from .endpoints import Endpoint


class Request:
    """One request, without what signs it; its contents may be secret.

    Attributes:
        target: The path, with the query where there is one.
        body: Empty where there is none.
        content_type: Of the body.
    """

    __slots__ = ("_contents", "body", "content_type", "endpoint", "target")

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a request with a JSON body, a form, or none.

        Raises:
            ConfigurationError: ``json`` holds what JSON cannot.
        """
        self.endpoint: Endpoint = endpoint
        self.target: str = endpoint.path
        if params:
            self.target += "?" + urlencode(params, quote_via=quote)
        self._contents = (params, json, form)
        self.body: bytes = b""
        self.content_type: str | None = None
        if form is not None:
            self.content_type = "application/x-www-form-urlencoded"
            self.body = urlencode(form).encode()
        elif json is not None:
            self.content_type = "application/json"
            self.body = to_json(json)

    def secrets(self) -> list[str]:
        """Return the secret texts that the request sends."""
        return list(secrets_in(self._contents))


def to_json(value: Any) -> bytes:
    """Write JSON types, which may be sealed.

    Raises:
        ConfigurationError: They are none.
    """
    sealed = value if isinstance(value, Sealed) else Sealed(value)
    try:
        return json.dumps(sealed.open(), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        kind = type(error).__name__
    raise ConfigurationError(f"json: wanted JSON types only; writing it raised {kind}")
