"""An answer that asks for MFA hands its trigger over, whichever call it comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from authing_mfa import MFARequiredError, MFATrigger
from tests.support import payloads
from tests.support.wire import Wire, make_client

from .answers import (
    OIDC_TOKEN,
    RECOVERY_CODE,
    REVOCATION,
    SIGNIN,
    SYSTEM,
    make_challenge,
)
from .refreshing import ending_in


def _encrypted() -> Any:
    pytest.importorskip("cryptography")
    from authing_mfa import PasswordEncryption

    return make_client().sign_in("u", password="p", encryption=PasswordEncryption())


def _refreshed() -> Any:
    return make_client(access_token=ending_in(-1)).list_enrolled_factors()


_CALLS: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "sign-in": ("POST", SIGNIN, lambda: make_client().sign_in("u", password="p")),
    "key of a password": ("GET", SYSTEM, _encrypted),
    "refresh": ("POST", OIDC_TOKEN, _refreshed),
    "sign-out": ("POST", REVOCATION, lambda: make_client(access_token="t").sign_out()),
    "introspection": (
        "POST",
        "/mfa/token/introspection",
        lambda: make_client().introspect_mfa_token("example-mfa-token"),
    ),
    "recovery": (
        "POST",
        "/api/v2/mfa/totp/recovery",
        lambda: make_challenge(make_client()).verify_recovery_code(RECOVERY_CODE),
    ),
    "factors": (
        "GET",
        "/api/v3/list-enrolled-factors",
        lambda: make_client(access_token="t").list_enrolled_factors(),
    ),
}


@pytest.mark.parametrize("name", ["mfa_required_application", "v2_mfa_required"])
@pytest.mark.parametrize(("verb", "path", "call"), _CALLS.values(), ids=_CALLS)
def test_error_that_asks_for_mfa_keeps_its_trigger(
    wire: Wire, verb: str, path: str, call: Callable[[], Any], name: str
) -> None:
    wire.plan(path, payload=name, verb=verb)
    with pytest.raises(MFARequiredError) as caught:
        call()
    assert caught.value.trigger == MFATrigger.from_dict(payloads.read(name)["data"])
