"""Run each call of the clients: send -> open -> build, with retries, log line and report."""

from __future__ import annotations

import functools
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs
from requests.auth import HTTPBasicAuth

from .._auth.tokens import Bearer, TokenSource
from .._http.attempt import Attempt
from .._http.options import Options
from .._http.transport import Transport
from .._protocol.deadline import Deadline
from .._protocol.endpoints import Endpoint
from .._protocol.envelope import Envelope, build_data, refuse_failure
from .._protocol.request import Request
from ..errors import APIError, AuthingMFAError, ConfigurationError, InvalidResponseError
from .log import log_attempt, report_call
from .retry import Attempts, is_outcome_unknown

T = TypeVar("T")


@attrs.frozen(eq=False, repr=False)
class Session:
    """Sends calls to one host over one pool of connections, for one user or none.

    Attributes:
        headers: What goes with every request.
        tokens: What signs them.
    """

    options: Options
    transport: Transport
    headers: Mapping[str, str]
    tokens: TokenSource

    def signed_by(self, tokens: TokenSource) -> Session:
        """Return a session on the same connections that signs with other tokens."""
        return attrs.evolve(self, tokens=tokens)

    def deadline(self) -> Deadline:
        """Return the deadline of a call that begins now."""
        return Deadline.after(self.options.deadline)

    def fetch(self, request: Request, shape: type[T], deadline: Deadline | None = None) -> T:
        """Call, and build ``shape`` from the data of the response. Otherwise as ``call``."""
        return self.call(request, functools.partial(build_data, shape), deadline)

    def command(self, request: Request, deadline: Deadline | None = None) -> None:
        """Call, where the response says only that it worked. Otherwise as ``call``.

        Raises:
            CodeRejectedError, APIError: The data says that it did not, although the code is 200.
        """
        self.call(request, refuse_failure, deadline)

    def call(
        self, request: Request, build: Callable[[Envelope], T], deadline: Deadline | None = None
    ) -> T:
        """Send a request until there is a response, or no further attempt is allowed.

        Args:
            request: What to send.
            build: Builds the result from the envelope of the response.
            deadline: That of the call it is part of; by default its own.

        Raises:
            AuthingMFAError: With method and path, and whether the outcome is known.
        """
        deadline = deadline or self.deadline()
        attempts = Attempts(request, self.tokens, self.options.max_retries, time.monotonic())
        try:
            while True:
                attempt = Attempt(deadline)
                try:
                    return self._try(attempt, attempts, build)
                except AuthingMFAError as error:
                    pause = attempts.pause_after(attempt, error)
                    if pause is None:
                        raise
                time.sleep(pause)
        finally:
            if self.options.on_call is not None:
                report_call(self.options.on_call, attempts, attempt)

    def _try(self, attempt: Attempt, attempts: Attempts, build: Callable[[Envelope], T]) -> T:
        """Send, open, build."""
        started, request = time.monotonic(), attempts.request
        try:
            attempts.start(attempt)
            attempt.response = self.transport.send(request, self.headers, attempt)
            attempt.response.secrets = _secrets_sent(request, attempt)
            attempt.envelope = request.endpoint.unwrap(attempt.response)
            return build(attempt.envelope)
        except AuthingMFAError as error:
            attempt.error = error
            self._add_facts(error, request.endpoint, attempt)
            raise
        finally:
            log_attempt(request.endpoint, attempt, time.monotonic() - started)

    def _add_facts(self, error: AuthingMFAError, endpoint: Endpoint, attempt: Attempt) -> None:
        if isinstance(error, ConfigurationError) or error.path is not None:
            return  # refused before sending, or by the call that fetches a token
        error.method, error.path = endpoint.method, endpoint.path
        error.outcome_unknown = is_outcome_unknown(endpoint, error, bool(attempt.sent))
        if isinstance(error, APIError):
            error.lang = self.headers.get("x-authing-lang")
        if isinstance(error, (APIError, InvalidResponseError)) and attempt.response:
            error.http_status = attempt.response.http_status


def _secrets_sent(request: Request, attempt: Attempt) -> list[str]:
    """Return what is secret in a request: its contents, and what signs it."""
    secrets, auth = request.secrets(), attempt.auth
    if isinstance(auth, Bearer):
        secrets.append(auth.token)
    if isinstance(auth, HTTPBasicAuth):
        name, password = str(auth.username), str(auth.password)
        secrets += [password, b64encode(f"{name}:{password}".encode()).decode()]
    return secrets
