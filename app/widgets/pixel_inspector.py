"""The strip under the canvas: what stands at one place of the image, in every layer that is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.widgets.plain_text import tooltip

_MEANING = (
    "Where the mouse is, or else the middle of the active pane, in pixels of the file as it is stored (before any "
    "turning). “About” stands before colours that come from a reduced copy of a large image. The residual is what is "
    "left when a smooth image is taken away, in levels of 0–255."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one place.

    Attributes:
        pane: letter of the pane, empty when there is one only.
        place: (x, y) in stored pixels.
        colour: red, green, blue (0–255), None when there is no picture.
        exact: whether the colour is that of the stored pixel.
        residual: the three channels in levels, None when it is not at hand.
        heat: (value 0–1, raw value), None when there is no map or it was not looked at.
        tile: number (1–16) of the consistency grid's tile, and what it names; None outside of all.
        middle: it is the middle of the view, not under the mouse.
    """

    pane: str
    place: tuple[int, int]
    colour: tuple[int, int, int] | None = None
    exact: bool = True
    residual: tuple[float, float, float] | None = None
    heat: tuple[float, float] | None = None
    tile: tuple[int, str] | None = None
    middle: bool = False


class PixelInspector(QWidget):
    """One line of text that never changes its height."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLabel()
        self.line.setTextFormat(Qt.TextFormat.PlainText)
        self.line.setAccessibleName("Pixel")
        self.line.setToolTip(tooltip(_MEANING))
        self.line.setMinimumWidth(1)
        self.line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 3, 10, 3)
        layout.addWidget(self.line, 1)
        self.setFixedHeight(self.fontMetrics().height() + 6)

    def show_reading(self, reading: Reading | None) -> None:
        """Show what stands at a place, or nothing."""
        self.line.setText(" · ".join(words(reading)) if reading is not None else "")

    def say(self, text: str) -> None:
        """Show something else than a pixel of an image."""
        self.line.setText(text)


def words(reading: Reading) -> Sequence[str]:
    """The parts of the line."""
    x, y = reading.place
    where = "Middle of the view" if reading.middle else "Pixel"
    parts = [f"{reading.pane}  {where} {x}, {y}".strip()]
    if reading.colour is not None:
        colour = " ".join(str(level) for level in reading.colour)
        parts.append(f"RGB {colour}" if reading.exact else f"RGB about {colour}")
    if reading.residual is not None:
        parts.append("residual " + " ".join(f"{level:+.2f}" for level in reading.residual))
    if reading.heat is not None:
        parts.append(f"heat map {reading.heat[0]:.2f} (raw {reading.heat[1]:.3g})")
    if reading.tile is not None:
        parts.append(f"tile {reading.tile[0]}: {reading.tile[1]}")
    return parts


def two_colours(one: Reading, other: Reading) -> str:
    """The colours of two images at one place."""
    x, y = one.place
    where = "Middle of the view" if one.middle else "Pixel"
    colours = [(reading.pane, reading.colour) for reading in (one, other) if reading.colour is not None]
    named = (f"{pane} RGB {' '.join(map(str, colour))}" for pane, colour in colours)
    return " · ".join((f"{where} {x}, {y}", *named))
