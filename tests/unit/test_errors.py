"""The tree of errors: as drawn, pickled, copied, printed, and with a hint for each code."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Iterator
from traceback import format_exception
from typing import Any

import attrs
import pytest

import authing_mfa
from authing_mfa import (
    APIError,
    AuthingMFAError,
    CodeRejectedError,
    ConfigurationError,
    InvalidResponseError,
    MFARequiredError,
    MFATrigger,
    NotFoundError,
    ThrottleError,
    errors,
)
from tests.support.sampling import few

_LINE = re.compile(r"^ {4}(?P<branch>[ │├└─]*)(?P<name>\w+Error)", re.MULTILINE)
_OFFICIAL_CODES = {
    *range(1300, 1307),
    1600,
    1635,
    1636,
    *range(1639, 1644),
    1699,
    *range(1700, 1708),
    *(2004, 2005, 2006, 2011, 2020, 2031, 2039, 2040, 2058, 2224, 2333, 4021),
    *range(6001, 6005),
    *(2120008, 2130010, 2820002),
}


def classes(cls: type[AuthingMFAError] = AuthingMFAError) -> Iterator[type[AuthingMFAError]]:
    yield cls
    for child in cls.__subclasses__():
        if (
            vars(errors).get(child.__name__) is child
        ):  # other tests may have made some of their own
            yield from classes(child)


def drawn() -> Iterator[tuple[str, str]]:
    above: list[str] = ["Exception"]
    for line in _LINE.finditer(errors.__doc__ or ""):
        del above[len(line["branch"]) // 4 + 1 :]
        yield line["name"], above[-1]
        above.append(line["name"])


ALL = sorted(set(classes()), key=lambda cls: cls.__name__)
# In the fast run, those with fields of their own and one without.
_BY_SHAPE = sorted(ALL, key=lambda cls: "__attrs_attrs__" not in vars(cls))
each_class = pytest.mark.parametrize("cls", few(_BY_SHAPE, 6), ids=lambda cls: cls.__name__)


def facts(cls: type[AuthingMFAError]) -> dict[str, Any]:
    """Return something for every keyword of a class."""
    samples: dict[str, Any] = {
        "message": "an example",
        "method": "GET",
        "path": "/api/v3/get-factor",
        "outcome_unknown": True,
        "lang": "en-US",
        "where": "data[1].factorId",
        "request_id": "r_1",
        "retry_after": 1.5,
        "trigger": MFATrigger(mfa_token="marked-token"),
        "recovery_code": "marked-recovery-code",
    }
    return {name: samples.get(name, 418) for name in vars(cls())}


def full(cls: type[AuthingMFAError]) -> AuthingMFAError:
    """Return an error whose every keyword is given."""
    return cls(**facts(cls))


def test_drawn_tree_is_the_tree() -> None:
    assert {(cls.__name__, (cls.__base__ or cls).__name__) for cls in ALL} == set(drawn())


def test_tree_is_drawn_once_each() -> None:
    names = [name for name, _ in drawn()]
    assert sorted(set(names)) == sorted(names)


@each_class
def test_error_is_public_at_both_places(cls: type[AuthingMFAError]) -> None:
    assert getattr(authing_mfa, cls.__name__) is cls
    assert getattr(errors, cls.__name__) is cls


@each_class
def test_every_keyword_has_a_default(cls: type[AuthingMFAError]) -> None:
    assert cls().message == ""
    parameters = inspect.signature(cls).parameters.values()
    required = [one for one in parameters if one.default is one.empty]
    assert [one.name for one in required if one.kind is not one.VAR_KEYWORD] == []


@each_class
def test_every_keyword_is_kept(cls: type[AuthingMFAError]) -> None:
    assert facts(cls) == vars(full(cls))
    assert full(cls).args == ("an example",)


@each_class
def test_unknown_keyword_is_an_error(cls: type[AuthingMFAError]) -> None:
    with pytest.raises(TypeError, match="unknown"):
        cls("an example", unknown=True)  # type: ignore[call-arg]


@each_class
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_error_pickles_with_its_facts(cls: type[AuthingMFAError], protocol: int) -> None:
    error = full(cls)
    again = pickle.loads(pickle.dumps(error, protocol))
    assert type(again) is cls
    assert str(error) == str(again)
    secret = {"trigger": None, "recovery_code": None}
    assert {**vars(error), **secret} == {**vars(again), **secret}


@each_class
@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy])
def test_error_copies_with_its_facts(cls: type[AuthingMFAError], make: Any) -> None:
    error = full(cls)
    again = make(error)
    assert type(again) is cls
    assert again is not error
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert again.args == error.args


def test_copy_of_an_error_keeps_its_trigger_and_a_pickle_does_not() -> None:
    trigger = MFATrigger(mfa_token="marked-token")
    error = MFARequiredError("go on", trigger=trigger)
    assert copy.copy(error).trigger == trigger
    assert copy.deepcopy([error])[0].trigger == trigger
    assert pickle.loads(pickle.dumps(copy.copy(error))).trigger is None


@each_class
def test_error_of_a_class_of_ones_own_copies_with_its_facts(cls: type[AuthingMFAError]) -> None:
    own = type("OwnError", (cls,), {"__init__": lambda self, wanted: cls.__init__(self, wanted)})
    again = copy.copy(own("mine"))
    assert (type(again), again.message) == (own, "mine")


STEERING = "one\r\ntwo\x1b]0;three\x07\x00\x9b2J\u202efour\u2028five\ud800six\u3000\u7801"


@each_class
@pytest.mark.parametrize("show", [str, repr, lambda error: "".join(format_exception(error))])
def test_shown_error_steers_no_terminal_and_can_be_encoded(
    cls: type[AuthingMFAError], show: Any
) -> None:
    error = cls(STEERING)
    for name, fact in vars(error).items():
        if fact is None or isinstance(fact, str):
            setattr(error, name, STEERING)  # as a caller might, past the constructor
    shown = show(error).removesuffix("\n")
    assert shown.isprintable()
    assert shown.encode()
    assert "two" in shown


def test_words_of_every_script_show_as_they_are() -> None:
    for text in ("验证码错误，请重新输入。", "کد نمی\u200cشود", "👩\u200d💻", "Gültig ab 3 Uhr"):
        assert str(AuthingMFAError(text)) == text


def test_wide_space_becomes_a_plain_one() -> None:
    assert AuthingMFAError("验证码\u3000错误").message == "验证码 错误"


@pytest.mark.parametrize("name", ["message", "request_id"])
def test_text_of_the_service_is_kept_printable(name: str) -> None:
    make: Any = APIError
    assert getattr(make(**{name: "r\n1\x1b[2J\ud800"}), name) == "r 1�[2J�"


@each_class
def test_error_can_be_raised_caught_and_chained(cls: type[AuthingMFAError]) -> None:
    with pytest.raises(AuthingMFAError, match="an example"):
        raise full(cls)


def test_recovery_code_of_an_error_shows_nowhere_and_stays_here() -> None:
    error = InvalidResponseError("no user", recovery_code="marked-recovery-code")
    assert "marked" not in f"{error} {error!r} {vars(error)}"
    assert b"marked" not in pickle.dumps(error)
    assert pickle.loads(pickle.dumps(error)).recovery_code is None
    assert copy.copy(error).recovery_code == "marked-recovery-code"


def test_token_of_a_trigger_shows_nowhere_and_stays_here() -> None:
    error = full(MFARequiredError)
    shown = f"{error} {error!r} {vars(error)} {error.args} {pickle.dumps(error)!r}"
    assert "marked-token" not in shown
    assert pickle.loads(pickle.dumps(error)).trigger is None


def test_configuration_error_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="no"):
        raise ConfigurationError("no")


def test_message_may_be_given_by_position() -> None:
    assert AuthingMFAError("no").message == "no"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConfigurationError("no"), "no"),
        (NotFoundError("no"), "no"),
        (NotFoundError("no", method="GET", path="/x"), "GET /x: no"),
        (
            NotFoundError(
                "no", method="GET", path="/x", status_code=404, api_code=2004, request_id="r_1"
            ),
            "GET /x: no [statusCode 404, apiCode 2004, requestId r_1]",
        ),
        (
            InvalidResponseError(
                "no", method="POST", path="/x", http_status=200, outcome_unknown=True
            ),
            "POST /x: no (whether it took effect is unknown) [HTTP 200]",
        ),
        (InvalidResponseError("no"), "no"),
    ],
)
def test_text_of_an_error(error: AuthingMFAError, text: str) -> None:
    assert str(error) == text


def test_repr_of_an_error_names_its_class_and_facts() -> None:
    shown = repr(ThrottleError("slow", status_code=429, retry_after=3.0))
    assert shown == (
        "ThrottleError(message='slow', method=None, path=None, outcome_unknown=False, "
        "status_code=429, api_code=None, request_id=None, http_status=None, lang=None, "
        "retry_after=3.0)"
    )


_SEEN_IN_CLIENTS_ONLY = {2001, 2080, 2300}


@pytest.mark.parametrize("code", few(sorted(_OFFICIAL_CODES | _SEEN_IN_CLIENTS_ONLY)))
def test_hint_is_one_line_in_each_language(code: int) -> None:
    error = APIError(api_code=code)
    english, chinese = error.hint_in("en-US"), error.hint_in("zh-CN")
    assert english is not None
    assert chinese is not None
    assert english.isascii()
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert english.endswith(".")
    assert chinese.endswith("。")
    assert "\n" not in english + chinese


@pytest.mark.parametrize(
    ("lang", "start"),
    [
        (None, "The TOTP"),
        ("en-US", "The TOTP"),
        ("ja-JP", "The TOTP"),
        ("zh-CN", "动态"),
        ("ZH-tw", "动态"),
    ],
)
def test_hint_is_in_the_language_that_the_client_asked_for(lang: str | None, start: str) -> None:
    hint = CodeRejectedError(api_code=6001, lang=lang).hint
    assert hint is not None
    assert start == hint[: len(start)]


@pytest.mark.parametrize("lang", [None, "", "en"])
def test_hint_without_a_language_is_in_english(lang: str | None) -> None:
    assert (APIError(api_code=6001).hint_in(lang) or "").startswith("The TOTP code is wrong")


def test_hint_in_no_language_is_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        APIError(api_code=6001).hint_in(7)  # type: ignore[arg-type]
    assert str(caught.value) == "lang: wanted a str or None, got int"


def test_rejected_code_without_an_api_code_has_a_hint() -> None:
    assert CodeRejectedError().hint == APIError(api_code=2001).hint


@pytest.mark.parametrize("api_code", [None, 0, 9999999])
def test_unknown_code_has_no_hint(api_code: int | None) -> None:
    assert APIError(api_code=api_code).hint is None


@attrs.define
class Ordered(MFARequiredError):
    """What a user may make of an error of ours: attrs gives it slots, and args of its own."""

    order: int = attrs.field(default=0, kw_only=True)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_copy_of_a_users_error_keeps_its_facts_and_the_trigger(again: Any) -> None:
    copied = again(Ordered("m", trigger=MFATrigger(mfa_token="marked-token"), order=7))
    assert (type(copied), copied.message, copied.order) == (Ordered, "m", 7)
    assert copied.trigger.mfa_token == "marked-token"


def test_pickle_of_a_users_error_keeps_its_facts_and_no_secret() -> None:
    error = Ordered("m", trigger=MFATrigger(mfa_token="marked-token"), order=7)
    pickled = pickle.dumps(error)
    restored = pickle.loads(pickled)
    assert (type(restored), restored.message, restored.order) == (Ordered, "m", 7)
    assert (b"marked-token" in pickled, restored.trigger) == (False, None)


class Refilled(AuthingMFAError):
    """What a user may make of an error of ours: it says itself what a pickle calls it with."""

    def __init__(self, order: int) -> None:
        super().__init__(f"order {order}")
        self.args = (order,)


def test_pickle_of_a_users_error_calls_it_with_its_own_args() -> None:
    restored = pickle.loads(pickle.dumps(Refilled(7)))
    assert (type(restored), restored.message, restored.args) == (Refilled, "order 7", (7,))


def test_error_that_was_not_finished_has_a_repr() -> None:
    assert repr(AuthingMFAError.__new__(AuthingMFAError)) == "AuthingMFAError()"
