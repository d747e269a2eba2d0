"""The SMS and e-mails that the sandbox "sends"."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

import attrs

from .users import Address

KEPT = 10_000


@attrs.frozen(kw_only=True)
class Message:
    """A message with a code: to a phone if ``phone`` is set, otherwise to an e-mail."""

    number: int
    code: str = attrs.field(repr=False)
    channel: str
    sent_at: float
    phone: str | None = None
    phone_country_code: str | None = None
    email: str | None = None

    @property
    def address(self) -> str:
        """The phone, with its area code, or the e-mail."""
        return self.email or f"{self.phone_country_code} {self.phone}"

    def went_to(self, phone: str | None, email: str | None) -> bool:
        """Return whether the message went to this phone or e-mail."""
        if email is not None:
            return self.email is not None and self.email.lower() == email.lower()
        return phone is not None and self.phone == phone


class Outbox:
    """The newest messages, oldest first; iterate it, or ask for a code."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque(maxlen=KEPT)
        self._arrived = threading.Condition()
        self._count = 0
        self._read_up_to: dict[str, int] = {}
        self._listeners: list[Callable[[Message], object]] = []

    def __iter__(self) -> Iterator[Message]:
        with self._arrived:
            return iter(tuple(self._messages))

    def __len__(self) -> int:
        return len(self._messages)

    def __repr__(self) -> str:
        return f"<Outbox with {len(self)} messages>"

    def last_code(self, *, phone: str | None = None, email: str | None = None) -> str:
        """Return the newest code that went to a phone or an e-mail.

        Raises:
            LookupError: Nothing went there.
            ValueError: Neither or both were named.
        """
        _one_of(phone, email)
        with self._arrived:
            message = self._newest(phone, email)
        if message is None:
            raise LookupError("the sandbox has sent nothing there")
        return message.code

    def wait_for_code(
        self, *, phone: str | None = None, email: str | None = None, timeout: float = 2
    ) -> str:
        """Return the newest code of an address that no earlier call has returned; wait for it.

        Args:
            phone: Digits without an area code.
            email: In any case; one of the two.
            timeout: Seconds of real time.

        Raises:
            TimeoutError: Nothing new came in time.
            ValueError: Neither or both addresses were named.
        """
        key = _one_of(phone, email)
        end = time.monotonic() + timeout
        with self._arrived:
            while True:
                message = self._newest(phone, email)
                if message is not None and message.number > self._read_up_to.get(key, 0):
                    self._read_up_to[key] = message.number
                    return message.code
                if not self._arrived.wait(end - time.monotonic()):
                    raise TimeoutError(f"no new code came within {timeout} s")

    def listen(self, listener: Callable[[Message], object]) -> None:
        """Call ``listener`` with each message from now on, in the thread that sends it."""
        self._listeners.append(listener)

    def mute(self) -> None:
        """Call no listener any more."""
        self._listeners.clear()

    def add(self, address: Address, code: str, channel: str, sent_at: float) -> None:
        """Add a message, and call the listeners."""
        to_phone = address.email is None
        with self._arrived:
            self._count += 1
            message = Message(
                number=self._count,
                code=code,
                channel=channel,
                sent_at=sent_at,
                phone=address.phone if to_phone else None,
                phone_country_code=address.phone_country_code if to_phone else None,
                email=address.email,
            )
            self._messages.append(message)
            self._arrived.notify_all()
        for listener in tuple(self._listeners):
            listener(message)

    def clear(self) -> None:
        """Forget all messages; listeners stay."""
        with self._arrived:
            self._messages.clear()
            self._read_up_to.clear()

    def _newest(self, phone: str | None, email: str | None) -> Message | None:
        newest_first = reversed(self._messages)
        return next((each for each in newest_first if each.went_to(phone, email)), None)


def _one_of(phone: str | None, email: str | None) -> str:
    if (phone is None) == (email is None):
        raise ValueError("name a phone or an email")
    return phone or str(email).lower()
