"""Acts that say a thing twice, or something before the answer."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Final

from .acts import (
    BROKEN,
    CHUNKED,
    INVALID,
    LAST_CHUNK,
    VALUE,
    Act,
    Scene,
    Steps,
    chunks,
    head,
    say,
    sized,
)


def _lengths(*differences: int, apart: bool = True) -> Callable[[Scene], Steps]:
    """Tell a length for each difference from the right one, in lines apart or in one."""

    def steps(scene: Scene) -> Steps:
        sizes = [str(len(scene.body) + one) for one in differences]
        lines = sizes if apart else [", ".join(sizes)]
        yield head(*(f"Content-Length: {line}" for line in lines)) + scene.body

    return steps


def _with(*headers: str) -> Callable[[Scene], Steps]:
    return lambda scene: (sized(scene.body, *headers),)


def _zipped_once(scene: Scene) -> Steps:
    return (sized(gzip.compress(scene.body, 1), *("Content-Encoding: gzip",) * 2),)


def _chunked_twice(scene: Scene) -> Steps:
    return (head(CHUNKED, CHUNKED), *chunks(scene.body), LAST_CHUNK)


DUPLICATE: Final = (
    Act("duplicate", "equal lengths", VALUE, _lengths(0, 0)),
    Act("duplicate", "equal lengths in a line", VALUE, _lengths(0, 0, apart=False)),
    Act("duplicate", "contradicting lengths", BROKEN, _lengths(0, 1)),
    Act("duplicate", "contradicting lengths in a line", BROKEN, _lengths(-5, 0, apart=False)),
    Act("duplicate", "content types", VALUE, _with("Content-Type: text/html")),
    Act("duplicate", "cookies", VALUE, _with("Set-Cookie: a=1", "Set-Cookie: a=2; Path=/")),
    Act("duplicate", "chunked twice", VALUE, _chunked_twice),
    Act("duplicate", "gzip twice, once done", INVALID, _zipped_once),
)


def _after(*interim: str) -> Callable[[Scene], Steps]:
    early = "".join(f"HTTP/1.1 {one}\r\n\r\n" for one in interim).encode()
    return lambda scene: (early, sized(scene.body))


def _upgrade_and_answer(scene: Scene) -> Steps:
    return b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: example\r\n\r\n", 0.02, sized(scene.body)


INTERIM: Final = (
    Act("interim", "100", VALUE, _after("100 Continue")),
    Act("interim", "102", VALUE, _after("102 Processing")),
    Act("interim", "103", VALUE, _after("103 Early Hints\r\nLink: </a>")),
    Act("interim", "many", VALUE, _after(*("100 Continue", "199 Odd") * 9)),
    Act("interim", "101 and the answer", INVALID, _upgrade_and_answer),
    Act("interim", "100 and no more", BROKEN, say(b"HTTP/1.1 100 Continue\r\n\r\n"), "close"),
)
