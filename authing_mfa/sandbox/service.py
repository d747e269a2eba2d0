"""The service without its sockets: a request in, a response out."""

from __future__ import annotations

import logging
import secrets
import threading
from typing import Any, Final

import attrs

from . import openapi
from .context import Context
from .envelopes import Bare, Meta
from .faults import Fault, Faults
from .journal import Journal
from .refusals import Refusal
from .routes import ROUTES
from .routes.route import Route
from .wire import Fields, Request, Response

logger: Final = logging.getLogger("authing_mfa.sandbox")


def _unknown_route(_context: Context, _caller: None, _given: Fields) -> Any:
    raise Refusal("unknown_route", http_status=404)


_UNKNOWN = Route(handle=_unknown_route)
_ALL = {**ROUTES, ("GET", openapi.PATH): Route(handle=openapi.respond, envelope=Bare())}


@attrs.define(eq=False)
class Service:
    """Answers requests one at a time, whichever thread they come from."""

    context: Context
    faults: Faults = attrs.field(factory=lambda: Faults(_ALL))
    journal: Journal = attrs.field(factory=Journal)
    lock: threading.RLock = attrs.field(factory=threading.RLock, repr=False)

    def respond(self, request: Request, fault: Fault | None = None) -> Response:
        """Answer a request, spoilt by a fault if one strikes it."""
        if fault is not None and fault.instead is not None:
            return fault.instead
        response = self._own_response(request)
        return response if fault is None or fault.edit is None else fault.edit(response)

    def refuse(self, refusal: Refusal, language: str = "zh", route: Route = _UNKNOWN) -> Response:
        """Write a refusal in the form of a route."""
        settings = self.context.settings
        code = settings.refusals[refusal.name]
        headers = {}
        if refusal.name == "throttled":
            headers["Retry-After"] = "1"
        if refusal.name == "too_frequent" and settings.retry_after_on_too_frequent:
            headers["Retry-After"] = f"{settings.send_interval:.0f}"
        return Response(
            document=route.envelope.refuse(refusal, code, self._meta(language)),
            http_status=code.status_code if route.envelope.plain_http else refusal.http_status,
            headers=headers,
        )

    def _own_response(self, request: Request) -> Response:
        route = self._route(request)
        try:
            return self._ruled(route, request)
        except Exception:
            logger.exception("the sandbox failed on %s", route.handle.__name__)
            return self.refuse(Refusal("broken", http_status=500), request.language, route)

    def _route(self, request: Request) -> Route:
        route = _ALL.get((request.method, request.path), _UNKNOWN)
        return route if route.is_served(self.context.settings) else _UNKNOWN

    def _ruled(self, route: Route, request: Request) -> Response:
        try:
            with self.lock:
                self._check_rate(route)
                data = route.serve(self.context, request)
        except Refusal as refusal:
            return self.refuse(refusal, request.language, route)
        document = route.envelope.write(data, self._meta(request.language))
        return Response(document=document, raw=b"" if document is None else None)

    def _check_rate(self, route: Route) -> None:
        context = self.context
        limit = context.settings.calls_per_second
        if route.limited and not context.rate.allows(context.clock.now(), limit):
            raise Refusal("throttled", http_status=429)

    def _meta(self, language: str) -> Meta:
        v2_errors = self.context.settings.v2_errors
        return Meta(language=language, request_id=secrets.token_hex(16), v2_errors=v2_errors)
