"""Pictures of QR codes, and what a scanner reads in them that knows dark on light alone."""

from __future__ import annotations

import io
import re

from tests.support.sets import require

require("notebook", "PIL", "resvg_py", "zxingcpp")

import resvg_py  # noqa: E402
import zxingcpp  # noqa: E402
from PIL import Image  # noqa: E402

_LINE = re.compile(r"\x1b\[38;5;231;48;5;16m([ ▀▄█]+)\x1b\[0m")
"""White ink on black."""
_WHITE_ABOVE = "▀█"
_WHITE_BELOW = "▄█"


def read_png(png: bytes) -> str:
    """Return the text of the one QR code in a PNG picture."""
    with Image.open(io.BytesIO(png)) as picture:
        return _read(picture)


def size_of(png: bytes) -> tuple[int, int]:
    """Return how wide and how high a PNG picture is."""
    with Image.open(io.BytesIO(png)) as picture:
        return picture.size


def read_svg(svg: str) -> str:
    """Return the text of the one QR code in an SVG picture, on a page that is black."""
    return read_png(bytes(resvg_py.svg_to_bytes(svg_string=svg, background="black")))


def read_terminal(text: str) -> str:
    """Return the text of the one QR code that these lines show."""
    lines = [_LINE.fullmatch(line) for line in text.splitlines()]
    rows = [
        [255 * (block in white) for block in line[1]]
        for line in lines
        if line
        for white in (_WHITE_ABOVE, _WHITE_BELOW)
    ]
    assert 2 * len(lines) == len(rows)
    picture = Image.new("L", (len(rows[0]), len(rows)))
    picture.putdata([dot for row in rows for dot in row])
    return _read(picture.resize((4 * picture.width, 4 * picture.height)))


def _read(picture: Image.Image) -> str:
    # Other kinds of codes are not looked for: a scanner sees short ones anywhere.
    kind = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    [code] = zxingcpp.read_barcodes(picture.convert("L"), formats=kind, try_invert=False)
    return code.text
