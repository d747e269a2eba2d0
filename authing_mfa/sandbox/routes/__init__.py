"""The table of all endpoints."""

from ..settings import Settings
from . import factors, management, signin, stepup, tokens
from .route import Table

ROUTES: Table = {
    **factors.ROUTES,
    **management.ROUTES,
    **signin.ROUTES,
    **stepup.ROUTES,
    **tokens.ROUTES,
}


def served(settings: Settings) -> Table:
    """Return the endpoints that there are by these settings."""
    return {
        key: route
        for key, route in ROUTES.items()
        if route.form is None or route.form in settings.v2_paths
    }
