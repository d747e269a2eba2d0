"""A `TokenSet`: stored, compared, shown, and refused where it cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from authing_mfa import (
    ConfigurationError,
    TokenSet,
)
from tests.support.wire import Wire, make_client

from .refreshing import ending_in


@pytest.mark.parametrize("bad", ["two\r\nlines", "tökèn", ""])
@pytest.mark.parametrize("give", ["argument", "set_access_token", "as_user"])
@pytest.mark.parametrize("refresh_token", [None, "example-refresh-token"])
def test_set_whose_token_cannot_be_sent_is_refused(
    wire: Wire, bad: str, give: str, refresh_token: str | None
) -> None:
    tokens = ending_in(3600, access_token=bad, refresh_token=refresh_token)
    client = make_client()
    gives: dict[str, Callable[[], object]] = {
        "argument": lambda: make_client(access_token=tokens),
        "set_access_token": lambda: client.set_access_token(tokens),
        "as_user": lambda: client.as_user(tokens),
    }
    with pytest.raises(ConfigurationError, match="access_token: wanted"):
        gives[give]()
    assert wire.requests == []


@pytest.mark.parametrize("tokens", [{"access_token": "t", "expires_at": 1}, ["t"], object(), 7])
def test_what_is_neither_token_nor_set_is_refused(tokens: Any) -> None:
    client = make_client()
    with pytest.raises(ConfigurationError, match="access_token: wanted"):
        client.as_user(tokens)
    with pytest.raises(ConfigurationError, match="access_token: wanted"):
        client.set_access_token(tokens)
    with pytest.raises(ConfigurationError, match="access_token: wanted"):
        make_client(access_token=tokens)


class TestTokenSet:
    def test_comes_back_from_storage_as_it_was(self) -> None:
        tokens = ending_in(3600.25, id_token="example-id-token", scope="openid")
        assert tokens == TokenSet.from_dict(tokens.to_dict())

    def test_is_stored_as_json_types(self) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        assert ending_in(0, expires_at=at).to_dict() == {
            "access_token": "example-old-token",
            "refresh_token": "example-refresh-token",
            "token_type": "bearer",
            "expires_at": 1767225600,
        }

    @pytest.mark.parametrize("data", [{}, {"access_token": "t"}, {"expires_at": 1}, [], None])
    def test_from_something_else_is_refused(self, data: Any) -> None:
        with pytest.raises(ConfigurationError, match="TokenSet"):
            TokenSet.from_dict(data)

    @pytest.mark.parametrize(("seconds", "expired"), [(-1, True), (60, False)])
    def test_knows_whether_it_has_ended(self, seconds: float, expired: bool) -> None:
        assert expired is ending_in(seconds).expired

    def test_end_without_a_zone_is_refused(self) -> None:
        naive = datetime(2026, 1, 1)
        with pytest.raises(ConfigurationError, match="expires_at"):
            ending_in(0, expires_at=naive)

    def test_shows_no_secret(self) -> None:
        tokens = attrs.evolve(ending_in(0), id_token="example-id-token")
        assert "example" not in repr(tokens)
        assert repr(tokens).count("<hidden>") == 3
