"""What comes of a finished challenge: the user without their secrets, and what is new."""

from __future__ import annotations

import pickle
from traceback import TracebackException
from typing import Any

import attrs
import pytest

from authing_mfa import InvalidResponseError, OTPSetup, StepUpResult, StepUpUser
from tests.support.wire import Wire, make_client

from .answers import (
    ASSOCIATION,
    EMAIL,
    NEW_RECOVERY_CODE,
    PHONE,
    RECORD,
    RECOVERY_CODE,
    make_challenge,
    plan,
    v2,
)

_VERIFY = "/api/v2/mfa/totp/verify"
_RECOVER = "/api/v2/mfa/totp/recovery"
_ASSOCIATE = "/api/v2/mfa/totp/associate"
_CHECK = "/api/v2/applications/mfa/check"
_SECRETS = (
    *("example-password-hash", "example-salt", "example-encrypted-password"),
    *("example-secret-info", "example-v2-token"),
)


def finished(wire: Wire, body: Any) -> StepUpResult:
    plan(wire, _VERIFY, body)
    return make_challenge(make_client()).verify_totp("123456")


def recovered(wire: Wire, body: Any) -> StepUpResult:
    plan(wire, _RECOVER, body)
    return make_challenge(make_client()).verify_recovery_code(RECOVERY_CODE)


def without_id() -> dict[str, Any]:
    return {key: value for key, value in RECORD.items() if key != "id"}


def test_user_is_read(wire: Wire) -> None:
    assert (
        StepUpUser(
            user_id="0123456789abcdef01234567",
            user_pool_id="pool_example",
            email=EMAIL,
            phone=PHONE,
            username="example-user",
            nickname="Example",
            name=None,
            photo="https://example.com/a.png",
        )
        == finished(wire, v2(RECORD)).user
    )


@pytest.mark.parametrize("body", [v2(RECORD), {"statusCode": 200, "message": "", "data": RECORD}])
def test_either_envelope_is_read(wire: Wire, body: Any) -> None:
    result = finished(wire, body)
    assert (result.token, result.recovery_code) == ("example-v2-token", None)


@pytest.mark.parametrize("code", [200, "200"])
def test_code_of_success_may_be_text(wire: Wire, code: Any) -> None:
    assert RECORD["id"] == finished(wire, {"code": code, "data": RECORD}).user.user_id


def test_id_may_be_spelled_as_in_the_newer_api(wire: Wire) -> None:
    record = {**without_id(), "userId": "u_1"}
    assert finished(wire, v2(record)).user.user_id == "u_1"


def test_record_may_hold_nothing_but_the_id(wire: Wire) -> None:
    result = finished(wire, v2({"id": "u_1"}))
    assert StepUpResult(user=StepUpUser(user_id="u_1")) == result


def test_what_is_secret_in_the_record_is_nowhere(wire: Wire) -> None:
    result = finished(wire, v2(RECORD))
    kept = str(attrs.asdict(result, filter=lambda field, _: field.name != "token"))
    shown = repr(result) + str(result) + kept
    assert [secret for secret in _SECRETS if secret in shown] == []


def test_hash_and_salt_are_not_even_in_a_pickle(wire: Wire) -> None:
    data = pickle.dumps(finished(wire, v2(RECORD)))
    assert [secret.encode() for secret in _SECRETS if secret.encode() in data] == [
        b"example-v2-token"
    ]


def test_phone_and_address_are_masked(wire: Wire) -> None:
    shown = repr(finished(wire, v2(RECORD)))
    assert "188****0000" in shown
    assert "t***@example.com" in shown
    assert PHONE not in shown
    assert EMAIL not in shown


