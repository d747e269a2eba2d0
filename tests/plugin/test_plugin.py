"""The fixtures and the report section, each in a pytest of its own."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

OPTIONS = ("-p", "authing_mfa.pytest_plugin", "-p", "no:cacheprovider")


@pytest.fixture(autouse=True)
def _no_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the plugin to `OPTIONS`, whether or not the package is installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    pytester.makepyfile(source)
    return pytester.runpytest_inprocess(*OPTIONS)


def test_the_sandbox_is_fresh_for_each_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("turn", [1, 2])
        def test_it(authing_sandbox, turn):
            assert authing_sandbox.users == ()
            assert authing_sandbox.settings.code_length == 6
            authing_sandbox.add_user(phone="13800000000")
            authing_sandbox.settings.code_length = 4
        """,
    )
    result.assert_outcomes(passed=2)


def test_a_listener_of_one_test_hears_nothing_of_the_next(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        heard = []

        @pytest.mark.parametrize("turn", [1, 2])
        def test_it(authing_sandbox, mfa_client, turn):
            if turn == 1:
                authing_sandbox.outbox.listen(heard.append)
            mfa_client.send_sms("13800000000")
            assert len(heard) == 1
        """,
    )
    result.assert_outcomes(passed=2)


def test_the_sandbox_runs_after_a_test_that_stopped_it(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("turn", [1, 2])
        def test_it(authing_sandbox, mfa_client, turn):
            assert mfa_client.list_enrolled_factors() == ()
            authing_sandbox.stop()
        """,
    )
    result.assert_outcomes(passed=2)


def test_the_client_is_signed_in_as_the_user(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_it(mfa_client, mfa_user, authing_sandbox):
            assert mfa_client.list_enrolled_factors() == ()
            enrollment = mfa_client.begin_enrollment("SMS", phone_number=mfa_user.phone)
            enrollment.confirm(authing_sandbox.outbox.last_code(phone=mfa_user.phone))
            assert len(mfa_client.list_enrolled_factors()) == 1
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_failing_test_shows_the_last_requests(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import urllib.request

        def test_it(authing_sandbox):
            url = authing_sandbox.url + "/api/v3/list-enrolled-factors"
            with urllib.request.urlopen(url, timeout=10):
                pass
            assert False
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*authing sandbox journal*",
            "GET /api/v3/list-enrolled-factors -> HTTP 200 statusCode 401 apiCode 2020 *",
        ]
    )


def test_without_a_request_or_a_failure_nothing_is_shown(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_that_passes(authing_sandbox): pass
        def test_without_a_request(authing_sandbox): assert False
        def test_without_a_sandbox(): assert False
        """,
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.no_fnmatch_line("*authing sandbox journal*")


@pytest.mark.slow
def test_a_test_without_the_fixtures_does_not_load_the_sandbox(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert "authing_mfa.pytest_plugin" in sys.modules
            assert "authing_mfa.sandbox" not in sys.modules
            assert "werkzeug" not in sys.modules
        """
    )
    result = pytester.runpytest_subprocess(*OPTIONS)
    result.assert_outcomes(passed=1)


def test_the_fixtures_are_listed_with_their_words(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*OPTIONS, "--fixtures")
    result.stdout.fnmatch_lines(
        [f"{name} -- *" for name in ("authing_sandbox", "mfa_user", "mfa_client")]
    )
