"""Run the site on this machine: python examples/flask_app/run.py.

On an embedded sandbox, or on your tenant where AUTHING_APP_ID, AUTHING_APP_HOST and
AUTHING_APP_SECRET are set.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from flask_pages import create_app
from flask_pages.trial import play_the_tenant


def main() -> None:
    play_the_tenant()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            {
                "SECRET_KEY": secrets.token_hex(32),
                "SESSIONS": str(Path(folder) / "sessions.sqlite3"),
                "PLAIN_HTTP_ON_LOOPBACK_FOR_THE_DEMO": True,
            }
        )
        app.run("127.0.0.1", int(os.environ.get("PORT", "5000")), threaded=True)


if __name__ == "__main__":
    main()
