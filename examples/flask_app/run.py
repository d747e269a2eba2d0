"""Run the site on this machine: python examples/flask_app/run.py.

On an embedded sandbox, or on your tenant where AUTHING_APP_ID, AUTHING_APP_HOST and
AUTHING_APP_SECRET are set.
"""

from __future__ import annotations

import os

from flask_pages import create_app
from flask_pages.trial import play_the_tenant


def main() -> None:
    play_the_tenant()
    app = create_app({"SESSION_COOKIE_SECURE": False})  # plain HTTP, to this machine only
    app.run("127.0.0.1", int(os.environ.get("PORT", "5000")), threaded=True)


if __name__ == "__main__":
    main()
