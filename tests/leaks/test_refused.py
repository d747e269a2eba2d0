"""What is refused before anything is sent shows no secret, in no frame of this package."""

from __future__ import annotations

from typing import Any

import pytest

from authing_mfa import AuthenticationClient, AuthingMFAError, ManagementClient
from tests.faults.acts import answer
from tests.faults.server import Server
from tests.support.calls import Call, ready
from tests.support.marks import CODE, KEY_SECRET, MARK, PROXY, leaks

from .values import ALL, READ

BAD_SECRETS: list[Any] = [
    *(f"{MARK}\n", f"{MARK}\u00e9", f"{MARK}\ud800", f"{CODE}x", [MARK], {MARK: MARK}, (MARK,)),
    *(MARK.encode(), bytearray(MARK.encode()), {MARK}, int(CODE), float(CODE) + 0.5, object()),
]
BAD: list[Any] = [object(), 5, "\ud800", "", [], {}, b"x", "no/such"]


def outcome(call: Call, made: Any, **arguments: Any) -> BaseException | None:
    """Return what a call raises."""
    try:
        call(made, **arguments)
    except Exception as error:  # noqa: BLE001  whatever it is
        return error
    return None


def made_by(call: Call, server: Server) -> Any:
    return ready(server, call, answer(), answered=0)


@pytest.mark.parametrize("name", [name for name, call in ALL.items() if call.secrets])
def test_secret_that_will_not_do_shows_nowhere(server: Server, name: str) -> None:
    call = ALL[name]
    made = made_by(call, server)
    for secret in call.secrets:
        for bad in BAD_SECRETS:
            error = outcome(call, made, **{secret: bad})
            assert error is None or leaks(error) == []


@pytest.mark.parametrize("name", ALL)
def test_secret_beside_an_argument_that_will_not_do_shows_nowhere(
    server: Server, name: str
) -> None:
    call = ALL[name]
    made = made_by(call, server)
    for other in set(call.arguments) - set(call.secrets):
        for bad in BAD:
            error = outcome(call, made, **{other: bad})
            assert error is None or leaks(error) == []


_BESIDE: dict[str, list[dict[str, Any]]] = {
    "sign_in": [
        {"email": "x"},
        {"pass_code": CODE},
        {"directory": "x"},
        {"phone_country_code": "+1"},
        {"encryption": 5},
        {"options": 5},
    ],
    "sign_in, code": [{"phone": "x"}, {"phone": None, "username": "u"}, {"directory": "AD"}],
    "enroll_factor": [{"photo": 5}, {"is_external_photo": 5}],
    "verify_sms": [{"phone_number": "x"}, {"phone_country_code": "+1"}],
    "verify_email": [{"email": "x"}],
    "confirm": [{"photo": "x"}, {"is_external_photo": 5}],
    "as_user": [{"on_new_tokens": 5}],
    "request": [
        {"data": {"a": MARK}},
        {"params": [MARK]},
        {"json": {MARK: {1}}},
    ],
    "request, form": [
        *({"data": {"a": bad}} for bad in (MARK.encode(), {MARK}, int(CODE), {MARK: 5})),
        *({"data": bad} for bad in (MARK.encode(), [("a", MARK.encode())], {MARK}, MARK)),
    ],
    "request, query": [
        *({"params": {"a": bad}} for bad in (MARK.encode(), {MARK}, int(CODE), [MARK])),
        *({"params": bad} for bad in (MARK.encode(), [("a", MARK.encode())], {MARK}, MARK)),
    ],
    "import_otp": [
        {"batch_size": 0},
        {"on_batch": 5},
        {"imports": [MARK]},
        {"imports": MARK},
        {"imports": {"secret": MARK}},
    ],
    "AuthenticationClient": [
        {"timeout": "x"},
        {"deadline": 0},
        {"max_retries": -1},
        {"verify": "x"},
        {"session": 5},
        {"client_auth": "x"},
        {"on_call": 5},
        {"on_new_tokens": 5},
        {"lang": 5},
        {"proxies": {"https": f"{PROXY}\n"}},
        *({"proxies": bad} for bad in ([PROXY], PROXY, PROXY.encode())),
        *({"proxies": {"https": bad}} for bad in (PROXY.encode(), [PROXY], {PROXY})),
        {"app_host": f"https://user:{MARK}@example.com"},
    ],
    "ManagementClient": [
        {"timeout": "x"},
        {"signing": "x"},
        {"host": "x"},
        {"lang": 5},
        {"session": 5},
        *({"proxies": {"https": bad}} for bad in (f"{PROXY}\n", PROXY.encode(), {PROXY})),
    ],
}


@pytest.mark.parametrize("name", _BESIDE)
def test_secret_beside_what_does_not_go_with_it_shows_nowhere(server: Server, name: str) -> None:
    call = ALL[name]
    made = made_by(call, server)
    for arguments in _BESIDE[name]:
        error = outcome(call, made, **arguments)
        assert isinstance(error, AuthingMFAError), arguments
        assert leaks(error) == []


@pytest.mark.parametrize("name", READ)
def test_stored_value_that_does_not_fit_shows_nowhere(name: str) -> None:
    read = READ[name]
    for stored in (read.arguments["data"], [MARK], MARK, {MARK: MARK}, 5, None):
        error = outcome(read, read.subject(""), data=stored)
        assert error is None or leaks(error) == []
    assert isinstance(outcome(read, read.subject("")), AuthingMFAError)


def of_environment(monkeypatch: pytest.MonkeyPatch, **named: str) -> None:
    """Let the environment name both clients, with what a test names otherwise."""
    usual = {"APP_ID": "example", "ACCESS_KEY_ID": "example", "ACCESS_KEY_SECRET": KEY_SECRET}
    for name, value in {**usual, "APP_HOST": "https://demo.example.com", **named}.items():
        monkeypatch.setenv(f"AUTHING_{name}", value)


@pytest.mark.parametrize(
    "name", ["APP_SECRET", "ACCESS_TOKEN", "ACCESS_KEY_SECRET", "APP_HOST", "API_HOST"]
)
def test_secret_of_the_environment_shows_nowhere(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bad = f"https://user:{MARK}@example.com" if "HOST" in name else f"{MARK}\n"
    of_environment(monkeypatch, **{name: bad})
    kind: Any = ManagementClient if "KEY" in name or "API" in name else AuthenticationClient
    with pytest.raises(AuthingMFAError) as caught:
        kind.from_env()
    assert leaks(caught.value) == []


@pytest.mark.parametrize("kind", [AuthenticationClient, ManagementClient])
@pytest.mark.parametrize("name", ["app_secret", "access_token", "access_key_secret", "proxies"])
@pytest.mark.parametrize("secret", [PROXY, PROXY.encode(), {"https": PROXY}, [PROXY]])
def test_secret_beside_the_environment_shows_nowhere(
    monkeypatch: pytest.MonkeyPatch, kind: Any, name: str, secret: Any
) -> None:
    of_environment(monkeypatch)
    with pytest.raises((AuthingMFAError, TypeError)) as caught:
        kind.from_env(timeout="x", **{name: secret})  # one of the two clients takes the name
    assert leaks(caught.value) == []