class TestNewRecoveryCode:
    def test_stands_beside_the_data(self, wire: Wire) -> None:
        result = recovered(wire, v2(RECORD, recoveryCode=NEW_RECOVERY_CODE))
        assert result.recovery_code == NEW_RECOVERY_CODE

    def test_or_inside_it(self, wire: Wire) -> None:
        result = recovered(wire, v2({**RECORD, "recoveryCode": NEW_RECOVERY_CODE}))
        assert result.recovery_code == NEW_RECOVERY_CODE

    def test_beside_beats_inside(self, wire: Wire) -> None:
        inside = {**RECORD, "recoveryCode": RECOVERY_CODE}
        result = recovered(wire, v2(inside, recoveryCode=NEW_RECOVERY_CODE))
        assert result.recovery_code == NEW_RECOVERY_CODE

    @pytest.mark.parametrize("beside", [{}, {"recoveryCode": None}])
    def test_may_be_missing(self, wire: Wire, beside: dict[str, Any]) -> None:
        assert recovered(wire, v2(RECORD, **beside)).recovery_code is None

    def test_is_not_shown(self, wire: Wire) -> None:
        result = recovered(wire, v2(RECORD, recoveryCode=NEW_RECOVERY_CODE))
        assert NEW_RECOVERY_CODE not in repr(result)

    @pytest.mark.parametrize("code", [7, ["a"], True])
    def test_of_another_type_is_an_invalid_response(self, wire: Wire, code: Any) -> None:
        with pytest.raises(InvalidResponseError, match=r"data\.recoveryCode: wanted str"):
            recovered(wire, v2(RECORD, recoveryCode=code))

    @pytest.mark.parametrize("name", ["email", "phone", "token", "photo", "userPoolId", "name"])
    def test_is_there_although_a_detail_does_not_fit(self, wire: Wire, name: str) -> None:
        result = recovered(wire, v2({**RECORD, name: [7]}, recoveryCode=NEW_RECOVERY_CODE))
        assert (result.user.user_id, result.recovery_code) == (RECORD["id"], NEW_RECOVERY_CODE)

    def test_is_there_although_no_detail_fits(self, wire: Wire) -> None:
        data = {**dict.fromkeys(RECORD, 7), "userId": "u_1", "recoveryCode": NEW_RECOVERY_CODE}
        result = recovered(wire, v2(data))
        assert result == StepUpResult(
            user=StepUpUser(user_id="u_1"), recovery_code=NEW_RECOVERY_CODE
        )

    @pytest.mark.parametrize(
        "data", [None, [], "example", {}, {"id": 7}, {"userId": None}, {**RECORD, "id": [7]}]
    )
    def test_without_a_user_is_in_the_error(self, wire: Wire, data: Any) -> None:
        with pytest.raises(InvalidResponseError, match=r"data\.(id|userId): wanted") as caught:
            recovered(wire, v2(data, recoveryCode=NEW_RECOVERY_CODE))
        error = caught.value
        assert (error.recovery_code, error.outcome_unknown) == (NEW_RECOVERY_CODE, True)
        assert NEW_RECOVERY_CODE not in f"{error} {error!r} {vars(error)}"
        frames = TracebackException.from_exception(error, capture_locals=True).stack
        ours = [frame.locals for frame in frames if "/authing_mfa/" in frame.filename]
        assert NEW_RECOVERY_CODE not in repr(ours)
        assert NEW_RECOVERY_CODE.encode() not in pickle.dumps(error)

    def test_inside_a_record_without_a_user_is_in_the_error(self, wire: Wire) -> None:
        with pytest.raises(InvalidResponseError) as caught:
            recovered(wire, v2({"recoveryCode": NEW_RECOVERY_CODE}))
        assert caught.value.recovery_code == NEW_RECOVERY_CODE

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (v2(RECORD, recoveryCode=NEW_RECOVERY_CODE), 302),
            (v2({**RECORD, "recoveryCode": NEW_RECOVERY_CODE}), 500),
            ({"statusCode": None, "recoveryCode": NEW_RECOVERY_CODE}, 200),
            ({"data": {"recoveryCode": NEW_RECOVERY_CODE}}, 200),
        ],
    )
    def test_in_an_envelope_that_does_not_fit_is_in_the_error(
        self, wire: Wire, body: Any, status: int
    ) -> None:
        plan(wire, _RECOVER, body, status=status)
        with pytest.raises(InvalidResponseError) as caught:
            make_challenge(make_client()).verify_recovery_code(RECOVERY_CODE)
        assert caught.value.recovery_code == NEW_RECOVERY_CODE

    def test_is_none_in_an_error_where_none_came(self, wire: Wire) -> None:
        with pytest.raises(InvalidResponseError) as caught:
            recovered(wire, v2(None))
        assert caught.value.recovery_code is None


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (None, "data"),
        ([], "data"),
        ("example", "data"),
        ({}, "data.id"),
        ({"id": 7}, "data.id"),
        ({"id": None}, "data.id"),
        ({**RECORD, "email": 7}, "data.email"),
        ({**RECORD, "token": []}, "data.token"),
    ],
)
def test_record_that_does_not_fit_is_an_invalid_response(
    wire: Wire, data: Any, where: str
) -> None:
    with pytest.raises(InvalidResponseError) as caught:
        finished(wire, v2(data))
    assert (where, True, _VERIFY) == (
        caught.value.where,
        caught.value.outcome_unknown,
        caught.value.path,
    )


class TestAssociation:
    def associated(self, wire: Wire, data: Any) -> OTPSetup:
        plan(wire, _ASSOCIATE, v2(data))
        return make_challenge(make_client()).associate_totp()

    @pytest.mark.parametrize("camel_case", [False, True])
    def test_is_read_in_both_spellings(self, wire: Wire, camel_case: bool) -> None:
        names = {
            "qrcode_uri": "qrCodeUri",
            "qrcode_data_url": "qrCodeDataUrl",
            "recovery_code": "recoveryCode",
        }
        data = {names.get(key, key) if camel_case else key: it for key, it in ASSOCIATION.items()}
        otp = self.associated(wire, data)
        assert (otp.secret, otp.issuer, otp.account) == ("GEZDGNBVGY3TQOJQ", "Demo", EMAIL)
        assert (otp.recovery_code, otp.png) == (RECOVERY_CODE, b"\x89PNG\r\n\x1a\n")

    def test_shows_nothing(self, wire: Wire) -> None:
        shown = repr(self.associated(wire, ASSOCIATION))
        assert "GEZDGNBVGY3TQOJQ" not in shown
        assert RECOVERY_CODE not in shown

    @pytest.mark.parametrize("key", ["qrcode_uri", "qrcode_data_url", "recovery_code"])
    def test_that_lacks_a_part_is_an_invalid_response(self, wire: Wire, key: str) -> None:
        with pytest.raises(InvalidResponseError):
            self.associated(wire, {name: it for name, it in ASSOCIATION.items() if name != key})


@pytest.mark.parametrize("data", [None, 1, "true", {"result": True}, []])
def test_check_that_is_no_bool_is_an_invalid_response(wire: Wire, data: Any) -> None:
    plan(wire, _CHECK, v2(data))
    with pytest.raises(InvalidResponseError, match="data: wanted bool"):
        make_challenge(make_client()).can_bind(email=EMAIL)
