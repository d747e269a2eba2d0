"""One endpoint: its handler, who may call it, and what it takes and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from .. import wire
from ..access import ANYBODY, Access
from ..context import Context
from ..envelopes import V3
from ..json_schema import Schema
from ..refusals import Refusal
from ..settings import Settings
from ..wire import Fields, Request

Handler = Callable[[Context, Any, Fields], Any]
"""Answers a request from the context, the caller, and the members of its query or body."""
T = TypeVar("T")

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@attrs.frozen(kw_only=True)
class Route:
    """An endpoint; the first line of its handler's docstring says what it is for.

    ``body``, ``media`` and ``query`` may be functions of the context, as settings change them.

    Args:
        handle: Answers a request; its name is the endpoint's id in the OpenAPI document.
        access: Who may call it; the handler is given who does.
        tag: The part of the service to which it belongs.
        envelope: The form of its responses.
        form: ``plain`` or ``applications``, where a path has two forms.
        setting: The name of the setting without which the endpoint is not there.
        limited: Whether it counts for the calls a second that the pool may make.
        body: The schema of the request's body.
        media: The media types of the body.
        query: The schema of the query, as of one object.
        data: The schema of a success; None where there is no data.
        beside: Schemas of what stands beside ``data`` in the envelope.
        refusals: The names of what it may refuse beside the refusals of its access.
        refused_data: The schema of the data of a refusal that asks for MFA.
        links: What may be called next, by the ids of those endpoints.
    """

    handle: Handler
    access: Access = ANYBODY
    tag: str = ""
    envelope: V3 = attrs.field(factory=V3)
    form: str | None = None
    setting: str | None = None
    limited: bool = False
    body: Schema | Callable[[Context], Schema] | None = None
    media: tuple[str, ...] | Callable[[Context], tuple[str, ...]] = (JSON,)
    query: Schema | Callable[[Context], Schema] | None = None
    data: Schema | None = None
    beside: Mapping[str, Schema] = attrs.field(factory=dict)
    refusals: tuple[str, ...] = ()
    refused_data: Schema | None = None
    links: Mapping[str, Mapping[str, Any]] = attrs.field(factory=dict)

    def serve(self, context: Context, request: Request) -> Any:
        """Check the caller, read the request and handle it."""
        caller, given = self.access.check(context, request, lambda: self._read(context, request))
        return self.handle(context, caller, given)

    def is_served(self, settings: Settings) -> bool:
        """Return whether the endpoint is there by these settings."""
        has_form = self.form is None or self.form in settings.v2_paths
        return has_form and (self.setting is None or getattr(settings, self.setting))

    def _read(self, context: Context, request: Request) -> Fields:
        """Read the query or the body, whichever the endpoint has."""
        if self.query is not None:
            return wire.query_fields(request)
        if self.body is None:
            return Fields({})
        media = resolved(context, self.media)
        if FORM in media and wire.is_form(request):
            return wire.form_fields(request)
        if JSON not in media:
            raise Refusal("bad_argument", "wanted a form")
        return wire.json_fields(request)


class Routes:
    """The endpoints of one part of the service, in ``table`` by their methods and paths.

    Args:
        common: Members of ``Route`` that all of them have.
    """

    def __init__(self, **common: Any) -> None:
        self.table: dict[tuple[str, str], Route] = {}
        self._common = common

    def get(self, path: str, access: Access, **facts: Any) -> Callable[[Handler], Handler]:
        """Add the decorated handler for GET; ``facts`` are members of ``Route``."""
        return self.add("GET", path, access, **facts)

    def post(self, path: str, access: Access, **facts: Any) -> Callable[[Handler], Handler]:
        """Add the decorated handler for POST."""
        return self.add("POST", path, access, **facts)

    def add(
        self, method: str, path: str, access: Access, **facts: Any
    ) -> Callable[[Handler], Handler]:
        """Add the decorated handler for a method."""

        def register(handle: Handler) -> Handler:
            route = Route(handle=handle, access=access, **self._common, **facts)
            self.table[method, path] = route
            return handle

        return register


def resolved(context: Context, value: T | Callable[[Context], T]) -> T:
    """Return a member of a route, or what its function returns of the context."""
    return value(context) if callable(value) else value


def take(path: str) -> str:
    """Write a link's value: a member of the response, by its JSON pointer."""
    return f"$response.body#/{path}"
