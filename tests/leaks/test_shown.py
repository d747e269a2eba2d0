"""Clients and call records show no secret, and a refusal shows no phone, address or path."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest

from authing_mfa import CallRecord, ConfigurationError
from tests.faults.server import Server
from tests.support.calls import SENT, client, management, ready
from tests.support.marks import MARK, PROXY, TOKEN, found, shown, tokens

from .test_failed import each_call

HOST = "https://demo.example.com"


@pytest.mark.parametrize("make", [client, management])
def test_client_shows_no_secret(make: Any) -> None:
    made = make(HOST, proxies={"https": PROXY}, lang="en-US")
    assert found([*shown(made), repr(vars(made)), repr(pickle.dumps(made))]) == []


@pytest.mark.parametrize("token", [f"{TOKEN}-next", tokens(60)], ids=["token", "set"])
def test_client_of_another_token_shows_no_secret(token: Any) -> None:
    made = client(HOST)
    other = made.as_user(token)
    made.set_access_token(token)
    for one in (made, other):
        assert found([*shown(one), repr(vars(one)), repr(pickle.dumps(one))]) == []


@each_call
def test_call_record_shows_no_secret(server: Server, name: str) -> None:
    records: list[CallRecord] = []
    call = SENT[name]
    call(ready(server, call, on_call=records.append))
    assert records != []
    assert found(repr(attrs.evolve(record, seconds=0)) for record in records) == []


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("begin_enrollment", {"factor_type": "SMS", "phone_number": f"+86{MARK}"}),
        ("begin_enrollment", {"factor_type": "SMS", "email": f"{MARK}@example.com"}),
        ("begin_enrollment", {"factor_type": "EMAIL", "phone_number": MARK}),
        ("begin_enrollment", {"factor_type": "EMAIL", "email": f"{MARK}@example.com x"}),
        ("request", {"method": "GET", "path": f"/x?token={MARK}"}),
    ],
)
def test_refusal_shows_no_phone_address_or_path(method: str, arguments: dict[str, str]) -> None:
    made = client(HOST)
    with pytest.raises(ConfigurationError) as caught:
        getattr(made, method)(**arguments)
    error = caught.value
    assert found([str(error), repr(error), repr(vars(error)), repr(pickle.dumps(error))]) == []


def test_marks_are_found_where_they_show() -> None:
    assert found([f"Bearer {TOKEN}"]) != []
