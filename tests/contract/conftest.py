from __future__ import annotations

from collections.abc import Iterator

import pytest

from authing_mfa.sandbox import Sandbox
from tests.support.wire import Wire

from .admin_stages import AdminStage, SandboxAdminStage
from .admin_wire import WireAdminStage
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


@pytest.fixture
def signing(request: pytest.FixtureRequest) -> str | None:
    """Tell how the administrator's client signs: by a token, unless a test says otherwise."""
    variant: str | None = getattr(request, "param", None)
    return variant


@pytest.fixture(params=["wire", "sandbox"])
def admin_stage(request: pytest.FixtureRequest, signing: str | None) -> Iterator[AdminStage]:
    """Give each of the two stages of an administrator in turn."""
    if request.param == "wire":
        with Wire() as wire:
            yield WireAdminStage(wire, signing)
        return
    sandbox: Sandbox = request.getfixturevalue("served_sandbox")
    sandbox.reset()
    stage = SandboxAdminStage(sandbox, signing)
    yield stage
    stage.client.close()
