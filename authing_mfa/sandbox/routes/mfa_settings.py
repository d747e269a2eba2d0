"""The management endpoints for the factors that the pool and its application offer."""

from __future__ import annotations

import json

from ..access import MANAGEMENT
from ..context import Context
from ..json_schema import FACTOR_TYPE, Schema, choice, given, many, or_null, ref
from ..refusals import Refusal
from ..state import in_order
from ..users import FACTOR_TYPES
from ..wire import Document, Fields
from .route import Routes

_SETTINGS = ref("MfaSettings")


def _application_factors(context: Context) -> Schema:
    factors = or_null(many(FACTOR_TYPE))
    app_id = choice((context.state.application.app_id,))
    return given({"appId": app_id}, enabledFactors=factors, disabledFactors=factors)


routes = Routes(tag="management", limited=True)


@routes.get("/api/v3/get-global-mfa-settings", MANAGEMENT, data=_SETTINGS)
def get_global_mfa_settings(context: Context, _: None, _given: Fields) -> Document:
    """Show the pool's factors."""
    return _written(context, context.state.enabled_factors)


@routes.post(
    "/api/v3/update-global-mfa-settings",
    MANAGEMENT,
    body=given({"enabledFactors": many(FACTOR_TYPE)}),
    data=_SETTINGS,
)
def update_global_mfa_settings(context: Context, _: None, body: Fields) -> Document:
    """Switch factors of the pool on.

    They come in place of the others or beside them, as ``settings.global_mfa_update`` says.
    """
    enabled = body.choices("enabledFactors", FACTOR_TYPES)
    kept = context.state.enabled_factors if context.settings.global_mfa_update == "add" else []
    return _set_global(context, {*kept, *enabled})


@routes.post(
    "/api/v3/disable-global-mfa-settings",
    MANAGEMENT,
    setting="global_mfa_disable",
    body=given({"disableFactors": many(FACTOR_TYPE)}),
    data=_SETTINGS,
)
def disable_global_mfa_settings(context: Context, _: None, body: Fields) -> Document:
    """Switch factors of the pool off."""
    disabled = body.choices("disableFactors", FACTOR_TYPES)
    return _set_global(context, {*context.state.enabled_factors} - {*disabled})


@routes.post(
    "/api/v3/update-application-mfa-settings",
    MANAGEMENT,
    body=_application_factors,
    data=_SETTINGS,
    refusals=("application_not_found",),
)
def update_application_mfa_settings(context: Context, _: None, body: Fields) -> Document:
    """Switch factors of the application on and off.

    From then on the application has its own, whatever the pool does.
    """
    enabled, disabled = (
        body.choices(name, FACTOR_TYPES) if body.has(name) else []
        for name in ("enabledFactors", "disabledFactors")
    )
    application = context.state.application
    if body.text("appId") != application.app_id:
        raise Refusal("application_not_found")
    application.enable({*application.enabled_factors, *enabled} - {*disabled})
    return _written(context, application.enabled_factors)


def _set_global(context: Context, enabled: set[str]) -> Document:
    state = context.state
    state.enabled_factors = in_order(enabled)
    if state.application.follows_pool:
        state.application.enabled_factors = list(state.enabled_factors)
    return _written(context, state.enabled_factors)


def _written(context: Context, enabled: list[str]) -> Document:
    as_text = context.settings.enabled_factors_form == "text"
    return {"enabledFactors": json.dumps(enabled) if as_text else list(enabled)}
