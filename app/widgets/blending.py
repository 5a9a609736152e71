"""The ways in which a layer can cover what is under it."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtGui import QPainter

_Mode = QPainter.CompositionMode


class Blend(StrEnum):
    """How a layer meets what is under it; the value is what the analyst reads."""

    NORMAL = "Normal"
    MULTIPLY = "Multiply"
    SCREEN = "Screen"
    OVERLAY = "Overlay"
    DIFFERENCE = "Difference"


MEANINGS = {
    Blend.NORMAL: "The layer covers what is under it.",
    Blend.MULTIPLY: "Both together: only darkens, white changes nothing.",
    Blend.SCREEN: "Both together: only brightens, black changes nothing.",
    Blend.OVERLAY: "Darkens what is dark and brightens what is bright.",
    Blend.DIFFERENCE: "How far the two are apart: black where they are equal.",
}
_MODES = {
    Blend.NORMAL: _Mode.CompositionMode_SourceOver,
    Blend.MULTIPLY: _Mode.CompositionMode_Multiply,
    Blend.SCREEN: _Mode.CompositionMode_Screen,
    Blend.OVERLAY: _Mode.CompositionMode_Overlay,
    Blend.DIFFERENCE: _Mode.CompositionMode_Difference,
}


def composition(blend: Blend) -> QPainter.CompositionMode:
    """How the painter does it."""
    return _MODES[blend]
