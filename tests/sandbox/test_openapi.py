"""The OpenAPI document says what this sandbox serves, takes and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from authing_mfa.sandbox import RefusalCode, Sandbox, SandboxUser
from authing_mfa.sandbox.routes import ROUTES, served

from .calls import EMAIL, PHONE, Caller, Json, codes, enroll_otp, enroll_sms

NO_SMS = "international_sms_off"


def document(caller: Caller) -> Json:
    answer = caller.send("GET", "/openapi.json")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return dict(answer.json())


@pytest.fixture(scope="module")
def described(served: Sandbox) -> Json:
    """Return the document of a sandbox as it comes."""
    served.reset()
    with Caller(served) as caller:
        return document(caller)


def operations(described: Json) -> dict[tuple[str, str], Json]:
    return {
        (method.upper(), path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


def misfits(described: Json, endpoint: tuple[str, str], answer: Json) -> list[str]:
    """List what of an answer with HTTP 200 is not as described."""
    response = operations(described)[endpoint]["responses"]["200"]
    schema = response["content"]["application/json"]["schema"]
    whole = {**schema, "components": described["components"]}
    return [
        str(each.message) for each in jsonschema.Draft202012Validator(whole).iter_errors(answer)
    ]


def test_every_route_is_described_and_nothing_else(described: Json) -> None:
    assert set(operations(described)) == set(ROUTES)


def test_a_path_that_is_not_served_is_not_described(stranger: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.v2_paths = ("plain",)
    found = set(operations(document(stranger)))
    assert found == set(served(sandbox.settings))
    assert ("POST", "/api/v2/applications/mfa/totp/verify") in set(ROUTES) - found


def test_each_endpoint_has_an_id_of_its_own_and_a_summary(described: Json) -> None:
    found = operations(described).values()
    assert len({each["operationId"] for each in found}) == len(ROUTES)
    assert len({each["summary"] for each in found}) == len(ROUTES) - 3  # 3 have two paths


def test_links_lead_to_operations(described: Json) -> None:
    found = operations(described).values()
    links = [
        link["operationId"]
        for each in found
        for link in each["responses"]["200"].get("links", {}).values()
    ]
    assert len(links) > 10
    assert set(links) <= {each["operationId"] for each in found}


@pytest.mark.slow
def test_the_document_is_valid(described: Json) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(described)


def test_it_is_there_to_be_read_alone(stranger: Caller) -> None:
    assert stranger.send("POST", "/openapi.json").status_code == 404


def test_it_names_the_ids_of_this_sandbox(described: Json, sandbox: Sandbox) -> None:
    found = {
        parameter["name"]: parameter["schema"]
        for each in operations(described).values()
        for parameter in each["parameters"]
    }
    assert found["x-authing-app-id"]["enum"] == [sandbox.app_id, ""]
    assert found["x-authing-userpool-id"]["enum"] == [sandbox.user_pool_id]


@pytest.mark.parametrize(
    ("mode", "security", "required"),
    [
        ("none", None, set()),
        ("client_secret_post", None, {"client_id", "client_secret"}),
        ("client_secret_basic", [{"clientSecret": []}], set()),
    ],
)
def test_it_tells_how_the_application_proves_itself(
    stranger: Caller, sandbox: Sandbox, mode: str, security: Any, required: set[str]
) -> None:
    sandbox.client_auth = mode
    token = operations(document(stranger))["POST", "/oidc/token"]
    schema = token["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert token.get("security") == security
    assert set(schema["required"]) == {"grant_type", "refresh_token"} | required


CHANGED: dict[str, Any] = {
    "empty_profile": "nulls",
    "mask_profiles": True,
    "mfa_info_values": "flag",
    "enabled_factors_form": "text",
    "sign_in_lifetime_key": "expires_in",
    "wrong_totp": "6001",
    "v2_errors": "statusCode",
    "personal_trigger_methods": "absent",
    "trigger_lists_off": True,
    "unbound_contact": "",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        CHANGED,
        *(pytest.param({each: CHANGED[each]}, marks=pytest.mark.slow) for each in CHANGED),
    ],
    ids=lambda changes: "+".join(changes) or "nothing",
)
def test_answers_are_as_described_whatever_is_set(
    sandbox: Sandbox, caller: Caller, user: SandboxUser, changes: dict[str, Any]
) -> None:
    for name, value in changes.items():
        setattr(sandbox.settings, name, value)
    enroll_sms(caller, PHONE)
    enroll_otp(caller, user)
    sandbox.require_mfa("personal")
    described = document(caller)
    token = user.new_mfa_token()
    management = sandbox_management(caller, sandbox)
    for endpoint, answer in [
        (("GET", "/api/v3/list-enrolled-factors"), caller.get("list-enrolled-factors")),
        (("POST", "/api/v3/mfa-totp-verify"), caller.post("mfa-totp-verify", totp="0")),
        (("POST", "/api/v3/signin"), caller.by_password(user)),
        (("POST", "/api/v3/signin"), caller.by_password(sandbox.add_user())),
        (("POST", "/api/v2/mfa/totp/verify"), caller.v2("mfa/totp/verify", token, totp="0")),
        (("POST", "/api/v2/mfa/totp/recovery"), _recover(caller, user, token)),
        *management,
    ]:
        assert misfits(described, endpoint, answer) == []


def _recover(caller: Caller, user: SandboxUser, token: str) -> Json:
    return caller.v2("mfa/totp/recovery", token, recoveryCode=user.recovery_code())


def sandbox_management(caller: Caller, sandbox: Sandbox) -> list[tuple[tuple[str, str], Json]]:
    key = {
        "accessKeyId": sandbox.access_key_id,
        "accessKeySecret": sandbox.access_key_secret,
    }
    token = caller.post("get-management-token", **key)
    authorization = {"authorization": f"Bearer {token['data']['access_token']}"}
    who = {"userId": sandbox.users[0].user_id}
    found = [(("POST", "/api/v3/get-management-token"), token)]
    for name, query in [
        ("get-user-mfa-info", who),
        ("get-mfa-status", who),
        ("get-global-mfa-settings", {}),
        ("get-otp-secret-by-user", who),
        ("get-mfa-trigger-data", {**who, "appId": sandbox.app_id}),
    ]:
        path = f"/api/v3/{name}"
        answer = caller.send("GET", path, params=query, headers=authorization)
        found.append((("GET", path), answer.json()))
    return found


def _requires_app_id(operation: Json) -> bool:
    headers = [each for each in operation["parameters"] if each["name"] == "x-authing-app-id"]
    return bool(headers[0]["required"])


def _takes_json(operation: Json) -> bool:
    return "application/json" in operation["requestBody"]["content"]


def _needs_profiles(operation: Json) -> bool:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return all("profile" in each["required"] for each in schema["oneOf"])


def _needs_a_token(operation: Json) -> bool:
    return {} not in operation["security"]


def _may_refuse(name: str) -> Callable[[Json], bool]:
    return lambda operation: name in str(operation["responses"])


@pytest.mark.parametrize(
    ("name", "value", "path", "is_shown"),
    [
        ("app_id_required", True, "/api/v3/send-sms", _requires_app_id),
        ("factor_scope", "mfa", "/api/v3/reset-factor", _may_refuse("scope_missing")),
        ("international_sms", False, "/api/v3/pre-check-code", _may_refuse(NO_SMS)),
        ("introspection_needs_app_id", True, "/mfa/token/introspection", _requires_app_id),
        ("introspection_takes_json", True, "/mfa/token/introspection", _takes_json),
        ("profile_optional", False, "/api/v3/send-enroll-factor-request", _needs_profiles),
        ("send_needs_token", True, "/api/v3/send-sms", _needs_a_token),
    ],
)
def test_what_is_taken_is_as_set(
    described: Json,
    stranger: Caller,
    sandbox: Sandbox,
    name: str,
    value: Any,
    path: str,
    is_shown: Callable[[Json], bool],
) -> None:
    assert not is_shown(operations(described)["POST", path])
    setattr(sandbox.settings, name, value)
    assert is_shown(operations(document(stranger))["POST", path])


def test_a_refusal_with_another_code_is_as_described(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.settings.refusals["factor_not_found"] = RefusalCode(409, 1234)
    answer = caller.get("get-factor", factorId="unknown")
    assert codes(answer) == (409, 1234)
    assert misfits(document(caller), ("GET", "/api/v3/get-factor"), answer) == []


def test_refusals_have_their_names(described: Json) -> None:
    responses = operations(described)["GET", "/api/v3/get-factor"]["responses"]
    for status in ("200", "4XX"):
        schemas = responses[status]["content"]["application/json"]["schema"]["anyOf"]
        titles = [each["title"] for each in schemas if "title" in each]
        assert {"not_signed_in", "factor_not_found"} < set(titles)
        assert len(titles) == len(set(titles))


def test_an_answer_that_is_not_as_described_is_found(described: Json, caller: Caller) -> None:
    endpoint = ("GET", "/api/v3/list-enrolled-factors")
    answer = caller.get("list-enrolled-factors")
    assert misfits(described, endpoint, answer) == []
    for spoilt in ({**answer, "new": 1}, {**answer, "statusCode": 201}, {**answer, "data": [{}]}):
        assert misfits(described, endpoint, spoilt)


def test_a_refusal_of_an_endpoint_that_has_none_such_is_found(described: Json) -> None:
    wrong_code = {"statusCode": 400, "apiCode": 2001, "message": EMAIL, "requestId": "1"}
    assert misfits(described, ("POST", "/api/v3/enroll-factor"), wrong_code) == []
    assert misfits(described, ("GET", "/api/v3/get-factor"), wrong_code)
