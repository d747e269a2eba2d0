"""Many clients that do all kinds of things at once, and what must be true of the state after."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from authing_mfa.sandbox import Sandbox, SandboxUser
from authing_mfa.sandbox.journal import KEPT

from .calls import Caller, Json

CLIENTS = 64
ROUNDS = 12
JSON_HEADERS = {"content-type": "application/json"}


class Load:
    """Two clients for each user, who are in each other's way; what they got done is counted."""

    def __init__(self, sandbox: Sandbox, clients: int = CLIENTS) -> None:
        self.sandbox = sandbox
        self.clients = clients
        self.done: Counter[str] = Counter()
        self.used: list[tuple[str, str]] = []
        self.wrong: list[str] = []
        self._lock = threading.Lock()
        self.users = [
            sandbox.add_user(phone=f"139{number:08}", factors=["OTP"])
            for number in range(clients // 2)
        ]

    def run(self, rounds: int = ROUNDS) -> None:
        """Let all clients work; what fails in one of them fails here."""
        with ThreadPoolExecutor(self.clients) as pool:
            list(pool.map(lambda number: self._work(number, rounds), range(self.clients)))

    def _work(self, number: int, rounds: int) -> None:
        user = self.users[number // 2]
        chance = random.Random(number)
        ways = (self._read, self._enroll, self._reset, self._verify, self._step_up, self._look)
        with Caller(self.sandbox, user.access_token) as caller:
            for _ in range(rounds):
                chance.choice(ways)(caller, user)
            if number % 8 == 0:
                self.sandbox.clock.advance(61)

    def _read(self, caller: Caller, user: SandboxUser) -> None:
        answer = self._call("read", caller.get("list-enrolled-factors"))
        for factor in answer["data"]:
            if not factor["factorId"].startswith(user.user_id):
                self.wrong.append("somebody else's factor")

    def _enroll(self, caller: Caller, user: SandboxUser) -> None:
        phone = self._phone(user)
        asked = self._call("send", caller.request_enrollment("SMS", phoneNumber=phone))
        if asked["statusCode"] != 200:
            return
        number, code = self._last(phone)
        token = asked["data"]["enrollmentToken"]
        if self._call("enroll", caller.enroll("SMS", token, passCode=code))["statusCode"] == 200:
            self._use("message", number)

    def _reset(self, caller: Caller, user: SandboxUser) -> None:
        self._call("reset", caller.post("reset-factor", factorId=f"{user.user_id}|phone"))

    def _verify(self, caller: Caller, user: SandboxUser) -> None:
        code = user.totp_code()
        answer = self._call("verify", caller.post("mfa-totp-verify", totp=code))
        if answer["data"]["verified"]:
            self._use("totp", f"{user.user_id} {code}")

    def _step_up(self, caller: Caller, user: SandboxUser) -> None:
        code = user.recovery_code()
        answer = caller.v2("mfa/totp/recovery", user.new_mfa_token(), recoveryCode=code)
        self._call("step up", {"statusCode": answer["code"]})
        if answer["code"] == 200:
            self._use("recovery code", code)

    def _look(self, caller: Caller, _: SandboxUser) -> None:
        """Do what the page and a test beside do: take a snapshot, look, and clear the outbox."""
        self.sandbox.snapshot()
        state = caller.send("GET", "/sandbox/state").json()
        if len(state["journal"]) > KEPT:
            self.wrong.append("a journal without bound")
        caller.send("POST", "/sandbox/journal/clear", data="{}", headers=JSON_HEADERS)

    def _phone(self, user: SandboxUser) -> str:
        return f"139{self.users.index(user):08}"

    def _last(self, phone: str) -> tuple[str, str]:
        sent = [each for each in self.sandbox.outbox if each.phone == phone]
        return str(sent[-1].number), sent[-1].code

    def _call(self, what: str, answer: Json) -> Json:
        outcome = "done" if answer["statusCode"] == 200 else "refused"
        with self._lock:
            self.done[f"{what} {outcome}"] += 1
        return answer

    def _use(self, kind: str, code: str) -> None:
        with self._lock:
            self.used.append((kind, code))


def misfits(load: Load, messages: int) -> list[str]:
    """List what is not right after a load; `messages` were counted as they went out."""
    state, done = load.sandbox.snapshot(), load.done
    bound = Counter(each["factor_type"] for user in state["users"] for each in user["factors"])
    rules = {
        "each factor belongs to its user": all(_owned(user) for user in state["users"]),
        "each user has one factor of a type": all(_single(user) for user in state["users"]),
        "no code was used twice": len(load.used) == len(set(load.used)),
        "a message went out for each request": messages == done["send done"],
        "bound is what was bound and not reset": bound["SMS"]
        == done["enroll done"] - done["reset done"],
        "no authenticator is lost": bound["OTP"] == len(load.users),
        "the journal is bounded": len(load.sandbox.journal) <= KEPT,
        "what waits belongs to somebody": _waiting(state) <= _ids(state),
        "a token belongs to somebody": {each["user_id"] for each in state["tokens"].values()}
        <= _ids(state),
    }
    return [*load.wrong, *(rule for rule, holds in rules.items() if not holds)]


def _owned(user: dict[str, Any]) -> bool:
    return all(each["factor_id"].startswith(user["user_id"]) for each in user["factors"])


def _single(user: dict[str, Any]) -> bool:
    types = [each["factor_type"] for each in user["factors"]]
    return len(types) == len(set(types))


def _ids(state: dict[str, Any]) -> set[str]:
    return {user["user_id"] for user in state["users"]}


def _waiting(state: dict[str, Any]) -> set[str]:
    return {each["user_id"] for each in state["pending"].values()}
