"""The harness runs without atheris, and notices what it is there to notice."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest

from authing_mfa import APIError, ConnectionFailedError, Factor, FactorType, InvalidResponseError
from authing_mfa._secrets import hide
from authing_mfa._values.base import Value
from authing_mfa._values.factors import FactorProfile
from authing_mfa.sandbox import Settings
from authing_mfa.sandbox.routes import ROUTES
from authing_mfa.sandbox.wire import Response
from tools.fuzz import kept, lines, mapper
from tools.fuzz.__main__ import Report
from tools.fuzz.answering import Answering
from tools.fuzz.invariants import check_answer, check_state, make_service
from tools.fuzz.mutate import mutated
from tools.fuzz.oracle import MARK, check_value, fits, outcome, told_beside
from tools.fuzz.sandbox_bytes import _check_answers
from tools.fuzz.target import Target
from tools.fuzz.targets import TARGETS
from tools.fuzz.world import SEED, USER_ID, Complaints, Memory

pytestmark = pytest.mark.slow

each_target = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
_WHERE = {"where": "data", "http_status": 200}


@each_target
def test_every_seed_keeps_the_promises(target: Target) -> None:
    with target.opened() as run:
        for data in target.seeds():
            run(data)


@each_target
def test_mutations_of_a_seed_keep_the_promises(target: Target) -> None:
    rng = Random(1)
    with target.opened() as run:
        for data in rng.sample(target.seeds(), 40):
            run(mutated(data, target.head_ends, target.words, rng))
            if target.lines:
                run(lines.relined(data, target.lines, rng))


def test_every_shape_has_a_seed_that_fits_it() -> None:
    fitting = {
        name
        for name, _, document in (data.partition(b"\n") for data in TARGETS["mapper"].seeds())
        if mapper.is_fit(mapper.SHAPES[name.decode()], json.loads(document))
    }
    assert fitting == {name.encode() for name in mapper.SHAPES}


def test_mutation_is_json_under_the_same_head_and_the_same_every_time() -> None:
    data = b'Factor\n{"factorId": "f_1", "profile": {"email": null}}'
    found = [mutated(data, b"\n", ("SMS",), Random(seed)) for seed in range(50)]
    assert found == [mutated(data, b"\n", ("SMS",), Random(seed)) for seed in range(50)]
    assert len(set(found)) > 25
    for each in found:
        assert each.startswith(b"Factor\n")
        json.loads(each.removeprefix(b"Factor\n"))


def test_what_is_not_json_stays_as_it_is() -> None:
    assert mutated(b"x\n{", b"\n", (), Random(1)) == b"x\n{"


def raises(error: Exception) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


class _ForgetfulError(APIError):
    def __reduce__(self) -> Any:
        return type(self), self.args, {"message": self.message}


@pytest.mark.parametrize(
    "error",
    [
        InvalidResponseError("data: wanted str, got int"),
        InvalidResponseError("elsewhere: wanted str, got int", **_WHERE),  # type: ignore[arg-type]
        InvalidResponseError(f"data: wanted str, got {MARK}", **_WHERE),  # type: ignore[arg-type]
        InvalidResponseError("", **_WHERE),  # type: ignore[arg-type]
        APIError("no status code"),
        APIError("no", status_code=True),
        _ForgetfulError("no", status_code=400),
    ],
    ids=repr,
)
def test_error_that_breaks_a_promise_is_noticed(error: Exception) -> None:
    with pytest.raises((AssertionError, AttributeError)):
        outcome(raises(error))


def test_strange_error_is_not_caught() -> None:
    with pytest.raises(KeyError):
        outcome(raises(KeyError("strange")))


def test_error_with_a_strange_context_is_noticed() -> None:
    def call() -> None:
        try:
            raises(KeyError("strange"))()
        except KeyError:
            raise ConnectionFailedError("the connection failed")  # noqa: B904

    with pytest.raises(AssertionError):
        outcome(call)


def test_mark_counts_beside_the_words_of_the_service_alone() -> None:
    told = APIError(f"says {MARK}", status_code=400, request_id=MARK)
    assert MARK not in told_beside(told)
    assert MARK in told_beside(APIError("no", status_code=400, lang=MARK))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (1, int, True),
        (True, int, False),
        (None, str | None, True),
        (("a", 1), tuple[str, ...], False),
        (FactorProfile(email="a"), FactorProfile, True),
        (FactorProfile(email=7), FactorProfile, False),  # type: ignore[arg-type]
        ({}, FactorProfile, False),
    ],
)
def test_type_is_looked_at_all_the_way_down(value: object, kind: Any, expected: bool) -> None:
    assert expected is fits(value, kind)


@attrs.frozen
class _Leaking(Value):
    secret: str = attrs.field(repr=hide)

    def __repr__(self) -> str:
        return self.secret


def test_secret_in_a_picture_is_noticed() -> None:
    profile = FactorProfile()
    check_value(Factor(factor_id=MARK, factor_type=FactorType.OTP, profile=profile), Factor)
    with pytest.raises(AssertionError):
        check_value(_Leaking(MARK), _Leaking)


@pytest.mark.parametrize(
    "answer",
    [
        Response(document={"statusCode": 200, "message": ""}, http_status=500),
        Response(document={"statusCode": 500, "message": ""}),
        Response(document={"statusCode": 200}),
        Response(document={"statusCode": "200", "message": ""}),
        Response(document={"statusCode": 200, "message": "", "data": float("nan")}),
        Response(document={"statusCode": 200, "message": ""}, headers={"X": "a\r\nb"}),
        Response(document=[]),
    ],
    ids=repr,
)
def test_answer_of_the_sandbox_out_of_form_is_noticed(answer: Response) -> None:
    with pytest.raises((AssertionError, KeyError)):
        check_answer(answer, ROUTES["GET", "/api/v3/get-factor"])


@pytest.mark.parametrize(
    "raw",
    [
        b"<html>",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 500 No\r\nX-Authing-Sandbox: 1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Authing-Sandbox: 1\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Authing-Sandbox: 1\r\n"
        b"Content-Length: 2\r\n\r\n[]",
    ],
)
def test_bytes_that_are_no_answer_are_noticed(raw: bytes) -> None:
    with pytest.raises(AssertionError):
        _check_answers(raw)


def test_state_that_contradicts_itself_is_noticed() -> None:
    service = make_service(Settings(), SEED)
    check_state(service)
    service.context.state.users.held[0].factors[f"{USER_ID}|otp"].secret = None
    with pytest.raises(AssertionError):
        check_state(service)


def test_complaint_of_the_sandbox_is_noticed() -> None:
    with Complaints.heard() as complaints:
        complaints.check()
        logging.getLogger("authing_mfa.sandbox").warning("failed")
        with pytest.raises(AssertionError, match="failed"):
            complaints.check()
        print("Traceback", file=sys.stderr)
        with pytest.raises(AssertionError, match="Traceback"):
            complaints.check()
        complaints.check()


def test_request_is_filled_with_what_the_answers_told() -> None:
    memory = Memory(make_service(Settings(), SEED).context)
    memory.note({"data": [{"enrollmentToken": "e_1"}], "uri": "otpauth://totp/x?secret=ABC"})
    filled = memory.filled({"a": ["Bearer {enrollmentToken}", 7], "b": "{secret}{unknown}"})
    assert filled == {"a": ["Bearer e_1", 7], "b": "ABC"}
    assert memory.filled("{totp}").isdigit()


def test_second_call_goes_over_the_connection_that_was_kept() -> None:
    with Answering(kept.THEN) as server:
        kept.run(server, b"HTTP/1.1 200 OK\r\nContent-Length: *\r\n\r\n{}")
        assert server.connections == 1


def test_answer_of_somebody_else_is_noticed() -> None:
    alien = kept.THEN.replace(b"f_own", b"f_odd")
    with Answering(alien) as server, pytest.raises(AssertionError):
        kept.run(server, b"HTTP/1.1 200 OK\r\nContent-Length: *\r\n\r\n{}")


def test_report_reads_what_the_fuzzer_prints() -> None:
    report = Report()
    for line in (
        "#2\tREAD units: 5",
        "#5\tINITED cov: 12 ft: 20 corp: 5/1Kb exec/s: 0 rss: 50Mb",
        "FIND somewhere: KeyError: 'x'",
        "#9\tNEW    cov: 15 ft: 25 corp: 6/1Kb lim: 4096 exec/s: 3 rss: 50Mb",
        "stat::number_of_executed_units: 90",
    ):
        report.read(line)
    assert (report.runs, report.coverage, report.finds) == (90, [12, 15], 1)


@pytest.mark.slow
def test_fuzzer_runs_where_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    command = [sys.executable, "-m", "tools.fuzz", "envelope", "--seconds", "2"]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [*command, "--corpus", str(tmp_path)], cwd=root, capture_output=True, text=True
    )
    assert "envelope: " in done.stdout
    assert done.returncode == 0, done.stdout
