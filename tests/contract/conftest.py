from __future__ import annotations

from collections.abc import Iterator

import pytest
from wire import Wire

from authing_mfa.sandbox import Sandbox

from .stages import SandboxStage, Stage, WireStage


@pytest.fixture(scope="session")
def served_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["wire", "sandbox"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Give each of the two stages in turn."""
    if request.param == "wire":
        with Wire() as wire:
            yield WireStage(wire)
        return
    sandbox: Sandbox = request.getfixturevalue("served_sandbox")
    sandbox.reset()
    stage = SandboxStage(sandbox)
    with stage.client:
        yield stage
