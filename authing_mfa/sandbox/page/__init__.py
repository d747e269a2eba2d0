"""The sandbox's page for people, at ``/``: what it sent, who is there, what was asked."""

from __future__ import annotations

import json
from pathlib import Path

import attrs

from ..envelopes import words
from ..refusals import Refusal
from ..service import Service
from ..wire import Request, Response, json_fields
from . import actions, view
from .guard import is_of_this_page

_FOLDER = Path(__file__).parent
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/sandbox/page.css": ("page.css", "text/css; charset=utf-8"),
    "/sandbox/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/sandbox/icon.svg": ("icon.svg", "image/svg+xml"),
}
_STATE = "/sandbox/state"
_READING = ("GET", "HEAD")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def owns(method: str, path: str) -> bool:
    """Return whether a request is the page's and not the service's."""
    return path.startswith("/sandbox/") or (path == "/" and method in _READING)


def respond(service: Service, request: Request) -> Response:
    """Answer a request of the page; those that another site may have caused are refused."""
    if not is_of_this_page(request):
        found = _refused(403, "This page is for a browser on this machine, and its own requests.")
    elif request.method in _READING:
        found = _read(service, request.path)
    else:
        found = _act(service, request)
    return attrs.evolve(found, headers={**_HEADERS, **found.headers})


def _read(service: Service, path: str) -> Response:
    if path == _STATE:
        return Response(document=view.state(service))
    if path not in _FILES:
        return _refused(404, "There is no such page.")
    name, content_type = _FILES[path]
    return Response(raw=(_FOLDER / name).read_bytes(), content_type=content_type)


def _act(service: Service, request: Request) -> Response:
    action = actions.ACTIONS.get(request.path)
    if action is None or request.method != "POST":
        return _refused(404, "There is no such action.")
    try:
        with service.lock:
            action(service, json_fields(request))
    except Refusal as refusal:
        return _refused(400, words(refusal, "en"))
    except ValueError as error:
        return _refused(400, str(error))
    return Response(document=view.state(service))


def _refused(http_status: int, message: str) -> Response:
    return Response(raw=json.dumps({"message": message}).encode(), http_status=http_status)
