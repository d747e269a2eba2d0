"""How the application proves itself, as it is set to."""

from __future__ import annotations

import attrs

from ..context import Context
from .operation import CLIENT
from .schema import Schema, given


@attrs.frozen
class Proof:
    """What a request must hold: members of its body, or a header by a security scheme."""

    security: tuple[str, ...] = ()
    required: dict[str, Schema] = attrs.field(factory=dict)
    optional: dict[str, Schema] = attrs.field(factory=dict)

    def beside(self, required: dict[str, Schema], **optional: Schema) -> Schema:
        """Describe a request that has these members beside the proof."""
        return given({**required, **self.required}, **optional, **self.optional)


def app_proof(context: Context) -> Proof:
    """Return what a request must hold by the application's setting."""
    application = context.state.application
    app_id: Schema = {"type": "string", "enum": [application.app_id]}
    if application.client_auth == "client_secret_basic":
        return Proof((CLIENT,))
    if application.client_auth == "client_secret_post":
        return Proof(required={"client_id": app_id, "client_secret": {"type": "string"}})
    return Proof(optional={"client_id": {"enum": [application.app_id, "", None]}})
