"""Values in a site's own pydantic model."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from authing_mfa import Factor, MFATrigger, TokenSet

from .test_values import FACTOR, SECRET, TOKENS, VALUES


class Stored(pydantic.BaseModel):
    """A site's own model with values of the package in it."""

    tokens: TokenSet
    trigger: MFATrigger | None = None
    factors: tuple[Factor, ...] = ()


@pytest.fixture
def stored() -> Stored:
    return Stored(tokens=TOKENS, factors=[FACTOR])  # type: ignore[arg-type]


def test_model_holds_values(stored: Stored) -> None:
    assert (stored.tokens, stored.factors) == (TOKENS, (Factor.from_dict(FACTOR),))


def test_model_shows_no_secret(stored: Stored) -> None:
    assert SECRET not in f"{stored!r} {stored}"


def test_model_is_dumped_and_read_again(stored: Stored) -> None:
    dumped = stored.model_dump()
    assert (dumped["tokens"], dumped["factors"]) == (TOKENS.to_dict(), (FACTOR,))
    assert Stored.model_validate(dumped) == stored
    assert Stored.model_validate_json(stored.model_dump_json()) == stored


def test_model_refuses_what_does_not_fit() -> None:
    with pytest.raises(pydantic.ValidationError, match=r"TokenSet\.expires_at: wanted"):
        Stored.model_validate({"tokens": {"access_token": "a", "expires_at": "x"}})


def test_model_has_a_schema() -> None:
    schema = Stored.model_json_schema()["properties"]["tokens"]
    assert schema == {"type": "object", "title": "TokenSet"}


def test_every_value_can_be_a_field_of_a_model() -> None:
    kinds = [cls for cls in VALUES if hasattr(cls, "from_dict")]
    fields: dict[str, Any] = {cls.__name__: (cls, ...) for cls in kinds}
    model = pydantic.create_model("All", **fields)
    assert set(model.model_fields) == {cls.__name__ for cls in kinds}
