"""The messages that the sandbox "sends"."""

from __future__ import annotations

import threading

import pytest

from authing_mfa.sandbox import Message, Outbox
from authing_mfa.sandbox.users import Address

PHONE = Address(phone="13800000000")
EMAIL = Address(email="user@example.com")


def put(outbox: Outbox, address: Address, code: str) -> None:
    outbox.add(address, code, "CHANNEL_LOGIN", 0.0)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


def test_the_last_code_is_the_newest_of_its_address(outbox: Outbox) -> None:
    put(outbox, PHONE, "111111")
    put(outbox, PHONE, "222222")
    put(outbox, EMAIL, "333333")
    assert outbox.last_code(phone="13800000000") == "222222"
    assert outbox.last_code(email="user@example.com") == "333333"


def test_an_email_is_found_however_it_is_spelled(outbox: Outbox) -> None:
    put(outbox, EMAIL, "333333")
    assert outbox.last_code(email="User@Example.com") == "333333"


def test_where_nothing_went_there_is_no_last_code(outbox: Outbox) -> None:
    put(outbox, EMAIL, "333333")
    with pytest.raises(LookupError):
        outbox.last_code(phone="13800000000")


@pytest.mark.parametrize("asked", [{}, {"phone": "1", "email": "a@example.com"}])
def test_one_address_is_asked_for(outbox: Outbox, asked: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="name a phone or an email"):
        outbox.last_code(**asked)


def test_waiting_returns_what_is_already_there(outbox: Outbox) -> None:
    put(outbox, PHONE, "111111")
    assert outbox.wait_for_code(phone="13800000000") == "111111"


def test_waiting_returns_what_comes_meanwhile(outbox: Outbox) -> None:
    sender = threading.Timer(0.05, put, (outbox, EMAIL, "333333"))
    sender.start()
    assert outbox.wait_for_code(email="user@example.com", timeout=10) == "333333"
    sender.join()


def test_waiting_returns_no_code_twice(outbox: Outbox) -> None:
    put(outbox, PHONE, "111111")
    outbox.wait_for_code(phone="13800000000")
    with pytest.raises(TimeoutError):
        outbox.wait_for_code(phone="13800000000", timeout=0.01)


def test_waiting_passes_over_other_addresses(outbox: Outbox) -> None:
    put(outbox, EMAIL, "333333")
    with pytest.raises(TimeoutError):
        outbox.wait_for_code(phone="13800000000", timeout=0.01)


def test_messages_come_oldest_first(outbox: Outbox) -> None:
    put(outbox, PHONE, "111111")
    put(outbox, EMAIL, "333333")
    assert [each.address for each in outbox] == ["+86 13800000000", "user@example.com"]


def test_a_listener_hears_each_message(outbox: Outbox) -> None:
    heard: list[Message] = []
    outbox.listen(heard.append)
    put(outbox, PHONE, "111111")
    assert list(outbox) == heard


def test_clearing_forgets(outbox: Outbox) -> None:
    put(outbox, PHONE, "111111")
    outbox.clear()
    assert list(outbox) == []


def test_it_is_bounded(outbox: Outbox) -> None:
    for number in range(10_001):
        put(outbox, PHONE, str(number))
    assert len(outbox) == 10_000
    assert next(iter(outbox)).code == "1"


def test_no_code_stands_in_a_repr(outbox: Outbox) -> None:
    put(outbox, PHONE, "111111")
    assert "111111" not in repr(outbox) + repr(list(outbox))
