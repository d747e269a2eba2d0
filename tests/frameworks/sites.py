"""The two examples as one kind of site, and people who visit it with the frameworks' clients."""

from __future__ import annotations

import atexit
import contextlib
import html
import os
import re
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client, override_settings
from werkzeug.serving import make_server

from authing_mfa import AuthenticationClient
from authing_mfa.sandbox import Sandbox, SandboxUser

if TYPE_CHECKING:
    from ssl import SSLContext

    from _typeshed.wsgi import WSGIApplication

SECRET_KEY = "an example key that is long enough, with Letters, digits 0123 and signs -_."
_FOLDER = Path(tempfile.mkdtemp())
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
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
    plant: Callable[[dict[str, str]], None]
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

    def sign_in_by_email(self, user: SandboxUser, sandbox: Sandbox) -> Page:
        """Sign in with a password and the code that goes to the user's address."""
        sandbox.require_mfa("application", ["EMAIL"])
        self.sign_in(user)
        self.post("/step-up/send", by="EMAIL")
        code = sandbox.outbox.last_code(email=str(user.email))
        return self.post("/step-up/verify", by="EMAIL", code=code)


@attrs.frozen
class Site:
    """A running example; with another client it serves as another process of it would."""

    app: WSGIApplication
    new_visitor: Callable[[str], Visitor]
    count_sessions: Callable[[], int]
    change_client: Callable[[], None]

    def visitor(self, language: str = "en") -> Visitor:
        return self.new_visitor(language)

    def thief(self, stolen: dict[str, str]) -> Visitor:
        """Give somebody who has another one's cookies, as they were."""
        visitor = self.new_visitor("en")
        visitor.plant(stolen)
        return visitor


@contextlib.contextmanager
def flask_site(*, https: bool = True, **client: Any) -> Iterator[Site]:
    """Open the Flask example; `client` are the options of its client."""
    from flask_pages import create_app

    sessions = _FOLDER / "flask.sqlite3"
    sessions.unlink(missing_ok=True)
    app = create_app(
        {
            "TESTING": True,
            "SECRET_KEY": SECRET_KEY,
            "SESSIONS": str(sessions),
            "PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO": not https,
            **_client(client),
        }
    )

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

        def plant(stolen: dict[str, str]) -> None:
            for name, value in stolen.items():
                browser.set_cookie(name, value)

        return Visitor(ask, cookies, plant)

    def count() -> int:
        with contextlib.closing(sqlite3.connect(sessions)) as database:
            return int(database.execute("SELECT count(*) FROM sessions").fetchone()[0])

    with contextlib.ExitStack() as clients:

        def change_client() -> None:
            clients.callback(app.extensions["authing_mfa"].close)
            app.extensions["authing_mfa"] = AuthenticationClient.from_env(
                app_secret=os.environ["AUTHING_APP_SECRET"], **client
            )

        yield Site(app, new_visitor, count, change_client)
        app.extensions["authing_mfa"].close()


@contextlib.contextmanager
def django_site(*, https: bool = True, **client: Any) -> Iterator[Site]:
    """Open the Django example; `client` are the options of its client."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "django_pages.settings"
    os.environ["DJANGO_SECRET_KEY"] = SECRET_KEY
    os.environ["DJANGO_DATABASE"] = str(_FOLDER / "django.sqlite3")
    django.setup()
    from django.contrib.sessions.models import Session
    from django_pages import visitor

    def new_visitor(language: str) -> Visitor:
        browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")

        def ask(method: str, path: str, fields: dict[str, str]) -> Page:
            headers = {"Accept-Language": language, "Referer": "https://localhost/"}
            send = browser.get if method == "GET" else browser.post
            answer = send(path, fields, headers=headers, follow=True, secure=True)
            seen = {**answer.headers, "Set-Cookie": answer.cookies.output(header="")}
            markup = answer.content.decode()
            connections.close_all()  # as a server does at the end of a request
            return Page(answer.request["PATH_INFO"], answer.status_code, seen, markup)

        def cookies() -> dict[str, str]:
            return {name: each.value for name, each in browser.cookies.items() if each.value}

        def plant(stolen: dict[str, str]) -> None:
            for name, value in stolen.items():
                browser.cookies[name] = value

        return Visitor(ask, cookies, plant)

    def count() -> int:
        with contextlib.closing(connections["default"]):
            return int(Session.objects.count())

    call_command("migrate", verbosity=0)
    Session.objects.all().delete()
    connections.close_all()
    visitor.client.cache_clear()
    settings = {**({} if https else _PLAIN), **_client(client)}
    with override_settings(**settings), contextlib.ExitStack() as clients:

        def change_client() -> None:
            clients.callback(visitor.client().close)
            visitor.client.cache_clear()

        yield Site(get_wsgi_application(), new_visitor, count, change_client)
        visitor.client().close()


@contextlib.contextmanager
def served(app: WSGIApplication, tls: SSLContext | None = None) -> Iterator[str]:
    """Serve an example on loopback and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=tls)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'https://localhost' if tls else 'http://127.0.0.1'}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# What settings.py makes of PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO.
_PLAIN = {
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_SECURE": False,
    "CSRF_COOKIE_NAME": "csrf",
    "CSRF_COOKIE_SECURE": False,
    "SECURE_SSL_REDIRECT": False,
    "SECURE_HSTS_SECONDS": 0,
}


def _client(options: dict[str, Any]) -> dict[str, Any]:
    return {"AUTHING_CLIENT": options} if options else {}


SITES = {"flask": flask_site, "django": django_site}
