"""Settings and refusals: the values that are taken, and those that are not."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa.sandbox import RefusalCode, Settings
from authing_mfa.sandbox.refusals import DOCUMENTED, GUESSED, MESSAGES, STATUS_CODES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wrong_totp", "false"),
        ("code_length", "6"),
        ("code_length", -1),
        ("code_length", True),
        ("code_lifetime", -1),
        ("code_lifetime", "60"),
        ("code_lifetime", True),
        ("mask_profiles", 1),
        ("factor_id_form", "plain"),
        ("authorization_schemes", ("basic",)),
        ("introspection_accepts", ("access",)),
        ("totp_secret_length", 17),
    ],
)
def test_a_value_that_means_nothing_is_refused(name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        setattr(Settings(), name, value)


def test_every_refusal_has_words_in_both_languages() -> None:
    assert set(MESSAGES) == {*DOCUMENTED, *GUESSED}
    assert all(each["zh"] and each["en"].isascii() for each in MESSAGES.values())


def test_no_refusal_is_documented_and_guessed() -> None:
    assert DOCUMENTED.keys() & GUESSED.keys() == set()


@pytest.mark.parametrize("status", [0, 201, 302, 418, 600, 604])
def test_a_refusal_has_a_status_code_of_the_table(status: int) -> None:
    assert status not in STATUS_CODES
    with pytest.raises(ValueError, match="not in the vendor's table"):
        RefusalCode(status)
