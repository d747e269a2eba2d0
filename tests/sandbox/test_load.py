"""Many clients and many users at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from authing_mfa.sandbox import Sandbox

from .calls import Caller, codes, enroll_sms

THREADS = 64


def test_64_clients_each_get_their_own_answers(sandbox: Sandbox) -> None:
    def enroll_and_read(number: int) -> str:
        phone = f"139{number:08}"
        user = sandbox.add_user(phone=phone)
        with Caller(sandbox, user.access_token) as caller:
            enroll_sms(caller, phone)
            answer = caller.get("get-factor", factorId=f"{user.user_id}|phone")
            return str(answer["data"]["profile"]["phoneNumber"])

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(enroll_and_read, range(THREADS)))
    assert [f"139{number:08}" for number in range(THREADS)] == found


def test_a_code_is_taken_once_however_many_bring_it(sandbox: Sandbox) -> None:
    user = sandbox.add_user(factors=["OTP"])
    code = user.totp_code()

    def verify(_: int) -> bool:
        with Caller(sandbox, user.access_token) as caller:
            return bool(caller.post("mfa-totp-verify", totp=code)["data"]["verified"])

    with ThreadPoolExecutor(THREADS) as pool:
        assert 1 == sum(pool.map(verify, range(THREADS)))


def test_an_address_gets_one_message_however_many_ask(sandbox: Sandbox) -> None:
    users = [sandbox.add_user() for _ in range(THREADS)]

    def ask(number: int) -> tuple[int, int | None]:
        with Caller(sandbox, users[number].access_token) as caller:
            return codes(caller.request_enrollment("SMS", phoneNumber="13800000000"))

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ask, range(THREADS)))
    assert {(200, None): 1, (422, None): THREADS - 1} == {
        each: found.count(each) for each in found
    }


def test_ten_thousand_users_are_served(sandbox: Sandbox) -> None:
    for number in range(10_000):
        user = sandbox.add_user(phone=f"139{number:08}", factors=["SMS"])
    with Caller(sandbox, user.access_token) as caller:
        answer = caller.get("list-enrolled-factors")
    assert "13900009999" == answer["data"][0]["profile"]["phoneNumber"]
