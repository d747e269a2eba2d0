"""One target under atheris, in a process of its own, which libFuzzer ends."""

from __future__ import annotations

import argparse
import hashlib
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import atheris

if TYPE_CHECKING:
    from .target import Run, Target

_INSTRUMENTED = ["authing_mfa", "requests", "urllib3", "werkzeug", "http.client", "http.server"]
_LONGEST = 4096
_DEEPEST = 12


class Finds:
    """Inputs that broke a promise, one for each place where one was broken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)

    def guarded(self, run: Run) -> Run:
        """Return a run that keeps what breaks, so that the search goes on."""

        def guarded(data: bytes) -> None:
            try:
                run(data)
            except Exception as error:  # noqa: BLE001  whatever it is, it is a find
                self._keep(data, error)

        return guarded

    def _keep(self, data: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
        place = "\n".join(f"{frame.filename}:{frame.lineno}" for frame in frames[-2:])
        if place in self._places:
            return
        self._places.add(place)
        path = self._folder / hashlib.sha256(data).hexdigest()[:16]
        path.write_bytes(data)
        text = "".join(traceback.format_exception(error))
        path.with_suffix(".txt").write_text(text, encoding="utf-8", errors="replace")
        print(f"FIND {path}: {type(error).__name__}: {str(error)[:300]!r}", flush=True)


def _mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    from .lines import relined
    from .mutate import mutated

    def changed(data: bytes, rng: Random) -> bytes:
        way = rng.random()
        if target.lines and way < 0.3:
            return relined(data, target.lines, rng)
        return mutated(data, target.head_ends, target.words, rng) if way < 0.7 else data

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        found = changed(data, Random(seed))
        is_other = found != data and len(found) <= max_size
        return found if is_other else bytes(atheris.Mutate(data, max_size))

    return mutate


def _write_words(words: Any, path: Path) -> None:
    """Write libFuzzer's dictionary."""
    spelled = {
        "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "replace")) for word in words
    }
    path.write_text("".join(f'"{each}"\n' for each in sorted(spelled)), encoding="ascii")


def _plant(target: Target, corpus: Path) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    for data in target.seeds():
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def main() -> None:
    """Fuzz `sys.argv`'s target until its seconds are over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("seconds", type=int)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    with atheris.instrument_imports(include=_INSTRUMENTED):
        from .targets import TARGETS

    target, folder = TARGETS[arguments.target], arguments.folder
    warnings.simplefilter("error")
    _plant(target, folder / "corpus")
    _write_words(target.words, folder / "words")
    options = [
        *(f"-max_total_time={arguments.seconds}", f"-max_len={_LONGEST}", "-timeout=60"),
        *(f"-dict={folder / 'words'}", f"-artifact_prefix={folder}/", "-print_final_stats=1"),
        *("-rss_limit_mb=4096", "-reload=0", "-len_control=0", str(folder / "corpus")),
    ]
    with target.opened() as run:
        guarded = Finds(folder / "finds").guarded(run)
        atheris.Setup([sys.argv[0], *options], guarded, custom_mutator=_mutator(target))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
