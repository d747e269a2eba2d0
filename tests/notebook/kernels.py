"""A kernel on this machine, and what its notebook's file would hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.sets import require

require("notebook", "ipykernel", "nbclient", "nbformat")

import nbformat  # noqa: E402
from jupyter_client.blocking.client import BlockingKernelClient  # noqa: E402
from nbclient import NotebookClient  # noqa: E402

FORMAT: Any = nbformat  # which has no annotations
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/[\w-]+")
_PLACES = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


class Kernel:
    """A kernel, and the notebook that its cells make."""

    def __init__(self, client: NotebookClient) -> None:
        self._client = client
        self._cells: list[Any] = client.nb.cells

    @property
    def file(self) -> str:
        """What is saved when it is saved now."""
        return str(FORMAT.writes(self._client.nb))

    def run(self, source: str) -> str:
        """Run a further cell and return its outputs, as the file holds them."""
        self._cells.append(FORMAT.v4.new_code_cell(source))
        self._client.execute_cell(self._cells[-1], len(self._cells) - 1)
        return self.outputs_of(-1)

    def outputs_of(self, place: int) -> str:
        """Return the outputs of a cell, as the file holds them now."""
        return "".join(map(repr, self._cells[place].outputs))

    def value_of(self, expression: str) -> str:
        """Return the value of an expression, a text, past the notebook."""
        with self._second_front_end() as front_end:
            answer = front_end.execute_interactive(
                "", user_expressions={"it": expression}, timeout=30
            )
        text: str = answer["content"]["user_expressions"]["it"]["data"]["text/plain"]
        return text.strip("'")

    def run_with_a_person(self, source: str, person: Callable[[dict[str, Any]], str]) -> str:
        """Run a cell whose questions are answered, and return what it put out."""
        out: list[str] = []
        with self._second_front_end() as front_end:
            reply = front_end.execute_interactive(
                source,
                allow_stdin=True,
                timeout=20,
                output_hook=lambda message: out.append(repr(message["content"])),
                stdin_hook=lambda message: front_end.input(person(message["content"])),
            )
        assert reply["content"]["status"] == "ok", out
        return "".join(out)

    @contextmanager
    def _second_front_end(self) -> Iterator[BlockingKernelClient]:
        front_end = BlockingKernelClient()
        assert self._client.km is not None
        front_end.load_connection_file(self._client.km.connection_file)
        front_end.start_channels()
        try:
            front_end.wait_for_ready(timeout=30)  # before that it may miss what the kernel says
            yield front_end
        finally:
            front_end.stop_channels()


def client_of(notebook: Any, **options: Any) -> NotebookClient:
    """Make what runs a notebook in a kernel that is this Python."""
    return NotebookClient(notebook, kernel_name="python3", **options)


@contextmanager
def started(place: Path) -> Iterator[Kernel]:
    """Give a kernel that is this Python, and nobody's settings."""
    client = client_of(FORMAT.v4.new_notebook(), timeout=30)
    with alone(place), client.setup_kernel():
        yield Kernel(client)


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Keep out the kernels, settings and history of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        for name in _PLACES:
            patch.setenv(name, str(place))
        yield


def address_in(outputs: str) -> str:
    """Return where the one picture in outputs is fetched."""
    [address] = _ADDRESS.findall(outputs)
    return str(address)
