"""Which rule answers which endpoint, and in what form."""

from authing_mfa.sandbox.routes import factors, management, signin, stepup, tokens
from authing_mfa.sandbox.routes.route import Table

ROUTES: Table = {
    **factors.ROUTES,
    **management.ROUTES,
    **signin.ROUTES,
    **stepup.ROUTES,
    **tokens.ROUTES,
}
