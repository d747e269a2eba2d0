"""One kernel for all the tests, and an enrollment that waits for a code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from authing_mfa import AuthenticationClient, Enrollment, FactorType, OTPSetup
from authing_mfa.sandbox import SandboxUser
from tests.support.browser import browser  # noqa: F401

if TYPE_CHECKING:
    from .kernels import Kernel


@pytest.fixture
def enrollment(mfa_client: AuthenticationClient) -> Enrollment:
    """Return the enrollment of an authenticator, of `mfa_user`."""
    return mfa_client.begin_enrollment(FactorType.OTP)


@pytest.fixture
def otp(enrollment: Enrollment) -> OTPSetup:
    """Return what the authenticator app is to scan."""
    assert enrollment.otp is not None
    return enrollment.otp


@pytest.fixture(scope="session")
def _started_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    from .kernels import started

    with started(tmp_path_factory.mktemp("jupyter")) as kernel:
        yield kernel


@pytest.fixture
def kernel(_started_kernel: Kernel, mfa_user: SandboxUser) -> Kernel:
    """Return a kernel in which `mfa_user` has a client and enrolls an authenticator."""
    # The token goes past the notebook: what is run may be seen in it.
    _started_kernel.value_of(f"globals().update(credentials={mfa_user.credentials!r})")
    _started_kernel.run(
        "from authing_mfa import AuthenticationClient\n"
        "client = AuthenticationClient(**credentials)\n"
        "enrollment = client.begin_enrollment('OTP')"
    )
    return _started_kernel
