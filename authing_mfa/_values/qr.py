"""Drawing a QR code on this machine; needs the extra ``authing-mfa[qr]``."""

from __future__ import annotations

import io
from typing import Any, Final, TypeVar

import attrs

from .._secrets import hide
from ..errors import ConfigurationError
from .codec import misfit

T = TypeVar("T")

QUIET_ZONE: Final = 4
"""Modules of white around the code, as the standard wants."""
LEAST_SCALE: Final = 0.01
LARGEST_SCALE: Final = 100
"""Pixels a module at most: a PNG of more would be hundreds of megabytes while it is drawn."""
# White ink on black from the fixed part of the palette, since themes change the rest of it.
_WHITE_ON_BLACK: Final = "\x1b[38;5;231;48;5;16m"
_AS_BEFORE: Final = "\x1b[0m"


@attrs.frozen(eq=False)
class QRCode:
    """A text to be scanned; the text is secret and so is every picture of it.

    Every method raises ``ConfigurationError`` where the extra is not installed or the scale cannot
    be drawn (``svg``: 0.01 to 100; ``png``: a whole number, 1 to 100), and
    ``InvalidResponseError`` where no QR code can hold the text: some 2,300 bytes are the most.
    """

    text: str = attrs.field(repr=hide)

    def svg(self, *, scale: float = 4) -> str:
        """Return an SVG element, ``scale`` pixels a module, dark on white; a page may hold it."""
        scale = _positive(scale, (int, float))
        picture = io.BytesIO()
        self._draw().save(
            picture, kind="svg", scale=scale, border=QUIET_ZONE, light="white", xmldecl=False
        )
        return picture.getvalue().decode()

    def png(self, *, scale: int = 6) -> bytes:
        """Return a PNG picture, ``scale`` pixels a module, dark on white."""
        scale = _positive(scale, (int,))
        picture = io.BytesIO()
        self._draw().save(picture, kind="png", scale=scale, border=QUIET_ZONE)
        return picture.getvalue()

    def terminal(self) -> str:
        """Return lines of block characters that any terminal theme shows dark on white.

        Escape codes set the colours, two modules stand in a character.
        """
        blocks = io.StringIO()
        self._draw().terminal(out=blocks, border=QUIET_ZONE, compact=True)
        lines = blocks.getvalue().splitlines()
        return "".join(f"{_WHITE_ON_BLACK}{line}{_AS_BEFORE}\n" for line in lines)

    def _draw(self) -> Any:
        try:
            import segno
        except ImportError:
            raise ConfigurationError(
                'drawing a QR code needs an extra: pip install "authing-mfa[qr]"'
            ) from None
        try:
            return segno.make(self.text, error="m", micro=False)
        except ValueError:
            too_long = misfit("otpData.qrCodeUri", "wanted what a QR code can hold")
        raise too_long


def _positive(scale: T, kinds: tuple[type, ...]) -> T:
    """Return a scale that is a number of these kinds, within its bounds."""
    least = 1 if kinds == (int,) else LEAST_SCALE
    if type(scale) not in kinds or not least <= scale <= LARGEST_SCALE:  # type: ignore[operator]
        wanted = "a whole number" if kinds == (int,) else "a number"
        raise ConfigurationError(f"scale: wanted {wanted}, {least} to {LARGEST_SCALE}")
    return scale
