"""`admin`, in this process, on a small management API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Call
from .pool import Pool

pytestmark = pytest.mark.slow


def test_settings_shows_what_is_on(call: Call, pool: Pool) -> None:
    done = call("admin", "settings")
    assert (done.code, done.out) == (0, "enabled factors\tOTP\n")


def test_factors_that_are_on_stay_on(call: Call, pool: Pool) -> None:
    assert call("admin", "settings", "--enable", "FACE", "--enable", "OTP").code == 0
    assert pool.enabled == ["OTP", "FACE"]


def test_settings_switches_on_and_off(call: Call, pool: Pool) -> None:
    switches = ("--enable", "sms", "--enable", "EMAIL", "--disable", "OTP")
    document = call("admin", "settings", *switches, "--json").document
    assert document == {"enabled_factors": ["EMAIL", "SMS"]}
    assert pool.enabled == ["EMAIL", "SMS"]


def test_settings_of_an_application_go_in_one_call(call: Call, pool: Pool) -> None:
    done = call(
        *("admin", "settings", "--app", "app-1", "--enable", "SMS", "--disable", "OTP", "--json")
    )
    assert done.document == {"enabled_factors": ["app-1+SMS-OTP"]}
    assert pool.enabled == ["OTP"]


def test_settings_of_an_application_cannot_be_shown(call: Call, pool: Pool) -> None:
    assert call("admin", "settings", "--app", "app-1").code == 2


def test_user_shows_what_is_bound(call: Call, pool: Pool) -> None:
    document = call("admin", "user", "u1", "--json").document
    assert document == {
        "user": "u1",
        "totp": True,
        "face": False,
        "sms": False,
        "email": False,
        "bound": ["OTP"],
    }


def test_user_may_be_named_otherwise(call: Call, pool: Pool) -> None:
    assert call("admin", "user", "u2", "--by", "username").code == 0


def test_unknown_user_is_a_refusal(call: Call, pool: Pool) -> None:
    done = call("admin", "user", "u3")
    assert done.code == 11
    assert "Hint: There is no such user." in done.err


def test_rejected_key_is_told_by_its_exit_code(
    call: Call, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHING_ACCESS_KEY_SECRET", "wrong-example-secret")
    assert call("admin", "settings").code == 6


def test_key_must_be_there(call: Call, monkeypatch: pytest.MonkeyPatch, pool: Pool) -> None:
    monkeypatch.delenv("AUTHING_ACCESS_KEY_SECRET")
    done = call("admin", "settings")
    assert done.code == 2
    assert "AUTHING_ACCESS_KEY_SECRET" in done.err


def csv(folder: Path, *lines: str) -> str:
    path = folder / "otp.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_import_takes_a_table(call: Call, pool: Pool, tmp_path: Path) -> None:
    path = csv(tmp_path, "user_id,secret,recovery_code", "u1,EXAMPLE,code", "u2,SAMPLE,")
    done = call("admin", "import-otp", path)
    assert (done.code, done.out) == (0, "2 imported\n")
    assert pool.imported == [
        {"userId": "u1", "otp": {"secret": "EXAMPLE", "recoveryCode": "code"}},
        {"userId": "u2", "otp": {"secret": "SAMPLE"}},
    ]


def test_import_checks_all_before_the_first_call(call: Call, pool: Pool, tmp_path: Path) -> None:
    done = call("admin", "import-otp", csv(tmp_path, "user_id,secret", "u1,EXAMPLE", "u2,"))
    assert (done.code, done.err) == (2, "authing-mfa: FILE: user 2 has no secret.\n")
    assert pool.imported == []


def test_import_of_a_recovery_code_of_spaces_is_one_without(
    call: Call, pool: Pool, tmp_path: Path
) -> None:
    lines = ("user_id,secret,recovery_code", "u1,EXAMPLE,  ", "u2,SAMPLE,code ")
    assert call("admin", "import-otp", csv(tmp_path, *lines), "--batch-size", "1").code == 0
    assert [one["otp"].get("recoveryCode") for one in pool.imported] == [None, "code"]


@pytest.mark.parametrize("last", ["u9,", ",SAMPLE", "u9", '"u9', "u9,  ,code"])
def test_import_with_a_bad_last_row_imports_none(
    call: Call, pool: Pool, tmp_path: Path, last: str
) -> None:
    lines = ("user_id,secret,recovery_code", "u1,EXAMPLE,", "u2,SAMPLE,", last)
    done = call("admin", "import-otp", csv(tmp_path, *lines), "--batch-size", "1")
    assert (done.code, pool.imported) == (2, [])
    assert done.err.startswith("authing-mfa: FILE: ")


def test_import_that_breaks_says_where_to_go_on(call: Call, pool: Pool, tmp_path: Path) -> None:
    lines = [f"u{number},EXAMPLE" for number in range(5)]
    path = csv(tmp_path, "user_id,secret", *lines)
    pool.refuses_import_of = "u3"
    done = call("admin", "import-otp", path, "--batch-size", "2")
    assert done.code == 10
    assert "2 of 5 are in; go on with --skip 2" in done.err
    pool.refuses_import_of = None
    assert call("admin", "import-otp", path, "--skip", "2", "--batch-size", "2").code == 0
    assert [f"u{number}" for number in range(5)] == [one["userId"] for one in pool.imported]


def test_import_of_what_is_no_text_is_refused(call: Call, pool: Pool, tmp_path: Path) -> None:
    path = tmp_path / "otp.csv"
    path.write_bytes(b"\xff\xfe\x00")
    assert call("admin", "import-otp", str(path)).code == 2


def test_audit_counts_and_writes_its_files(call: Call, pool: Pool, tmp_path: Path) -> None:
    files = {name: tmp_path / f"coverage.{name}" for name in ("csv", "jsonl", "html")}
    options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    done = call("admin", "audit", str(tmp_path / "store.sqlite3"), "--workers", "2", *options)
    assert done.code == 0
    shown = dict(line.split("\t") for line in done.out.splitlines())
    assert (shown["users"], shown["without factor"], shown["covered"]) == ("2", "1", "50.0%")
    assert len(files["jsonl"].read_text(encoding="utf-8").splitlines()) == 2
    assert "<html" in files["html"].read_text(encoding="utf-8")
    assert len(files["csv"].read_text(encoding="utf-8").splitlines()) == 3


def test_audit_is_an_object_in_json(call: Call, pool: Pool, tmp_path: Path) -> None:
    done = call("admin", "audit", str(tmp_path / "store.sqlite3"), "--json")
    assert tuple(done.document["overall"][name] for name in ("users", "none", "single")) == (
        2,
        1,
        1,
    )
    assert {name: one["users"] for name, one in done.document["by_status"].items()} == {
        "Activated": 2
    }


def test_audit_refuses_the_store_of_another_pool(call: Call, pool: Pool, tmp_path: Path) -> None:
    store = str(tmp_path / "store.sqlite3")
    assert call("admin", "audit", store).code == 0
    with Pool() as other:
        assert call("admin", "audit", store, "--host", other.url).code == 2


def test_audit_refuses_at_once_what_it_could_not_write_later(
    call: Call, pool: Pool, tmp_path: Path
) -> None:
    store, page = tmp_path / "store.sqlite3", tmp_path / "missing" / "page.html"
    assert call("admin", "audit", str(store), "--html", str(page)).code == 2
    assert not store.exists()


@pytest.mark.parametrize("option", ["--html", "--csv", "--jsonl"])
def test_audit_refuses_at_once_to_write_a_report_over_its_store(
    call: Call, pool: Pool, tmp_path: Path, option: str
) -> None:
    store = tmp_path / "store.sqlite3"
    done = call("admin", "audit", str(store), option, str(tmp_path / "." / "store.sqlite3"))
    assert done.code == 2
    assert not store.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("option", ["--csv", "--jsonl", "--html"])
def test_audit_says_that_a_disk_is_full(
    call: Call, pool: Pool, tmp_path: Path, option: str
) -> None:
    done = call("admin", "audit", str(tmp_path / "store.sqlite3"), option, "/dev/full")
    assert done.code == 12
    assert "file: /dev/full cannot be written" in " ".join(done.err.split())


def test_secret_of_the_key_shows_nowhere(call: Call, pool: Pool, tmp_path: Path) -> None:
    done = call("admin", "audit", str(tmp_path / "store.sqlite3"), "--json")
    assert pool.key_secret not in done.out + done.err
    assert json.loads(done.out)["pool"] == "pool-1"
