"""What holds of the sandbox's answers and of its state, whatever it was asked."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from authing_mfa.sandbox import Settings, seed
from authing_mfa.sandbox.context import Context
from authing_mfa.sandbox.envelopes import Bare, OAuth
from authing_mfa.sandbox.page import view
from authing_mfa.sandbox.refusals import STATUS_CODES
from authing_mfa.sandbox.routes.route import Route
from authing_mfa.sandbox.service import Service
from authing_mfa.sandbox.state import Application, State
from authing_mfa.sandbox.user_directory import account_names
from authing_mfa.sandbox.users import FACTOR_TYPES, Factor, User
from authing_mfa.sandbox.wire import Response

_HTTP_STATUSES = {200, 400, 401, 403, 404, 413, 422, 429, 501}
_OAUTH_ERRORS = {"invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type"}


def make_service(settings: Settings, document: dict[str, Any]) -> Service:
    """Return a service without sockets, in the state that a seed describes."""
    application = Application(app_id="", secret="")
    state = State(pool_id="", pool_name="", access_key_secret="", application=application)
    world = Context(state, settings)
    seed.load(world, document)
    return Service(world)


def strict_json(text: bytes | str) -> Any:
    """Read JSON as RFC 8259 has it, without NaN."""
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} is not JSON")


def check_answer(answer: Response, route: Route | None) -> Any:
    """Hold an answer to the form of its route; return its document."""
    assert answer.http_status in _HTTP_STATUSES, f"HTTP {answer.http_status}"
    for name, value in answer.headers.items():
        assert f"{name}{value}".isprintable()
    body = answer.encode()
    if answer.raw is not None:
        return None
    document = strict_json(body)
    assert isinstance(document, dict)
    if route is not None:
        _check_form(document, answer, route)
    return document


def _check_form(document: dict[str, Any], answer: Response, route: Route) -> None:
    if answer.http_status == 404 and "statusCode" in document:
        return  # not served in this form
    if isinstance(route.envelope, OAuth):
        assert answer.http_status == 200 or document["error"] in _OAUTH_ERRORS
        return
    if (
        isinstance(route.envelope, Bare)
        and answer.http_status == 200
        and "statusCode" not in document
    ):
        return
    assert isinstance(document["message"], str)
    code = document.get("statusCode", document.get("code"))
    assert type(code) is int
    assert "statusCode" not in document or code in STATUS_CODES - {500}
    assert code != 500


def check_state(service: Service) -> None:
    """Hold the state to itself, to its snapshot, and to the page that shows it."""
    state = service.context.state
    for user in state.users.held:
        _check_user(service, user)
    for key, token in state.tokens:
        assert key == token.value
        assert token.kind == "management" or state.users.peek("user_id", token.user_id)
    for enabled in (state.enabled_factors, state.application.enabled_factors):
        assert len(enabled) == len(set(enabled))
        assert set(enabled) <= set(FACTOR_TYPES)
    strict_json(json.dumps(view.state(service)))
    _check_snapshot(service)


def _check_user(service: Service, user: User) -> None:
    for kind, name in account_names(user):
        assert user is service.context.state.users.peek(kind, name)
    kinds = [each.factor_type for each in user.factors.values()]
    assert service.context.settings.several_per_type or len(kinds) == len(set(kinds))
    for factor_id, factor in user.factors.items():
        assert factor_id == factor.factor_id
        _check_factor(factor)


def _check_factor(factor: Factor) -> None:
    assert factor.factor_type in FACTOR_TYPES
    needed = {"SMS": factor.phone, "EMAIL": factor.email, "OTP": factor.secret, "FACE": "a photo"}
    assert needed[factor.factor_type]


def _check_snapshot(service: Service) -> None:
    written = seed.snapshot(service.context)
    strict_json(json.dumps(written))
    again = make_service(Settings(), written)
    assert written == seed.snapshot(again.context)
