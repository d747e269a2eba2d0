"""Authenticators are imported batch by batch, and where one fails is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from authing_mfa import ConfigurationError, ConflictError, ConnectionFailedError, OTPImport
from tests.support.wire import Wire, sent_json

from .admin import SECRET, make_admin, paths, plan, plan_token, refused


def imports(count: int) -> Iterator[OTPImport]:
    for number in range(count):
        yield OTPImport(user_id=f"u_{number}", secret=SECRET)


def batches(wire: Wire) -> list[int]:
    """Return how many secrets each call has taken."""
    sent = wire.requests[1:]
    return [len(sent_json(request)["list"]) for request in sent]


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [(1, 50, [1]), (50, 50, [50]), (51, 50, [50, 1]), (5, 2, [2, 2, 1]), (3, 1, [1, 1, 1])],
)
def test_they_go_in_batches(wire: Wire, count: int, size: int, expected: list[int]) -> None:
    plan_token(wire)
    for _ in expected:
        plan(wire, "import_otp")
    assert make_admin().import_otp(imports(count), batch_size=size) == count
    assert batches(wire) == expected


def test_batch_is_of_fifty_unless_told(wire: Wire) -> None:
    plan_token(wire)
    for _ in range(3):
        plan(wire, "import_otp")
    assert make_admin().import_otp(imports(101)) == 101
    assert batches(wire) == [50, 50, 1]


def test_they_keep_their_order(wire: Wire) -> None:
    plan_token(wire)
    for _ in range(2):
        plan(wire, "import_otp")
    make_admin().import_otp(imports(4), batch_size=2)
    sent = [each["userId"] for request in wire.requests[1:] for each in sent_json(request)["list"]]
    assert sent == ["u_0", "u_1", "u_2", "u_3"]


def test_none_is_no_call(wire: Wire) -> None:
    assert make_admin().import_otp([]) == 0
    assert wire.requests == []


def test_each_batch_is_told_of(wire: Wire) -> None:
    plan_token(wire)
    for _ in range(3):
        plan(wire, "import_otp")
    told: list[int] = []
    make_admin().import_otp(imports(5), batch_size=2, on_batch=told.append)
    assert told == [2, 4, 5]


@pytest.mark.parametrize("last", [None, OTPImport(user_id="", secret=SECRET)], ids=repr)
@pytest.mark.parametrize("kind", [list, iter], ids=["list", "generator"])
def test_nothing_is_sent_before_the_last_one_is_checked(
    wire: Wire, kind: Callable[[Any], Any], last: Any
) -> None:
    with pytest.raises(ConfigurationError, match=r"^imports"):
        make_admin().import_otp(kind([*imports(4), last]), batch_size=2)
    assert wire.requests == []


def test_one_that_cannot_work_is_named(wire: Wire) -> None:
    given = [*imports(3), OTPImport(user_id="u_3", secret=" ")]
    with pytest.raises(ConfigurationError, match=r"^imports\[3\]\.secret: wanted a non-empty str"):
        make_admin().import_otp(given)


def test_nothing_is_sent_of_a_source_that_breaks(wire: Wire) -> None:
    def source() -> Iterator[OTPImport]:
        yield from imports(4)
        raise KeyError("user_id")

    with pytest.raises(KeyError):
        make_admin().import_otp(source(), batch_size=2)
    assert wire.requests == []


def test_batch_that_fails_ends_it_and_what_went_before_was_told(wire: Wire) -> None:
    plan_token(wire)
    plan(wire, "import_otp")
    plan(wire, "import_otp", refused(409))
    told: list[int] = []
    with pytest.raises(ConflictError):
        make_admin().import_otp(imports(6), batch_size=2, on_batch=told.append)
    assert told == [2]
    assert batches(wire) == [2, 2]


def test_batch_whose_outcome_is_unknown_is_not_sent_again(wire: Wire) -> None:
    plan_token(wire)
    plan(wire, "import_otp", requests.ConnectionError())
    with pytest.raises(ConnectionFailedError) as caught:
        make_admin(max_retries=2).import_otp(imports(2))
    assert caught.value.outcome_unknown is True
    assert paths(wire) == ["get-management-token", "import-otp"]


def test_what_the_listener_raises_ends_it(wire: Wire) -> None:
    plan_token(wire)
    plan(wire, "import_otp")

    def stop(done: int) -> None:
        raise KeyError(done)

    with pytest.raises(KeyError):
        make_admin().import_otp(imports(4), batch_size=2, on_batch=stop)
    assert batches(wire) == [2]


@pytest.mark.parametrize("size", [0, -1, 1.0, "2", True, None])
def test_batch_of_no_size_is_refused(wire: Wire, size: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^batch_size: wanted"):
        make_admin().import_otp(imports(1), batch_size=size)
    assert wire.requests == []


def test_listener_that_cannot_be_called_is_refused(wire: Wire) -> None:
    listener: Any = "print"
    with pytest.raises(ConfigurationError, match=r"^on_batch: wanted a callable"):
        make_admin().import_otp(imports(1), on_batch=listener)
    assert wire.requests == []


@pytest.mark.parametrize("item", [None, "u_1", {"userId": "u_1"}, ("u_1", SECRET)])
def test_batch_with_another_thing_in_it_is_not_sent(wire: Wire, item: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^imports: wanted OTPImport"):
        make_admin().import_otp([*imports(2), item])
    assert wire.requests == []
