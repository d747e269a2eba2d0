"""`get_factor` by us and by others: each gives a function that makes the call once."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import requests

from authing_mfa import AuthenticationClient
from bench.measure import Call
from bench.server import FACTOR_ID, Serving

APP_ID = "6229ffaa0000000000005678"
TOKEN = "example-token." * 40  # about as long as a signed JWT
PATH = "/api/v3/get-factor"
HEADERS = {"authorization": f"Bearer {TOKEN}", "x-authing-app-id": APP_ID}


@contextlib.contextmanager
def by_us(serving: Serving) -> Iterator[Call]:
    with AuthenticationClient(
        app_id=APP_ID,
        app_host=serving.host,
        access_token=TOKEN,
        verify=serving.ca_bundle or True,
    ) as client:
        yield lambda: client.get_factor(FACTOR_ID)


@contextlib.contextmanager
def by_requests(serving: Serving) -> Iterator[Call]:
    """As one writes it at first: a session, the headers, `.json()`; no check of any kind."""
    url, params = serving.host + PATH, {"factorId": FACTOR_ID}
    with requests.Session() as session:
        yield lambda: session.get(url, headers=HEADERS, params=params).json()


@contextlib.contextmanager
def by_httpx(serving: Serving) -> Iterator[Call]:
    url, params = serving.host + PATH, {"factorId": FACTOR_ID}
    with httpx.Client() as client:
        yield lambda: client.get(url, headers=HEADERS, params=params).json()


@contextlib.contextmanager
def by_http_client(serving: Serving) -> Iterator[Call]:
    """The floor in pure Python: no pool, no retries, no timeout, no types."""
    connection = http.client.HTTPConnection(urlsplit(serving.host).netloc)
    target = f"{PATH}?factorId={quote(FACTOR_ID)}"

    def call() -> object:
        connection.request("GET", target, headers=HEADERS)
        return json.loads(connection.getresponse().read())["data"]

    with contextlib.closing(connection):
        yield call
