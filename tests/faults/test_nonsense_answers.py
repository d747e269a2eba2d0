"""Answers that are no answer: pages, cut JSON, noise, redirects."""

from __future__ import annotations

import pytest

from authing_mfa import (
    APIError,
    ConnectionFailedError,
    InvalidResponseError,
    NotFoundError,
    ServerError,
)

from . import acts
from .conftest import Connect
from .promises import failure, get_factor
from .server import Act, Server


def test_page_with_200_is_an_invalid_response(connect: Connect, server: Server) -> None:
    server.plan(acts.page("200 OK"))
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, InvalidResponseError)
    assert error.http_status == 200
    assert error.where


def test_page_with_502_is_a_server_error(connect: Connect, server: Server) -> None:
    server.plan(acts.page("502 Bad Gateway"))
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, ServerError)
    assert (error.status_code, error.http_status) == (502, 502)


def test_page_with_404_is_the_error_of_that_status(connect: Connect, server: Server) -> None:
    server.plan(acts.page("404 Not Found"))
    assert isinstance(failure(lambda: get_factor(connect(server.url))), NotFoundError)


def test_page_with_a_status_that_nobody_knows_is_an_api_error(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.page("799 Odd"))
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, APIError)
    assert error.http_status == 799


def test_cut_json_is_an_invalid_response(connect: Connect, server: Server) -> None:
    server.plan(acts.cut_json)
    assert isinstance(failure(lambda: get_factor(connect(server.url))), InvalidResponseError)


@pytest.mark.parametrize("act", acts.NONSENSE.values(), ids=acts.NONSENSE)
def test_nonsense_is_an_error_of_ours(connect: Connect, server: Server, act: Act) -> None:
    server.plan(act)
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, InvalidResponseError | ConnectionFailedError)
    assert not error.outcome_unknown


def test_redirect_is_an_invalid_response(connect: Connect, server: Server) -> None:
    server.plan(acts.redirect(f"{server.url}/elsewhere"))
    error = failure(lambda: get_factor(connect(server.url)))
    assert isinstance(error, InvalidResponseError)
    assert error.http_status == 302


def test_redirect_that_is_no_address_is_an_invalid_response(
    connect: Connect, server: Server
) -> None:
    server.plan(acts.redirect("http://[half"))
    assert isinstance(failure(lambda: get_factor(connect(server.url))), InvalidResponseError)
