"""A fork in the middle of a refresh: the child does not wait for a thread that it has not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from authing_mfa import TokenSet
from authing_mfa.sandbox import Sandbox

from .conftest import arrivals
from .flows import ending_in

_SCRIPT = Path(__file__).with_name("forking.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_child_of_a_fork_does_not_hang_on_its_parents_refresh(
    sandbox: Sandbox, tokens: TokenSet
) -> None:
    sandbox.settings.rotate_refresh_token = False
    given = {
        "app_id": sandbox.app_id,
        "app_host": sandbox.url,
        "deadline": 5,
        "tokens": ending_in(tokens, -1).to_dict(),
    }
    # From Python 3.12 on, forking beside threads warns; it is what this is about.
    command = [sys.executable, "-W", "ignore::DeprecationWarning", str(_SCRIPT)]
    done = subprocess.run(
        command, input=json.dumps(given), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "4\n", "")
    assert arrivals(sandbox, "/oidc/token") == 2
