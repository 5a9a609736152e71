"""A heading inside a page."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QSizePolicy


def heading(text: str, *, scale: float = 1.0) -> QLabel:
    """A bold label.

    Args:
        text: the heading.
        scale: size relative to the text around it.
    """
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * scale)
    label.setFont(font)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return label
