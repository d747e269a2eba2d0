"""The modules that are mutated, and the tests that are to kill their mutants."""

from __future__ import annotations

from typing import Final

_STEP_UP: Final = (
    "tests/signin/test_challenge.py",
    "tests/signin/test_challenge_errors.py",
    "tests/signin/test_challenge_refused_here.py",
    "tests/signin/test_challenge_sent.py",
    "tests/signin/test_flow_step_up.py",
    "tests/signin/test_password_alone.py",
    "tests/signin/test_pickles.py",
    "tests/signin/test_step_up_result.py",
)
MODULES: Final[dict[str, tuple[str, ...]]] = {
    "_protocol.envelope": (
        "tests/unit/test_envelope.py",
        "tests/unit/test_requests_sent.py",
        "tests/signin/test_step_up_result.py",
        "tests/signin/test_refresh_refused.py",
        "tests/signin/test_sign_out.py",
    ),
    "errors": (
        "tests/unit/test_envelope.py",
        "tests/unit/test_errors.py",
        "tests/unit/test_trying_again.py",
        "tests/signin/test_sign_in_answers.py",
        "tests/signin/test_pickles.py",
    ),
    "enrollment": (
        "tests/unit/test_enrollment.py",
        "tests/unit/test_enrollment_on_a_page.py",
        "tests/unit/test_reconcile.py",
    ),
    "challenge": _STEP_UP,
    "_call.session": (
        "tests/unit/test_client.py",
        "tests/unit/test_on_call_and_log.py",
        "tests/unit/test_pickled_client.py",
        "tests/unit/test_signing_anew.py",
        "tests/unit/test_trying_again.py",
        "tests/management/test_tokens.py",
    ),
    "_call.retry": ("tests/unit/test_retry.py", "tests/unit/test_trying_again.py"),
    "_values.codec": (
        "tests/unit/test_mapper.py",
        "tests/unit/test_mapper_readers.py",
        "tests/unit/test_models.py",
        "tests/unit/test_otp_setup.py",
        "tests/management/test_answers.py",
    ),
}
