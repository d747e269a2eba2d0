"""The example notebook, run as somebody would, and what its file holds at any moment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
import requests

from authing_mfa.sandbox import SandboxUser

from .kernels import FORMAT, Kernel, address_in, alone, client_of
from .pictures import read_png

pytestmark = [pytest.mark.slow, pytest.mark.repository]

NOTEBOOK = Path(__file__).parents[2] / "examples" / "notebook" / "factors.ipynb"
# Run before the last cell, which stops the sandbox: keeps past the notebook what was secret.
_KEEP = """
import json
from pathlib import Path

kept = {
    "access token": user.access_token,
    "password": user.password,
    "phone": phone,
    "e-mail": email,
    "uri": enrollment.otp.qr_code_uri,
    "data url": enrollment.otp.qr_code_data_url,
    "secret": enrollment.otp.secret,
    "key": enrollment.otp.manual_key,
    "recovery code": enrollment.otp.recovery_code,
    "code": codes[0],
}
Path(PLACE).write_text(json.dumps(kept))
"""
# Run after the first cell.
_LISTEN = """
codes = []

def ask(question, ask=ask):
    codes.append(ask(question))
    return codes[-1]
"""


@attrs.frozen
class Run:
    """The notebook as it was saved after each of its cells, and what was secret in it.

    Attributes:
        saves: The file, by the id of the cell that ran last.
        scanned: What a phone read while the QR code was on show.
        secrets: By what they are.
    """

    saves: dict[str, str]
    scanned: str
    secrets: dict[str, str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run on the sandbox."""
    place = tmp_path_factory.mktemp("example")
    notebook = FORMAT.read(NOTEBOOK, as_version=4)
    keep = _KEEP.replace("PLACE", repr(str(place / "secrets")))
    notebook.cells.insert(2, FORMAT.v4.new_code_cell(_LISTEN, id="listen"))
    notebook.cells.insert(-1, FORMAT.v4.new_code_cell(keep, id="keep"))
    saves: dict[str, str] = {}
    scanned: list[str] = []

    def save(cell: Any, **facts: Any) -> None:
        FORMAT.write(notebook, place / "saved.ipynb")
        saves[cell.id] = (place / "saved.ipynb").read_text(encoding="utf-8")
        if cell.id == "show":
            address = address_in(saves["show"])
            scanned.append(read_png(requests.get(address, timeout=5).content))

    with alone(place), pytest.MonkeyPatch.context() as patch:
        patch.delenv("AUTHING_APP_HOST", raising=False)
        client_of(notebook, timeout=60, on_cell_executed=save).execute()
    return Run(saves, scanned[0], json.loads((place / "secrets").read_text()))


def test_committed_notebook_has_no_outputs() -> None:
    notebook = FORMAT.read(NOTEBOOK, as_version=4)
    FORMAT.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [([], None)] * len(code) == [(cell.outputs, cell.execution_count) for cell in code]


def test_every_cell_runs(run: Run) -> None:
    cells = FORMAT.reads(run.saves["close"], as_version=4).cells
    ran = [cell.execution_count for cell in cells if cell.cell_type == "code"]
    assert [*range(1, len(ran) + 1)] == ran


def test_phone_scans_what_is_on_show(run: Run) -> None:
    assert run.secrets["uri"] == run.scanned


def test_no_save_holds_a_secret(run: Run) -> None:
    assert len(run.secrets) == 10
    assert {"connect", "show", "confirm", "close"} <= set(run.saves)
    found = [
        (name, cell)
        for name, secret in run.secrets.items()
        for cell, file in run.saves.items()
        if secret in file or json.dumps(secret)[1:-1] in file
    ]
    assert found == []


def test_file_says_that_the_code_is_gone_when_it_is(run: Run) -> None:
    gone = "The QR code is no longer on show."
    assert [gone in run.saves[cell] for cell in ("show", "confirm")] == [False, True]
    assert "127.0.0.1" not in run.saves["confirm"]


def test_tenants_user_is_asked_for_secrets_without_an_echo(
    kernel: Kernel, mfa_user: SandboxUser
) -> None:
    asked: list[tuple[str, bool]] = []
    answers = {
        "Access token: ": lambda: mfa_user.access_token,
        "The code that the app shows: ": mfa_user.totp_code,
    }

    def person(question: dict[str, Any]) -> str:
        asked.append((question["prompt"], question["password"]))
        return answers[question["prompt"]]()

    facts = {f"AUTHING_{name.upper()}": fact for name, fact in mfa_user.credentials.items()}
    del facts["AUTHING_ACCESS_TOKEN"]
    kernel.value_of(f"__import__('os').environ.update({facts!r})")
    cells = FORMAT.read(NOTEBOOK, as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    shown = "".join(kernel.run_with_a_person(source, person) for source in sources)
    assert [(prompt, True) for prompt in answers] == asked
    secrets = [mfa_user.access_token, kernel.value_of("enrollment.otp.recovery_code")]
    assert [secret for secret in secrets if secret in shown] == []
