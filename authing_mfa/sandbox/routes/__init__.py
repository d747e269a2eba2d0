"""The table of all endpoints."""

from ..settings import Settings
from . import enrollment, factors, list_users, management, signin, stepup, tokens
from .route import Route

_PARTS = (enrollment, factors, list_users, management, signin, stepup, tokens)
ROUTES = {key: route for part in _PARTS for key, route in part.routes.table.items()}


def served(settings: Settings) -> dict[tuple[str, str], Route]:
    """Return the endpoints that there are by these settings."""
    return {key: route for key, route in ROUTES.items() if route.is_served(settings)}
