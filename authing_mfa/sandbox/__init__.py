"""A stateful GenAuth service in the process, for first runs, tests and demos.

    with Sandbox() as sandbox:
        user = sandbox.add_user(phone="13800000000")
        client = AuthenticationClient(**user.credentials)

It knows nothing of the client: it speaks HTTP, to any SDK in any language.
"""

from importlib.util import find_spec

_missing = [name for name in ("werkzeug", "pyotp", "segno") if find_spec(name) is None]
if _missing:
    raise ImportError(
        f'the sandbox needs {", ".join(_missing)}: pip install "authing-mfa[sandbox]"'
    )

from .clock import Clock  # noqa: E402
from .faults import Fault, Faults  # noqa: E402
from .generated_pool import GeneratedPool  # noqa: E402
from .journal import Entry, Journal  # noqa: E402
from .outbox import Message, Outbox  # noqa: E402
from .refusals import RefusalCode  # noqa: E402
from .sandbox import Sandbox  # noqa: E402
from .sandbox_user import SandboxUser  # noqa: E402
from .settings import Settings  # noqa: E402

__all__ = [
    "Clock",
    "Entry",
    "Fault",
    "Faults",
    "GeneratedPool",
    "Journal",
    "Message",
    "Outbox",
    "RefusalCode",
    "Sandbox",
    "SandboxUser",
    "Settings",
]
