"""The two examples as one kind of site, and people who visit it with the frameworks' clients."""

from __future__ import annotations

import contextlib
import html
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import attrs
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.test import Client, override_settings
from werkzeug.serving import make_server

from authing_mfa.sandbox import SandboxUser

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_TAGS = re.compile(r"<(svg|style|title)\b.*?</\1>|<[^>]+>", re.DOTALL)
_CSRF = re.compile(r'name="(csrf_token|csrfmiddlewaretoken)" value="([^"]+)"')


@attrs.frozen
class Page:
    """What a site answered in the end, redirects followed."""

    path: str
    status: int
    headers: Mapping[str, str]
    markup: str

    @property
    def text(self) -> str:
        """What a reader sees."""
        return " ".join(html.unescape(_TAGS.sub(" ", self.markup)).split())


class Ask(Protocol):
    """A framework's test client: sends a request and follows redirects."""

    def __call__(self, method: str, path: str, fields: dict[str, str]) -> Page:
        """Return the last answer."""


@attrs.define
class Visitor:
    """Somebody with a browser; a form that they send carries the token of the page before."""

    ask: Ask
    cookies: Callable[[], dict[str, str]]
    page: Page = attrs.field(init=False)

    def get(self, path: str) -> Page:
        self.page = self.ask("GET", path, {})
        return self.page

    def post(self, path: str, **fields: str) -> Page:
        found = _CSRF.search(self.page.markup) or _CSRF.search(self.get("/sign-in").markup)
        assert found
        return self.post_bare(path, **{found[1]: found[2]}, **fields)

    def post_bare(self, path: str, **fields: str) -> Page:
        self.page = self.ask("POST", path, fields)
        return self.page

    def sign_in(self, user: SandboxUser) -> Page:
        self.get("/sign-in")
        return self.post("/sign-in", account=str(user.username), password=user.password)


@attrs.frozen
class Site:
    """A running example."""

    app: WSGIApplication
    new_visitor: Callable[[str], Visitor]

    def visitor(self, language: str = "en") -> Visitor:
        return self.new_visitor(language)


@contextlib.contextmanager
def flask_site(*, https: bool = True, **client: Any) -> Iterator[Site]:
    """Open the Flask example; `client` are the options of its client."""
    from flask_pages import create_app

    app = create_app({"TESTING": True, **_settings(https, client)})

    def new_visitor(language: str) -> Visitor:
        browser = app.test_client()

        def ask(method: str, path: str, fields: dict[str, str]) -> Page:
            answer = browser.open(
                path,
                method=method,
                data=fields or None,
                base_url="https://localhost",
                headers={"Accept-Language": language, "Referer": "https://localhost/"},
                follow_redirects=True,
            )
            return Page(answer.request.path, answer.status_code, dict(answer.headers), answer.text)

        def cookies() -> dict[str, str]:
            return {each.key: each.value for each in (browser._cookies or {}).values()}

        return Visitor(ask, cookies)

    with contextlib.closing(app.extensions["authing_mfa"]):
        yield Site(app, new_visitor)


@contextlib.contextmanager
def django_site(*, https: bool = True, **client: Any) -> Iterator[Site]:
    """Open the Django example; `client` are the options of its client."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "django_pages.settings"
    app = get_wsgi_application()
    from django_pages import visitor

    def new_visitor(language: str) -> Visitor:
        browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")

        def ask(method: str, path: str, fields: dict[str, str]) -> Page:
            headers = {"Accept-Language": language, "Referer": "https://localhost/"}
            send = browser.get if method == "GET" else browser.post
            answer = send(path, fields, headers=headers, follow=True, secure=True)
            seen = {**answer.headers, "Set-Cookie": answer.cookies.output(header="")}
            markup = answer.content.decode()
            return Page(answer.request["PATH_INFO"], answer.status_code, seen, markup)

        return Visitor(ask, lambda: {name: each.value for name, each in browser.cookies.items()})

    cache.clear()
    visitor.client.cache_clear()
    with override_settings(**_settings(https, client)):
        yield Site(app, new_visitor)
        visitor.client().close()


@contextlib.contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve an example on loopback and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _settings(https: bool, client: dict[str, Any]) -> dict[str, Any]:
    """Return what differs from the example's own settings; both spell it alike."""
    over_http = {} if https else {"SESSION_COOKIE_SECURE": False}
    return {**over_http, **({"AUTHING_CLIENT": client} if client else {})}


SITES = {"flask": flask_site, "django": django_site}
